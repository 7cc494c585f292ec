"""Assessees and bills for clerks: to find and to read. They change by import only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from kmc_portal.common import digits
from kmc_portal.common.admin import ReadOnlyAdmin, paise_column
from kmc_portal.common.financial_year import FinancialYear, period_text
from property_tax import rule_services
from property_tax.inputs import LENGTH, printed
from property_tax.models import Assessee, Demand, RuleBookVersion, WaiverApplication, Ward

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


def plain_number(term: str) -> str:
    """Return a search term without its separators when it is an assessee number, else as it was typed."""
    number = digits.strip_separators(digits.to_ascii(term))
    return number if number.isdecimal() and len(number) == LENGTH else term


@admin.register(Ward)
class WardAdmin(ReadOnlyAdmin):
    list_display = ("number", "borough")
    list_filter = ("borough",)
    ordering = ("number",)
    list_per_page = 144


@admin.register(Assessee)
class AssesseeAdmin(ReadOnlyAdmin):
    list_display = ("number_as_printed", "owner_name", "premises_number", "street_name", "ward", "status")
    list_filter = ("status", "ward__borough")
    search_fields = ("assessee_number__startswith", "owner_name", "street_name")
    search_help_text = _("Assessee number (or its first digits), owner or street")
    ordering = ("assessee_number",)
    list_select_related = ("ward",)

    @admin.display(description=_("assessee number"), ordering="assessee_number")
    def number_as_printed(self, assessee: Assessee) -> str:
        return printed(assessee.assessee_number)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Assessee], search_term: str
    ) -> tuple[QuerySet[Assessee], bool]:
        return super().get_search_results(request, queryset, plain_number(search_term))


@admin.register(Demand)
class DemandAdmin(ReadOnlyAdmin):
    list_display = ("demand_number", "assessee", "kind", "period", "tax", "issued_on", "rebate_date", "paid_on")
    list_filter = ("kind", "financial_year", ("paid_on", admin.EmptyFieldListFilter))
    search_fields = ("=demand_number", "=assessee__assessee_number")
    search_help_text = _("Bill number or assessee number")
    ordering = ("-issued_on", "demand_number")
    list_select_related = ("assessee",)
    tax = paise_column("property_tax_paise", _("property tax"))

    @admin.display(description=_("period"), ordering="issued_on")
    def period(self, demand: Demand) -> str:
        return period_text(FinancialYear(demand.financial_year), demand.quarter)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Demand], search_term: str
    ) -> tuple[QuerySet[Demand], bool]:
        return super().get_search_results(request, queryset, plain_number(search_term))


@admin.register(RuleBookVersion)
class RuleBookVersionAdmin(ReadOnlyAdmin):
    """Rule books to read, and to put in force by somebody other than who loaded them."""

    list_display = ("pk", "maker", "loaded_at", "approver", "approved_at")
    ordering = ("-pk",)
    exclude = ("content",)
    readonly_fields = ("rules",)
    actions = ("approve",)

    @admin.display(description=_("rules"))
    def rules(self, version: RuleBookVersion) -> str:
        rows = ((row["code"], row["valid_from"], row["confidence"], row["source"]) for row in version.content["rules"])
        return format_html("<ul>{}</ul>", format_html_join("", "<li><b>{}</b> {}: <b>{}</b>, {}</li>", rows))

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("property_tax.change_rulebookversion")

    @admin.action(description=_("Put in force"), permissions=["approve"])
    def approve(self, request: HttpRequest, queryset: QuerySet[RuleBookVersion]) -> None:
        for version in queryset.order_by("pk"):
            try:
                rule_services.approve_rules(version.pk, approver=request.user.get_username(), now=timezone.now())
            except rule_services.ApproverIsMaker as refusal:
                self.message_user(request, refusal.user_message, messages.ERROR)


@admin.register(WaiverApplication)
class WaiverApplicationAdmin(ReadOnlyAdmin):
    list_display = ("assessee", "scheme", "applied_on", "maker", "approver", "approved_on")
    list_filter = ("scheme",)
    search_fields = ("=assessee__assessee_number",)
    ordering = ("-pk",)
    list_select_related = ("assessee",)
