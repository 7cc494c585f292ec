"""The desk for chargebacks: one clerk opens a dispute, another writes what the bank has decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import F
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.admin import FoundByNumber, paise_column
from kmc_portal.common.desk_admin import DeskAdmin
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from kmc_portal.common.web import refuse
from payments.disputes import services as disputes
from payments.kept.forms import DisputeDecisionForm, DisputeForm
from payments.models import Dispute
from payments.states import DISPUTE_MOVES, DisputeState

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

AMOUNT = paise_column("amount_paise", _("amount"))
BY_NUMBER = ("=payment__receipt__receipt_number", "=payment__order__order_number", "=payment__order__reference")


@admin.register(Dispute)
class DisputeAdmin(DeskAdmin, FoundByNumber):
    list_display = ("case_number", "receipt_number", "amount", "reason", "reply_by", "state", "maker", "decision")
    list_filter = ("state",)
    search_fields = ("=case_number", *BY_NUMBER)
    ordering = (F("decided_at").desc(nulls_first=True), "reply_by", "pk")
    list_select_related = ("payment__receipt",)
    amount = AMOUNT

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("open/", view(self.open), name=self.named("act")),
            path("<int:dispute>/decide/", view(self.decide), name=self.named("decide")),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        can_open = self.can(request, "add")
        more = {"act": gettext("Open a dispute") if can_open else "", "act_url": f"admin:{self.named('act')}"}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    @admin.display(description=_("receipt number"))
    def receipt_number(self, dispute: Dispute) -> str:
        return dispute.payment.receipt.receipt_number

    @admin.display(description=_("decision"))
    def decision(self, dispute: Dispute) -> str:
        if not DISPUTE_MOVES[dispute.state]:
            return f"{dispute.approver}: {dispute.note}"
        address = reverse(f"admin:{self.named('decide')}", args=[dispute.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Decide"))

    def open(self, request: HttpRequest) -> HttpResponse:
        self.may(request, "add")
        form = DisputeForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            said = dict(form.cleaned_data)
            try:
                disputes.open_dispute(
                    reason=said.pop("detail"), **said, maker=request.user.get_username(), now=timezone.now()
                )
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                messages.success(request, gettext("The dispute is open. No bill is touched until it is decided."))
                return redirect(self.listed())
        return self.page(request, gettext("Open a dispute"), form, button=gettext("Open"))

    def decide(self, request: HttpRequest, dispute: int) -> HttpResponse:
        self.may(request, "change")
        found = get_object_or_404(Dispute.objects.select_related("payment__receipt"), pk=dispute)
        form = DisputeDecisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            outcome = DisputeState.LOST if "other" in request.POST else DisputeState.WON
            who, note = request.user.get_username(), form.cleaned_data["detail"]
            try:
                disputes.decide_dispute(dispute, outcome=outcome, note=note, approver=who, now=timezone.now())
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                messages.success(request, gettext("What the bank has decided is in the books."))
                return redirect(self.listed())
        title = f"{found.payment.receipt} · {rupee_text(found.amount_paise)} · {found.case_number}"
        about = f"{found.maker}: {found.reason}"
        buttons = {"button": gettext("Won: the money stays"), "other_button": gettext("Lost: the money is gone")}
        return self.page(request, title, form, about=about, **buttons)
