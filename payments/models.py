"""Orders, attempts and the books. Records only: `services` and `posting` write, `queries` read.

Tables marked append-only are guarded by database triggers (migration 0002): no row of them is ever changed or removed.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from payments.accounts.models import AccountHealth as AccountHealth
from payments.accounts.models import AccountLimit as AccountLimit
from payments.accounts.models import GatewayAccount as GatewayAccount
from payments.accounts.models import GuessAllowance as GuessAllowance
from payments.arrivals.models import Arrival as Arrival
from payments.arrivals.models import Digest as Digest
from payments.arrivals.models import Duty as Duty
from payments.counter.models import Counter as Counter
from payments.counter.models import HandedOver as HandedOver
from payments.counter.models import Realisation as Realisation
from payments.counter.models import Shift as Shift
from payments.disputes.models import Dispute as Dispute
from payments.kept.models import KeptMoney as KeptMoney
from payments.kept.models import Placement as Placement
from payments.reconciliation.break_models import BreakClosing as BreakClosing
from payments.reconciliation.break_models import BreakNote as BreakNote
from payments.reconciliation.break_models import BreakPaper as BreakPaper
from payments.reconciliation.break_models import ClosingRequest as ClosingRequest
from payments.reconciliation.models import BankFile as BankFile
from payments.reconciliation.models import BankLine as BankLine
from payments.reconciliation.models import SettlementChange as SettlementChange
from payments.reconciliation.models import SettlementFile as SettlementFile
from payments.reconciliation.models import SettlementLine as SettlementLine
from payments.reconciliation.models import SettlementMatch as SettlementMatch
from payments.reconciliation.payout_models import BankHoliday as BankHoliday
from payments.reconciliation.payout_models import CreditRequest as CreditRequest
from payments.reconciliation.payout_models import RefusedFile as RefusedFile
from payments.reconciliation.payout_models import ReturnMatch as ReturnMatch
from payments.reconciliation.payout_models import Settlement as Settlement
from payments.reconciliation.payout_models import SettlementCredit as SettlementCredit
from payments.refunds.models import Refund as Refund
from payments.reversals.models import Reversal as Reversal
from payments.reversals.models import ReversalRequest as ReversalRequest
from payments.seal_models import JournalSeal as JournalSeal
from payments.states import (
    OPEN_ATTEMPTS,
    AllocationKind,
    AttemptState,
    MessageState,
    OrderState,
    Source,
    TransactionStatus,
    Way,
)
from payments.totals.models import DayTotals as DayTotals


class PaymentOrder(models.Model):
    """What a citizen wants to pay, with a snapshot of its lines. `kind` and `reference` say what it is for."""

    order_number = models.CharField(_("order number"), max_length=16, unique=True)
    token = models.CharField(max_length=22, unique=True, help_text="the unguessable part of the payment link")
    kind = models.CharField(_("kind"), max_length=20)
    reference = models.CharField(_("reference"), max_length=40, db_index=True, help_text="assessee or licence number")
    scope = models.CharField(_("heading"), max_length=20)
    amount_paise = models.BigIntegerField(_("amount"), help_text="paise")
    snapshot = models.JSONField(
        _("snapshot"), help_text="title, particulars and lines as they stood when it was opened"
    )
    priced_on = models.DateField(_("priced on"), help_text="the day (IST) of which the amount is")
    series = models.CharField(_("receipt series"), max_length=20)
    state = models.CharField(_("state"), max_length=6, choices=OrderState.choices, default=OrderState.OPEN)
    source = models.CharField(_("source"), max_length=7, choices=Source.choices)
    language = models.CharField(_("language"), max_length=2, default="en")
    told_to = ArrayField(
        models.CharField(max_length=80),
        verbose_name=_("told to"),
        default=list,
        blank=True,
        help_text="the conversations that wait for the receipt, who asked last at the end",
    )
    dues_key = models.CharField(max_length=64, help_text="digest of what is paid for: the same dues are one open order")
    idempotency_key = models.CharField(max_length=80, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(_("opened at"))
    expires_at = models.DateTimeField(_("price holds until"))

    class Meta:
        verbose_name = _("payment order")
        verbose_name_plural = _("payment orders")
        constraints = [
            models.CheckConstraint(name="order_amount_positive", condition=Q(amount_paise__gt=0)),
            models.CheckConstraint(name="order_state_known", condition=Q(state__in=OrderState.values)),
            models.CheckConstraint(name="order_expires_after_opening", condition=Q(expires_at__gt=F("created_at"))),
            models.UniqueConstraint(
                name="order_open_once_for_the_same_dues", fields=["dues_key"], condition=Q(state="open")
            ),
        ]
        indexes = [GinIndex(name="order_by_conversation", fields=["told_to"])]

    def __str__(self) -> str:
        return self.order_number


class PaymentAttempt(models.Model):
    """One order registered at a gateway. A gateway order can carry several transactions."""

    order = models.ForeignKey(PaymentOrder, on_delete=models.PROTECT, related_name="attempts", verbose_name=_("order"))
    account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, verbose_name=_("gateway account"))
    way = models.CharField(_("way"), max_length=4, choices=Way.choices, default=Way.PAGE, db_default=Way.PAGE)
    order_ref = models.CharField(_("reference at the gateway"), max_length=20, unique=True)
    gateway_order_ref = models.CharField(_("the gateway's own number"), max_length=40, blank=True)
    amount_paise = models.BigIntegerField(_("amount"), help_text="paise")
    state = models.CharField(_("state"), max_length=10, choices=AttemptState.choices, default=AttemptState.CREATED)
    checkout = models.JSONField(_("checkout"), default=dict, help_text="address and fields of the gateway's page")
    created_at = models.DateTimeField(_("created at"))
    valid_until = models.DateTimeField(_("page valid until"), null=True, blank=True)
    next_poll_at = models.DateTimeField(_("asked about next at"), null=True, blank=True)
    asked_at = models.DateTimeField(_("last asked about at"), null=True, blank=True)
    poll_count = models.PositiveSmallIntegerField(_("times asked"), default=0)
    last_error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("payment attempt")
        verbose_name_plural = _("payment attempts")
        indexes = [models.Index(name="attempt_to_ask_about", fields=["next_poll_at"], condition=~Q(next_poll_at=None))]
        constraints = [
            models.CheckConstraint(name="attempt_amount_positive", condition=Q(amount_paise__gt=0)),
            models.CheckConstraint(name="attempt_state_known", condition=Q(state__in=AttemptState.values)),
            models.UniqueConstraint(
                name="attempt_open_once_per_order", fields=["order"], condition=Q(state__in=OPEN_ATTEMPTS)
            ),
            models.UniqueConstraint(
                name="attempt_once_per_gateway_order",
                fields=["account", "gateway_order_ref"],
                condition=~Q(gateway_order_ref=""),
            ),
        ]

    def __str__(self) -> str:
        return self.order_ref


class GatewayTransaction(models.Model):
    """One try at paying inside an attempt, as the gateway numbers it."""

    attempt = models.ForeignKey(
        PaymentAttempt, on_delete=models.PROTECT, related_name="transactions", verbose_name=_("attempt")
    )
    account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, verbose_name=_("gateway account"))
    transaction_ref = models.CharField(_("transaction number"), max_length=60)
    status = models.CharField(_("status"), max_length=10, choices=TransactionStatus.choices)
    raw_status = models.CharField(_("the gateway's code"), max_length=20)
    amount_paise = models.BigIntegerField(_("amount"), help_text="paise")
    surcharge_paise = models.BigIntegerField(
        _("charged on top"), default=0, db_default=0, help_text="paise; the gateway's, no part of the amount"
    )
    bank_ref = models.CharField(_("bank reference"), max_length=60, blank=True)
    method = models.CharField(_("method"), max_length=20, blank=True)
    happened_at = models.DateTimeField(_("paid at"))
    error_code = models.CharField(_("error code"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("gateway transaction")
        verbose_name_plural = _("gateway transactions")
        indexes = [models.Index(name="transaction_by_bank_ref", fields=["bank_ref"], condition=~Q(bank_ref=""))]
        constraints = [
            models.UniqueConstraint(name="transaction_once_per_account", fields=["account", "transaction_ref"]),
            models.CheckConstraint(name="transaction_status_known", condition=Q(status__in=TransactionStatus.values)),
            models.CheckConstraint(name="transaction_surcharge_not_negative", condition=Q(surcharge_paise__gte=0)),
        ]

    def __str__(self) -> str:
        return self.transaction_ref


class GatewayMessage(models.Model):
    """What a gateway or a browser sent us, byte for byte, kept before anybody reads it. Only the verdict may change."""

    account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, verbose_name=_("gateway account"))
    source = models.CharField(
        _("source"), max_length=7, choices=[("webhook", _("webhook")), ("return", _("browser return"))]
    )
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=120, blank=True)
    body = models.BinaryField()
    signature = models.CharField(_("signature beside the body"), max_length=200, blank=True, db_default="")
    peer = models.GenericIPAddressField(_("came from"), null=True)
    received_at = models.DateTimeField(_("received at"))
    hits = models.PositiveIntegerField(_("times received"), default=1)
    state = models.CharField(_("state"), max_length=9, choices=MessageState.choices, default=MessageState.RECEIVED)
    result = models.CharField(_("result"), max_length=200, blank=True)
    order_ref = models.CharField(_("reference at the gateway"), max_length=40, blank=True, db_index=True)
    processed_at = models.DateTimeField(_("processed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("gateway message")
        verbose_name_plural = _("gateway messages")
        indexes = [models.Index(name="message_to_process", fields=["received_at"], condition=Q(state="received"))]
        constraints = [
            models.UniqueConstraint(name="message_once_per_source", fields=["account", "source", "sha256"]),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.received_at:%Y-%m-%d %H:%M:%S}"


class Payment(models.Model):
    """Money that we have accepted. Append-only."""

    transaction = models.OneToOneField(GatewayTransaction, on_delete=models.PROTECT, verbose_name=_("transaction"))
    order = models.ForeignKey(PaymentOrder, on_delete=models.PROTECT, related_name="payments", verbose_name=_("order"))
    amount_paise = models.BigIntegerField(_("amount"), help_text="paise")
    business_date = models.DateField(_("business date"), help_text="the IST day on which the citizen paid")
    received_at = models.DateTimeField(_("accepted at"))

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [models.CheckConstraint(name="payment_amount_positive", condition=Q(amount_paise__gt=0))]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.pk}"


class Allocation(models.Model):
    """Where a payment has landed: on a bill, in advance or in suspense. Append-only; adds up to its payment.

    A negative row is money that has left an advance, the suspense or a bill for what stands beside it. All of a payment that
    turned out not to be money stands under `reversed`, what is given back under `refunded`, what was charged back under `charged`.
    """

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("payment")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=AllocationKind.choices)
    bill = models.CharField(_("bill"), max_length=40, blank=True, db_index=True)
    amount_paise = models.BigIntegerField(_("amount"), help_text="paise")
    heads = models.JSONField(_("heads"), default=dict, blank=True, help_text="paise of the bill by head")
    reference = models.CharField(
        _("reference"),
        max_length=40,
        blank=True,
        db_default="",
        help_text="for whom it counts, where not for its order's",
    )
    landed_on = models.DateField(_("landed on"), help_text="the IST day from which it counts there")

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        indexes = [
            models.Index(name="allocation_kept", fields=["payment"], condition=~Q(kind="bill")),
            models.Index(name="allocation_for_another", fields=["reference"], condition=~Q(reference="")),
        ]
        constraints = [
            models.CheckConstraint(name="allocation_names_a_bill", condition=Q(kind="bill") ^ Q(bill="")),
            models.CheckConstraint(
                name="allocation_counts_for_another_on_a_bill_or_in_advance",
                condition=Q(reference="") | Q(kind__in=("bill", "advance")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.bill}"


class Journal(models.Model):
    """One event in the books, about a payment or a gateway's pay-out. Append-only; its lines balance at commit."""

    purpose = models.CharField(_("purpose"), max_length=20)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, related_name="journals", verbose_name=_("payment")
    )
    settlement = models.ForeignKey(
        "payments.Settlement",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,  # a payment's journal pays for no index of pay-outs; theirs is the constraint below
        related_name="journals",
        verbose_name=_("pay-out"),
    )
    legs = models.PositiveSmallIntegerField(_("legs"), help_text="how many lines it has; none can be added later")
    business_date = models.DateField(_("business date"))
    posted_at = models.DateTimeField(_("posted at"))

    class Meta:
        verbose_name = _("journal")
        verbose_name_plural = _("journals")
        constraints = [
            models.UniqueConstraint(name="journal_once_per_purpose", fields=["payment", "purpose"]),
            models.UniqueConstraint(
                name="journal_of_pay_out_once_per_purpose",
                fields=["settlement", "purpose"],
                condition=~Q(settlement=None),
            ),
            models.CheckConstraint(
                name="journal_is_about_one_thing",
                condition=Q(payment__isnull=False, settlement=None) | Q(payment=None, settlement__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.payment_id or self.settlement_id}"


class JournalLine(models.Model):
    """One leg of a journal: debit or credit of one account, in paise. Append-only."""

    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="lines", verbose_name=_("journal"))
    account = models.CharField(_("account"), max_length=60)
    debit_paise = models.BigIntegerField(_("debit"), default=0)
    credit_paise = models.BigIntegerField(_("credit"), default=0)

    class Meta:
        verbose_name = _("journal line")
        verbose_name_plural = _("journal lines")
        constraints = [
            models.CheckConstraint(
                name="line_is_debit_or_credit",
                condition=Q(debit_paise__gt=0, credit_paise=0) | Q(debit_paise=0, credit_paise__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.account


class ReceiptSeries(models.Model):
    """The last number given in one series and financial year. Its row is the last lock of a posting."""

    code = models.CharField(_("series"), max_length=24)
    financial_year = models.PositiveSmallIntegerField(_("financial year"))
    last_number = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("receipt series")
        verbose_name_plural = _("receipt series")
        constraints = [models.UniqueConstraint(name="series_once_per_year", fields=["code", "financial_year"])]

    def __str__(self) -> str:
        return f"{self.code} {self.financial_year}"


class Receipt(models.Model):
    """The paper. Numbered 1, 2, 3 … without a hole in its series and financial year. Append-only."""

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, verbose_name=_("payment"))
    series = models.CharField(_("series"), max_length=20)
    financial_year = models.PositiveSmallIntegerField(_("financial year"))
    number = models.PositiveIntegerField(_("number"))
    receipt_number = models.CharField(_("receipt number"), max_length=40, unique=True)
    token = models.CharField(max_length=22, unique=True, help_text="the unguessable part of its address")
    code = models.CharField(_("verification code"), max_length=16, unique=True)
    issued_at = models.DateTimeField(_("issued at"))

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.UniqueConstraint(
                name="receipt_number_once_in_series", fields=["series", "financial_year", "number"]
            ),
            models.CheckConstraint(name="receipt_number_positive", condition=Q(number__gt=0)),
        ]

    def __str__(self) -> str:
        return self.receipt_number


class ReceiptPrint(models.Model):
    """A receipt that somebody of the corporation printed. The first print is the original, the others say so. Append-only."""

    receipt = models.ForeignKey(
        Receipt, on_delete=models.PROTECT, related_name="prints", verbose_name=_("receipt number")
    )
    number = models.PositiveIntegerField(_("print"), help_text="1 is the original")
    printed_by = models.CharField(_("printed by"), max_length=150)
    printed_at = models.DateTimeField(_("printed at"))

    class Meta:
        verbose_name = _("print of a receipt")
        verbose_name_plural = _("prints of receipts")
        constraints = [
            models.UniqueConstraint(name="print_numbered_once", fields=["receipt", "number"]),
            models.CheckConstraint(name="print_number_positive", condition=Q(number__gt=0)),
            models.CheckConstraint(name="print_names_who", condition=~Q(printed_by="")),
        ]

    def __str__(self) -> str:
        return f"{self.receipt} · {self.number}"


class ReconBreak(models.Model):
    """A difference that waits for a person until it has a closing. Money behind it is in the books already, visible.

    Posting opens some about a payment. Those that reconciliation finds have an account and a `subject`, and name the records they
    are about; `times` counts how often the same has been opened, for what closed by itself can come back.
    """

    kind = models.CharField(_("kind"), max_length=20)
    account = models.ForeignKey(
        GatewayAccount, on_delete=models.PROTECT, null=True, related_name="breaks", verbose_name=_("gateway account")
    )
    subject = models.CharField(_("about"), max_length=40, blank=True, db_default="")
    times = models.PositiveSmallIntegerField(_("time"), default=1, db_default=1)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, related_name="breaks", verbose_name=_("payment")
    )
    settlement_line = models.ForeignKey(
        SettlementLine,
        on_delete=models.PROTECT,
        null=True,
        related_name="breaks",
        verbose_name=_("row of a settlement report"),
    )
    bank_line = models.ForeignKey(
        BankLine, on_delete=models.PROTECT, null=True, related_name="breaks", verbose_name=_("line of a bank statement")
    )
    settlement = models.ForeignKey(
        Settlement, on_delete=models.PROTECT, null=True, related_name="breaks", verbose_name=_("pay-out")
    )
    refused_file = models.ForeignKey(
        RefusedFile, on_delete=models.PROTECT, null=True, related_name="breaks", verbose_name=_("refused file")
    )
    amount_paise = models.BigIntegerField(_("amount"), help_text="paise that were at stake when it was opened")
    facts = models.JSONField(_("facts"), help_text="amounts in paise, days as ISO dates")
    day = models.DateField(_("day"), null=True, help_text="the IST day whose totals it explains")
    due_on = models.DateField(_("due on"), null=True, help_text="the banking day by which it should have ended")
    suggestion = models.JSONField(_("suggestion"), default=dict, blank=True)
    opened_at = models.DateTimeField(_("opened at"))

    class Meta:
        verbose_name = _("break")
        verbose_name_plural = _("breaks")
        indexes = [models.Index(name="break_by_subject", fields=["subject", "kind"], condition=~Q(subject=""))]
        constraints = [
            models.UniqueConstraint(
                name="break_once_per_payment_kind_and_facts",
                fields=["payment", "kind", "facts"],
                condition=Q(subject=""),
            ),
            models.UniqueConstraint(
                name="break_once_per_subject_and_time",
                fields=["subject", "kind", "times"],
                condition=~Q(subject=""),
            ),
            models.CheckConstraint(
                name="break_is_about_something",
                condition=Q(subject="", payment__isnull=False)
                | (~Q(subject="") & Q(account__isnull=False, day__isnull=False, due_on__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class OutboxMessage(models.Model):
    """Something to be told, written in the transaction that causes it and sent afterwards, at least once."""

    topic = models.CharField(_("topic"), max_length=40)
    key = models.CharField(_("key"), max_length=80, unique=True)
    payload = models.JSONField(_("payload"))
    created_at = models.DateTimeField(_("written at"))
    available_at = models.DateTimeField(_("next try at"))
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox")
        indexes = [models.Index(name="outbox_to_send", fields=["available_at"], condition=Q(sent_at=None))]

    def __str__(self) -> str:
        return self.key
