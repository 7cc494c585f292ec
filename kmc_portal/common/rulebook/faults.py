"""What is wrong with a rule book, row by row."""

from __future__ import annotations

from dataclasses import dataclass


class RuleFault(ValueError):
    """One term of a rule row that cannot be."""

    def __init__(self, field: str, reason: str, code: str = "rule_term_invalid") -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.code = code


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with its place: the row counts from 1; row 0 is the book as a whole."""

    row: int
    code: str
    field: str
    reason: str


class BookRefused(ValueError):
    """A book with faults; it is refused whole."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults
