"""The desk of settlements: reports of gateways and statements of banks are sent in, and looked at row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.admin import ReadOnlyAdmin, paise_column
from kmc_portal.common.desk_admin import DeskAdmin
from payments.arrivals.intake import ARRIVALS
from payments.models import BankFile, BankLine, SettlementFile, SettlementLine
from payments.reconciliation.forms import BankFileForm, SettlementFileForm
from payments.states import FileSort

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


class TakenInFileAdmin(DeskAdmin):
    """Files that were taken in, and the page where one is sent in."""

    form_class: ClassVar[type[BankFileForm]] = BankFileForm
    sort: ClassVar[FileSort]
    list_display = ("name", "account", "taken_in_at", "maker", "read", "created", "updated", "rejected")
    list_filter = ("account",)
    list_select_related = ("account",)
    search_fields = ("name", "=sha256")
    ordering = ("-pk",)

    def get_urls(self) -> list[URLPattern]:
        return [path("act/", self.admin_site.admin_view(self.send_in), name=self.named("act")), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        act = gettext("Send in a file") if self.can(request, "add") else ""
        more = {"act": act, "act_url": f"admin:{self.named('act')}"}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def send_in(self, request: HttpRequest) -> HttpResponse:
        """Keep a file for a worker to take in, and lead to the page that shows how far that is."""
        self.may(request, "add")
        form = self.form_class(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            sent = form.cleaned_data
            told = {"name": sent["file"].name, "maker": request.user.get_username(), "now": timezone.now()}
            arrival = ARRIVALS.keep(sent.pop("file"), sort=self.sort, **told, **sent)
            return redirect("admin:payments_arrival_follow", arrival.pk)
        return self.page(request, gettext("Send in a file"), form, button=gettext("Send in"), is_upload=True)


@admin.register(SettlementFile)
class SettlementFileAdmin(TakenInFileAdmin):
    form_class = SettlementFileForm
    sort = FileSort.SETTLEMENT


@admin.register(BankFile)
class BankFileAdmin(TakenInFileAdmin):
    sort = FileSort.STATEMENT


@admin.register(SettlementLine)
class SettlementLineAdmin(ReadOnlyAdmin):
    list_display = (
        "transaction_ref",
        "kind",
        "order_ref",
        "settled_on",
        "gross",
        "net",
        "matched_by",
        "version",
        "counts",
    )
    list_filter = ("account", "kind", ("change", admin.EmptyFieldListFilter), ("match", admin.EmptyFieldListFilter))
    list_select_related = ("change", "match")
    search_fields = ("=transaction_ref", "=order_ref", "=bank_ref", "=utr")
    ordering = ("-pk",)
    gross = paise_column("gross_paise", _("amount"))
    net = paise_column("net_paise", _("net"))

    @admin.display(description=_("matched by"))
    def matched_by(self, line: SettlementLine) -> str:
        return line.match.get_key_display() if hasattr(line, "match") else ""

    @admin.display(description=_("counts"), boolean=True)
    def counts(self, line: SettlementLine) -> bool:
        return not hasattr(line, "change")


@admin.register(BankLine)
class BankLineAdmin(ReadOnlyAdmin):
    list_display = ("value_on", "account", "amount", "utr", "narration")
    list_filter = ("account",)
    list_select_related = ("account",)
    search_fields = ("=utr", "narration")
    ordering = ("-pk",)
    amount = paise_column("amount_paise", _("amount"))
