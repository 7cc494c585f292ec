"""What can be paid for. Each kind of revenue registers itself here; payments knows no bill and no licence."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date


class Payable(Protocol):
    """One kind of revenue, as payments sees it. Called inside the posting transaction: no network, no waiting."""

    kind: ClassVar[str]

    def amount_due(self, *, reference: str, bills: Collection[str], on: date) -> int:
        """Return what these bills cost on a day, in paise, so that a link is not paid at yesterday's price."""

    def on_paid(self, *, reference: str, bills: Sequence[str], paid_on: date) -> Sequence[str]:
        """Lock these bills, mark the unpaid ones paid, and return those: the others were paid before."""

    def on_reversed(self, *, reference: str, bills: Sequence[str]) -> None:
        """Lock these bills and mark them unpaid again."""


_registered: dict[str, Payable] = {}


def register(payable: Payable) -> None:
    """Make a kind of revenue payable. Called once, from an app's `ready`."""
    _registered[payable.kind] = payable


def payable_of(kind: str) -> Payable:
    """Return the registered payable. :raises KeyError: nobody registered this kind"""
    return _registered[kind]


def kinds() -> Mapping[str, Payable]:
    """Return everything that can be paid for."""
    return _registered
