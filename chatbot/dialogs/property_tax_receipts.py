"""Property tax over chat, what only the owner is shown: every receipt of the property, and the name in full (ADR 0048)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatbot.dialogs.links import receipt_link
from chatbot.dialogs.on_record import without_marks
from chatbot.dialogs.payment_references import receipt_number
from chatbot.engine.steps import Answers, Ask, Context, Do, Say
from chatbot.queries import speaks_for
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import long_date
from payments.own_payments import paid_by_or_for
from property_tax.holders import record_of
from property_tax.states import KIND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chatbot.engine.steps import Step
    from payments.own_payments import PaidOnce

# A message holds so many with their links; the older ones stand in the statement of account.
MOST = 5


class LastReceiptMissing(ServiceError):
    code = "last_receipt_missing"
    message = _(
        "There is no receipt number in it. It stands at the top of every receipt, such as PT-026/2026-27/000001. If you have "
        "none, please write from the mobile number that is on record for the property."
    )
    field = "last_receipt"


class LastReceiptWrong(ServiceError):
    code = "last_receipt_wrong"
    message = _(
        "This is not the number of the last receipt of this property. Please look at the newest receipt and send its number, "
        "or write from the mobile number that is on record for the property."
    )
    field = "last_receipt"
    http_status = 404


class ReceiptsNone(ServiceError):
    code = "receipts_none"
    message = _(
        "No receipt is kept here for this property: nothing has been paid for it in this portal or at its counters."
    )
    field = "paper"


def _last_receipt(text: str) -> str:
    """Return the receipt number in a text. :raises LastReceiptMissing: there is none"""
    found = receipt_number(text)
    if not found:
        raise LastReceiptMissing
    return found


def _look_at_right(answers: Answers, context: Context) -> Mapping[str, object]:
    """Say whether the conversation is held from the mobile number on record. :raises ReceiptsNone:"""
    number = answers["assessee_number"]
    _paid_for(number)
    return {"is_on_record": speaks_for(context.conversation, record_of(assessee_number=number).mobile)}


def _show(answers: Answers, context: Context) -> Mapping[str, object]:
    """Show owner and receipts to whoever has proved a right to them: each try is a look-up of its own.

    :raises LastReceiptWrong: the number that was to prove it does not
    :raises LookUpLimitReached: it was one too many
    """
    number = answers["assessee_number"]
    paid, record = _paid_for(number), record_of(assessee_number=number)
    if not speaks_for(context.conversation, record.mobile):
        proof = str(answers.get("last_receipt", ""))
        with context.looking_up(f"{number} {proof}"):
            if proof != paid[0].receipt_number:
                raise LastReceiptWrong
    older = gettext("The older ones stand in the statement of account.") if len(paid) > MOST else ""
    told = [
        without_marks(f"{record.owner_name}\n{record.premises}"),
        *map(_told, paid[:MOST]),
        *([older] if older else []),
    ]
    return {"receipts": "\n\n".join(told)}


def _paid_for(number: str) -> Sequence[PaidOnce]:
    found = paid_by_or_for(told_to=(), references={KIND: [number]})
    if not found:
        raise ReceiptsNone
    return found


def _told(paid: PaidOnce) -> str:
    what = (
        gettext("*{amount}*, {day}, {number}")
        if not paid.is_reversed
        else gettext("{amount}, {day}, {number}: reversed")
    )
    told = what.format(amount=rupee_text(paid.amount_paise), day=long_date(paid.paid_on), number=paid.receipt_number)
    return f"{told}\n{receipt_link(paid.token)}"


def receipt_steps(wanted: Callable[[Answers], bool]) -> tuple[Step, ...]:
    """Return the steps of a dialog that knows an `assessee_number`, taken when the receipts are `wanted`."""

    def must_prove(known: Answers) -> bool:
        """Say whether something is to be proved: where it is forgotten who asks, it is."""
        return wanted(known) and known.get("is_on_record") is not True

    return (
        Do(_look_at_right, when=wanted),
        Ask(
            "last_receipt",
            _(
                "So that nobody reads papers of others: what is the number of the last receipt of this property, such as "
                "PT-026/2026-27/000001? Please send it. 0 = menu"
            ),
            clean=_last_receipt,
            when=must_prove,
        ),
        Do(_show, when=wanted),
        Say("{receipts}", when=wanted),
        Say(_("Send 0 for the menu."), when=wanted),
    )
