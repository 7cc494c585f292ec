"""The rule desk: load a rule book, see what it would change, let a colleague approve it; applications to waiver schemes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.admin import ReadOnlyAdmin
from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from kmc_portal.common.web import refuse
from property_tax import rule_services, rulebook, waivers
from property_tax.models import RuleBookVersion, WaiverApplication
from property_tax.rule_forms import DecisionForm, RuleBookForm, WaiverForm

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django import forms
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from property_tax.rules.faults import Fault

SURE = "official"
# What a row has beside its terms; shown in columns of their own.
BESIDE_TERMS = frozenset({"kind", "code", "valid_from", "valid_to", "source", "confidence"})


def _lines(texts: Iterable[str]) -> str:
    return format_html_join(mark_safe("<br>"), "{}", ([text] for text in texts))


class DeskAdmin(ReadOnlyAdmin):
    """A table that changes by acts of its own, each a page with a form, and never by editing a row."""

    change_list_template = "admin/desk_list.html"

    def page(
        self,
        request: HttpRequest,
        title: str,
        form: forms.Form,
        *,
        button: str,
        faults: Sequence[Fault] = (),
        **more: Any,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": title,
            "form": form,
            "button": button,
            "faults": faults,
            **more,
        }
        return render(request, "admin/desk_form.html", context)

    def may(self, request: HttpRequest, act: str) -> None:
        """:raises PermissionDenied: whoever asks has no right to this act"""
        if not request.user.has_perm(f"{self.opts.app_label}.{act}_{self.opts.model_name}"):
            raise PermissionDenied

    def listed(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")


@admin.register(RuleBookVersion)
class RuleBookVersionAdmin(DeskAdmin):
    """Rule books: loaded by one person, previewed by the portal, put in force by another person."""

    list_display = ("number", "maker", "loaded_at", "would_change", "approver", "approved_at")
    ordering = ("-pk",)
    fields = (
        "maker",
        "loaded_at",
        "preview_in_words",
        "previewed_at",
        "approver",
        "approved_at",
        "differences",
        "rules",
    )
    readonly_fields = fields
    actions = ("approve",)

    def get_urls(self) -> list[URLPattern]:
        load = path("load/", self.admin_site.admin_view(self.load), name="property_tax_rulebookversion_act")
        return [load, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        can_load = request.user.has_perm("property_tax.add_rulebookversion")
        more = {
            "act": gettext("Load a rule book") if can_load else "",
            "act_url": "admin:property_tax_rulebookversion_act",
        }
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def load(self, request: HttpRequest) -> HttpResponse:
        """Take in a book as a new version, not yet in force; a faulty one is refused whole, each fault named."""
        self.may(request, "add")
        form = RuleBookForm(request.POST or None, request.FILES or None)
        faults: Sequence[Fault] = ()
        if request.method == "POST" and form.is_valid():
            try:
                version = rule_services.load_rules(
                    form.cleaned_data["file"], maker=request.user.get_username(), now=timezone.now()
                )
            except ServiceError as refusal:
                refuse(form, refusal)
                faults = refusal.faults if isinstance(refusal, rule_services.RuleBookRefused) else ()
            else:
                text = gettext(
                    "Rule book {version} is loaded and waits for its preview and for a colleague's approval."
                )
                messages.success(request, text.format(version=version.pk))
                return redirect("admin:property_tax_rulebookversion_change", version.pk)
        return self.page(
            request, gettext("Load a rule book"), form, button=gettext("Load"), faults=faults, is_upload=True
        )

    @admin.display(description=_("number"), ordering="pk")
    def number(self, version: RuleBookVersion) -> int:
        return version.pk

    @admin.display(description=_("would change"))
    def would_change(self, version: RuleBookVersion) -> str:
        found = version.preview
        if found is None:
            return "–" if version.approved_at else gettext("is being computed …")
        return gettext("{changed} of {checked} assessees, {amount}").format(
            changed=found["changed"],
            checked=found["checked"],
            amount=rupee_text(found["after_paise"] - found["before_paise"]),
        )

    @admin.display(description=_("preview"))
    def preview_in_words(self, version: RuleBookVersion) -> str:
        found = version.preview
        if found is None:
            return self.would_change(version)
        text = gettext(
            "Of {checked} assessees with an unpaid bill {changed} would owe another sum: {before} now, {after} then."
        )
        return text.format(
            checked=found["checked"],
            changed=found["changed"],
            before=rupee_text(found["before_paise"]),
            after=rupee_text(found["after_paise"]),
        )

    @admin.display(description=_("against the book in force"))
    def differences(self, version: RuleBookVersion) -> str:
        changes = rulebook.changes(rulebook.content_in_force(), version.content)
        words = {"added": _("added"), "removed": _("removed"), "changed": _("changed")}
        rows = [(words[one.what], one.kind, one.code, one.valid_from, _lines(one.terms)) for one in changes]
        if not rows:
            return gettext("No rule differs.")
        return format_html(
            '<ul class="changes">{}</ul>', format_html_join("", "<li><b>{}</b> {} <b>{}</b> {}<br>{}</li>", rows)
        )

    @admin.display(description=_("rules"))
    def rules(self, version: RuleBookVersion) -> str:
        rows = [
            (
                row["code"],
                row["kind"],
                _lines(filter(None, (row["valid_from"], row.get("valid_to")))),
                _lines(f"{name}: {rulebook.term_text(row[name])}" for name in row if name not in BESIDE_TERMS),
                row["source"],
                "" if row["confidence"] == SURE else "badge",
                row["confidence"] if row["confidence"] == SURE else f"{gettext('assumption')}: {row['confidence']}",
            )
            for row in version.content["rules"]
        ]
        cells = "<tr><td><b>{}</b><br>{}</td><td>{}</td><td>{}</td><td>{}<br><span class='{}'>{}</span></td></tr>"
        return format_html('<table class="rules">{}</table>', format_html_join("", cells, rows))

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("property_tax.change_rulebookversion")

    @admin.action(description=_("Put in force"), permissions=["approve"])
    def approve(self, request: HttpRequest, queryset: QuerySet[RuleBookVersion]) -> None:
        for version in queryset.order_by("pk"):
            try:
                rule_services.approve_rules(version.pk, approver=request.user.get_username(), now=timezone.now())
            except ServiceError as refusal:
                self.message_user(request, refusal.user_message, messages.ERROR)


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
        can_enter = request.user.has_perm("property_tax.add_waiverapplication")
        more = {
            "act": gettext("Enter an application") if can_enter else "",
            "act_url": "admin:property_tax_waiverapplication_act",
        }
        return super().changelist_view(request, {**(extra_context or {}), **more})

    @admin.display(description="")
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
        form = DecisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                self._decide(request, application, form.cleaned_data["reason"])
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                return redirect(self.listed())
        found = WaiverApplication.objects.select_related("assessee").get(pk=application)
        title = f"{found.assessee} · {found.scheme} · {found.applied_on}"
        return self.page(request, title, form, button=gettext("Approve"), other_button=gettext("Refuse"))

    @staticmethod
    def _decide(request: HttpRequest, application: int, reason: str) -> None:
        who, today = request.user.get_username(), day_of(timezone.now())
        if "other" in request.POST:
            waivers.refuse_waiver(application, approver=who, on=today, reason=reason)
        else:
            waivers.approve_waiver(application, approver=who, on=today)
