"""Writing: the no-dues certificate. Reading: what one proves today."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import connection, transaction
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import day_of
from kmc_portal.common.codes import new_code
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.financial_year import FinancialYear
from kmc_portal.common.money import rupee_text
from payments.verifiables import Verification
from property_tax.models import NoDuesCertificate
from property_tax.queries import AssesseeClosed, assessee_dues, particulars

if TYPE_CHECKING:
    from datetime import date, datetime

    from payments.states import Source
    from property_tax.queries import AssesseeDues

TITLE = gettext_noop("No-dues certificate")


class DuesRemain(ServiceError):
    code = "dues_remain"
    message = _(
        "{amount} is due under {assessee_number}, so no no-dues certificate can be issued. Please pay it first; "
        "the certificate can then be had at once."
    )
    field = "heading"
    http_status = 409


class CertificateNotFound(ServiceError):
    code = "certificate_not_found"
    message = _("This address of a certificate is not ours, or it was copied incompletely.")
    field = "token"
    http_status = 404


# Whoever issues one in the same ward and year waits, so that the numbers have no hole; the second of a day is the first.
LOCK = "SELECT pg_advisory_xact_lock(hashtext(%s))"
ISSUE = """
INSERT INTO property_tax_noduescertificate
       (assessee_id, ward, financial_year, number, issued_on, issued_at, particulars, source, token, code)
SELECT a.id, a.ward_id, %(year)s,
       1 + coalesce((SELECT max(number) FROM property_tax_noduescertificate
                      WHERE ward = a.ward_id AND financial_year = %(year)s), 0),
       %(on)s, %(now)s, %(particulars)s::jsonb, %(source)s, %(token)s, %(code)s
  FROM property_tax_assessee a WHERE a.assessee_number = %(assessee_number)s
ON CONFLICT ON CONSTRAINT no_dues_certificate_once_a_day DO NOTHING
"""


def issue_no_dues_certificate(*, assessee_number: str, source: Source, now: datetime) -> NoDuesCertificate:
    """Return a certificate that nothing is due under any heading today; the same one for the rest of the day.

    :raises AssesseeNotFound, AssesseeClosed: as the look-up says
    :raises DuesRemain: a bill is unpaid, disputed or not
    """
    today = day_of(now)
    found = assessee_dues(assessee_number=assessee_number, on=today)
    if found.dues.total_paise > 0:
        amount, number = rupee_text(found.dues.total_paise), found.assessee.printed_number
        raise DuesRemain(amount=amount, assessee_number=number)
    _issue(found, source, today, now)
    return NoDuesCertificate.objects.select_related("assessee").get(
        assessee__assessee_number=assessee_number, issued_on=today
    )


@transaction.atomic
def _issue(found: AssesseeDues, source: Source, today: date, now: datetime) -> None:
    year, assessee = FinancialYear.of(today), found.assessee
    values: dict[str, Any] = {
        "assessee_number": assessee.assessee_number,
        "year": year.start,
        "on": today,
        "now": now,
        "particulars": json.dumps(particulars(assessee)),
        "source": source,
        "token": secrets.token_urlsafe(16),
        "code": new_code(),
    }
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [f"no_dues_certificate:{assessee.ward}:{year.start}"])
        cursor.execute(ISSUE, values)


def certificate_by_token(*, token: str) -> NoDuesCertificate:
    """Return a certificate with its assessee. One query. :raises CertificateNotFound: no such token"""
    found = NoDuesCertificate.objects.select_related("assessee").filter(token=token).first()
    if found is None:
        raise CertificateNotFound
    return found


class VerifiableCertificate:
    """No-dues certificates, for `/verify/`: genuine for the day they were issued, and what has become due since."""

    kind: ClassVar[str] = "no_dues_certificate"

    def find_number(self, text: str, *, on: date) -> Verification | None:
        """Nothing: whoever knows the number of such a paper has not seen the paper."""
        return None

    def find(self, code: str, *, on: date) -> Verification | None:
        certificate = NoDuesCertificate.objects.select_related("assessee").filter(code=code).first()
        if certificate is None:
            return None
        status, verdict, advice, amount = _standing(certificate, on)
        return Verification(
            kind=self.kind,
            title=TITLE,
            number=certificate.certificate_number,
            issued_on=certificate.issued_on,
            status=status,
            tone="good" if status == "valid" else "wait",
            verdict=verdict,
            advice=advice,
            facts=[(gettext("Due since"), rupee_text(amount))] if amount else [],
            particulars=certificate.particulars,
        )


def _standing(certificate: NoDuesCertificate, on: date) -> tuple[str, str, str, int]:
    """Return the status of a certificate on a day, in a word and in two sentences, and what is due on that day."""
    compare = gettext("Compare what stands here with the paper. If anything differs, the paper has been altered.")
    try:
        due = assessee_dues(assessee_number=certificate.assessee.assessee_number, on=on).dues.total_paise
    except AssesseeClosed:
        verdict = gettext("This certificate is genuine; the assessee number has been closed since")
        return "closed", verdict, compare, 0
    if due > 0:
        verdict = gettext("This certificate is genuine, but something has become due since")
        return "dues_since", verdict, compare, due
    return "valid", gettext("This certificate is genuine, and nothing has become due since"), compare, 0
