"""The kinds of breaks that reconciliation finds: whose they are, within how many banking days they are due, what ends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNTS, SUPERVISOR = "Accounts", "Supervisor"


class Kind(NamedTuple):
    """`owner` is a role of clerks, `ended` the note with which a break closes by itself. The days are the house's own, assumed."""

    owner: str
    due_after: int
    ended: str


KINDS: Mapping[str, Kind] = {
    "GATEWAY_ONLY": Kind(ACCOUNTS, 1, "the payment is posted and matched, or the row no longer counts"),
    "OURS_ONLY": Kind(SUPERVISOR, 1, "the gateway has settled it, or it was reversed"),
    "AMOUNT_DIFF": Kind(ACCOUNTS, 2, "the row was corrected"),
    "DUPLICATE_SUCCESS": Kind(ACCOUNTS, 3, "its money has been placed"),
    "STATUS_DIFF": Kind(ACCOUNTS, 1, "both sides say the same now"),
    "FEE_DIFF": Kind(ACCOUNTS, 5, "the row was corrected"),
    "SETTLED_TWICE": Kind(ACCOUNTS, 3, "the second row was withdrawn"),
    "NOT_SETTLED": Kind(ACCOUNTS, 2, "the gateway has settled it, or it was taken back"),
    "BATCH_SHORT": Kind(ACCOUNTS, 1, "the bank has credited the pay-out"),
    "BATCH_OVER": Kind(ACCOUNTS, 2, "the pay-out comes to what the bank has credited"),
    "BANK_UNIDENTIFIED": Kind(ACCOUNTS, 3, "the line is matched with a pay-out"),
    "REFUND_UNMATCHED": Kind(SUPERVISOR, 1, "it is a refund or reversal of ours now, or the row no longer counts"),
    "CHARGEBACK": Kind(ACCOUNTS, 1, "the dispute has been opened, or the row no longer counts"),
    "FILE_REJECTED": Kind(ACCOUNTS, 1, "a good file of the same name was taken in"),
    "UNKNOWN_MERCHANT": Kind(ACCOUNTS, 2, "the row no longer counts"),
}
BECAME_FINAL = "it has become OURS_ONLY"


def owner_of(kind: str) -> str:
    """Return the role whose desk a break lies on; those that posting opens are for the accounts desk."""
    return KINDS[kind].owner if kind in KINDS else ACCOUNTS
