"""The desk of what arrives: files that are being taken in, what is done by the clock, and the letter of the morning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.admin import ReadOnlyAdmin
from kmc_portal.common.desk_admin import DeskAdmin
from payments.arrivals.digests import text_of
from payments.arrivals.intake import is_held, sentence
from payments.arrivals.models import ArrivalState
from payments.models import Arrival, BankFile, Digest, Duty, SettlementFile
from payments.states import FileSort

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

LOOK_AGAIN_SECONDS = 2
COUNTS = {
    "read": _("Rows read"),
    "created": _("New"),
    "updated": _("Replaced or withdrawn"),
    "unchanged": _("Known already"),
    "rejected": _("Set aside"),
}


@admin.register(Arrival)
class ArrivalAdmin(DeskAdmin):
    """Files that were sent in, and the page that follows one until it is taken in or refused."""

    list_display = ("name", "account", "sort", "sent_at", "maker", "ending")
    list_filter = ("state", "sort", "account")
    list_select_related = ("account",)
    search_fields = ("name", "=sha256")
    ordering = ("-pk",)

    def get_urls(self) -> list[URLPattern]:
        follow = path("<int:pk>/follow/", self.admin_site.admin_view(self.follow), name=self.named("follow"))
        return [follow, *super().get_urls()]

    @admin.display(description=_("state"))
    def ending(self, arrival: Arrival) -> str:
        address = reverse(f"admin:{self.named('follow')}", args=[arrival.pk])
        return format_html('<a href="{}">{}</a>', address, arrival.get_state_display())

    def follow(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show how far a file is. The page looks again by itself, without a script, until there is nothing more to see."""
        self.may(request, "view")
        arrival = get_object_or_404(Arrival.objects.select_related("account", "progress"), pk=pk)
        is_waiting = arrival.state == ArrivalState.WAITING
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": arrival.name,
            "arrival": arrival,
            "is_waiting": is_waiting,
            "is_being_read": is_waiting and is_held(arrival),
            "looks_again": is_waiting and "by_hand" not in request.GET,
            "share": _share(arrival),
            "refusal": sentence(arrival.refusal) if arrival.refusal else "",
            "counts": [(title, arrival.report[name]) for name, title in COUNTS.items()] if arrival.report else [],
            "file": _file_of(arrival),
        }
        response = render(request, "admin/arrival.html", context)
        if context["looks_again"]:
            response.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
        return response


def _share(arrival: Arrival) -> int | None:
    """Return how many hundredths of a file have been read, or None where its rows are not known."""
    progress = arrival.progress
    if not progress.rows_expected:
        return None
    return min(progress.rows_read * 100 // progress.rows_expected, 100)


def _file_of(arrival: Arrival) -> str:
    """Return the address of what was made of a file, where its rows and those set aside are listed."""
    if arrival.state != ArrivalState.TAKEN_IN:
        return ""
    kind = SettlementFile if arrival.sort == FileSort.SETTLEMENT else BankFile
    found = kind.objects.filter(account=arrival.account_id, sha256=arrival.sha256).first()
    return reverse(f"admin:payments_{kind._meta.model_name}_change", args=[found.pk]) if found else ""


@admin.register(Duty)
class DutyAdmin(ReadOnlyAdmin):
    list_display = ("task", "account", "due_at", "done_at", "tries", "outcome")
    list_filter = ("task", ("done_at", admin.EmptyFieldListFilter), "account")
    list_select_related = ("account",)
    ordering = ("-due_at", "-pk")


@admin.register(Digest)
class DigestAdmin(ReadOnlyAdmin):
    """The letters of the morning, as each reader's language has them."""

    list_display = ("day", "written_at", "in_short")
    ordering = ("-day",)
    fields = ("day", "written_at", "letter")
    readonly_fields = ("letter",)

    @admin.display(description=_("in short"))
    def in_short(self, digest: Digest) -> str:
        counted: dict[str, Any] = {
            "breaks": sum(one["count"] for one in digest.content["breaks"]),
            "refused": len(digest.content["refused"]),
            "undone": len(digest.content["undone"]),
        }
        return gettext("Open breaks: {breaks}. Files refused: {refused}. Tasks that failed: {undone}.").format(
            **counted
        )

    @admin.display(description=_("letter"))
    def letter(self, digest: Digest) -> str:
        return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in text_of(digest.content)))
