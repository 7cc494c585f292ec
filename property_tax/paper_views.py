"""Door: a citizen's papers on the web. Owners are masked, as everywhere outside the desk (ADR 0014).

The numbers of receipts are masked but for who has signed in with the mobile number on record (ADR 0048).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from citizens.web import signed_in_mobile
from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.web import refuse
from payments.states import Source
from property_tax import certificates, holders, inputs, papers, queries, statements
from property_tax.forms import EnquiryForm, StatementForm
from property_tax.states import Heading
from property_tax.views import dues_or_question

if TYPE_CHECKING:
    from django.http import HttpRequest

    from property_tax.statements import Statement


@never_cache
@require_safe
def statement(request: HttpRequest) -> HttpResponse:
    """Ask whose statement and for which days, or show it."""
    form = StatementForm(request.GET if "assessee_number" in request.GET else None)
    found = _statement(request, form)
    template = "property_tax/statement.html" if found else "property_tax/statement_form.html"
    return render(request, template, {"form": form, "statement": found, "query": request.GET.urlencode()})


@never_cache
@require_safe
def statement_pdf(request: HttpRequest) -> HttpResponse:
    """The same on paper; what makes no statement is asked for again."""
    found = _statement(request, StatementForm(request.GET))
    if found is None:
        return statement(request)
    name = papers.file_name("statement", found.found.assessee.printed_number, found.until.isoformat())
    return _pdf(papers.statement_paper(found, now=timezone.now()), name)


def _statement(request: HttpRequest, form: StatementForm) -> Statement | None:
    """Return the statement that a form asks for; None, with the refusal in the form, when there is none."""
    if not form.is_valid():
        return None
    asked, today = form.cleaned_data, day_of(timezone.now())
    first, last = statements.default_range(today)
    number = asked["assessee_number"]
    since, until = (date.fromisoformat(asked[name]) if asked[name] else None for name in ("since", "until"))
    try:
        return statements.statement(
            assessee_number=number,
            since=since or first,
            until=until or last,
            today=today,
            shows_receipts=holders.is_on_record(assessee_number=number, mobile=signed_in_mobile(request)),
        )
    except ServiceError as refusal:
        refuse(form, refusal)
        return None


@never_cache
@require_safe
def bill_pdf(request: HttpRequest, number: str, heading: str) -> HttpResponse:
    """What is due today under one heading, on paper; without a bill there, the page of the dues says so."""
    if heading not in Heading.values:
        raise Http404
    try:
        found = queries.assessee_dues(assessee_number=inputs.assessee_number(number), on=day_of(timezone.now()))
    except ServiceError:
        return dues_or_question(request, EnquiryForm({"assessee_number": number}))
    if not found.dues.headings[heading].lines:
        return dues_or_question(request, EnquiryForm({"assessee_number": number}))
    name = papers.file_name(heading, found.assessee.printed_number, found.dues.as_of.isoformat())
    return _pdf(papers.bill_paper(found, Heading(heading), now=timezone.now()), name)


@never_cache
@require_POST
def issue_certificate(request: HttpRequest) -> HttpResponse:
    """Issue a no-dues certificate and show it; where something is due, show that with the refusal."""
    form = EnquiryForm(request.POST)
    if not form.is_valid():
        return dues_or_question(request, form)
    number = form.cleaned_data["assessee_number"]
    try:
        issued = certificates.issue_no_dues_certificate(assessee_number=number, source=Source.WEB, now=timezone.now())
    except ServiceError as refusal:
        refuse(form, refusal)
        return dues_or_question(request, form)
    return redirect("property_tax:certificate", issued.token)


@never_cache
@require_safe
def certificate(request: HttpRequest, token: str) -> HttpResponse:
    try:
        found = certificates.certificate_by_token(token=token)
    except certificates.CertificateNotFound as refusal:
        return render(request, "payments/not_ours.html", {"refusal": refusal.user_message}, status=404)
    return render(request, "property_tax/certificate.html", {"certificate": found})


@never_cache
@require_safe
def certificate_pdf(request: HttpRequest, token: str) -> HttpResponse:
    try:
        found = certificates.certificate_by_token(token=token)
    except certificates.CertificateNotFound as refusal:
        return render(request, "payments/not_ours.html", {"refusal": refusal.user_message}, status=404)
    return _pdf(papers.certificate_paper(found), papers.file_name(found.certificate_number))


def _pdf(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
