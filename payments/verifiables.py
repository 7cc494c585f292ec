"""What can be proved genuine by its code: receipts, and the papers of every app that registers them here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from django.utils.translation import gettext_lazy as _

from kmc_portal.common.codes import CodeMalformed, clean_code
from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


class CodeNotGenuine(ServiceError):
    code = "code_not_genuine"
    message = _(
        "No paper of ours has this code. Please check the 16 letters and digits; if they are right, the paper is not genuine."
    )
    field = "code"
    http_status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What anybody may know of a paper who holds its code. Nothing here names a person in clear.

    `status` is a stable word of ours, `tone` is good, wait (something to look at) or stop; `title` and the labels of
    `particulars` are message ids; `verdict`, `advice` and `facts` are in the reader's language.
    """

    kind: str
    title: str
    number: str
    issued_on: date | None
    status: str
    tone: str
    verdict: str
    advice: str
    facts: Sequence[tuple[str, str]]
    particulars: Sequence[Sequence[str]]
    amount_paise: int | None = None
    paid_on: date | None = None


class Verifiable(Protocol):
    """One kind of paper."""

    kind: ClassVar[str]

    def find(self, code: str, *, on: date) -> Verification | None:
        """Return what the paper with this code proves on a day; None when no paper of this kind has it."""

    def find_number(self, text: str, *, on: date) -> Verification | None:
        """Return what the number printed on a paper proves, however it is typed; None where a number proves nothing."""


_registered: dict[str, Verifiable] = {}


def register(verifiable: Verifiable) -> None:
    """Make a kind of paper verifiable. Called once, from an app's `ready`."""
    _registered[verifiable.kind] = verifiable


def verification(*, code: str, on: date) -> Verification:
    """Return what the paper with this code proves on a day; or with this number, of papers that are known by one.

    :raises CodeMalformed: not 16 letters and digits, nor such a number
    :raises CodeNotGenuine: no paper of ours has it
    """
    try:
        cleaned = clean_code(code)
    except CodeMalformed:
        if found := of_number(code, on=on):
            return found
        raise
    found_by_code = (verifiable.find(cleaned, on=on) for verifiable in _registered.values())
    if found := next(filter(None, found_by_code), None) or of_number(code, on=on):
        return found
    raise CodeNotGenuine


def of_number(text: str, *, on: date) -> Verification | None:
    """Return what a number proves that papers are known by, typed in any way people type; None when it is nobody's."""
    found = (verifiable.find_number(text, on=on) for verifiable in _registered.values())
    return next(filter(None, found), None)
