"""The columns that make the facts of a certificate and of its demands, for every statement that computes dues."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from trade_license.rules.facts import DemandFacts, LicenseFacts, TradeFacts, in_sequence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# `l` is the certificate.
LICENSE_COLUMNS = "l.issued_on, l.valid_until, l.is_for_life, l.closed_on, l.deleted_on"
LICENSE_WIDTH = 5
TRADE_COLUMNS = "l.trade_key, l.is_food, l.is_air_conditioned, l.area_sq_ft"
TRADE_WIDTH = 4
# The demands of a certificate in one column, the oldest first: all of them, or the unpaid ones without their numbers.
DEMANDS = """(
    SELECT jsonb_agg(jsonb_build_array({number}, d.financial_year, d.years, d.issued_on, d.last_date, d.paid_on, d.heads)
                     ORDER BY d.financial_year)
      FROM trade_license_licensedemand d WHERE d.license_id = l.id AND d.cancelled_on IS NULL{only}
)"""
DEMANDS_COLUMN = DEMANDS.format(number="d.demand_number", only="")
UNPAID_COLUMN = DEMANDS.format(number="''", only=" AND d.paid_on IS NULL")


def license_facts(columns: Sequence[Any]) -> LicenseFacts:
    """Return the facts of what `LICENSE_COLUMNS` brought."""
    return LicenseFacts._make(columns)


def trade_facts(columns: Sequence[Any]) -> TradeFacts:
    """Return the facts of what `TRADE_COLUMNS` brought."""
    return TradeFacts._make(columns)


def demand_facts(rows: str | None) -> list[DemandFacts]:
    """Return the facts of what `DEMANDS_COLUMN` brought."""
    # Django leaves JSON of its own statements to the caller.
    return [_demand(*row) for row in (json.loads(rows) if rows else ())]


def _demand(
    number: str, year: int, years: int, issued: str, last: str | None, paid: str | None, heads: Mapping[str, int]
) -> DemandFacts:
    return DemandFacts(number, year, years, date.fromisoformat(issued), _day(last), _day(paid), in_sequence(heads))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
