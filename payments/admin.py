"""Money for clerks: everything findable by order, receipt, transaction or assessee number, nothing changeable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

import payments.arrivals.admin
import payments.counter.admin
import payments.counter.handed_admin
import payments.disputes.admin
import payments.kept.admin
import payments.order_admin
import payments.receipt_admin
import payments.reconciliation.admin
import payments.reconciliation.break_admin
import payments.reconciliation.payout_admin
import payments.refunds.admin
import payments.reversals.admin
import payments.totals.admin  # noqa: F401 - importing a desk registers it
from kmc_portal.common.admin import (
    FoundByNumber,
    ModelAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    TabularInline,
    paise_column,
)
from payments.accounts import health
from payments.accounts.forms import FIXED, GatewayAccountForm, LimitForm
from payments.kind_filter import KindFilter
from payments.models import (
    AccountLimit,
    Allocation,
    GatewayAccount,
    GatewayMessage,
    GatewayTransaction,
    Journal,
    JournalLine,
    JournalSeal,
    OutboxMessage,
    Payment,
    PaymentAttempt,
    ReceiptSeries,
)

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest

AMOUNT = paise_column("amount_paise", _("amount"))
BY_ORDER = _("Order number, receipt number, transaction number, bank reference or assessee number")


class TransactionInline(ReadOnlyInline):
    model = GatewayTransaction
    fields = ("transaction_ref", "status", "raw_status", "amount_paise", "bank_ref", "method", "happened_at")
    readonly_fields = fields


class AllocationInline(ReadOnlyInline):
    model = Allocation


class LineInline(ReadOnlyInline):
    model = JournalLine


class LimitInline(TabularInline):
    model = AccountLimit
    form = LimitForm
    extra = 0


@admin.register(GatewayAccount)
class GatewayAccountAdmin(ModelAdmin):
    """An account is set up here by whoever has the right to; it stays when it is no longer used, for its books' sake."""

    form = GatewayAccountForm
    list_display = ("code", "service", "rank", "scheme", "merchant_id", "is_active", "set_aside_until", "failed")
    list_filter = (("service", KindFilter), "gateway", "is_active")
    list_select_related = ("health",)
    ordering = ("service", "rank", "pk")
    fields = (
        *FIXED,
        "scheme",
        "client_id",
        "base_url",
        "secret_names",
        "settlement_lob",
        "service",
        "rank",
        ("active_from", "active_to"),
        "is_active",
    )
    inlines = (LimitInline,)
    actions = ("ask_again",)

    @admin.action(description=_("Ask these accounts again at once"), permissions=["change"])
    def ask_again(self, request: HttpRequest, accounts: QuerySet[GatewayAccount]) -> None:
        for account in accounts:
            health.note_success(account.pk)

    def has_delete_permission(self, request: HttpRequest, obj: GatewayAccount | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: GatewayAccount | None = None) -> tuple[str, ...]:
        return FIXED if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[GatewayAccount]:
        """Leave the counters out, which have a table of their own."""
        found: QuerySet[GatewayAccount] = super().get_queryset(request)
        return found.filter(counter=None)

    @admin.display(description=_("set aside until"))
    def set_aside_until(self, account: GatewayAccount) -> datetime | None:
        return account.health.rests_until if hasattr(account, "health") else None

    @admin.display(description=_("last error"))
    def failed(self, account: GatewayAccount) -> str:
        return account.health.last_error if hasattr(account, "health") else ""


@admin.register(PaymentAttempt)
class PaymentAttemptAdmin(FoundByNumber):
    list_display = ("order_ref", "order", "account", "amount", "state", "created_at", "next_poll_at")
    list_filter = ("state", "account")
    search_fields = ("=order_ref", "=order__order_number", "=gateway_order_ref", "=order__reference")
    ordering = ("-pk",)
    list_select_related = ("order", "account")
    exclude = ("checkout",)
    inlines = (TransactionInline,)
    amount = AMOUNT


@admin.register(GatewayTransaction)
class GatewayTransactionAdmin(ReadOnlyAdmin):
    list_display = ("transaction_ref", "attempt", "status", "raw_status", "amount", "method", "bank_ref", "happened_at")
    list_filter = ("status", "method", "account")
    search_fields = ("=transaction_ref", "=bank_ref", "=attempt__order_ref", "=attempt__order__order_number")
    ordering = ("-pk",)
    list_select_related = ("attempt",)
    amount = AMOUNT


@admin.register(GatewayMessage)
class GatewayMessageAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "account", "source", "peer", "state", "result", "order_ref", "hits")
    list_filter = ("state", "source", "account")
    search_fields = ("=order_ref", "=sha256")
    ordering = ("-pk",)
    list_select_related = ("account",)
    exclude = ("body",)


@admin.register(Payment)
class PaymentAdmin(FoundByNumber):
    list_display = ("id", "order", "amount", "business_date", "received_at", "receipt")
    list_filter = ("business_date",)
    search_fields = (
        "=order__order_number",
        "=order__reference",
        "=receipt__receipt_number",
        "=transaction__transaction_ref",
        "=transaction__bank_ref",
    )
    search_help_text = BY_ORDER
    ordering = ("-pk",)
    list_select_related = ("order", "receipt")
    inlines = (AllocationInline,)
    amount = AMOUNT


@admin.register(Journal)
class JournalAdmin(ReadOnlyAdmin):
    list_display = ("id", "purpose", "payment", "business_date", "posted_at")
    list_filter = ("purpose", "business_date")
    search_fields = ("=payment__order__order_number", "=payment__receipt__receipt_number")
    ordering = ("-pk",)
    list_select_related = ("payment",)
    inlines = (LineInline,)


@admin.register(JournalSeal)
class JournalSealAdmin(ReadOnlyAdmin):
    list_display = ("book", "number", "journal", "entry", "sha256", "sealed_at")
    list_filter = ("book",)
    list_select_related = ("journal", "entry__content_type")
    search_fields = ("=sha256",)
    ordering = ("-pk",)


@admin.register(ReceiptSeries)
class ReceiptSeriesAdmin(ReadOnlyAdmin):
    list_display = ("code", "financial_year", "last_number")
    list_filter = ("financial_year",)
    search_fields = ("=code",)
    ordering = ("-financial_year", "code")


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    list_display = ("key", "topic", "created_at", "available_at", "attempts", "sent_at", "last_error")
    list_filter = ("topic", ("sent_at", admin.EmptyFieldListFilter))
    search_fields = ("=key",)
    ordering = ("-pk",)
    exclude = ("payload",)  # holds the token of the receipt
