"""What was handed over at counters, to be found by the number of a cheque; and which cheques their banks have paid."""

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

from kmc_portal.common.desk_admin import DeskAdmin
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import long_date
from kmc_portal.common.web import refuse
from payments.counter import realisation
from payments.counter.forms import RealisationForm
from payments.models import HandedOver
from payments.states import SUBJECT_TO_REALISATION

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

RECEIPT = "attempt__transactions__payment__receipt__receipt_number"
REVERSAL = "attempt__transactions__payment__reversal__reversal_number"


@admin.register(HandedOver)
class HandedOverAdmin(DeskAdmin):
    list_display = ("taken_at", "shift", "instrument", "amount", "number", "bank", "dated", "receipt_number", "paid")
    list_filter = ("instrument", "shift__counter", ("realisation", admin.EmptyFieldListFilter))
    search_fields = ("=number", "=attempt__order__order_number", "=attempt__order__reference")
    search_help_text = _("Number of a cheque, draft or card slip, order number or assessee number")
    ordering = ("-pk",)

    def get_urls(self) -> list[URLPattern]:
        note = path("<int:handed>/realised/", self.admin_site.admin_view(self.note), name=self.named("realised"))
        return [note, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[HandedOver]:
        found: QuerySet[HandedOver] = super().get_queryset(request)
        return found.select_related("shift__counter", "attempt", "realisation").annotate(
            receipt=F(RECEIPT), reversal=F(REVERSAL)
        )

    @admin.display(description=_("amount"), ordering="attempt__amount_paise")
    def amount(self, handed: HandedOver) -> str:
        return rupee_text(handed.attempt.amount_paise)

    @admin.display(description=_("receipt number"))
    def receipt_number(self, handed: Any) -> str:
        return str(handed.receipt)

    @admin.display(description=_("paid by the bank on"))
    def paid(self, handed: Any) -> str:
        """Return when the bank paid a cheque or draft, that it did not, or the link to note it."""
        if handed.instrument not in SUBJECT_TO_REALISATION:
            return ""
        if hasattr(handed, "realisation"):
            return long_date(handed.realisation.realised_on)
        if handed.reversal:
            return str(handed.reversal)
        return format_html('<a href="{}">{}</a>', self._address(handed), gettext("Note that it is paid"))

    def note(self, request: HttpRequest, handed: int) -> HttpResponse:
        self.may_do(request, "payments.add_realisation")
        found = get_object_or_404(self.get_queryset(request), pk=handed)
        form = RealisationForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                realisation.note_realised(
                    handed, **form.cleaned_data, who=request.user.get_username(), now=timezone.now()
                )
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                messages.success(request, gettext("It is noted that the bank has paid."))
                return redirect(self.listed())
        title = f"{found.get_instrument_display()} {found.number} · {rupee_text(found.attempt.amount_paise)}"
        return self.page(request, title, form, about=found.bank, button=gettext("Note that it is paid"))

    def _address(self, handed: HandedOver) -> str:
        return reverse(f"admin:{self.named('realised')}", args=[handed.pk])
