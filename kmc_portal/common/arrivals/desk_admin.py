"""The desk of files that were sent in: their list, and the page that follows one until it is taken in or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.arrivals.intake import sentence
from kmc_portal.common.desk_admin import DeskAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from kmc_portal.common.arrivals.intake import Intake
    from kmc_portal.common.arrivals.records import SentFile

LOOK_AGAIN_SECONDS = 2
COUNTS = {
    "read": _("Rows read"),
    "created": _("New"),
    "updated": _("Replaced or withdrawn"),
    "unchanged": _("Known already"),
    "rejected": _("Set aside"),
}


class SentFileAdmin(DeskAdmin):
    """Files that were sent in, and the page that follows one."""

    intake: ClassVar[Intake[Any]]
    template: ClassVar[str] = "admin/arrival.html"

    def get_urls(self) -> list[URLPattern]:
        follow = path("<int:pk>/follow/", self.admin_site.admin_view(self.follow), name=self.named("follow"))
        return [follow, *super().get_urls()]

    @admin.display(description=_("state"))
    def ending(self, sent: SentFile) -> str:
        return format_html('<a href="{}">{}</a>', self.followed(sent), sent.get_state_display())

    def followed(self, sent: SentFile) -> str:
        """Return the address of the page that follows a file."""
        return reverse(f"admin:{self.named('follow')}", args=[sent.pk])

    def follow(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show how far a file is. The page looks again by itself, without a script, until there is nothing more to see."""
        self.may(request, "view")
        sent = get_object_or_404(self.get_queryset(request), pk=pk)
        is_waiting = sent.state in sent.TO_READ
        looks_again = is_waiting and "by_hand" not in request.GET
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": sent.name,
            "arrival": sent,
            "is_waiting": is_waiting,
            "is_being_read": is_waiting and self.intake.is_held(sent),
            "looks_again": looks_again,
            "refusal": sentence(sent.refusal) if sent.refusal else "",
            "counts": [(title, sent.report[name]) for name, title in COUNTS.items()] if sent.report else [],
            **self.about(request, sent),
        }
        response = render(request, self.template, context)
        if looks_again:
            response.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
        return response

    def about(self, request: HttpRequest, sent: Any) -> dict[str, Any]:
        """Return what the page says of a file beyond what all have: `facts`, before its maker and time, and `file`, its records."""
        raise NotImplementedError
