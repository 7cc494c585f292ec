"""Reading: everything that happened to one payment, from the click to the bank, in the sequence in which it happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Exists, OuterRef, Prefetch
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.money import rupee_text
from payments.models import (
    Dispute,
    GatewayMessage,
    Journal,
    OutboxMessage,
    Payment,
    PaymentAttempt,
    Placement,
    Receipt,
    Refund,
    Settlement,
    SettlementCredit,
    SettlementLine,
    SettlementMatch,
)
from payments.reconciliation.break_words import known_of
from payments.states import RefundState, TransactionStatus
from payments.totals.words import line_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from payments.models import PaymentOrder

GOOD, STOP = "good", "stop"
TONES: dict[str, str] = {TransactionStatus.SUCCEEDED: GOOD, TransactionStatus.FAILED: STOP}
# Purposes of journals, as people read them; a number behind the name counts moves of the same kind.
PURPOSES = {
    "received": _("Posted to the books"),
    "reversed": _("Taken back in the books"),
    "advance used": _("Advance used"),
    "moved": _("Moved in the books"),
}


class Event(NamedTuple):
    """One thing that happened. `tone` is `good` or `stop` where it decides something."""

    at: datetime
    what: str
    detail: str = ""
    tone: str = ""


if TYPE_CHECKING:
    Source = Callable[[PaymentOrder], Iterable[Event]]

_sources: list[Source] = []


def add(source: Source) -> Source:
    """Have another part of the portal tell of a payment. Called once for each."""
    _sources.append(source)
    return source


def events_of(order: PaymentOrder) -> list[Event]:
    """Return all that is known of an order, oldest first, in the active language. A constant number of queries."""
    return sorted((event for source in _sources for event in source(order)), key=lambda event: event.at)


@add
def opened(order: PaymentOrder) -> Iterator[Event]:
    said = gettext("{amount} for {reference}, through {door}")
    detail = said.format(
        amount=rupee_text(order.amount_paise), reference=order.reference, door=order.get_source_display()
    )
    yield Event(order.created_at, gettext("Payment order opened"), detail)


@add
def attempted(order: PaymentOrder) -> Iterator[Event]:
    """Tell of each attempt, what was handed over for it, and each try at paying inside it."""
    attempts = PaymentAttempt.objects.filter(order=order).select_related("account", "handed_over__shift__counter")
    for attempt in attempts.prefetch_related("transactions"):
        account = f"{attempt.account.code} · {attempt.order_ref}"
        yield Event(attempt.created_at, gettext("Sent on to pay: {way}").format(way=attempt.get_way_display()), account)
        if hasattr(attempt, "handed_over"):
            handed = attempt.handed_over
            what = gettext("Handed over: {instrument}").format(instrument=handed.get_instrument_display())
            yield Event(handed.taken_at, what, f"{handed.number} {handed.bank} · {handed.shift}".strip())
        if attempt.asked_at:
            asked = gettext("{count} times; {error}").format(count=attempt.poll_count, error=attempt.last_error or "—")
            yield Event(attempt.asked_at, gettext("Gateway asked, the last time"), asked)
        for tried in attempt.transactions.all():
            what = gettext("The gateway says: {status}").format(status=tried.get_status_display())
            refs = " · ".join(
                part for part in (tried.transaction_ref, tried.method, tried.bank_ref, tried.error_code) if part
            )
            yield Event(
                tried.happened_at, what, f"{rupee_text(tried.amount_paise)} · {refs}", TONES.get(tried.status, "")
            )


@add
def heard(order: PaymentOrder) -> Iterator[Event]:
    refs = order.attempts.values("order_ref")
    for message in GatewayMessage.objects.filter(order_ref__in=refs).defer("body"):
        what = gettext("Message came: {source}").format(source=message.get_source_display())
        yield Event(message.received_at, what, f"{message.get_state_display()} · {message.result} · ×{message.hits}")


@add
def booked(order: PaymentOrder) -> Iterator[Event]:
    """Tell of each payment with its journals, breaks, receipt, prints and reversal."""
    journals = Prefetch("journals", Journal.objects.order_by("pk").prefetch_related("lines"))
    payments = Payment.objects.filter(order=order).select_related("receipt", "reversal")
    for payment in payments.prefetch_related(journals, "breaks__closing", "receipt__prints", "reversal_requests"):
        for journal in payment.journals.all():
            lines = (
                f"{line.account} {rupee_text(line.debit_paise - line.credit_paise)}" for line in journal.lines.all()
            )
            yield Event(journal.posted_at, _purpose(journal.purpose), ", ".join(lines))
        for found in payment.breaks.all():
            kind = line_in_words(found.kind)
            yield Event(found.opened_at, gettext("Break opened: {kind}").format(kind=kind), known_of(found.facts), STOP)
            if hasattr(found, "closing"):
                what = gettext("Break closed: {kind}").format(kind=kind)
                yield Event(found.closing.closed_at, what, found.closing.note, GOOD)
        receipt = payment.receipt
        number, amount = receipt.receipt_number, rupee_text(payment.amount_paise)
        yield Event(receipt.issued_at, gettext("Receipt issued"), f"{number} · {amount}", GOOD)
        for sheet in receipt.prints.all():
            yield Event(sheet.printed_at, gettext("Receipt printed"), f"{sheet.number} · {sheet.printed_by}")
        for asked in payment.reversal_requests.all():
            detail = f"{asked.get_reason_display()} · {asked.maker}: {asked.detail}"
            yield Event(asked.asked_at, gettext("Reversal asked for"), detail)
        if hasattr(payment, "reversal"):
            reversal = payment.reversal
            detail = f"{reversal.reversal_number} · {reversal.approver}"
            yield Event(reversal.issued_at, gettext("Reversed"), detail, STOP)


@add
def settled(order: PaymentOrder) -> Iterator[Event]:
    """Tell by which row of a report each payment was settled, and of a later report that took the row back."""
    matches = SettlementMatch.objects.filter(payment__order=order).select_related("line__file", "line__change__file")
    for match in matches.order_by("pk"):
        line = match.line
        amounts = gettext("{net} of {gross}, charges {charges}, GST {gst}").format(
            net=rupee_text(line.net_paise), gross=rupee_text(line.gross_paise),
            charges=rupee_text(line.charge_paise), gst=rupee_text(line.gst_paise),
        )  # fmt: skip
        row = gettext("row {place} of {file}").format(place=line.place, file=line.file)
        yield Event(line.file.taken_in_at, gettext("Settled by the gateway"), f"{amounts} · {row}", GOOD)
        what = gettext("Matched with its settlement: {key}").format(key=match.get_key_display())
        yield Event(match.matched_at, what, line.transaction_ref)
        if hasattr(line, "change"):
            later = line.change.file
            yield Event(later.taken_in_at, gettext("A later report took this row back"), str(later), STOP)


@add
def paid_out(order: PaymentOrder) -> Iterator[Event]:
    """Tell of the pay-outs that its settled rows belong to, and of the bank credits that these became."""
    rows = SettlementLine.objects.filter(
        match__payment__order=order, change=None,
        account=OuterRef("account"), settled_on=OuterRef("settled_on"), utr=OuterRef("utr"),
    )  # fmt: skip
    credits = Prefetch("credits", SettlementCredit.objects.select_related("line").order_by("pk"))
    booked_first = Prefetch("journals", Journal.objects.filter(purpose="settled 1"))
    for pay_out in Settlement.objects.filter(Exists(rows)).prefetch_related(booked_first, credits):
        for journal in pay_out.journals.all():
            yield Event(journal.posted_at, gettext("Paid out by the gateway"), str(pay_out))
        for credit in pay_out.credits.all():
            line, what = credit.line, gettext("In the bank, matched by {key}").format(key=credit.get_key_display())
            detail = f"{line.value_on} · {line.utr or line.narration} · {rupee_text(line.amount_paise)}"
            yield Event(credit.matched_at, what, detail, GOOD)


@add
def refunded(order: PaymentOrder) -> Iterator[Event]:
    for refund in Refund.objects.filter(payment__order=order):
        amount = rupee_text(refund.amount_paise)
        asked = f"{refund.refund_number} · {amount} · {refund.maker}: {refund.reason}"
        yield Event(refund.asked_at, gettext("Refund asked for"), asked)
        if refund.decided_at:
            yield Event(
                refund.decided_at, gettext("Refund decided"), f"{refund.approver} · {refund.refusal}".rstrip(" ·")
            )
        if refund.ended_at:
            tone = GOOD if refund.state == RefundState.DONE else STOP
            what = gettext("Refund: {state}").format(state=refund.get_state_display())
            yield Event(refund.ended_at, what, f"{amount} · {refund.gateway_refund_ref or refund.advice_number}", tone)


@add
def placed(order: PaymentOrder) -> Iterator[Event]:
    for asked in Placement.objects.filter(payment__order=order):
        detail = f"{rupee_text(asked.amount_paise)} · {asked.get_target_display()} · {asked.placed_for} · {asked.maker}"
        yield Event(asked.asked_at, gettext("Placement proposed"), detail)
        if asked.approved_at:
            yield Event(asked.approved_at, gettext("Placed"), asked.approver, GOOD)
        if asked.refused_at:
            yield Event(asked.refused_at, gettext("Placement refused"), f"{asked.approver}: {asked.refusal}")


@add
def disputed(order: PaymentOrder) -> Iterator[Event]:
    for dispute in Dispute.objects.filter(payment__order=order):
        detail = f"{dispute.case_number} · {rupee_text(dispute.amount_paise)} · {dispute.maker}: {dispute.reason}"
        yield Event(dispute.opened_at, gettext("The payer's bank asks it back"), detail, STOP)
        if dispute.decided_at:
            what = gettext("Dispute decided")
            yield Event(dispute.decided_at, what, f"{dispute.get_state_display()} · {dispute.approver}: {dispute.note}")


@add
def told(order: PaymentOrder) -> Iterator[Event]:
    receipts = Receipt.objects.filter(payment__order=order).values_list(
        "receipt_number", "payment__reversal__reversal_number"
    )
    keys = [f"receipt_issued:{number}" for number, _reversal in receipts]
    keys += [f"receipt_reversed:{reversal}" for _number, reversal in receipts if reversal]
    for message in OutboxMessage.objects.filter(key__in=keys, sent_at__isnull=False).order_by("pk"):
        assert message.sent_at
        yield Event(message.sent_at, gettext("Sent: {topic}").format(topic=message.topic.replace("_", " ")))


def _purpose(purpose: str) -> str:
    name = purpose.rstrip("0123456789 ")
    return str(PURPOSES.get(name, name))
