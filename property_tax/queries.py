"""Reading: who an assessee is and what is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kmc_portal.common.dues import Dues
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.masking import masked_name
from payments.kept.advances import ADVANCE_OF
from property_tax.bill_sql import ASSESSEE_COLUMNS, ASSESSEE_WIDTH, BILL_COLUMNS, assessee_facts, demand_facts
from property_tax.inputs import printed
from property_tax.models import WaiverApplication
from property_tax.order_lines import order_lines
from property_tax.rulebook import IN_FORCE, of_version
from property_tax.rules.appropriation import appropriate
from property_tax.rules.dues import dues
from property_tax.states import ALL_HEADINGS, KIND, AssesseeStatus

if TYPE_CHECKING:
    from datetime import date

    from kmc_portal.common.dues import Line
    from property_tax.rules.book import RuleBook


class AssesseeNotFound(ServiceError):
    code = "assessee_not_found"
    message = _(
        "No property is registered under {assessee_number}. Please check the number on the bill and send it again."
    )
    field = "assessee_number"
    http_status = 404


class AssesseeClosed(ServiceError):
    code = "assessee_closed"
    message = _(
        "The assessee number {assessee_number} is closed and cannot be paid under. "
        "Please ask the Assessment department, or send another number."
    )
    field = "assessee_number"
    http_status = 409


PARTICULARS = (gettext_noop("Assessee number"), gettext_noop("Owner"), gettext_noop("Premises"), gettext_noop("Ward"))


@dataclass(frozen=True, slots=True)
class AssesseeSummary:
    """What an unproven enquirer may see: the owner's name is masked."""

    assessee_number: str
    masked_owner: str
    premises: str
    ward: int
    borough: int

    @property
    def printed_number(self) -> str:
        return printed(self.assessee_number)


def particulars(assessee: AssesseeSummary) -> list[list[str]]:
    """Return what every paper says of whom it is about: labels, which are message ids, with their values."""
    values = (assessee.printed_number, assessee.masked_owner, assessee.premises, str(assessee.ward))
    return [list(pair) for pair in zip(PARTICULARS, values, strict=True)]


@dataclass(frozen=True, slots=True)
class AssesseeDues:
    """An assessee with everything due as of a day, and what is kept in advance for the next bill, as it is now."""

    assessee: AssesseeSummary
    dues: Dues
    book: RuleBook
    advance_paise: int

    @property
    def takes_part_payments(self) -> bool:
        rule = self.book.appropriation(self.dues.as_of)
        return rule is not None and rule.is_part_allowed


# One statement, one round trip: this is the query that every citizen's visit makes. Which rule book is in force comes with
# it, so that no process goes on with an old one.
DUES_SQL = f"""
WITH found AS MATERIALIZED (
    SELECT a.id, a.status, a.owner_name, a.premises_number, a.street_name, w.borough, ({IN_FORCE}) AS rules,
           {ADVANCE_OF.format(kind="%(kind)s", reference="a.assessee_number")} AS advance, {ASSESSEE_COLUMNS}
      FROM property_tax_assessee a JOIN property_tax_ward w ON w.number = a.ward_id WHERE a.assessee_number = %(number)s
)
SELECT a.status, a.owner_name, a.premises_number, a.street_name, a.borough, a.rules, a.advance,
       a.ward_id, a.annual_value_paise, a.bills_by_email, a.waivers, {BILL_COLUMNS}
  FROM found a
  LEFT JOIN property_tax_demand d
         ON d.assessee_id = a.id AND d.issued_on <= %(on)s AND (d.paid_on IS NULL OR d.paid_on > %(on)s)
 ORDER BY d.financial_year, d.quarter, d.kind, d.demand_number
"""
SHOWN = slice(0, 7)
BILL = 7 + ASSESSEE_WIDTH
FACTS = slice(7, BILL)


def assessee_dues(*, assessee_number: str, on: date, at_counter: bool = False) -> AssesseeDues:
    """Return an assessee and everything due as of a day, in one query. `assessee_number` is clean.

    A counter gives no rebate for paying online.

    :raises AssesseeNotFound: no such assessee
    :raises AssesseeClosed: the number is closed
    """
    with connection.cursor() as cursor:
        cursor.execute(DUES_SQL, {"kind": KIND, "number": assessee_number, "on": on})
        rows = cursor.fetchall()
    if not rows:
        raise AssesseeNotFound(assessee_number=printed(assessee_number))
    status, owner, premises_number, street, borough, version, advance = rows[0][SHOWN]
    if status == AssesseeStatus.CLOSED:
        raise AssesseeClosed(assessee_number=printed(assessee_number))
    facts, book = assessee_facts(rows[0][FACTS]), of_version(version)
    if at_counter:
        facts = facts._replace(bills_by_email=False)
    bills = [demand_facts(row[BILL:]) for row in rows if row[BILL] is not None]
    premises = f"{premises_number} {street}".strip()
    summary = AssesseeSummary(assessee_number, masked_name(owner), premises, facts.ward, borough)
    return AssesseeDues(summary, dues(bills, as_of=on, book=book, assessee=facts), book, advance)


def payable_lines(found: AssesseeDues, scope: str) -> list[tuple[str, Line]]:
    """Return the lines of one heading, or of all, each with its heading."""
    return [
        (name, line)
        for name, heading in found.dues.headings.items()
        if scope in (name, ALL_HEADINGS)
        for line in heading.lines
    ]


def waiver_applications(assessee_number: str) -> list[WaiverApplication]:
    """Return an assessee's applications to waiver schemes, the latest first. One query."""
    return list(WaiverApplication.objects.filter(assessee__assessee_number=assessee_number).order_by("-pk"))


def appropriated(
    *, assessee_number: str, amount_paise: int, on: date, book: RuleBook | None = None
) -> list[dict[str, Any]]:
    """Return what an amount would pay of everything due on a day, as lines of an order, by the rule in force or in `book`.

    Without a rule it pays nothing.

    :raises AssesseeNotFound, AssesseeClosed: as the look-up says
    """
    found = assessee_dues(assessee_number=assessee_number, on=on)
    rule = (book or found.book).appropriation(on)
    return order_lines(found.dues, appropriate(found.dues.lines, amount_paise, rule)) if rule else []
