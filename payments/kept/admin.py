"""The desk for money that is kept: what stands in suspense and in advance, and where clerks place it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.admin import FoundByNumber, paise_column
from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from kmc_portal.common.web import refuse
from payments.decisions.admin import DecisionDesk
from payments.kept import placements
from payments.kept.forms import PlacementForm
from payments.kind_filter import KindFilter
from payments.models import KeptMoney, Placement
from payments.payables import payable_of
from payments.states import AllocationKind, PlacementTarget

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

AMOUNT = paise_column("amount_paise", _("amount"))
BY_NUMBER = ("=payment__receipt__receipt_number", "=payment__order__order_number", "=payment__order__reference")
SEARCH = _("Receipt number, order number, assessee or licence number")


@admin.register(KeptMoney)
class KeptMoneyAdmin(FoundByNumber):
    list_display = ("reference", "kept_as", "amount", "receipt_number", "kept_since", "propose_link")
    list_filter = ("kept_as", ("payment__order__kind", KindFilter))
    search_fields = ("=reference", *BY_NUMBER)
    search_help_text = SEARCH
    ordering = ("kept_since", "pk")
    list_select_related = ("payment__receipt",)
    exclude = ("own_reference",)
    amount = AMOUNT

    @admin.display(description=_("receipt number"))
    def receipt_number(self, kept: KeptMoney) -> str:
        return kept.payment.receipt.receipt_number

    @admin.display(description=_("next"))
    def propose_link(self, kept: KeptMoney) -> str:
        address = reverse("admin:payments_placement_propose", args=[kept.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Propose a placement"))


@admin.register(Placement)
class PlacementAdmin(DecisionDesk):
    list_display = ("receipt_number", "amount", "kept_as", "kept_for", "target", "placed_for", "maker", "decision")
    list_filter = ("target", ("approver", admin.EmptyFieldListFilter))
    search_fields = ("=kept_for", "=placed_for", *BY_NUMBER)
    search_help_text = SEARCH
    ordering = ("-pk",)
    list_select_related = ("payment__receipt",)
    amount = AMOUNT

    def get_urls(self) -> list[URLPattern]:
        propose = path("<int:kept>/propose/", self.admin_site.admin_view(self.propose), name=self.named("propose"))
        return [propose, *super().get_urls()]

    @admin.display(description=_("receipt number"))
    def receipt_number(self, asked: Placement) -> str:
        return asked.payment.receipt.receipt_number

    @admin.display(description=_("decision"))
    def decision(self, asked: Placement) -> str:
        return self.decision_of(asked)

    def propose(self, request: HttpRequest, kept: int) -> HttpResponse:
        self.may(request, "add")
        found = get_object_or_404(KeptMoney.objects.select_related("payment__receipt"), pk=kept)
        form = PlacementForm(request.POST or None, kept_as=found.kept_as)
        if request.method == "POST" and form.is_valid():
            try:
                asked = placements.propose_placement(
                    kept=kept, **form.cleaned_data, maker=request.user.get_username(), now=timezone.now()
                )
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                said = format_html("{}<br>{}", gettext("It waits for a colleague's decision."), effect_text(asked))
                messages.success(request, said)
                return redirect(self.listed())
        title = f"{found.payment.receipt} · {found.get_kept_as_display()} · {rupee_text(found.amount_paise)}"
        return self.page(request, title, form, button=gettext("Propose"), about=found.reference)

    def approve(self, asked: int, *, approver: str, now: datetime) -> str:
        done = placements.approve_placement(asked, approver=approver, now=now)
        return gettext("{amount} have been placed.").format(amount=rupee_text(done.amount_paise))

    def refuse(self, asked: int, *, approver: str, refusal: str, now: datetime) -> None:
        placements.refuse_placement(asked, approver=approver, refusal=refusal, now=now)

    def title_of(self, asked: Placement) -> str:
        return f"{asked.payment.receipt} · {rupee_text(asked.amount_paise)} · {asked.get_target_display()}"

    def about(self, asked: Placement) -> str:
        whose = _whose(asked) if asked.target == PlacementTarget.OTHER else ""
        return format_html("{}: {}<br>{}{}", asked.maker, asked.detail, effect_text(asked), whose)


def effect_text(asked: Placement) -> str:
    """Return what a placement does, a line for each part: what leaves, and what each bill takes by head."""
    lines = asked.payment.order.snapshot["lines"]
    labels = {line["head"]: gettext(line["label"]) for line in lines}
    parts = ((_place(part), rupee_text(part["amount_paise"]), _heads(part, labels)) for part in asked.effect)
    return format_html_join("", "{}: {}{}<br>", parts)


def _place(part: dict[str, Any]) -> str:
    if part["kind"] == AllocationKind.BILL:
        return gettext("Bill {number}").format(number=part["bill"])
    return " ".join(filter(None, (str(AllocationKind(part["kind"]).label), part["reference"])))


def _heads(part: dict[str, Any], labels: dict[str, str]) -> str:
    heads = [f"{labels.get(head, head)} {rupee_text(paise)}" for head, paise in part["heads"].items()]
    return f" ({', '.join(heads)})" if heads else ""


def _whose(asked: Placement) -> str:
    """Return whose number the money is to count for, as of today; what is wrong with it where it is not in use any more."""
    payable = payable_of(asked.payment.order.kind)
    try:
        found = payable.whose(text=asked.placed_for, on=day_of(timezone.now()))
    except ServiceError as refusal:
        return refusal.user_message
    return " · ".join(value for _label, value in found.particulars)
