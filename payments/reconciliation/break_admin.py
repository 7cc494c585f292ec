"""The desk for breaks: those that are open, the oldest first, and how one comes to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.admin import paise_column
from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import long_date
from kmc_portal.common.web import refuse
from payments.decisions.admin import DecisionDesk
from payments.kept.forms import ClosingForm
from payments.models import ClosingRequest, ReconBreak
from payments.reconciliation import breaks
from payments.reconciliation.break_kinds import ACCOUNTS, SUPERVISOR, owner_of
from payments.reconciliation.break_words import known_of
from payments.reconciliation.note_admin import TakesNotes, notes_told, title_of
from payments.reconciliation.payout_admin import match_link
from payments.totals.words import KINDS, NO_BREAKS, line_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

# What a suggestion's act is, for people; the rest of it says on what.
ACTS = {
    "compare": _("Compare with receipt {receipt_number}"),
    "reversal": _("Ask for the reversal of {receipt_number}"),
    "refund": _("Look for the refund of {receipt_number}"),
    "dispute": _("Open a dispute of {receipt_number}"),
    "match": _("Match"),
    "identify": _("Perhaps paid for {reference}"),
}
OWNERS = {ACCOUNTS: _("Accounts desk"), SUPERVISOR: _("Supervisor")}
AMOUNT = paise_column("amount_paise", _("amount"))


class ClosedFilter(admin.SimpleListFilter):
    """Those that are open, unless others are asked for."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("closed", _("closed")), ("all", _("all"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield {**first, "display": _("open")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[ReconBreak]) -> QuerySet[ReconBreak]:
        if self.value() == "all":
            return queryset
        return queryset.filter(closing__isnull=self.value() != "closed")


class KindFilter(admin.SimpleListFilter):
    """Kinds of breaks by their names."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(kind, name) for kind, name in KINDS.items() if kind not in NO_BREAKS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ReconBreak]) -> QuerySet[ReconBreak]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(ReconBreak)
class ReconBreakAdmin(TakesNotes):
    list_display = ("what", "amount", "due", "owner", "told", "end")
    list_filter = (ClosedFilter, KindFilter, "account")
    search_fields = (
        "=payment__order__order_number",
        "=payment__receipt__receipt_number",
        "=payment__order__reference",
        "=settlement_line__transaction_ref",
        "=settlement_line__order_ref",
        "=settlement__utr",
        "=bank_line__utr",
    )
    ordering = ("opened_at", "pk")
    list_select_related = ("account", "closing")
    exclude = ("facts", "suggestion")
    readonly_fields = ("told", "note_link")
    amount = AMOUNT

    def get_urls(self) -> list[URLPattern]:
        close = path("<int:found>/close/", self.admin_site.admin_view(self.close), name=self.named("close"))
        return [close, *super().get_urls()]

    @admin.display(description=_("break"), ordering="kind")
    def what(self, found: ReconBreak) -> str:
        return two_lines(line_in_words(found.kind), f"{found.kind} · {found.account or '–'}")

    @admin.display(description=_("due on"))
    def due(self, found: ReconBreak) -> str:
        """Return by when it is to be done, and how long it has been open. Those that posting opens are due on no day."""
        due = gettext("due {day}").format(day=long_date(found.due_on)) if found.due_on else "–"
        opened = long_date(day_of(found.opened_at))
        if hasattr(found, "closing"):
            return two_lines(due, opened)
        days = breaks.age(found.opened_at, now=timezone.now())
        return two_lines(due, gettext("{days} days open, since {day}").format(days=days, day=opened))

    @admin.display(description=_("role"))
    def owner(self, found: ReconBreak) -> str:
        return str(OWNERS[owner_of(found.kind)])

    @admin.display(description=_("what is known"))
    def told(self, found: ReconBreak) -> str:
        return two_lines(known_of(found.facts), suggestion_text(found))

    @admin.display(description=_("next"))
    def end(self, found: ReconBreak) -> str:
        if hasattr(found, "closing"):
            return f"{found.closing.get_how_display()}: {found.closing.note}"
        address = reverse(f"admin:{self.named('close')}", args=[found.pk])
        return format_html('{}<a href="{}">{}</a>', match_link(found), address, gettext("Ask to close"))

    def close(self, request: HttpRequest, found: int) -> HttpResponse:
        self.may(request, "change")
        recon_break = get_object_or_404(ReconBreak, pk=found)
        form = ClosingForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                breaks.ask_to_close(found, **form.cleaned_data, maker=request.user.get_username(), now=timezone.now())
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                messages.success(request, gettext("It waits for a colleague's decision."))
                return redirect(self.listed())
        return self.page(
            request, title_of(recon_break), form, button=gettext("Ask to close"), about=known_of(recon_break.facts)
        )


@admin.register(ClosingRequest)
class ClosingRequestAdmin(DecisionDesk):
    list_display = ("recon_break", "amount", "detail", "maker", "asked_at", "approver", "decision")
    list_filter = (("approver", admin.EmptyFieldListFilter),)
    search_fields = ("=recon_break__payment__order__order_number", "=recon_break__payment__receipt__receipt_number")
    ordering = ("-pk",)
    list_select_related = ("recon_break",)

    @admin.display(description=_("amount"))
    def amount(self, asked: ClosingRequest) -> str:
        return rupee_text(asked.recon_break.amount_paise)

    @admin.display(description=_("decision"))
    def decision(self, asked: ClosingRequest) -> str:
        return self.decision_of(asked)

    def approve(self, asked: int, *, approver: str, now: datetime) -> str:
        breaks.approve_closing(asked, approver=approver, now=now)
        return gettext("The break is closed.")

    def refuse(self, asked: int, *, approver: str, refusal: str, now: datetime) -> None:
        breaks.refuse_closing(asked, approver=approver, refusal=refusal, now=now)

    def title_of(self, asked: ClosingRequest) -> str:
        return title_of(asked.recon_break)

    def about(self, asked: ClosingRequest) -> str:
        found = asked.recon_break
        return format_html("{}: {}<br>{}{}", asked.maker, asked.detail, known_of(found.facts), notes_told(found))


def two_lines(first: str, second: str) -> str:
    """Return a cell of two lines, the second one quieter. In a file that is taken away a dot stands between them."""
    return (
        format_html('<span>{}</span><span class="dot"> · </span><small>{}</small>', first, second) if second else first
    )


def suggestion_text(found: ReconBreak) -> str:
    """Return what a break is probably about, in a line; empty where nothing is known."""
    act = found.suggestion.get("act")
    return str(ACTS[act]).format(**found.suggestion) if act in ACTS else ""
