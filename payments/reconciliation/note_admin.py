"""Notes at the desk for breaks: they stand on the page of the break, where another is written and a paper opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common import trail
from kmc_portal.common.admin import ReadOnlyInline
from kmc_portal.common.desk_admin import DeskAdmin
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from kmc_portal.common.upload_views import handed_out
from kmc_portal.common.web import refuse
from payments.models import BreakNote, BreakPaper, ReconBreak
from payments.reconciliation.break_words import known_of
from payments.reconciliation.forms import NoteForm
from payments.reconciliation.notes import write_note
from payments.totals.words import line_in_words

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import FileResponse, HttpRequest, HttpResponse
    from django.urls import URLPattern

PAPER = "payments_reconbreak_paper"


class NoteInline(ReadOnlyInline):
    """What was written, under the name of who wrote it."""

    model = BreakNote
    fields = ("noted_at", "detail", "paper_link")
    readonly_fields = ("paper_link",)
    ordering = ("pk",)
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[BreakNote]:
        return super().get_queryset(request).select_related("paper")

    @admin.display(description=_("paper"))
    def paper_link(self, note: BreakNote) -> str:
        return paper_link(note)


class TakesNotes(DeskAdmin):
    """The part of the desk for breaks that is about notes."""

    inlines = (NoteInline,)
    readonly_fields: ClassVar[tuple[str, ...]] = ("note_link",)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:found>/note/", view(self.note), name=self.named("note")),
            path("<int:found>/notes/<int:note>/paper/", view(self.open_paper), name=self.named("paper")),
            *super().get_urls(),
        ]

    @admin.display(description=_("next"))
    def note_link(self, found: ReconBreak) -> str:
        address = reverse(f"admin:{self.named('note')}", args=[found.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Write a note"))

    def note(self, request: HttpRequest, found: int) -> HttpResponse:
        self.may_do(request, "payments.add_breaknote")
        recon_break = get_object_or_404(ReconBreak, pk=found)
        form = NoteForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                write_note(found, **form.cleaned_data, maker=request.user.get_username(), now=timezone.now())
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                messages.success(request, gettext("The note stands with the break."))
                return redirect(f"admin:{self.named('change')}", found)
        more: dict[str, Any] = {"about": known_of(recon_break.facts), "is_upload": True}
        return self.page(request, title_of(recon_break), form, button=gettext("Write a note"), **more)

    def open_paper(self, request: HttpRequest, found: int, note: int) -> FileResponse:
        """Hand out a paper, and write down who took it: it may show a payer."""
        self.may_do(request, "payments.view_breakpaper")
        paper = get_object_or_404(BreakPaper, note=note, note__recon_break=found)
        trail.note_look(paper, screen="reconbreak paper")
        return handed_out(paper.stored_as, called=f"break-{found}-{note}", may_see=True)


def title_of(found: ReconBreak) -> str:
    """Return how the pages of the acts on a break name it: in words, by its kind, and what is at stake."""
    return f"{line_in_words(found.kind)} · {found.kind} · {rupee_text(found.amount_paise)}"


def notes_told(found: ReconBreak) -> str:
    """Return the notes on a break with the links to their papers, for somebody who is to decide; empty where there are none."""
    notes = found.notes.select_related("paper").order_by("pk")
    return format_html_join("", "<br>{}: {} {}", ((note.maker, note.detail, paper_link(note)) for note in notes))


def paper_link(note: BreakNote) -> str:
    """Return the link that opens the paper of a note under its sender's name for it; empty where it has none."""
    if not hasattr(note, "paper"):
        return ""
    address = reverse(f"admin:{PAPER}", args=[note.recon_break_id, note.pk])
    return format_html('<a href="{}">{}</a>', address, note.paper.shown_name or gettext("Open"))
