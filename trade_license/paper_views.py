"""Door: certificates on paper. By the address that the payer got, whole; by the number alone, with the holder masked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.web import refuse
from trade_license import certificates, papers
from trade_license.forms import EnquiryForm
from trade_license.views import dues_or_question

if TYPE_CHECKING:
    from django.http import HttpRequest

    from trade_license.models import Certificate


@never_cache
@require_safe
def certificate_pdf(request: HttpRequest, token: str) -> HttpResponse:
    try:
        found = certificates.certificate_by_token(token=token)
    except ServiceError as refusal:
        page = {"refusal": refusal.user_message}
        return render(request, "payments/not_ours.html", page, status=refusal.http_status)
    return _pdf(found, papers.certificate_paper(found))


@never_cache
@require_safe
def copy_pdf(request: HttpRequest) -> HttpResponse:
    """A masked copy for whoever knows the number; without a valid certificate, the page of the licence says why."""
    form = EnquiryForm(request.GET)
    if not form.is_valid():
        return dues_or_question(request, form)
    try:
        found = certificates.certificate_in_force(ce_number=form.cleaned_data["ce_number"], on=day_of(timezone.now()))
    except ServiceError as refusal:
        refuse(form, refusal)
        return dues_or_question(request, form)
    return _pdf(found, papers.certificate_paper(found, is_masked=True))


def _pdf(certificate: Certificate, content: bytes) -> HttpResponse:
    headers = {"Content-Disposition": f'inline; filename="{papers.file_name(certificate)}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
