"""Assessees and bills for clerks: to find and to read. They change by import only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kmc_portal.common import digits
from kmc_portal.common.admin import HasHistory, ReadOnlyAdmin, ReadOnlyInline, ShowsPersons, paise_column
from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.financial_year import FinancialYear, period_text
from kmc_portal.common.masking import masked_name
from property_tax import (
    history,
    rule_admin,  # noqa: F401 - registers the rule desk
)
from property_tax.dues_panel import dues_panel
from property_tax.inputs import LENGTH, printed
from property_tax.models import (
    Assessee,
    Demand,
    DemandCredit,
    DemandRun,
    HearingDecision,
    ImportRun,
    NoDuesCertificate,
    Ward,
)
from property_tax.search import numbers_for_clerk

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from kmc_portal.common.history import Happening


# A clerk does not turn pages of a name that thousands have.
MOST_FOUND = 200


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
class AssesseeAdmin(HasHistory, ShowsPersons, ReadOnlyAdmin):
    """Owners are masked in the list; the page of one shows everything, and who has opened it is written down (ADR 0014)."""

    list_display = ("number_as_printed", "masked_owner", "premises_number", "street_name", "ward", "status")
    list_filter = ("status", "ward__borough")
    search_fields = ("assessee_number",)  # there must be one for the box to be there; property_tax.search searches
    search_help_text = _(
        "Owner, street and premises number in any script, first digits of the number, or * and its last"
    )
    ordering = ("assessee_number",)
    list_select_related = ("ward",)
    exclude = ("search_words",)
    readonly_fields = ("due_today",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Put what is due before what is on record: it is what people call about."""
        return sorted(super().get_fields(request, obj), key=lambda name: name != "due_today")

    @admin.display(description=_("due today"))
    def due_today(self, assessee: Assessee) -> str:
        return dues_panel(assessee.assessee_number, on=day_of(timezone.now()))

    def happenings_of(self, record: Assessee) -> list[Happening]:
        return history.happenings_of(record)

    @admin.display(description=_("assessee number"), ordering="assessee_number")
    def number_as_printed(self, assessee: Assessee) -> str:
        return printed(assessee.assessee_number)

    @admin.display(description=_("owner"))
    def masked_owner(self, assessee: Assessee) -> str:
        return masked_name(assessee.owner_name)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Assessee], search_term: str
    ) -> tuple[QuerySet[Assessee], bool]:
        if not search_term.strip():
            return queryset, False
        try:
            numbers = numbers_for_clerk(search_term, limit=MOST_FOUND + 1)
        except ServiceError as refusal:
            self.message_user(request, refusal.user_message, messages.WARNING)
            return queryset.none(), False
        if len(numbers) > MOST_FOUND:
            text = _("There are more; these are the first {count}. Please type more words to find fewer.")
            self.message_user(request, str(text).format(count=MOST_FOUND), messages.WARNING)
        return queryset.filter(assessee_number__in=numbers[:MOST_FOUND]), False


class CreditInline(ReadOnlyInline):
    model = DemandCredit
    fields = ("credited_on", "paid_by", "amount", "heads")
    readonly_fields = ("amount",)
    show_change_link = False
    amount = paise_column("amount_paise", _("amount"))


@admin.register(Demand)
class DemandAdmin(ReadOnlyAdmin):
    inlines = (CreditInline,)
    list_display = ("demand_number", "assessee", "kind", "period", "tax", "issued_on", "rebate_date", "paid_on")
    list_filter = ("kind", "financial_year", ("paid_on", admin.EmptyFieldListFilter))
    search_fields = ("=demand_number", "=assessee__assessee_number")
    search_help_text = _("Bill number or assessee number")
    ordering = ("-pk",)
    list_select_related = ("assessee",)
    tax = paise_column("property_tax_paise", _("property tax"))

    @admin.display(description=_("period"), ordering="issued_on")
    def period(self, demand: Demand) -> str:
        return period_text(FinancialYear(demand.financial_year), demand.quarter)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Demand], search_term: str
    ) -> tuple[QuerySet[Demand], bool]:
        return super().get_search_results(request, queryset, plain_number(search_term))


@admin.register(NoDuesCertificate)
class NoDuesCertificateAdmin(ReadOnlyAdmin):
    list_display = ("certificate_number", "assessee", "issued_on", "source")
    search_fields = ("=assessee__assessee_number", "=code")
    search_help_text = _("Assessee number or verification code")
    ordering = ("-pk",)
    list_select_related = ("assessee",)
    exclude = ("token",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[NoDuesCertificate], search_term: str
    ) -> tuple[QuerySet[NoDuesCertificate], bool]:
        return super().get_search_results(request, queryset, plain_number(search_term))


@admin.register(DemandRun)
class DemandRunAdmin(ReadOnlyAdmin):
    list_display = (
        "year",
        "quarters",
        "issued_on",
        "maker",
        "started_at",
        "is_finished",
        "assessees",
        "created",
        "amount",
    )
    list_filter = ("is_finished", "financial_year")
    ordering = ("-pk",)
    amount = paise_column("amount_paise", _("amount"))

    @admin.display(description=_("financial year"), ordering="financial_year")
    def year(self, run: DemandRun) -> str:
        return str(FinancialYear(run.financial_year))


@admin.register(HearingDecision)
class HearingDecisionAdmin(ReadOnlyAdmin):
    list_display = ("assessee", "decided_on", "decided_by", "since", "value", "carried_on", "needs_a_person")
    list_filter = (("carried_on", admin.EmptyFieldListFilter), "decided_on")
    search_fields = ("=assessee__assessee_number",)
    search_help_text = _("Assessee number")
    ordering = ("-decided_on", "-pk")
    list_select_related = ("assessee",)
    value = paise_column("annual_value_paise", _("annual value"))

    @admin.display(description=_("from quarter"), ordering="financial_year")
    def since(self, decision: HearingDecision) -> str:
        return period_text(FinancialYear(decision.financial_year), decision.quarter)

    @admin.display(description=_("left to a person"), boolean=True)
    def needs_a_person(self, decision: HearingDecision) -> bool:
        return bool(decision.left_over)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[HearingDecision], search_term: str
    ) -> tuple[QuerySet[HearingDecision], bool]:
        return super().get_search_results(request, queryset, plain_number(search_term))


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    list_display = (
        "pk",
        "register",
        "file_name",
        "imported_at",
        "maker",
        "created",
        "updated",
        "unchanged",
        "rejected",
        "state",
    )
    list_filter = ("register", "state")
    search_fields = ("file_name", "=sha256")
    search_help_text = _("File name or its SHA-256")
    ordering = ("-pk",)
