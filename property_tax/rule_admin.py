"""The rule desk of property tax: its rule books, and applications to waiver schemes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import day_of
from kmc_portal.common.desk_admin import DeskAdmin
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.rulebook.desk_admin import RuleBookAdmin
from kmc_portal.common.web import refuse
from property_tax import waivers
from property_tax.models import RuleBookVersion, WaiverApplication
from property_tax.rule_forms import DecisionForm, WaiverForm
from property_tax.rule_services import KEEPING

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


@admin.register(RuleBookVersion)
class RuleBookVersionAdmin(RuleBookAdmin):
    keeping = KEEPING
    change_text = _("{changed} of {checked} assessees, {amount}")
    preview_text = _(
        "Of {checked} assessees with an unpaid bill {changed} would owe another sum: {before} now, {after} then."
    )


@admin.register(WaiverApplication)
class WaiverApplicationAdmin(DeskAdmin):
    """Applications to waiver schemes: entered by one person, decided by another."""

    list_display = ("assessee", "scheme", "applied_on", "maker", "approver", "approved_on", "refused_on", "decide_link")
    list_filter = ("scheme", ("approver", admin.EmptyFieldListFilter))
    search_fields = ("=assessee__assessee_number",)
    ordering = ("-pk",)
    list_select_related = ("assessee",)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("apply/", view(self.enter), name="property_tax_waiverapplication_act"),
            path("<int:application>/decide/", view(self.decide), name="property_tax_waiverapplication_decide"),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        can_enter = self.can(request, "add")
        more = {
            "act": gettext("Enter an application") if can_enter else "",
            "act_url": "admin:property_tax_waiverapplication_act",
        }
        return super().changelist_view(request, {**(extra_context or {}), **more})

    @admin.display(description=_("next"))
    def decide_link(self, application: WaiverApplication) -> str:
        if application.approver:
            return application.reason
        address = reverse("admin:property_tax_waiverapplication_decide", args=[application.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Decide"))

    def enter(self, request: HttpRequest) -> HttpResponse:
        self.may(request, "add")
        form = WaiverForm(request.POST or None, initial={"applied_on": day_of(timezone.now()).isoformat()})
        if request.method == "POST" and form.is_valid():
            asked = form.cleaned_data
            try:
                waivers.apply_for_waiver(
                    assessee_number=asked["assessee_number"],
                    scheme=asked["scheme"],
                    applied_on=date.fromisoformat(asked["applied_on"])
                    if asked["applied_on"]
                    else day_of(timezone.now()),
                    maker=request.user.get_username(),
                )
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                messages.success(request, gettext("The application is entered and waits for a colleague's decision."))
                return redirect(self.listed())
        return self.page(request, gettext("Enter an application"), form, button=gettext("Enter"))

    def decide(self, request: HttpRequest, application: int) -> HttpResponse:
        self.may(request, "change")
        found = get_object_or_404(WaiverApplication.objects.select_related("assessee"), pk=application)
        form = DecisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                self._decide(request, application, form.cleaned_data["reason"])
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                return redirect(self.listed())
        title = f"{found.assessee} · {found.scheme} · {found.applied_on}"
        return self.page(request, title, form, button=gettext("Approve"), other_button=gettext("Refuse"))

    @staticmethod
    def _decide(request: HttpRequest, application: int, reason: str) -> None:
        who, today = request.user.get_username(), day_of(timezone.now())
        if "other" in request.POST:
            waivers.refuse_waiver(application, approver=who, on=today, reason=reason)
            messages.success(request, gettext("The application is refused."))
        else:
            waivers.approve_waiver(application, approver=who, on=today)
            messages.success(request, gettext("The waiver is approved: it counts from today."))
