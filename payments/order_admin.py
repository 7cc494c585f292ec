"""Payment orders for clerks: found by any number, and everything that happened to one on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common import digits
from kmc_portal.common.admin import ReadOnlyInline, ShowsPersons, paise_column
from kmc_portal.common.desk_admin import DeskAdmin
from payments import finding, papers, timeline
from payments.kind_filter import KindFilter
from payments.models import Payment, PaymentAttempt, PaymentOrder

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


class AttemptInline(ReadOnlyInline):
    model = PaymentAttempt
    fields = (
        "order_ref",
        "account",
        "state",
        "gateway_order_ref",
        "created_at",
        "valid_until",
        "poll_count",
        "last_error",
    )
    readonly_fields = fields


class PaymentInline(ReadOnlyInline):
    model = Payment
    fields = ("transaction", "amount_paise", "business_date", "received_at")
    readonly_fields = fields


@admin.register(PaymentOrder)
class PaymentOrderAdmin(ShowsPersons, DeskAdmin):
    list_display = ("order_number", "reference", "scope", "amount", "state", "source", "created_at", "timeline_link")
    list_filter = ("state", "source", ("kind", KindFilter))
    search_fields = ("=order_number",)  # there must be one for the box to be there; payments.finding searches
    search_help_text = _("Any number of a payment: order, receipt, transaction, bank reference, cheque, bill, assessee")
    ordering = ("-pk",)
    exclude = ("token", "dues_key", "idempotency_key")  # whoever sees the token may act with it
    inlines = (AttemptInline, PaymentInline)
    amount = paise_column("amount_paise", _("amount"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.timeline)
        return [path("<int:order>/timeline/", view, name=self.named("timeline")), *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        found = finding.orders_of_number(typed=search_term.strip(), digits=digits.only_digits(search_term))
        return queryset.filter(pk__in=[order.pk for order in found]), False

    @admin.display(description=_("next"))
    def timeline_link(self, order: PaymentOrder) -> str:
        return format_html(
            '<a href="{}">{}</a>', reverse(f"admin:{self.named('timeline')}", args=[order.pk]), gettext("Timeline")
        )

    def timeline(self, request: HttpRequest, order: int) -> HttpResponse:
        """All that happened to one payment, from the click on."""
        self.may(request, "view")
        found = get_object_or_404(PaymentOrder, pk=order)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": found.order_number,
            "order": found,
            "bills": papers.bills_of(found),
            "events": timeline.events_of(found),
        }
        return render(request, "admin/timeline.html", context)
