"""What an order and a receipt say, for page and paper alike: bills, sums by head, and how it was paid."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import segno
from django.db.models import Min, Sum
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common import paper, pdf
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import long_date, long_time, period
from kmc_portal.common.web import public_url
from kmc_portal.common.words import amount_in_words
from payments.ledger import ADVANCE, RECEIVED, SUSPENSE
from payments.models import JournalLine
from payments.states import SUBJECT_TO_REALISATION, AllocationKind, RefundState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payments.models import GatewayTransaction, HandedOver, PaymentOrder, Receipt, ReceiptPrint, Refund, Reversal

# What BillDesk and the counters call the means of payment; anything else is printed as it came.
METHODS = {
    "cash": _("Cash"),
    "cheque": _("Cheque"),
    "draft": _("Demand draft"),
    "upi": _("UPI"),
    "netbanking": _("Net banking"),
    "card": _("Card"),
    "creditcard": _("Credit card"),
    "debitcard": _("Debit card"),
    "wallet": _("Wallet"),
}
# Where money stands that is on no bill.
PLACES = {
    AllocationKind.ADVANCE: _("In advance, for the next bills"),
    AllocationKind.SUSPENSE: _("With the office, which looks where it belongs"),
    AllocationKind.CHARGED: _("Taken back by the payer's bank"),
    AllocationKind.REVERSED: _("Reversed"),
    AllocationKind.REFUNDED: _("Given back, or on its way"),
}
COLUMNS = (_("Bill"), _("Period"), _("Heading"), _("Charges"), _("Deductions"), _("Amount"))


@dataclass(frozen=True, slots=True)
class Bill:
    """One bill of an order. Deductions are negative; the amount is charges and deductions together."""

    number: str
    heading: str
    period: str
    charges_paise: int
    deductions_paise: int
    lines: list[dict[str, Any]]

    @property
    def amount_paise(self) -> int:
        return self.charges_paise + self.deductions_paise


def bills_of(order: PaymentOrder) -> list[Bill]:
    """Return the bills that an order was opened for, in the order's own sequence."""
    return [_bill(list(lines)) for _key, lines in groupby(order.snapshot["lines"], key=_bill_key)]


def heads_of(order: PaymentOrder) -> list[tuple[str, int]]:
    """Return each head's label, a message id, with its sum over all bills, in paise."""
    sums: dict[str, int] = {}
    for line in order.snapshot["lines"]:
        sums[line["label"]] = sums.get(line["label"], 0) + line["amount_paise"]
    return list(sums.items())


def kept_paise(receipt: Receipt) -> int:
    """Return how much of the money found no unpaid bill and was kept for the payer, in advance or in suspense.

    What became of it later changes nothing: a receipt says what happened on its day, as its own journal has it.
    """
    kept = JournalLine.objects.filter(
        journal__payment=receipt.payment_id, journal__purpose=RECEIVED, account__in=(ADVANCE, SUSPENSE)
    )
    return sum(kept.values_list("credit_paise", flat=True))


def refunds_of(receipt: Receipt) -> list[Refund]:
    """Return what has been given back of a receipt's payment, oldest first."""
    return list(receipt.payment.refunds.filter(state=RefundState.DONE).order_by("ended_at", "pk"))


def refund_text(refund: Refund) -> str:
    """Return in a sentence how much was given back, when and under which number, in the active language."""
    sentence = gettext("{amount} of this payment was given back on {day} under {number}.")
    return sentence.format(
        amount=rupee_text(refund.amount_paise), day=long_date(refund.ended_at), number=refund.refund_number
    )


def charged_text(receipt: Receipt) -> str:
    """Return how much of a payment its payer's bank has taken back, in a sentence; nothing where it took none."""
    charged = receipt.payment.allocations.filter(kind=AllocationKind.CHARGED).aggregate(paise=Sum("amount_paise"))
    if not charged["paise"]:
        return ""
    return gettext("{amount} of this payment has been taken back by the payer's bank.").format(
        amount=rupee_text(charged["paise"])
    )


class Place(NamedTuple):
    """Where a part of a payment stands: the kind of its allocation, what people call it, and its paise."""

    kind: str
    label: str
    paise: int


def stands_today(receipt: Receipt) -> list[Place]:
    """Return where the money of a receipt stands now, in the active language.

    Nothing where all of it went to its bills and stayed there: the receipt says so itself. One query.
    """
    parts = receipt.payment.allocations.values_list("kind", "bill", "reference")
    sums = parts.annotate(first=Min("pk"), paise=Sum("amount_paise")).order_by("first")
    found = [(kind, bill, reference, paise) for kind, bill, reference, _first, paise in sums]
    if all(kind == AllocationKind.BILL for kind, *_where in found):
        return []
    return [Place(kind, _label(kind, bill, reference), paise) for kind, bill, reference, paise in found if paise]


def _label(kind: str, bill: str, reference: str) -> str:
    if kind == AllocationKind.BILL:
        return gettext("Bill {number}").format(number=bill)
    if reference:
        return gettext("In advance, for the next bills of {number}").format(number=reference)
    return str(PLACES[AllocationKind(kind)])


def reversal_of(receipt: Receipt) -> Reversal | None:
    """Return the paper that has undone a receipt's payment, if one has."""
    return getattr(receipt.payment, "reversal", None)


def reversal_text(reversal: Reversal) -> str:
    """Return in a sentence that, when and under which number a payment was reversed, in the active language."""
    sentence = gettext(
        "Reversed on {day} under {number}: the money did not reach the corporation. This receipt proves no payment any more."
    )
    return sentence.format(day=long_date(reversal.reversed_on), number=reversal.reversal_number)


def method_of(receipt: Receipt) -> str:
    """Return the means of payment in the reader's language."""
    method = receipt.payment.transaction.method
    return str(METHODS.get(method.lower(), method))


def verify_url(receipt: Receipt) -> str:
    """Return the address that a receipt's QR code opens, in no language of its own."""
    return public_url("payments:verify_code", receipt.code)


def square_code(text: str) -> str:
    """Return `text` as a drawing for a page: a square code with the white edge that scanners need."""
    code = segno.make(text, error="m", micro=False)
    return str(code.svg_inline(scale=4, border=4, svgclass="pay-code", lineclass=None, omitsize=True))


def receipt_paper(receipt: Receipt, *, reprint: ReceiptPrint | None = None) -> bytes:
    """Return the receipt as PDF in the active language, the same bytes each time; a reprint says which one it is."""
    language = get_language() or "en"
    values = _receipt_values(receipt, language, reprint)
    return pdf.render("receipt", values, language=language, timestamp=receipt.issued_at)


def _receipt_values(receipt: Receipt, language: str, reprint: ReceiptPrint | None) -> dict[str, Any]:
    order, amount = receipt.payment.order, receipt.payment.amount_paise
    return {
        **paper.frame(
            title=gettext("Receipt"),
            subtitle=gettext(order.snapshot["title"]),
            number_label=gettext("Receipt number"),
            number=receipt.receipt_number,
            status=_stamp(receipt, reprint),
            particulars=order.snapshot["particulars"],
            notes=[*_reprint_note(reprint), *_notes(receipt)],
            qr=verify_url(receipt),
            verify_label=gettext("Scan the code, or open this address, to see whether this receipt is genuine."),
            verify_url=public_url("payments:verify"),
            code=receipt.code,
        ),
        "payment": [[str(label), value] for label, value in payment_details(receipt) if value],
        "columns": [str(name) for name in COLUMNS],
        "rows": [_row(bill) for bill in bills_of(order)],
        "heads": [[gettext(label), rupee_text(paise)] for label, paise in heads_of(order)],
        "total_label": gettext("Total paid"),
        "total": rupee_text(amount),
        "words_label": gettext("In words"),
        "words": amount_in_words(amount, language),
    }


def _stamp(receipt: Receipt, reprint: ReceiptPrint | None) -> str:
    if reversal_of(receipt):
        return gettext("REVERSED")
    return gettext("REPRINT") if reprint else gettext("Paid")


def _reprint_note(reprint: ReceiptPrint | None) -> list[str]:
    """Return which print it is and whose; nothing for an original."""
    if reprint is None:
        return []
    return [
        gettext("Reprint: sheet {number} of this receipt, printed on {when} by {who}.").format(
            number=reprint.number, when=long_time(reprint.printed_at), who=reprint.printed_by
        )
    ]


def payment_details(receipt: Receipt) -> list[tuple[str, str]]:
    """Return when and how it was paid, as labels with texts in the active language; a text may be empty."""
    transaction = receipt.payment.transaction
    handed = handed_over(receipt)
    return [
        (gettext("Paid on"), long_time(transaction.happened_at)),
        (gettext("Means of payment"), method_of(receipt)),
        (gettext("Payment number"), receipt.payment.order.order_number),
        *(_across_the_counter(handed) if handed else _through_a_gateway(transaction)),
    ]


def handed_over(receipt: Receipt) -> HandedOver | None:
    """Return what a cashier was given for a receipt, if it was paid at a counter."""
    return getattr(receipt.payment.transaction.attempt, "handed_over", None)


def realisation_text(receipt: Receipt) -> str:
    """Return whether its bank has paid a cheque or draft, in the active language; nothing of other money."""
    handed = handed_over(receipt)
    if handed is None or handed.instrument not in SUBJECT_TO_REALISATION:
        return ""
    if hasattr(handed, "realisation"):
        return gettext("The bank paid the cheque or draft on {day}.").format(
            day=long_date(handed.realisation.realised_on)
        )
    return gettext("Subject to realisation: if the bank does not pay the cheque or draft, this receipt is reversed.")


def _through_a_gateway(transaction: GatewayTransaction) -> list[tuple[str, str]]:
    surcharge = transaction.surcharge_paise
    return [
        (gettext("Gateway reference"), transaction.transaction_ref),
        (gettext("Bank reference"), transaction.bank_ref),
        (gettext("Charged by the gateway on top"), rupee_text(surcharge) if surcharge else ""),
    ]


def _across_the_counter(handed: HandedOver) -> list[tuple[str, str]]:
    return [
        (gettext("Cheque, draft or card slip"), handed.number),
        (gettext("Bank and branch"), handed.bank),
        (gettext("Dated"), long_date(handed.dated) if handed.dated else ""),
        (gettext("Counter"), str(handed.shift.counter)),
        (gettext("Cashier"), handed.shift.cashier),
    ]


def _notes(receipt: Receipt) -> Iterable[str]:
    reversal, kept = reversal_of(receipt), kept_paise(receipt)
    if reversal:
        yield reversal_text(reversal)
    elif kept:
        yield gettext(
            "{amount} of this money found no unpaid bill and is kept for the payer. The corporation will adjust or return it."
        ).format(amount=rupee_text(kept))
    elif realisation := realisation_text(receipt):
        yield realisation
    yield from map(refund_text, refunds_of(receipt))
    if charged := charged_text(receipt):
        yield charged
    yield gettext("This receipt is computer generated and needs no signature.")


def _row(bill: Bill) -> list[str]:
    amounts = (bill.charges_paise, bill.deductions_paise, bill.amount_paise)
    return [
        bill.number,
        period(bill.period),
        gettext(bill.heading) if bill.heading else "",
        *(rupee_text(paise) for paise in amounts),
    ]


def _bill(lines: list[dict[str, Any]]) -> Bill:
    amounts = [line["amount_paise"] for line in lines]
    return Bill(
        number=lines[0]["bill"],
        heading=lines[0].get("heading", ""),
        period=lines[0]["period"],
        charges_paise=sum(paise for paise in amounts if paise > 0),
        deductions_paise=sum(paise for paise in amounts if paise < 0),
        lines=lines,
    )


def _bill_key(line: dict[str, Any]) -> str:
    return str(line["bill"])
