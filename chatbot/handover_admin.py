"""The desk: who waits for a person, what was said so far, and a clerk's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatbot import handover, queries
from chatbot.handover_models import Handover
from chatbot.hurrying import hurry
from chatbot.tasks import send_message
from kmc_portal.common.admin import ShowsPersons
from kmc_portal.common.desk_admin import DeskAdmin
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.templatetags.portal import long_time
from kmc_portal.common.web import refuse

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

SHOWN = 30


class AnswerForm(forms.Form):
    """What a clerk writes to a citizen."""

    answer = forms.CharField(
        label=_("Answer, in the citizen's language"),
        required=False,
        max_length=handover.LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 5, "cols": 80}),
    )


@admin.register(Handover)
class HandoverAdmin(ShowsPersons, DeskAdmin):
    list_display = ("asked_at", "said_at", "language", "free_text_until", "answers", "clerk", "closed_at", "talk_link")
    list_filter = (("closed_at", admin.EmptyFieldListFilter), "conversation__language")
    list_select_related = ("conversation",)
    # Who waits longest comes first, what is over last.
    ordering = ("-closed_at", "said_at")

    def get_urls(self) -> list[URLPattern]:
        talk = path("<int:waiting>/talk/", self.admin_site.admin_view(self.talk), name=self.named("talk"))
        return [talk, *super().get_urls()]

    @admin.display(description=_("language"))
    def language(self, waiting: Handover) -> str:
        return waiting.conversation.language

    @admin.display(description=_("free text until"))
    def free_text_until(self, waiting: Handover) -> str:
        return _left(waiting)

    @admin.display(description=_("next"))
    def talk_link(self, waiting: Handover) -> str:
        address = reverse(f"admin:{self.named('talk')}", args=[waiting.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Read and answer"))

    def talk(self, request: HttpRequest, waiting: int) -> HttpResponse:
        self.may(request, "change")
        found = get_object_or_404(Handover.objects.select_related("conversation"), pk=waiting)
        form = AnswerForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                self._act(request, found, form.cleaned_data["answer"])
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                return redirect(self.listed())
        self.note_look(found, "talk")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": gettext("Talk with a citizen"),
            "form": form,
            "found": found,
            "left": _left(found),
            "exchanges": queries.transcript(address=found.conversation.address)[-SHOWN:],
        }
        return render(request, "admin/handover.html", context)

    @staticmethod
    def _act(request: HttpRequest, found: Handover, text: str) -> None:
        """Send what was written, or end the talk; ending it with words written sends them first."""
        who, now, closes = request.user.get_username(), timezone.now(), "close" in request.POST
        if closes and not text.strip():
            handover.close(found.pk, clerk=who, now=now)
            return
        key = handover.answer(found.pk, text=text, clerk=who, closes=closes, now=now)
        hurry(send_message, key=key)
        messages.success(request, gettext("The answer is on its way."))


def _left(waiting: Handover) -> str:
    """Return until when free text reaches the citizen, and how long that is."""
    until = handover.free_until(waiting.conversation)
    if until is None or waiting.closed_at:
        return "–"
    minutes = max(0, int((until - timezone.now()).total_seconds()) // 60)
    left = gettext("{hours} h {minutes} min left").format(hours=minutes // 60, minutes=minutes % 60)
    return f"{long_time(until)} ({left})"
