"""The desk of registers: sent in by one clerk, looked at row by row, decided by another."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common import trail
from kmc_portal.common.arrivals.desk_admin import COUNTS, SentFileAdmin
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.exports import CONTENT_TYPES, CSV
from kmc_portal.common.templatetags.portal import digits
from kmc_portal.common.web import refuse
from kmc_portal.registers import services
from kmc_portal.registers.forms import RegisterForm
from kmc_portal.registers.models import Register, RegisterFile, RegisterState
from payments.decisions.forms import DecisionForm
from property_tax.models import ImportRun

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.urls import URLPattern
    from django_stubs_ext import StrPromise


@admin.register(RegisterFile)
class RegisterFileAdmin(SentFileAdmin):
    """Registers that were sent in. A clerk finds those of the records that they may look at."""

    intake = services.REGISTERS
    template = "admin/register.html"
    list_display = ("name", "register", "sent_at", "maker", "ending", "approver", "decide_link")
    list_filter = ("state", "register")
    search_fields = ("name", "=sha256")
    search_help_text = _("File name or its SHA-256")
    ordering = ("-pk",)
    exclude = ("stored_as", "language", "report", "refusal", "tries", "rows_read", "rows_expected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RegisterFile]:
        return super().get_queryset(request).filter(register__in=_seen_by(request))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("act/", view(self.send_in), name=self.named("act")),
            path("<int:pk>/decide/", view(self.decide), name=self.named("decide")),
            path("<int:pk>/misfits/", view(self.misfits), name=self.named("misfits")),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        act = gettext("Send in a register") if self.can(request, "add") else ""
        more = {"act": act, "act_url": f"admin:{self.named('act')}"}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    @admin.display(description=_("next"))
    def decide_link(self, sent: RegisterFile) -> str:
        if sent.state != RegisterState.TRIED:
            return sent.reason
        address = reverse(f"admin:{self.named('decide')}", args=[sent.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Decide"))

    def send_in(self, request: HttpRequest) -> HttpResponse:
        """Keep a register for a worker to try, and lead to the page that shows what comes of that."""
        self.may(request, "add")
        choices = [(one.value, one.label) for one in _seen_by(request)]
        form = RegisterForm(request.POST or None, request.FILES or None, choices=choices)
        if request.method == "POST" and form.is_valid():
            file, who = form.cleaned_data["file"], request.user.get_username()
            more = {"register": form.cleaned_data["register"], "language": get_language()}
            return redirect(
                self.followed(self.intake.keep(file, name=file.name, maker=who, now=timezone.now(), **more))
            )
        columns = format_html_join(
            "",
            "<dt>{}</dt><dd><code>{}</code></dd>",
            ((Register(one).label, ", ".join(services.LAYOUTS[one].columns)) for one, _label in choices),
        )
        about = format_html("<p>{}</p><dl>{}</dl>", gettext("The first row names the columns:"), columns)
        title, button = gettext("Send in a register"), gettext("Send in")
        return self.page(request, title, form, button=button, is_upload=True, about=about)

    def about(self, request: HttpRequest, sent: RegisterFile) -> dict[str, Any]:
        told = {fault.code: fault.message for fault in services.LAYOUTS[sent.register].faults}
        misfits = [
            {**one, "message": gettext(told[one["code"]]) if one["code"] in told else ""}
            for one in (sent.report or {}).get("misfits", [])
        ]
        return {
            "facts": [sent.get_register_display()],
            "file": self._import_of(sent),
            "misfits": misfits,
            "may_decide": sent.state == RegisterState.TRIED and self.can(request, "change"),
            "ending": _ENDINGS.get(sent.state, ""),
        }

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.may(request, "change")
        found = get_object_or_404(self.get_queryset(request), pk=pk)
        form = DecisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                messages.success(request, self._decide(request, pk, form.cleaned_data["refusal"]))
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                return redirect(self.listed())
        counted = [(title, digits(found.report[name])) for name, title in COUNTS.items()] if found.report else []
        about = format_html(
            '<p>{}</p><ul>{}</ul><p><a href="{}">{}</a></p>',
            gettext("This would come of it:"),
            format_html_join("", "<li>{}: {}</li>", counted),
            self.followed(found),
            gettext("The rows that were set aside"),
        )
        title = f"{found.get_register_display()} · {found.name} · {found.maker}"
        buttons = {"button": gettext("Approve"), "other_button": gettext("Refuse")}
        return self.page(request, title, form, about=about, **buttons)

    @staticmethod
    def _decide(request: HttpRequest, pk: int, refusal: str) -> str:
        who, now = request.user.get_username(), timezone.now()
        if "other" in request.POST:
            services.turn_down(pk, approver=who, reason=refusal, now=now)
            return gettext("Refused: everything stays as it is.")
        services.approve(pk, approver=who, now=now)
        return gettext("Approved: the register is taken in within a minute.")

    def misfits(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand out all misfits as CSV, to be corrected and sent again, and write down who took them: they name persons."""
        self.may(request, "view")
        found = get_object_or_404(self.get_queryset(request), pk=pk)
        kept = services.misfits_of(found)
        if request.method != "POST" or not found.report or not kept.is_file():
            raise Http404
        content = kept.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        trail.note_export(
            RegisterFile, rows=found.report["rejected"], file_type=CSV, query=f"misfits of {pk}", sha256=digest
        )
        headers = {"Content-Disposition": f'attachment; filename="misfits-{pk}.csv"'}
        return HttpResponse(content, content_type=CONTENT_TYPES[CSV], headers=headers)

    @staticmethod
    def _import_of(sent: RegisterFile) -> str:
        """Return the address of the import that a register of property tax became: it can be taken back by its number."""
        if sent.state != RegisterState.TAKEN_IN or sent.register not in services.TAX:
            return ""
        assert sent.finished_at is not None
        made = ImportRun.objects.filter(sha256=sent.sha256, imported_at=sent.finished_at).first()
        return reverse("admin:property_tax_importrun_change", args=[made.pk]) if made else ""


_ENDINGS: dict[str, StrPromise] = {
    RegisterState.TRIED: _("The register has been tried, and nothing was taken in. A colleague decides whether it is."),
    RegisterState.TURNED_DOWN: _("A colleague has turned this register down. Nothing was taken in."),
    RegisterState.TAKEN_IN: _("The register has been taken in."),
}


def _seen_by(request: HttpRequest) -> list[Register]:
    return [register for register, right in services.SEEN_BY.items() if request.user.has_perm(right)]
