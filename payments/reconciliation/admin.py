"""The desk of settlements: reports of gateways and statements of banks are sent in, and looked at row by row."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.admin import ReadOnlyAdmin, paise_column
from kmc_portal.common.desk_admin import DeskAdmin
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.web import refuse
from payments.models import BankFile, BankLine, SettlementFile, SettlementLine
from payments.reconciliation.forms import BankFileForm, SettlementFileForm
from payments.reconciliation.taking_in import take_in_settlement, take_in_statement

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from kmc_portal.common.csv_import import Report


class TakenInFileAdmin(DeskAdmin):
    """Files that were taken in, and the page where one is sent in."""

    form_class: ClassVar[type[BankFileForm]] = BankFileForm
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
        """Take in a file and say what became of its rows; a refusal stands beside the field."""
        self.may(request, "add")
        form = self.form_class(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                report = self._take_in(form.cleaned_data, request.user.get_username())
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                self._tell(request, report)
                return redirect(self.listed())
        return self.page(request, gettext("Send in a file"), form, button=gettext("Send in"), is_upload=True)

    def take_in(self, file: Path, **options: Any) -> Report:
        """Take in a file that is there. :raises ServiceError: it is refused whole"""
        raise NotImplementedError

    def _take_in(self, sent: dict[str, Any], maker: str) -> Report:
        uploaded, account = sent.pop("file"), sent.pop("account").code
        with TemporaryDirectory() as folder:
            file = Path(folder) / "sent"
            with file.open("wb") as written:
                written.writelines(uploaded.chunks())
            return self.take_in(file, name=uploaded.name, account=account, maker=maker, now=timezone.now(), **sent)

    def _tell(self, request: HttpRequest, report: Report) -> None:
        text = gettext("Rows read: {read}. New: {created}, replaced or withdrawn: {updated}, known: {unchanged}.")
        messages.success(request, text.format(**report.as_json()))
        if report.rejected:
            text = gettext("Rows set aside: {count}. They are listed with the file.")
            messages.warning(request, text.format(count=report.rejected))


@admin.register(SettlementFile)
class SettlementFileAdmin(TakenInFileAdmin):
    form_class = SettlementFileForm

    def take_in(self, file: Path, **options: Any) -> Report:
        return take_in_settlement(file, **options)


@admin.register(BankFile)
class BankFileAdmin(TakenInFileAdmin):
    def take_in(self, file: Path, **options: Any) -> Report:
        return take_in_statement(file, **options)


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
