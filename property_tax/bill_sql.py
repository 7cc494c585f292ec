"""The columns that make the facts of a bill and of its assessee, for every statement that computes dues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from property_tax.rules.facts import AssesseeFacts, Credit, DemandFacts

# `a` is the assessee, `on` a parameter.
ASSESSEE_COLUMNS = """a.ward_id, a.annual_value_paise, a.bills_by_email,
       ARRAY(SELECT scheme FROM property_tax_waiverapplication s
              WHERE s.assessee_id = a.id AND s.approved_on <= %(on)s ORDER BY s.approved_on) AS waivers"""
ASSESSEE_WIDTH = 4
# `d` is the bill. Few bills have been paid in part; of the others nothing is asked.
BILL_COLUMNS = """d.demand_number, d.kind, d.financial_year, d.quarter, d.issued_on, d.presented_on, d.rebate_date, d.penalised_on,
       d.paid_on, d.property_tax_paise, d.howrah_bridge_tax_paise, d.commercial_surcharge_paise,
       CASE WHEN d.credited_paise > 0 THEN property_tax_credits_of(d.id, %(on)s) END AS credits"""


def assessee_facts(columns: Sequence[Any]) -> AssesseeFacts:
    """Return the facts of what `ASSESSEE_COLUMNS` brought."""
    return AssesseeFacts._make((*columns[:-1], tuple(columns[-1])))


def demand_facts(columns: Sequence[Any]) -> DemandFacts:
    """Return the facts of what `BILL_COLUMNS` brought."""
    *bill, credits = columns
    return DemandFacts._make((*bill, tuple(part for one in credits or () for part in _credits(*one))))


def _credits(on: str, heads: Mapping[str, int], paid_by: str) -> Iterator[Credit]:
    for head, paise in heads.items():
        yield Credit(date.fromisoformat(on), head, paise, paid_by)
