"""The desk of pay-outs: what gateways have paid out and banks have credited, and which of them two people have matched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import F, OuterRef, Subquery, Sum
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.admin import ReadOnlyAdmin, paise_column
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from kmc_portal.common.web import refuse
from payments.decisions.admin import DecisionDesk
from payments.models import BankHoliday, CreditRequest, JournalLine, ReconBreak, RefusedFile, Settlement
from payments.reconciliation import crediting
from payments.reconciliation.break_words import known_of
from payments.reconciliation.candidates import Candidate, candidates
from payments.reconciliation.forms import MatchForm

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

LEFT = F("debit_paise") - F("credit_paise")


def _booked(account: str, purpose: str) -> Subquery:
    """Return what the journals of a pay-out have put on an account, in paise."""
    lines = JournalLine.objects.filter(
        journal__settlement=OuterRef("pk"), account__startswith=account, journal__purpose__startswith=purpose
    )
    return Subquery(lines.order_by().values("journal__settlement").annotate(paise=Sum(LEFT)).values("paise"))


@admin.register(Settlement)
class SettlementAdmin(ReadOnlyAdmin):
    list_display = ("settled_on", "account", "utr", "net", "credited")
    list_filter = ("account",)
    list_select_related = ("account",)
    search_fields = ("=utr",)
    ordering = ("-settled_on", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Settlement]:
        booked = {"net_booked": _booked("1110:", "settled"), "credited_booked": _booked("1100:", "credited")}
        pay_outs: QuerySet[Settlement] = super().get_queryset(request).annotate(**booked)
        return pay_outs

    @admin.display(description=_("net"))
    def net(self, pay_out: Any) -> str:
        return rupee_text(pay_out.net_booked or 0)

    @admin.display(description=_("credited by the bank"))
    def credited(self, pay_out: Any) -> str:
        return rupee_text(pay_out.credited_booked or 0)


@admin.register(CreditRequest)
class CreditRequestAdmin(DecisionDesk):
    list_display = ("settlement", "line", "amount", "detail", "maker", "asked_at", "decision")
    list_filter = (("approver", admin.EmptyFieldListFilter),)
    search_fields = ("=settlement__utr", "=line__utr")
    ordering = ("-pk",)
    list_select_related = ("settlement", "line")
    amount = paise_column("amount_paise", _("amount"))

    def get_urls(self) -> list[URLPattern]:
        ask = path("<int:found>/ask/", self.admin_site.admin_view(self.ask), name=self.named("ask"))
        return [ask, *super().get_urls()]

    @admin.display(description=_("decision"))
    def decision(self, asked: CreditRequest) -> str:
        return self.decision_of(asked)

    def ask(self, request: HttpRequest, found: int) -> HttpResponse:
        """Propose what a break about a pay-out or a bank line is matched with."""
        self.may(request, "add")
        about = get_object_or_404(ReconBreak, pk=found)
        form = MatchForm(request.POST or None, choices=[(_value(one), _label(one)) for one in candidates(about)])
        if request.method == "POST" and form.is_valid():
            try:
                self._ask(request, **form.cleaned_data)
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                messages.success(request, gettext("It waits for a colleague's decision."))
                return redirect(self.listed())
        title = f"{about.kind} · {rupee_text(about.amount_paise)}"
        return self.page(request, title, form, button=gettext("Propose"), about=known_of(about.facts))

    def _ask(self, request: HttpRequest, *, line: str, amount_paise: int | None, detail: str) -> None:
        settlement, _dash, bank_line = line.partition("-")
        crediting.ask_to_match(
            settlement=int(settlement),
            line=int(bank_line),
            amount_paise=amount_paise,
            detail=detail,
            maker=request.user.get_username(),
            now=timezone.now(),
        )

    def approve(self, asked: int, *, approver: str, now: datetime) -> str:
        done = crediting.approve_match(asked, approver=approver, now=now)
        return gettext("{amount} have been matched.").format(amount=rupee_text(done.amount_paise))

    def refuse(self, asked: int, *, approver: str, refusal: str, now: datetime) -> None:
        crediting.refuse_match(asked, approver=approver, refusal=refusal, now=now)

    def title_of(self, asked: CreditRequest) -> str:
        return f"{asked.settlement} · {rupee_text(asked.amount_paise)}"

    def about(self, asked: CreditRequest) -> str:
        line = asked.line
        left = f"{line.value_on} · {line.utr} · {rupee_text(line.amount_paise)} · {line.narration}"
        return format_html("{}: {}<br>{}", asked.maker, asked.detail, left)


@admin.register(RefusedFile)
class RefusedFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "sort", "account", "refused_at", "maker", "code", "rows", "detail")
    list_filter = ("account", "sort")
    list_select_related = ("account",)
    search_fields = ("name", "=sha256")
    ordering = ("-pk",)


@admin.register(BankHoliday)
class BankHolidayAdmin(ReadOnlyAdmin):
    list_display = ("day", "name", "confidence", "source", "loaded_by", "loaded_at")
    list_filter = ("confidence",)
    ordering = ("-day",)


def match_link(recon_break: ReconBreak) -> str:
    """Return the link to match what a break is about, empty where nothing can be matched."""
    if not (recon_break.settlement_id or recon_break.bank_line_id):
        return ""
    address = reverse("admin:payments_creditrequest_ask", args=[recon_break.pk])
    return format_html('<a href="{}">{}</a> · ', address, gettext("Match"))


def _value(one: Candidate) -> str:
    return f"{one.settlement}-{one.line}"


def _label(one: Candidate) -> str:
    return f"{one.day} · {one.utr or '—'} · {rupee_text(one.paise)}"
