"""What can be paid for. Each kind of revenue registers itself here; payments knows no bill and no licence.

The lines of an order say what is asked for: each has `bill`, `head`, `amount_paise` (deductions negative), and `label` and
`period` for people. `against` names the head on which something was paid before; `is_part` marks a bill paid in part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from payments.models import PaymentOrder
    from payments.states import Source

    Lines = Sequence[Mapping[str, Any]]


class Share(NamedTuple):
    """What one bill takes of the money, in paise by head; a deduction granted is negative."""

    bill: str
    heads: Mapping[str, int]

    @property
    def amount_paise(self) -> int:
        return sum(self.heads.values())


class Paper(NamedTuple):
    """A paper that was issued for money: what it is called, a message id; for which time; and its address."""

    label: str
    period: str
    address: str


class Offer(NamedTuple):
    """Something that can be paid: its scope as an order keeps it, what people call it, and what it costs."""

    scope: str
    label: str
    amount_paise: int


class Offers(NamedTuple):
    """What can be paid under a number that somebody said: whose it is, and each choice, the first one for everything."""

    reference: str
    title: str
    particulars: Sequence[Sequence[str]]
    choices: Sequence[Offer]


class Whose(NamedTuple):
    """A reference as orders keep it, and what says whose it is: labels, which are message ids, with their values."""

    reference: str
    particulars: Sequence[Sequence[str]]


class Payable(Protocol):
    """One kind of revenue, as payments sees it. Called inside the posting transaction: no network, no waiting."""

    kind: ClassVar[str]
    title: ClassVar[str]  # a message id

    def still_costs(self, *, reference: str, lines: Lines, on: date, source: Source) -> bool:
        """Say whether these lines are what is asked for on a day at this door, so that nobody pays yesterday's price."""

    def offers(self, *, text: str, on: date) -> Offers:
        """Return what can be paid at a counter under a number as it was said, in the active language.

        :raises ServiceError: no such number, or nothing that can be paid under it
        """

    def open_order(self, *, reference: str, scope: str, source: Source, now: datetime, language: str) -> PaymentOrder:
        """Return an order for one of these choices. :raises ServiceError: it cannot be paid any more"""

    def on_paid(self, *, reference: str, lines: Lines, paid_on: date, paid_by: str) -> Sequence[Share]:
        """Lock the bills of these lines, let each take its share, and return what was taken; paid before, it takes nothing.

        `paid_by` is the number of the payment order.
        """

    def on_reversed(self, *, reference: str, shares: Sequence[Share], paid_by: str) -> Collection[str]:
        """Lock the bills of these shares, which an order's money paid, and take the shares back.

        Returns the bills that another payment had made whole, and that are unpaid now: what it had added has lost its place. What
        others have paid in part stays where it is.
        """

    def lines_for(self, *, reference: str, amount_paise: int, on: date) -> Lines:
        """Return the lines that money kept for a payer goes to on a day, at most so much; none when nothing is due."""

    def lines_to_place(self, *, reference: str, amount_paise: int, on: date, bills: Collection[str]) -> Lines:
        """Return the lines that two clerks may place kept money on as of a day, at most so much: of these bills, unpaid now, or
        without any of all that is due.
        """

    def whose(self, *, text: str, on: date) -> Whose:
        """Return the reference that somebody wrote, and whose it is. :raises ServiceError: not known, or not in use"""

    def owed(self, *, reference: str, on: date) -> int:
        """Return what is due in all on a day, in paise; nothing where the reference is not known or not in use."""

    def papers(self, *, paid_by: str) -> Sequence[Paper]:
        """Return the papers that an order brought beside its receipt."""


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


def shares_of(lines: Iterable[Mapping[str, Any]]) -> list[Share]:
    """Return what each bill takes, in the sequence of the lines; what was paid on a head before is taken off that head."""
    bills: dict[str, dict[str, int]] = {}
    for line in lines:
        heads = bills.setdefault(line["bill"], {})
        head = line.get("against") or line["head"]
        heads[head] = heads.get(head, 0) + line["amount_paise"]
    return [Share(bill, heads) for bill, heads in bills.items()]
