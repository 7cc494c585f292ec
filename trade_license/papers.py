"""The certificate of enlistment as PDF, in the active language."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext

from kmc_portal.common import paper, pdf
from kmc_portal.common.clock import IST
from kmc_portal.common.masking import masked_name
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import digits, long_date
from kmc_portal.common.web import public_url
from trade_license.order_lines import HEAD_LABELS
from trade_license.rules.facts import in_sequence
from trade_license.wording import day_text

if TYPE_CHECKING:
    from trade_license.models import Certificate


def certificate_paper(certificate: Certificate, *, is_masked: bool = False) -> bytes:
    """Return a certificate; the same bytes each time. A copy for somebody who has not proved a right to it is masked."""
    demand, holder = certificate.demand, certificate.holder_name
    license = demand.license
    values = paper.frame(
        title=gettext("Certificate of enlistment (trade licence)"),
        subtitle=gettext("Licence department · Kolkata Municipal Corporation Act 1980, s.199"),
        number_label=gettext("Certificate number"),
        number=license.ce_number,
        particulars=[
            [label, holder if label == "Holder" and not is_masked else value]
            for label, value in certificate.particulars
        ][1:],
        notes=[
            gettext("The paid demand is the certificate; statutory clearances must be held before trading starts."),
            gettext("This certificate is computer generated and needs no signature."),
        ],
        qr=public_url("payments:verify_code", certificate.code),
        verify_label=gettext("Scan the code, or open this address, to see whether the licence is valid today."),
        verify_url=public_url("payments:verify"),
        code=certificate.code,
        status=gettext("Copy: the holder's name is hidden") if is_masked else "",
    )
    sentence = gettext("{holder} is enlisted to carry on {trade} at the premises named below, for {years}.").format(
        holder=masked_name(holder) if is_masked else holder,
        trade=license.nature_of_trade,
        years=digits(certificate.years_text),
    )
    values |= {
        "sentence": sentence,
        "details": [
            [gettext("Nature of trade"), license.nature_of_trade],
            [gettext("Demand number"), demand.demand_number],
            [gettext("Issued on"), long_date(certificate.issued_on)],
            [gettext("Valid until"), day_text(certificate.valid_until)],
        ],
        "heads_label": gettext("For"),
        "amount_label": gettext("Amount"),
        "heads": [[gettext(HEAD_LABELS[section]), rupee_text(paise)] for section, paise in in_sequence(demand.heads)],
        "total_label": gettext("Total"),
        "total": rupee_text(demand.amount_paise),
    }
    at = datetime.combine(certificate.issued_on, time(12), IST)
    return pdf.render("license", values, language=get_language() or "en", timestamp=at)


def file_name(certificate: Certificate) -> str:
    """Return the name under which a browser keeps a certificate."""
    return f"{certificate.demand.license.search_key}-{certificate.demand.financial_year}.pdf"
