"""What a certificate is worth on a day: valid, expired, due, closed, or a number for which nothing has been paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from trade_license.rules.fines import last_date
from trade_license.states import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trade_license.rules.book import RuleBook
    from trade_license.rules.facts import DemandFacts, LicenseFacts


@dataclass(frozen=True, slots=True)
class Worth:
    """A standing with the day that matters for it: until when it is valid, or since when it is closed."""

    standing: Standing
    until: date | None


# LAW validity: a paid demand is the certificate, for the financial years that it asks for. A number that was allotted and not
#     paid for is no certificate. source: KMC portal, procedure (KMC-PROC) and trade licence (KMC-TL); confidence: official
def standing(facts: LicenseFacts, demands: Sequence[DemandFacts], on: date, book: RuleBook) -> Worth:
    """Return what a certificate is worth on a day."""
    if facts.deleted_on and facts.deleted_on <= on:
        return Worth(Standing.DELETED, facts.deleted_on)
    if facts.closed_on and facts.closed_on <= on:
        return Worth(Standing.CLOSED, facts.closed_on)
    if facts.is_for_life:
        return Worth(Standing.ACTIVE, None)
    until = valid_until(facts, demands, on)
    if until is None:
        return Worth(Standing.ALLOTTED, None)
    if until >= on:
        return Worth(Standing.ACTIVE, until)
    return Worth(_expired(demands, on, book), until)


def valid_until(facts: LicenseFacts, demands: Sequence[DemandFacts], on: date) -> date | None:
    """Return the last day that is paid for, without a year's gap from the day asked about; None when nothing is.

    A year that was left out ends the certificate: later years, paid in advance, count from their own first day.
    """
    paid = [demand for demand in demands if demand.is_settled(on)]
    until = facts.valid_until if facts.issued_on and facts.issued_on <= on else None
    for demand in sorted(paid, key=lambda one: one.financial_year):
        begins = demand.first_year.first_day
        if until is None or begins <= on or begins <= until + timedelta(days=1):
            until = max(until, demand.last_day) if until else demand.last_day
    return until


def _expired(demands: Sequence[DemandFacts], on: date, book: RuleBook) -> Standing:
    """Return whether renewing still costs no fine, or does, or nothing at all was demanded."""
    owed = [demand for demand in demands if demand.is_owed(on)]
    if not owed:
        return Standing.EXPIRED
    lasts = [last_date(demand, on, book) for demand in owed]
    return Standing.DUE if all(last is None or on <= last for last in lasts) else Standing.OVERDUE
