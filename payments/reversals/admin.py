"""The reversal desk: one clerk asks, another decides, and the numbered reversals to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.admin import ReadOnlyAdmin
from kmc_portal.common.desk_admin import DeskAdmin
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from kmc_portal.common.web import refuse
from payments.models import Reversal, ReversalRequest
from payments.reversals import services as reversals
from payments.reversals.forms import ReversalDecisionForm, ReversalForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

BY_NUMBER = ("=payment__receipt__receipt_number", "=payment__order__order_number", "=payment__order__reference")


@admin.register(ReversalRequest)
class ReversalRequestAdmin(DeskAdmin):
    list_display = ("receipt_number", "amount", "reason", "detail", "maker", "asked_at", "approver", "decide_link")
    list_filter = ("reason", ("approver", admin.EmptyFieldListFilter))
    search_fields = BY_NUMBER
    ordering = ("-pk",)
    list_select_related = ("payment__receipt", "payment__reversal")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("ask/", view(self.ask), name=self.named("act")),
            path("<int:asked>/decide/", view(self.decide), name=self.named("decide")),
        ]
        return [*own, *super().get_urls()]

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
    def decide_link(self, asked: ReversalRequest) -> str:
        if asked.approved_at:
            return asked.payment.reversal.reversal_number
        if asked.approver:
            return asked.refusal
        address = reverse(f"admin:{self.named('decide')}", args=[asked.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Decide"))

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

    def decide(self, request: HttpRequest, asked: int) -> HttpResponse:
        self.may(request, "change")
        found = get_object_or_404(ReversalRequest.objects.select_related("payment__receipt"), pk=asked)
        form = ReversalDecisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                self._decide(request, asked, form.cleaned_data["refusal"])
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                return redirect(self.listed())
        title = f"{found.payment.receipt} · {rupee_text(found.payment.amount_paise)} · {found.get_reason_display()}"
        about = f"{found.maker}: {found.detail}"
        buttons = {"button": gettext("Approve: undo this payment"), "other_button": gettext("Refuse")}
        return self.page(request, title, form, about=about, **buttons)

    @staticmethod
    def _decide(request: HttpRequest, asked: int, refusal: str) -> None:
        who, now = request.user.get_username(), timezone.now()
        if "other" in request.POST:
            reversals.refuse_reversal(asked, approver=who, refusal=refusal, now=now)
            return
        done = reversals.approve_reversal(asked, approver=who, now=now)
        messages.success(request, gettext("The payment is undone under {number}.").format(number=done.reversal_number))


@admin.register(Reversal)
class ReversalAdmin(ReadOnlyAdmin):
    list_display = ("reversal_number", "payment", "reason", "reversed_on", "maker", "approver")
    list_filter = ("reason", "reversed_on")
    search_fields = ("=reversal_number", *BY_NUMBER)
    ordering = ("-pk",)
