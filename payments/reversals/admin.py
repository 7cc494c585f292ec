"""The reversal desk: one clerk asks, another decides, and the numbered reversals to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.admin import ReadOnlyAdmin
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from kmc_portal.common.web import refuse
from payments.decisions.admin import DecisionDesk
from payments.models import Reversal, ReversalRequest
from payments.reversals import services as reversals
from payments.reversals.forms import ReversalForm

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

BY_NUMBER = ("=payment__receipt__receipt_number", "=payment__order__order_number", "=payment__order__reference")


@admin.register(ReversalRequest)
class ReversalRequestAdmin(DecisionDesk):
    list_display = ("receipt_number", "amount", "reason", "detail", "maker", "asked_at", "approver", "outcome")
    list_filter = ("reason", ("approver", admin.EmptyFieldListFilter))
    search_fields = BY_NUMBER
    ordering = ("-pk",)
    list_select_related = ("payment__receipt", "payment__reversal")
    approve_button = _("Approve: undo this payment")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [path("ask/", view(self.ask), name=self.named("act")), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        can_ask = self.can(request, "add")
        more = {"act": gettext("Ask for a reversal") if can_ask else "", "act_url": f"admin:{self.named('act')}"}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    @admin.display(description=_("receipt number"))
    def receipt_number(self, asked: ReversalRequest) -> str:
        return asked.payment.receipt.receipt_number

    @admin.display(description=_("amount"))
    def amount(self, asked: ReversalRequest) -> str:
        return rupee_text(asked.payment.amount_paise)

    @admin.display(description=_("next"))
    def outcome(self, asked: ReversalRequest) -> str:
        return asked.payment.reversal.reversal_number if asked.approved_at else self.decision_of(asked)

    def ask(self, request: HttpRequest) -> HttpResponse:
        self.may(request, "add")
        form = ReversalForm(request.POST or None, initial={"receipt_number": request.GET.get("receipt_number", "")})
        if request.method == "POST" and form.is_valid():
            try:
                reversals.ask_for_reversal(**form.cleaned_data, maker=request.user.get_username(), now=timezone.now())
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                messages.success(request, gettext("The reversal is asked for and waits for a colleague's decision."))
                return redirect(self.listed())
        return self.page(request, gettext("Ask for a reversal"), form, button=gettext("Ask"))

    def approve(self, asked: int, *, approver: str, now: datetime) -> str:
        done = reversals.approve_reversal(asked, approver=approver, now=now)
        return gettext("The payment is undone under {number}.").format(number=done.reversal_number)

    def refuse(self, asked: int, *, approver: str, refusal: str, now: datetime) -> None:
        reversals.refuse_reversal(asked, approver=approver, refusal=refusal, now=now)

    def title_of(self, asked: ReversalRequest) -> str:
        return f"{asked.payment.receipt} · {rupee_text(asked.payment.amount_paise)} · {asked.get_reason_display()}"

    def about(self, asked: ReversalRequest) -> str:
        return f"{asked.maker}: {asked.detail}"


@admin.register(Reversal)
class ReversalAdmin(ReadOnlyAdmin):
    list_display = ("reversal_number", "payment", "reason", "reversed_on", "maker", "approver")
    list_filter = ("reason", "reversed_on")
    search_fields = ("=reversal_number", *BY_NUMBER)
    ordering = ("-pk",)
