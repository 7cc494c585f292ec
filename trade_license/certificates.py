"""Reading: the certificate that a paid demand became, and what it proves today."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from payments.verifiables import Verification
from trade_license.inputs import ce_number as clean_number
from trade_license.models import Certificate
from trade_license.payable import CERTIFICATE
from trade_license.queries import LicenseDues, license_as_it_is, particulars
from trade_license.states import Standing
from trade_license.wording import day_text, verdict

if TYPE_CHECKING:
    from datetime import date


TONES = {Standing.ACTIVE: "good", Standing.CLOSED: "stop", Standing.DELETED: "stop"}


class CertificateNotFound(ServiceError):
    code = "license_certificate_not_found"
    message = _("This address of a licence is not ours, or it was copied incompletely.")
    field = "token"
    http_status = 404


class NotValidYet(ServiceError):
    code = "license_not_valid"
    message = _(
        "There is no valid licence under {ce_number} to print. Please pay what is due; the paid demand is the licence."
    )
    field = "ce_number"
    http_status = 409


def certificate_by_token(*, token: str) -> Certificate:
    """Return a certificate with its demand and licence. One query.

    :raises CertificateNotFound: no such token
    :raises NotValidYet: its payment was taken back: it does not print as valid
    """
    found = Certificate.objects.select_related("demand__license").filter(token=token).first()
    if found is None:
        raise CertificateNotFound
    if found.demand.paid_on is None:
        raise NotValidYet(ce_number=found.demand.license.ce_number)
    return found


def certificate_in_force(*, ce_number: str, on: date) -> Certificate:
    """Return the certificate of the year in which a day lies. `ce_number` is clean. Two queries.

    :raises LicenseNotFound: no such licence
    :raises NotValidYet: nothing has been paid for that day through the portal, or the licence is not valid
    """
    found = license_as_it_is(ce_number=ce_number, on=on)
    issued = Certificate.objects.select_related("demand__license").filter(
        demand__license=found.license.pk, demand__paid_on__lte=on, demand__cancelled_on=None
    )
    last = issued.order_by("-demand__financial_year", "-pk").first()
    if found.worth.standing != Standing.ACTIVE or last is None:
        raise NotValidYet(ce_number=found.license.ce_number)
    return last


class VerifiableLicense:
    """Certificates of enlistment, for `/verify/`: valid, expired, closed, or taken back."""

    kind: ClassVar[str] = "license_certificate"

    def find_number(self, text: str, *, on: date) -> Verification | None:
        """Return what a certificate number is worth on a day: it stands on every licence, and on demands that are not paid."""
        try:
            found = license_as_it_is(ce_number=clean_number(text), on=on)
        except ServiceError:
            return None
        standing = found.worth.standing
        return Verification(
            kind=self.kind,
            title=CERTIFICATE,
            number=found.license.ce_number,
            issued_on=found.facts.issued_on,
            status=standing.value,
            tone=TONES.get(standing, "wait"),
            verdict=verdict(found.worth),
            advice=gettext("This is what our books say of the number today. A paper proves itself by its code."),
            facts=[],
            particulars=particulars(found.license),
        )

    def find(self, code: str, *, on: date) -> Verification | None:
        certificate = Certificate.objects.select_related("demand__license").filter(code=code).first()
        if certificate is None:
            return None
        license = certificate.demand.license
        found = license_as_it_is(ce_number=license.search_key, on=on)
        status, tone, proved = _proved(certificate, found, on)
        facts = [
            (gettext("Financial years"), certificate.years_text),
            (gettext("Paid for it"), rupee_text(certificate.demand.amount_paise)),
            (gettext("The licence today"), verdict(found.worth)),
        ]
        return Verification(
            kind=self.kind,
            title=CERTIFICATE,
            number=license.ce_number,
            issued_on=certificate.issued_on,
            status=status,
            tone=tone,
            verdict=proved,
            advice=gettext("Compare what stands here with the paper. If anything differs, the paper has been altered."),
            facts=facts,
            particulars=certificate.particulars,
        )


def _proved(certificate: Certificate, found: LicenseDues, on: date) -> tuple[str, str, str]:
    """Return what the paper proves on a day, in a word, a tone and a sentence."""
    standing, until = found.worth.standing, certificate.valid_until
    if certificate.demand.paid_on is None:
        return "reversed", "stop", gettext("This licence is not valid: the payment for it was taken back")
    if standing in (Standing.CLOSED, Standing.DELETED):
        return standing.value, "stop", gettext("This licence was genuine, but it is not in use any more")
    if until is not None and until < on:
        return "expired", "wait", gettext("This licence is genuine, but its years are over")
    return "valid", "good", gettext("This licence is genuine and valid until {day}").format(day=day_text(until))
