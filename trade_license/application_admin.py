"""The queues of the Licence department: applications that wait for the committee, and new certificates to be inspected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django import forms
from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.admin import ReadOnlyInline, ShowsPersons
from kmc_portal.common.clock import day_of
from kmc_portal.common.desk_admin import DeskAdmin
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.masking import masked_name
from kmc_portal.common.upload_views import handed_out
from kmc_portal.common.web import refuse
from trade_license import changes, inspections
from trade_license.changes import FIELD_LABELS
from trade_license.models import Application, ApplicationPaper, CommitteeVote, Inspection
from trade_license.states import ApplicationState, Finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import FileResponse, HttpRequest, HttpResponse
    from django.urls import URLPattern


log = structlog.get_logger()


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason, where it is refused or revoked"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class FindingForm(forms.Form):
    remarks = forms.CharField(
        label=_("What was found; needed where it is not in order"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class VoteInline(ReadOnlyInline):
    model = CommitteeVote
    fields = ("member", "is_for", "reason", "voted_at")
    show_change_link = False


class InspectionInline(ReadOnlyInline):
    model = Inspection
    fields = ("inspector", "inspected_on", "finding", "remarks")
    show_change_link = False


class PaperInline(ReadOnlyInline):
    model = ApplicationPaper
    fields = ("kind", "shown_name", "content_type", "size", "paper")
    readonly_fields = ("paper",)
    show_change_link = False

    @admin.display(description=_("paper"))
    def paper(self, paper: ApplicationPaper) -> str:
        address = reverse("admin:trade_license_application_paper", args=[paper.application_id, paper.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Open"))


class NextAct(admin.SimpleListFilter):
    """What waits, and for whom."""

    title = _("waits for")
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("committee", _("the committee")), ("inspector", _("an inspector")), ("officer", _("an officer"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "committee":
            return queryset.filter(state=ApplicationState.SUBMITTED)
        if self.value() == "inspector":
            return queryset.filter(pk__in=inspections.to_inspect().values("pk"))
        return queryset.filter(state=ApplicationState.FLAGGED) if self.value() == "officer" else queryset


@admin.register(Application)
class ApplicationAdmin(ShowsPersons, DeskAdmin):
    """Applications: made by citizens, decided here by acts; an inspector, an officer and the members are different people."""

    list_display = ("application_number", "kind", "state", "license", "applicant", "made_at", "next_act")
    list_filter = (NextAct, "kind", "state")
    search_fields = ("=application_number", "=license__search_key", "=mobile")
    search_help_text = _("Application number, certificate number or mobile")
    ordering = ("-pk",)
    list_select_related = ("license", "inspection")
    exclude = ("wanted",)
    readonly_fields = ("wanted_in_words",)
    inlines = (PaperInline, VoteInline, InspectionInline)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        opened = path("<int:pk>/papers/<int:paper>/", view(self.open_paper), name=self.named("paper"))
        acts = {"vote": self.vote, "inspect": self.inspect, "officer": self.officer}
        own = [path(f"<int:pk>/{name}/", view(act), name=self.named(name)) for name, act in acts.items()]
        return [opened, *own, *super().get_urls()]

    @admin.display(description=_("applicant"))
    def applicant(self, application: Application) -> str:
        return masked_name(application.applicant_name)

    @admin.display(description=_("wanted"))
    def wanted_in_words(self, application: Application) -> str:
        rows = [
            (gettext(FIELD_LABELS[name]), getattr(application.license, name), value)
            for name, value in application.wanted.items()
        ]
        return format_html_join("", "<p>{}: {} → <b>{}</b></p>", rows)

    @admin.display(description=_("next"))
    def next_act(self, application: Application) -> str:
        name, label = _next_act(application)
        if not name:
            return ""
        address = reverse(f"admin:{self.named(name)}", args=[application.pk])
        return format_html('<a href="{}">{}</a>', address, label)

    def open_paper(self, request: HttpRequest, pk: int, paper: int) -> FileResponse:
        """Hand out a paper to somebody of the department, and write down that it was."""
        found = get_object_or_404(ApplicationPaper.objects.select_related("application"), pk=paper, application=pk)
        may_see = request.user.has_perm("trade_license.view_applicationpaper")
        log.info("application_paper_opened", user=request.user.pk, paper=found.pk, may_see=may_see)
        if may_see:
            self.note_look(found.application, "paper")
        called = f"{found.application}-{found.kind}"
        return handed_out(found.stored_as, called=called, may_see=may_see)

    def vote(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One member's word: for the application, or against it with a reason."""
        self.may(request, "vote_on")

        def act(application: Application, cleaned: dict[str, Any], is_other: bool) -> str:
            found = changes.vote(
                application_number=application.application_number,
                member=request.user.get_username(),
                is_for=not is_other,
                reason=cleaned["reason"],
                now=timezone.now(),
            )
            return str(found.get_state_display())

        return self._act(request, pk, ReasonForm, act, gettext("Agree"), gettext("Refuse"))

    def inspect(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What an inspector found at the premises."""
        self.may(request, "inspect")

        def act(application: Application, cleaned: dict[str, Any], is_other: bool) -> str:
            found = inspections.write_finding(
                application_number=application.application_number,
                inspector=request.user.get_username(),
                finding=Finding.NOT_IN_ORDER if is_other else Finding.IN_ORDER,
                remarks=cleaned["remarks"],
                on=day_of(timezone.now()),
            )
            return str(found.get_finding_display())

        return self._act(request, pk, FindingForm, act, gettext("In order"), gettext("Not in order"))

    def officer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What an officer makes of a finding: the certificate stands, or is revoked."""
        self.may(request, "decide")

        def act(application: Application, cleaned: dict[str, Any], is_other: bool) -> str:
            found = inspections.decide_flagged(
                application_number=application.application_number,
                officer=request.user.get_username(),
                revokes=is_other,
                reason=cleaned["reason"],
                now=timezone.now(),
            )
            return str(found.get_state_display())

        return self._act(request, pk, ReasonForm, act, gettext("Let it stand"), gettext("Revoke"))

    def _act(
        self,
        request: HttpRequest,
        pk: int,
        form_class: type[forms.Form],
        act: Callable[[Application, dict[str, Any], bool], str],
        button: str,
        other_button: str,
    ) -> HttpResponse:
        application = get_object_or_404(Application.objects.select_related("license"), pk=pk)
        form = form_class(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                done = act(application, form.cleaned_data, "other" in request.POST)
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                messages.success(request, f"{application}: {done}")
                return redirect(self.listed())
        self.note_look(application, "act")
        title = f"{application} · {application.get_kind_display()} · {application.license}"
        return self.page(
            request, title, form, button=button, other_button=other_button, about=self.wanted_in_words(application)
        )


def _next_act(application: Application) -> tuple[str, str]:
    """Return the page on which an application goes on, and what its link says; nothing when it is done with."""
    if application.state == ApplicationState.SUBMITTED:
        return "vote", gettext("Vote")
    if application.state == ApplicationState.FLAGGED:
        return "officer", gettext("Decide")
    is_open = application.state == ApplicationState.ALLOTTED and application.is_sampled
    return ("inspect", gettext("Write the finding")) if is_open and not hasattr(application, "inspection") else ("", "")
