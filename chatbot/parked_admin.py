"""The desk for messages over which the portal failed: what it was, once more, or seen to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatbot import parking
from chatbot.parked_models import ParkedMessage
from kmc_portal.common.admin import ShowsPersons
from kmc_portal.common.desk_admin import DeskAdmin
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.web import refuse

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

AGAIN, SETTLED = "again", "settled"


class ParkedForm(forms.Form):
    """What is to become of a parked message."""

    parked = forms.ChoiceField(
        label=_("What is to be done?"),
        choices=[
            (AGAIN, _("Try once more: the fault is mended, and the answer goes out late")),
            (SETTLED, _("Nothing: the citizen has been seen to, or needs no answer any more")),
        ],
        widget=forms.RadioSelect,
    )


@admin.register(ParkedMessage)
class ParkedMessageAdmin(ShowsPersons, DeskAdmin):
    list_display = (
        "came_at",
        "channel",
        "body",
        "fault",
        "tries",
        "parked_at",
        "settled_at",
        "settled_by",
        "see_to_link",
    )
    list_filter = (
        ("parked_at", admin.EmptyFieldListFilter),
        ("settled_at", admin.EmptyFieldListFilter),
        "fault",
    )
    search_fields = ("=provider_id", "=address")
    exclude = ("address",)
    # What waits comes first, what is settled last.
    ordering = ("-settled_at", "came_at")

    def get_urls(self) -> list[URLPattern]:
        see_to = path("<int:parked>/see-to/", self.admin_site.admin_view(self.see_to), name=self.named("see_to"))
        return [see_to, *super().get_urls()]

    @admin.display(description=_("next"))
    def see_to_link(self, parked: ParkedMessage) -> str:
        if parked.settled_at:
            return ""
        address = reverse(f"admin:{self.named('see_to')}", args=[parked.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("See to it"))

    def see_to(self, request: HttpRequest, parked: int) -> HttpResponse:
        self.may(request, "change")
        found = get_object_or_404(ParkedMessage, pk=parked)
        form = ParkedForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                self._act(request, parked, form.cleaned_data["parked"])
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                return redirect(self.listed())
        title = gettext("A message over which the portal failed: {fault}").format(fault=found.fault)
        return self.page(request, title, form, button=gettext("Do it"), about=found.body)

    @staticmethod
    def _act(request: HttpRequest, parked: int, wanted: str) -> None:
        who, now = request.user.get_username(), timezone.now()
        if wanted == SETTLED:
            parking.settle(parked, clerk=who, now=now)
            messages.success(request, gettext("The message is seen to. Nothing is sent."))
        elif parking.retry(parked, clerk=who, now=now):
            messages.success(request, gettext("The message has been answered."))
        else:
            messages.error(request, gettext("It failed again. The log holds the fault."))
