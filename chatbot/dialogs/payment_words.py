"""How a payment stands, in a sentence that says what happens next and by when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatbot.dialogs.links import HELPLINE, pay_link, receipt_link, receipt_pdf_link
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import long_date, long_time

if TYPE_CHECKING:
    from datetime import datetime

    from payments.payment_status import OrderSeen, ReceiptSeen

ORDER_LINE = _("*{amount}* for {title} {reference}, order {order_number}:")
# Who sends an order number counts as its payer, so nobody else is told it.
ORDER_LINE_FOR_OTHERS = _("*{amount}* for {title} {reference}:")
VERDICTS = {
    "unused": _("*Nobody has begun to pay it.* No money can have been taken for it."),
    "open": _(
        "*No money has arrived yet.* The payment page was opened on {tried_at}; the bank has not told of a payment since."
    ),
    "checking": _("*The bank is still working on it.* It was begun on {tried_at} and is neither paid nor failed."),
    "failed": _("*The bank says that the payment of {tried_at} failed.* No money has arrived."),
    "closed": _("*No money has arrived*, and the payment link has ended."),
}
WAIT = _(
    "If money has left your account, please do not pay again before {given_back_by}: by then it is here and the receipt "
    "comes by itself, or your bank has put it back, as the Reserve Bank orders. If neither has happened, call the helpline "
    "{helpline} with the order number and your bank's reference (UTR)."
)
MAY_PAY_AGAIN = _(
    "If money has left your account, your bank puts it back by {given_back_by} by itself, as the Reserve Bank orders. If "
    "not, call the helpline {helpline} with the order number and your bank's reference (UTR)."
)
NOTHING_LEFT = _("If no money has left your account, you can pay here:\n{pay_link}")
PAY_HERE = _("Pay here, on the corporation's own site:\n{pay_link}")
LOOK_UP_AGAIN = _("To pay, please look up the dues again.")
ARRIVED = _("*{amount} has arrived*, paid on {day}. Receipt {receipt_number}.")
ARRIVED_FOR_OTHERS = _("*{amount} has arrived*, paid on {day}.")
REVERSED = _(
    "*{amount} paid on {day} did not reach the corporation or was taken back*, so the receipt has been reversed. What it "
    "was for is due again."
)
RECEIPT_LINKS = _("Your receipt:\n{receipt_link}\n\nPDF: {pdf_link}")
WITHOUT_LINK = _("The receipt is given to whoever sends the order number.")
SILENT = _("The bank's system gives no answer at the moment. We go on asking it by ourselves.")


def order_label(found: OrderSeen) -> str:
    """Return an order as it stands in a list to choose from."""
    return f"{rupee_text(found.amount_paise)} · {gettext(found.title)} · {found.order_number}"


def status_text(found: OrderSeen, *, is_payers: bool, now: datetime) -> str:
    """Return how a payment stands, in the active language. Links are for whoever shows to be the payer."""
    if found.receipts:
        return "\n\n".join(receipt_text(receipt, is_payers=is_payers) for receipt in found.receipts)
    facts = {
        "amount": rupee_text(found.amount_paise),
        "title": gettext(found.title),
        "reference": found.reference,
        "order_number": found.order_number,
        "tried_at": long_time(found.tried_at),
        "given_back_by": long_date(found.given_back_by),
        "helpline": HELPLINE,
        "pay_link": pay_link(found.token),
    }
    order_line = ORDER_LINE if is_payers else ORDER_LINE_FOR_OTHERS
    told = [f"{order_line}\n{VERDICTS[found.step]}", *_advice(found, is_payers=is_payers, now=now)]
    return "\n\n".join(str(text).format(**facts) for text in told)


def receipt_text(receipt: ReceiptSeen, *, is_payers: bool) -> str:
    """Return what a receipt says, in the active language, with its addresses for the payer."""
    facts = {
        "amount": rupee_text(receipt.amount_paise),
        "day": long_date(receipt.paid_on),
        "receipt_number": receipt.number,
        "receipt_link": receipt_link(receipt.token),
        "pdf_link": receipt_pdf_link(receipt.token),
    }
    arrived = ARRIVED if is_payers else ARRIVED_FOR_OTHERS
    told = [REVERSED if receipt.is_reversed else arrived, RECEIPT_LINKS if is_payers else WITHOUT_LINK]
    return "\n\n".join(str(text).format(**facts) for text in told)


def _advice(found: OrderSeen, *, is_payers: bool, now: datetime) -> list[object]:
    """Return what to do about money that may have left an account, and how to pay where that is wise."""
    is_payable = is_payers and found.step != "closed" and found.expires_at > now
    pays = PAY_HERE if is_payable else LOOK_UP_AGAIN
    if found.step == "failed":
        return [MAY_PAY_AGAIN, pays]
    if not found.tried_at:
        return [pays]
    again = [NOTHING_LEFT] if is_payable and found.step == "open" else []
    return [*([SILENT] if found.is_silent else []), WAIT, *again]
