"""The desk of what arrives: files that are being taken in, what is done by the clock, and the letter of the morning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.admin import ReadOnlyAdmin
from kmc_portal.common.arrivals.desk_admin import SentFileAdmin
from kmc_portal.common.arrivals.records import FileState
from payments.arrivals.digests import text_of
from payments.arrivals.intake import ARRIVALS
from payments.models import Arrival, BankFile, Digest, Duty, SettlementFile
from payments.states import FileSort

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(Arrival)
class ArrivalAdmin(SentFileAdmin):
    """Settlement reports and bank statements that were sent in."""

    intake = ARRIVALS
    list_display = ("name", "account", "sort", "sent_at", "maker", "ending")
    list_filter = ("state", "sort", "account")
    list_select_related = ("account",)
    search_fields = ("name", "=sha256")
    ordering = ("-pk",)

    def about(self, request: HttpRequest, sent: Arrival) -> dict[str, Any]:
        correction = [gettext("correction")] if sent.is_correction else []
        return {"facts": [sent.get_sort_display(), sent.account, *correction], "file": _file_of(sent)}


def _file_of(arrival: Arrival) -> str:
    """Return the address of what was made of a file, where its rows and those set aside are listed."""
    if arrival.state != FileState.TAKEN_IN:
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
