"""A citizen's papers as PDF, in the active language: bill, statement of account, no-dues certificate."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common import paper, pdf
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import long_date, period
from kmc_portal.common.web import public_url
from property_tax.explanations import explain
from property_tax.order_lines import HEAD_LABELS
from property_tax.queries import particulars
from property_tax.states import Heading

if TYPE_CHECKING:
    from datetime import datetime

    from kmc_portal.common.dues import Line
    from property_tax.models import NoDuesCertificate
    from property_tax.queries import AssesseeDues
    from property_tax.statements import Statement

BILL_TITLES = {
    Heading.PD: _("Periodic demand (PD)"),
    Heading.FS: _("Fresh or supplementary bill (F/S)"),
    Heading.LOI: _("Letter of intimation (LOI)"),
}
STATEMENT_COLUMNS = (_("Date"), _("What"), _("Number"), _("Period"), _("Amount"), _("Balance"))


def certificate_paper(certificate: NoDuesCertificate) -> bytes:
    """Return a no-dues certificate; the same bytes each time."""
    number = dict(certificate.particulars)["Assessee number"]
    sentence = gettext(
        "As of {day}, nothing is due to the corporation as property tax under the assessee number {number}: "
        "neither under current PD, nor under current F/S, nor under outstanding (LOI)."
    )
    values = paper.frame(
        title=gettext("No-dues certificate"),
        subtitle=gettext("Property tax"),
        number_label=gettext("Certificate number"),
        number=certificate.certificate_number,
        particulars=certificate.particulars,
        notes=[
            gettext("It says nothing of bills that are issued later."),
            gettext("This certificate is computer generated and needs no signature."),
        ],
        qr=public_url("payments:verify_code", certificate.code),
        verify_label=gettext("Scan the code, or open this address, to see what has become due since."),
        verify_url=public_url("payments:verify"),
        code=certificate.code,
    )
    details = [[gettext("Issued on"), long_date(certificate.issued_on)]]
    sentence = sentence.format(day=long_date(certificate.issued_on), number=number)
    return _rendered("certificate", {**values, "sentence": sentence, "details": details}, at=certificate.issued_at)


def statement_paper(statement: Statement, *, now: datetime) -> bytes:
    """Return a statement of account, on as many pages as it takes."""
    found = statement.found
    rows = [
        [
            long_date(entry.on),
            gettext(entry.label),
            entry.reference,
            period(entry.period),
            rupee_text(entry.amount_paise),
            rupee_text(balance),
        ]
        for entry, balance in statement.balances()
    ]
    values = {
        **_about_dues(found, gettext("Statement of account")),
        "details": [
            [gettext("From"), long_date(statement.since)],
            [gettext("To"), long_date(statement.until)],
        ],
        "columns": [str(name) for name in STATEMENT_COLUMNS],
        "rows": rows,
        "opening_label": gettext("Unpaid before"),
        "opening": rupee_text(statement.opening_paise),
        "closing_label": gettext("Unpaid of the bills"),
        "closing": rupee_text(statement.closing_paise),
        "added": [[gettext(label), rupee_text(paise)] for label, paise in statement.added],
        "due_label": gettext("Due on {day}").format(day=long_date(statement.until)),
        "due": rupee_text(statement.due_paise),
    }
    return _rendered("statement", values, at=now)


def bill_paper(found: AssesseeDues, heading: Heading, *, now: datetime) -> bytes:
    """Return what is due under one heading, every line with its reason, as of the day of the dues."""
    lines = found.dues.headings[heading].lines
    values = {
        **_about_dues(found, str(BILL_TITLES[heading])),
        "details": [[gettext("As of"), long_date(found.dues.as_of)], [gettext("Heading"), str(heading.label)]],
        "amount_label": gettext("Amount"),
        "bill_label": gettext("To pay"),
        "bills": [_bill(list(of_bill)) for _number, of_bill in groupby(lines, key=lambda line: line.demand_number)],
        "total_label": gettext("Total"),
        "total": rupee_text(found.dues.headings[heading].payable_paise),
        "clock": _clock(found),
    }
    return _rendered("bill", values, at=now)


def _clock(found: AssesseeDues) -> str:
    """Return until when the amounts hold, nothing when no dated rule changes them."""
    change = found.dues.next_change
    if change is None:
        return ""
    sentence = gettext(
        "These amounts hold until {day}. After that, everything under all three headings comes to {total}."
    )
    return sentence.format(day=long_date(change.on - timedelta(days=1)), total=rupee_text(change.total_paise))


def _about_dues(found: AssesseeDues, title: str) -> dict[str, Any]:
    """Return the frame of a paper that tells of dues and leads to them."""
    number = found.assessee.printed_number
    return paper.frame(
        title=title,
        subtitle=gettext("Property tax"),
        number_label=gettext("Assessee number"),
        number=number,
        particulars=particulars(found.assessee)[1:],
        notes=[gettext("A copy for information, made from the corporation's books on the day that it names.")],
        qr=f"{public_url('property_tax:enquiry')}?assessee_number={found.assessee.assessee_number}",
        verify_label=gettext("Scan the code to see what is due today, and to pay it on the corporation's own site."),
        verify_url=public_url("property_tax:enquiry"),
    )


def _bill(lines: list[Line]) -> dict[str, Any]:
    return {
        "period": period(lines[0].period),
        "number": lines[0].demand_number,
        "amount": rupee_text(sum(line.amount_paise for line in lines)),
        "lines": [[gettext(HEAD_LABELS[line.head]), _reason(line), rupee_text(line.amount_paise)] for line in lines],
    }


def _reason(line: Line) -> str:
    """Return the reason of a figure that is not the bill's own, with its source."""
    return "" if line.rule == "bill" else f"{explain(line)} ({line.source})"


def _rendered(document: str, values: dict[str, Any], *, at: datetime) -> bytes:
    return pdf.render(document, values, language=get_language() or "en", timestamp=at)


def file_name(*parts: str) -> str:
    """Return the name under which a browser keeps a paper."""
    return "-".join(part.replace("/", "-") for part in parts) + ".pdf"
