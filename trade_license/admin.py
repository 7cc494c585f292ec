"""Certificates, demands and papers for clerks: to find and to read; and the desk of the fee schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.admin import HasHistory, ReadOnlyAdmin, ReadOnlyInline, ShowsPersons, paise_column
from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.masking import masked_name
from kmc_portal.common.money import rupee_text
from kmc_portal.common.rulebook.desk_admin import RuleBookAdmin
from trade_license import (
    application_admin,  # noqa: F401 - registers the queues
    history,
    inputs,
)
from trade_license.dues_panel import dues_panel
from trade_license.models import Certificate, License, LicenseDemand, LicenseRuleBookVersion
from trade_license.order_lines import HEAD_LABELS
from trade_license.queries import license_as_it_is
from trade_license.rule_services import KEEPING
from trade_license.rules.facts import in_sequence
from trade_license.wording import verdict

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from kmc_portal.common.history import Happening

FOUND_BY_NUMBER = _("Certificate number, as it is printed or not")


def key_or_term(term: str) -> str:
    """Return the key of a certificate number that was typed in any way, else the term as it is."""
    try:
        return inputs.ce_number(term)
    except ServiceError:
        return term


class FoundByNumber(ReadOnlyAdmin):
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, key_or_term(search_term))


class DemandInline(ReadOnlyInline):
    model = LicenseDemand
    fields = ("demand_number", "financial_year", "years", "amount", "last_date", "paid_on", "cancelled_on")
    readonly_fields = ("amount",)
    ordering = ("-financial_year",)
    amount = paise_column("amount_paise", _("amount"))


@admin.register(License)
class LicenseAdmin(HasHistory, ShowsPersons, FoundByNumber):
    """Holders are masked in the list; the page of one shows what is on record, and what the certificate is worth today."""

    list_display = ("ce_number", "trade_name", "masked_holder", "nature_of_trade", "ward", "valid_until", "closed_on")
    list_filter = ("is_food", "is_for_life", ("closed_on", admin.EmptyFieldListFilter), "ward")
    search_fields = ("=search_key",)
    search_help_text = FOUND_BY_NUMBER
    ordering = ("pk",)
    exclude = ("search_key", "trade_key")
    readonly_fields = ("worth_today", "due_today")
    inlines = (DemandInline,)

    def happenings_of(self, record: License) -> list[Happening]:
        return history.happenings_of(record)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Put what is due before what is on record: it is what people call about."""
        return sorted(super().get_fields(request, obj), key=lambda name: name not in self.readonly_fields)

    @admin.display(description=_("holder"))
    def masked_holder(self, license: License) -> str:
        return masked_name(license.holder_name)

    @admin.display(description=_("today"))
    def worth_today(self, license: License) -> str:
        return verdict(license_as_it_is(ce_number=license.search_key, on=day_of(timezone.now())).worth)

    @admin.display(description=_("due today"))
    def due_today(self, license: License) -> str:
        return dues_panel(license.search_key, on=day_of(timezone.now()))


@admin.register(LicenseDemand)
class LicenseDemandAdmin(FoundByNumber):
    list_display = (
        "demand_number",
        "license",
        "financial_year",
        "years",
        "amount",
        "last_date",
        "paid_on",
        "cancelled_on",
    )
    list_filter = ("financial_year", ("paid_on", admin.EmptyFieldListFilter))
    search_fields = ("=demand_number", "=license__search_key")
    search_help_text = _("Demand number or certificate number")
    ordering = ("-pk",)
    list_select_related = ("license",)
    exclude = ("heads",)
    readonly_fields = ("by_section",)
    amount = paise_column("amount_paise", _("amount"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        by_number = queryset.filter(demand_number=search_term)
        return (by_number, False) if by_number.exists() else super().get_search_results(request, queryset, search_term)

    @admin.display(description=_("by section"))
    def by_section(self, demand: LicenseDemand) -> str:
        told = (f"{gettext(HEAD_LABELS[section])}: {rupee_text(paise)}" for section, paise in in_sequence(demand.heads))
        return "; ".join(told)


@admin.register(Certificate)
class CertificateAdmin(ShowsPersons, FoundByNumber):
    list_display = ("license", "issued_on", "valid_until", "paid_by", "code")
    search_fields = ("=code", "=paid_by", "=demand__license__search_key")
    search_help_text = _("Certificate number, order number or verification code")
    ordering = ("-pk",)
    list_select_related = ("demand__license",)
    exclude = ("token", "particulars")
    readonly_fields = ("paper",)

    @admin.display(description=_("certificate number"))
    def license(self, certificate: Certificate) -> str:
        return certificate.demand.license.ce_number

    @admin.display(description=_("paper"))
    def paper(self, certificate: Certificate) -> str:
        if certificate.demand.paid_on is None:
            return gettext("The payment was taken back: it does not print.")
        return format_html('<a href="/trade-licence/certificates/{}.pdf">PDF</a>', certificate.token)


@admin.register(LicenseRuleBookVersion)
class LicenseRuleBookVersionAdmin(RuleBookAdmin):
    keeping = KEEPING
    change_text = _("{changed} of {checked} certificates, {amount}")
    preview_text = _(
        "Of {checked} certificates in use {changed} would owe another sum, today or for the next year: {before} now, {after} then."
    )
