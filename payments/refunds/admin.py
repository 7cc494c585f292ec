"""The refund desk: one clerk asks, another decides, and every refund with how far it has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
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
from payments.models import Payment, Refund
from payments.refunds import services as refunds
from payments.refunds import verdicts as refund_verdicts
from payments.refunds.forms import RefundForm, RefundReceiptForm, RefundVerdictForm
from payments.refunds.moves import left_of
from payments.states import RefundState

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


@admin.register(Refund)
class RefundAdmin(DecisionDesk):
    list_display = (
        "refund_number",
        "receipt_number",
        "amount",
        "state",
        "reason",
        "maker",
        "asked_at",
        "approver",
        "outcome",
    )
    list_filter = ("state", "asked_at")
    search_fields = (
        "=refund_number",
        "=gateway_refund_ref",
        "=advice_number",
        "=payment__receipt__receipt_number",
        "=payment__order__order_number",
        "=payment__order__reference",
    )
    search_help_text = _("Refund number, receipt number, order number, assessee number or payment advice")
    ordering = ("-pk",)
    list_select_related = ("payment__receipt",)
    amount = paise_column("amount_paise", _("amount"))
    approve_button = _("Approve: give this money back")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("ask/", view(self.find), name=self.named("act")),
            path("ask/<int:payment>/", view(self.ask), name=self.named("ask")),
            path("<int:asked>/verdict/", view(self.enter), name=self.named("verdict")),
            path("<int:asked>/confirm/", view(self.confirm), name=self.named("confirm")),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        can_ask = self.can(request, "add")
        more = {"act": gettext("Ask for a refund") if can_ask else "", "act_url": f"admin:{self.named('act')}"}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    @admin.display(description=_("receipt number"))
    def receipt_number(self, refund: Refund) -> str:
        return refund.payment.receipt.receipt_number

    @admin.display(description=_("next"))
    def outcome(self, refund: Refund) -> str:
        """Return the link to what a clerk may do, and later what came of it."""
        if refund.state == RefundState.REQUESTED:
            return self.decide_link(refund)
        if refund.state == RefundState.UNKNOWN and refund.verdict:
            return self._link(refund, "confirm", gettext("Confirm how it ended"))
        if refund.state == RefundState.UNKNOWN:
            return self._link(refund, "verdict", gettext("Enter how it ended"))
        return refund.refusal or refund.last_error or refund.advice_number or refund.gateway_refund_ref

    def _link(self, refund: Refund, page: str, text: str) -> str:
        return format_html('<a href="{}">{}</a>', reverse(f"admin:{self.named(page)}", args=[refund.pk]), text)

    def find(self, request: HttpRequest) -> HttpResponse:
        """Find the payment by its receipt: what stands in advance of it is looked at before anything is asked."""
        self.may(request, "add")
        form = RefundReceiptForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                payment = refunds.payment_to_refund(**form.cleaned_data, today=day_of(timezone.now()))
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                return redirect(f"admin:{self.named('ask')}", payment.pk)
        return self.page(request, gettext("Ask for a refund"), form, button=gettext("Look"))

    def ask(self, request: HttpRequest, payment: int) -> HttpResponse:
        self.may(request, "add")
        found = get_object_or_404(Payment.objects.select_related("receipt", "order"), pk=payment)
        left = left_of(found)
        form = RefundForm(request.POST or None, initial={"left_paise": left, "amount_paise": left})
        if request.method == "POST" and form.is_valid():
            try:
                self._ask(request, found, form.cleaned_data)
            except refunds.RefundLeftDiffers as refusal:
                messages.error(request, refusal.user_message)
                return redirect(f"admin:{self.named('ask')}", payment)
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                messages.success(request, gettext("The refund is asked for and waits for a colleague's decision."))
                return redirect(self.listed())
        title = f"{found.receipt} · {found.order.reference} · {rupee_text(found.amount_paise)}"
        about = gettext("{left} of this payment stands in advance.").format(left=rupee_text(left))
        return self.page(request, title, form, about=about, button=gettext("Ask"))

    def approve(self, asked: int, *, approver: str, now: datetime) -> str:
        refunds.approve_refund(asked, approver=approver, now=now)
        return gettext("The refund is approved.")

    def refuse(self, asked: int, *, approver: str, refusal: str, now: datetime) -> None:
        refunds.refuse_refund(asked, approver=approver, refusal=refusal, now=now)

    def title_of(self, asked: Refund) -> str:
        return f"{asked} · {asked.payment.receipt} · {rupee_text(asked.amount_paise)}"

    def about(self, asked: Refund) -> str:
        """Return who wants it and why, and what the treasury has said."""
        why = f"{asked.maker}: {asked.reason}"
        if not asked.is_by_hand:
            return why
        advice = gettext("Paid by the treasury: payment advice {number} of {day}.")
        return f"{why} {advice.format(number=asked.advice_number, day=long_date(asked.advice_on))}"

    def enter(self, request: HttpRequest, asked: int) -> HttpResponse:
        """Enter how a refund ended of which the gateway's interface says nothing."""
        self.may(request, "add")
        found = self._found(asked)
        form = RefundVerdictForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                refund_verdicts.enter_verdict(asked, **form.cleaned_data, maker=request.user.get_username())
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                return redirect(self.listed())
        return self.page(
            request, self.title_of(found), form, about=found.last_error, button=gettext("Enter how it ended")
        )

    def confirm(self, request: HttpRequest, asked: int) -> HttpResponse:
        self.may(request, "change")
        found, form = self._found(asked), forms.Form(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                self._confirm(request, asked)
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                return redirect(self.listed())
        about = f"{found.verdict_maker}: {found.get_verdict_display()}. {found.verdict_proof}"
        buttons = {"button": gettext("Confirm how it ended"), "other_button": gettext("Refuse")}
        return self.page(request, self.title_of(found), form, about=about, **buttons)

    @staticmethod
    def _found(asked: int) -> Refund:
        return get_object_or_404(Refund.objects.select_related("payment__receipt"), pk=asked)

    @staticmethod
    def _confirm(request: HttpRequest, asked: int) -> None:
        who = request.user.get_username()
        if "other" in request.POST:
            refund_verdicts.drop_verdict(asked, approver=who)
        else:
            refund_verdicts.confirm_verdict(asked, approver=who, now=timezone.now())

    @staticmethod
    def _ask(request: HttpRequest, payment: Payment, asked: dict[str, Any]) -> None:
        refunds.ask_for_refund(
            receipt_number=payment.receipt.receipt_number,
            amount_paise=asked["amount_paise"] or 0,
            left_paise=asked["left_paise"],
            reason=asked["reason"],
            advice=refunds.Advice(asked["advice_number"], asked["advice_on"]),
            maker=request.user.get_username(),
            now=timezone.now(),
        )
