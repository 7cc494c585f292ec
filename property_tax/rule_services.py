"""Writing: loading a rule book, looking at what it would change, and putting it in force with a second pair of eyes."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from property_tax import rulebook
from property_tax.bill_sql import ASSESSEE_COLUMNS, ASSESSEE_WIDTH, BILL_COLUMNS, assessee_facts, demand_facts
from property_tax.models import RuleBookVersion
from property_tax.rules import book
from property_tax.rules.dues import dues
from property_tax.rules.faults import BookRefused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from property_tax.rules.book import RuleBook
    from property_tax.rules.facts import AssesseeFacts, DemandFacts

log = structlog.get_logger()


class RuleBookRefused(ServiceError):
    code = "rule_book_refused"
    message = _("The rule book has {count} faults and was not loaded. Please correct the rows named and load it again.")
    field = "file"

    def __init__(self, refused: BookRefused) -> None:
        super().__init__(count=len(refused.faults))
        self.faults = refused.faults


class RuleBookKnown(ServiceError):
    code = "rule_book_known"
    message = _("This rule book is the one in force, version {version}. Nothing was changed.")
    field = "file"
    http_status = 409


class ApproverIsMaker(ServiceError):
    code = "approver_is_maker"
    message = _("A rule book is approved by somebody other than who loaded it. Please ask a colleague.")
    field = "approver"
    http_status = 409


def parsed(document: Any) -> RuleBook:
    """Return the book of a document. :raises RuleBookRefused: with every fault of every row"""
    try:
        return book.parse(document)
    except BookRefused as refused:
        raise RuleBookRefused(refused) from refused


def load_rules(document: Any, *, maker: str, now: datetime) -> RuleBookVersion:
    """Store a rule book as a new version, not yet in force.

    :raises RuleBookRefused: with every fault of every row; nothing is stored
    :raises RuleBookKnown: the same book is in force; an earlier one may be loaded again
    """
    parsed(document)
    sha256 = rulebook.digest(document)
    in_force = RuleBookVersion.objects.exclude(approved_at=None).order_by("-pk").first()
    if in_force and in_force.sha256 == sha256:
        raise RuleBookKnown(version=in_force.pk)
    return RuleBookVersion.objects.create(content=document, sha256=sha256, maker=maker, loaded_at=now)


@transaction.atomic
def approve_rules(version: int, *, approver: str, now: datetime) -> RuleBookVersion:
    """Put a version in force from now on. :raises ApproverIsMaker: nobody approves what he loaded himself"""
    found = RuleBookVersion.objects.select_for_update().get(pk=version)
    if found.maker == approver:
        raise ApproverIsMaker
    if found.approved_at is None:
        found.approver, found.approved_at = approver, now
        found.save(update_fields=["approver", "approved_at"])
        log.info("rules_approved", version=found.pk)
    return found


def preview_rules(document: Any, *, on: date) -> dict[str, int]:
    """Return what a book would change of today's dues: `{"checked", "changed", "before_paise", "after_paise"}`.

    Every assessee with an unpaid bill is computed under both books, in one pass of constant memory.

    :raises RuleBookRefused: the book has faults
    """
    after, before = parsed(document), rulebook.current()
    found = {"checked": 0, "changed": 0, "before_paise": 0, "after_paise": 0}
    for facts, bills in _unpaid(on):
        old, new = _total(bills, facts, before, on), _total(bills, facts, after, on)
        found["checked"] += 1
        found["changed"] += old != new
        found["before_paise"] += old
        found["after_paise"] += new
    return found


def _total(bills: list[DemandFacts], facts: AssesseeFacts, rules: RuleBook, on: date) -> int:
    return dues(bills, as_of=on, book=rules, assessee=facts).total_paise


UNPAID = f"""
SELECT a.id, {ASSESSEE_COLUMNS}, {BILL_COLUMNS}
  FROM property_tax_demand d JOIN property_tax_assessee a ON a.id = d.assessee_id AND a.status = 'active'
 WHERE d.issued_on <= %(on)s AND (d.paid_on IS NULL OR d.paid_on > %(on)s)
 ORDER BY a.id
"""


FACTS, BILL = slice(1, 1 + ASSESSEE_WIDTH), slice(1 + ASSESSEE_WIDTH, None)


def _unpaid(on: date) -> Iterator[tuple[AssesseeFacts, list[DemandFacts]]]:
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(UNPAID, {"on": on})
        for _assessee, rows in groupby(cursor, key=lambda row: row[0]):
            bills = list(rows)
            yield assessee_facts(bills[0][FACTS]), [demand_facts(row[BILL]) for row in bills]
