"""Receipts for clerks: found by every number, printed and counted, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.admin import FoundByNumber, ReadOnlyInline
from kmc_portal.common.desk_admin import DeskAdmin
from kmc_portal.common.money import rupee_text
from payments import prints
from payments.counter.forms import NoForm
from payments.models import Receipt, ReceiptPrint

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.urls import URLPattern


class PrintInline(ReadOnlyInline):
    model = ReceiptPrint
    show_change_link = False


@admin.register(Receipt)
class ReceiptAdmin(FoundByNumber, DeskAdmin):
    list_display = ("receipt_number", "order_number", "assessee_number", "amount", "issued_at", "code", "print_link")
    search_fields = ("=receipt_number", "=code", "=payment__order__order_number", "=payment__order__reference")
    search_help_text = _("Receipt number, verification code, order number or assessee number")
    ordering = ("-pk",)
    list_select_related = ("payment__order",)
    exclude = ("token",)
    inlines = (PrintInline,)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.print_out)
        return [path("<int:receipt>/print/", view, name=self.named("print")), *super().get_urls()]

    @admin.display(description=_("amount"), ordering="payment__amount_paise")
    def amount(self, receipt: Receipt) -> str:
        return rupee_text(receipt.payment.amount_paise)

    @admin.display(description=_("order number"))
    def order_number(self, receipt: Receipt) -> str:
        return receipt.payment.order.order_number

    @admin.display(description=_("reference"))
    def assessee_number(self, receipt: Receipt) -> str:
        return receipt.payment.order.reference

    @admin.display(description=_("next"))
    def print_link(self, receipt: Receipt) -> str:
        return format_html(
            '<a href="{}">{}</a>', reverse(f"admin:{self.named('print')}", args=[receipt.pk]), gettext("Print")
        )

    def print_out(self, request: HttpRequest, receipt: int) -> HttpResponse:
        """Say how often a receipt was printed, and print it once more in its payer's language."""
        self.may_do(request, "payments.add_receiptprint")
        found = get_object_or_404(Receipt.objects.select_related("payment__order"), pk=receipt)
        if request.method == "POST":
            with translation.override(found.payment.order.language):
                paper = prints.print_receipt(receipt=receipt, who=request.user.get_username(), now=timezone.now())
            name = found.receipt_number.replace("/", "-")
            headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
            return HttpResponse(paper, content_type="application/pdf", headers=headers)
        about = gettext("Printed so far: {count}. From the second print on, the paper says that it is a reprint.")
        title = f"{found.receipt_number} · {self.amount(found)}"
        about = about.format(count=found.prints.count())
        return self.page(request, title, NoForm(), button=gettext("Print the receipt"), about=about)
