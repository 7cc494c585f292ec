"""The receipt again: of what was paid in this conversation, or of another payment for whoever shows to know it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatbot.dialogs.links import receipt_pdf_link
from chatbot.dialogs.payment_references import (
    PaymentReferenceMissing,
    holds_order_or_receipt,
    order_number,
    receipt_number,
)
from chatbot.dialogs.payment_words import receipt_text
from chatbot.engine.language import MENU
from chatbot.engine.steps import Answers, Ask, Choose, Context, Dialog, Do, Option, Say
from kmc_portal.common import digits
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from payments.payment_status import orders_named, orders_told_to

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payments.payment_status import OrderSeen, ReceiptSeen

OTHER = "other"


class ReceiptUnknown(ServiceError):
    code = "receipt_unknown"
    message = _(
        "No receipt is known here under {reference}. Please check the number and send it again. If money has left your "
        "account and no receipt came, write *payment status*."
    )
    field = "reference"
    http_status = 404


class ReceiptOfSomethingElse(ServiceError):
    code = "receipt_of_something_else"
    message = _(
        "This receipt is not for {paid_for}. Please send the assessee number or licence number that stands on the receipt."
    )
    field = "paid_for"
    http_status = 404


def _look_at_own(_answers: Answers, context: Context) -> Mapping[str, object]:
    own = orders_told_to(conversation=context.conversation)
    return {"receipts": [receipt for found in own for receipt in found.receipts]}


def _which(known: Answers) -> list[Option]:
    receipts: Sequence[ReceiptSeen] = known.get("receipts", ())
    own = [(receipt.number, f"{rupee_text(receipt.amount_paise)} · {receipt.number}") for receipt in receipts]
    return [*own, (OTHER, gettext("Another receipt")), (MENU, gettext("Menu"))]


def _reference(text: str) -> str:
    """Return an order number or a receipt number. :raises PaymentReferenceMissing: neither is in the text"""
    found = order_number(text) or receipt_number(text)
    if not found:
        raise PaymentReferenceMissing
    return found


def _look_up(answers: Answers, context: Context) -> Mapping[str, object]:
    """Say whether it takes more than the number to show the receipts: receipt numbers can be counted up."""
    name = _name(answers)
    return {"is_payers": _is_payers(_find(name, context), name, context)}


def _find(name: str, context: Context) -> OrderSeen:
    """Return the paid order that a number belongs to.

    :raises ReceiptUnknown: no receipt has this number
    :raises LookUpLimitReached: it was one too many
    """
    with context.looking_up(name):
        found = next((order for order in orders_named(name=name) if order.receipts), None)
        if found is None:
            raise ReceiptUnknown(reference=name)
    return found


def _is_payers(found: OrderSeen, name: str, context: Context) -> bool:
    return name == found.order_number or context.conversation in found.told_to


def _show(answers: Answers, context: Context) -> Mapping[str, object]:
    """Show the receipts to the payer, or to whoever named what was paid for: each try is a look-up of its own.

    :raises ReceiptOfSomethingElse: it was paid for another number than the one that was sent
    :raises LookUpLimitReached: it was one too many
    """
    name, paid_for = _name(answers), str(answers.get("paid_for", ""))
    found = _find(name, context)
    if not _is_payers(found, name, context):
        with context.looking_up(f"{paid_for} {name}"):
            if paid_for != _bare(found.reference):
                raise ReceiptOfSomethingElse(paid_for=paid_for)
    wanted = [receipt for receipt in found.receipts if receipt.number == name] or found.receipts
    shown = "\n\n".join(receipt_text(receipt, is_payers=True) for receipt in wanted)
    return {"shown": shown, "paper_link": receipt_pdf_link(wanted[0].token) if len(wanted) == 1 else ""}


def _bare(text: str) -> str:
    return "".join(char for char in digits.to_ascii(text).upper() if char.isalnum())


def _paid_for(text: str) -> str:
    """Return an assessee or licence number as letters and digits. :raises PaymentReferenceMissing: no digit is in it"""
    bare = _bare(text)[:40]
    if not any(char.isdigit() for char in bare):
        refusal = PaymentReferenceMissing()
        refusal.field = "paid_for"
        raise refusal
    return bare


def _name(answers: Answers) -> str:
    chosen = str(answers.get("receipt", OTHER))
    return str(answers["reference"]) if chosen == OTHER else chosen


def _chooses(known: Answers) -> bool:
    return "receipt" in known or bool(known.get("receipts"))


def _means_another(known: Answers) -> bool:
    return bool(known.get("receipt", OTHER) == OTHER)


def _must_prove(known: Answers) -> bool:
    """Say whether something is to be proved: where it is forgotten who asks, it is."""
    return known.get("is_payers") is not True


RECEIPT = Dialog(
    name="receipt",
    version=1,
    title=_("Receipt again"),
    words="receipt; receipts; রসিদ; रसीद; rosid; rasid; raseed",
    accepts=holds_order_or_receipt,
    steps=(
        Do(_look_at_own),
        Choose("receipt", _("Which receipt? Please send a number:"), options=_which, when=_chooses),
        Ask(
            "reference",
            _(
                "Which receipt? Please send its number, such as PT-026/2026-27/000001, or the order number of the payment, "
                "which begins with KP. 0 = menu"
            ),
            clean=_reference,
            when=_means_another,
        ),
        Do(_look_up),
        Ask(
            "paid_for",
            _(
                "So that nobody reads receipts of others: which assessee number or licence number stands on it? Please "
                "send it. 0 = menu"
            ),
            clean=_paid_for,
            when=_must_prove,
        ),
        Do(_show),
        Say("{shown}"),
        Say(
            _(
                "A link or a code that you doubt can be sent here too: it is checked whether it is ours. Send 0 for the menu."
            ),
            document="paper_link",
        ),
    ),
)
