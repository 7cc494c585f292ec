"""Door: what belongs to a reader who has signed in: properties, payments and papers, over all services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chatbot.conversations import told_at
from citizens.web import sign_in_needed, signed_in_mobile
from kmc_portal.common.masking import masked_phone
from payments.own_payments import paid_by_or_for
from property_tax.holders import properties_of
from property_tax.states import KIND as PROPERTY_TAX
from trade_license.holders import licenses_of
from trade_license.queries import applications_of
from trade_license.states import KIND as TRADE_LICENSE

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@never_cache
@require_safe
@sign_in_needed
def my_page(request: HttpRequest) -> HttpResponse:
    """Show what a proved mobile number gives a right to. Six queries, however much there is."""
    mobile = signed_in_mobile(request)
    properties, licenses = properties_of(mobile=mobile), licenses_of(mobile=mobile)
    own = {
        PROPERTY_TAX: [each.assessee_number for each in properties],
        TRADE_LICENSE: [each.ce_number for each in licenses],
    }
    page = {
        "signed_in": masked_phone(mobile),
        "properties": properties,
        "licenses": licenses,
        "payments": paid_by_or_for(told_to=told_at(mobile), references=own),
        "applications": applications_of(mobile=mobile),
    }
    return render(request, "my_page.html", page)
