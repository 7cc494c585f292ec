"""Reading: what the whole city owes as of a day, computed when it is asked for. Nothing is stored, nothing updated nightly.

One statement multiplies every bill by the factors of its group (`rules.factors`). Assessees with a bill paid in part, or with
an approved waiver, are few; they go through the calculator one by one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from kmc_portal.common.dues import Line
from property_tax import rulebook
from property_tax.bill_sql import ASSESSEE_COLUMNS, ASSESSEE_WIDTH, BILL_COLUMNS, assessee_facts, demand_facts
from property_tax.rules.dues import dues
from property_tax.rules.factors import NOTHING, Factors, Group, alike_wards, factors_of, value_bounds, values_between
from property_tax.rules.facts import TAX_HEADS, AssesseeFacts, DemandFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from property_tax.rules.book import RuleBook

    Sums = dict[tuple[int, str], Counter[str]]


@dataclass(frozen=True, slots=True)
class Owed:
    """What a ward owes under one heading, in paise by head; deductions are negative."""

    ward: int
    heading: str
    bills: int
    by_head: dict[str, int]

    @property
    def total_paise(self) -> int:
        return sum(self.by_head.values())


UNLIKE = """
SELECT assessee_id FROM property_tax_demand WHERE credited_paise > 0
UNION SELECT assessee_id FROM property_tax_waiverapplication WHERE approved_on <= %(on)s"""
# A day that is not there joins like any other.
NEVER = "DATE '0001-01-01'"
KEYS = {
    "alike": "int",
    "value": "bigint",
    "kind": "text",
    "financial_year": "int",
    "quarter": "int",
    "issued_on": "date",
    "presented_on": "date",
    "rebate_date": "date",
    "penalised_on": "date",
}
BILLS = f"""
SELECT d.assessee_id, a.ward_id, a.bills_by_email AS by_email, (%(alike)s::int[])[a.ward_id] AS alike,
       (%(values)s::bigint[])[1 + width_bucket(a.annual_value_paise - 1, %(bounds)s::bigint[])] AS value,
       d.kind::text, d.financial_year::int, d.quarter::int, d.issued_on, coalesce(d.presented_on, {NEVER}) AS presented_on,
       coalesce(d.rebate_date, {NEVER}) AS rebate_date, coalesce(d.penalised_on, {NEVER}) AS penalised_on,
       d.property_tax_paise + d.howrah_bridge_tax_paise + d.commercial_surcharge_paise AS gross
  FROM property_tax_demand d JOIN property_tax_assessee a ON a.id = d.assessee_id AND a.status = 'active'
 WHERE d.issued_on <= %(on)s AND (d.paid_on IS NULL OR d.paid_on > %(on)s)
   AND NOT EXISTS (SELECT FROM unlike u WHERE u.assessee_id = d.assessee_id)
OFFSET 0"""  # a fence: the planner shall read the bills first, and not take the nine keys of their groups apart
WITH = f"WITH unlike AS MATERIALIZED ({UNLIKE})"
GROUPS = f"{WITH} SELECT DISTINCT {', '.join(KEYS)} FROM ({BILLS}) AS b"
# The quarter first, then what is taken off or added, as `rules.dues.bill_lines` does it.
AMOUNTS = f"""(
    SELECT b.assessee_id, b.ward_id, f.heading, q.tax, r.rebate, r.online_rebate, {{penalty}} AS penalty, {{interest}} AS interest,
           (n.net + f.net_step / 2) / f.net_step * f.net_step - n.net AS rounding
      FROM ({BILLS}) AS b
      JOIN unnest({{arrays}}) AS f ({{columns}}) USING ({", ".join(KEYS)})
     CROSS JOIN LATERAL (SELECT (b.gross + f.step / 2) / f.step * f.step AS tax) AS q
     CROSS JOIN LATERAL (SELECT - {{rebate}} AS rebate,
                                CASE WHEN b.by_email THEN - least({{online}}, f.online_cap) ELSE 0 END AS online_rebate) AS r
     CROSS JOIN LATERAL (SELECT q.tax + r.rebate + r.online_rebate AS net) AS n
) AS amounts"""
HEADS = ("tax", "rebate", "online_rebate", "rounding", "interest", "penalty")
TOTAL = " + ".join(HEADS)
COMPARED = ("checked", "changed", "before_paise", "after_paise")
OF_UNLIKE = f"""
SELECT a.id, {ASSESSEE_COLUMNS}, {BILL_COLUMNS}
  FROM property_tax_demand d JOIN property_tax_assessee a ON a.id = d.assessee_id AND a.status = 'active'
 WHERE d.issued_on <= %(on)s AND (d.paid_on IS NULL OR d.paid_on > %(on)s) AND a.id IN ({UNLIKE})
 ORDER BY a.id
"""
FACTS, BILL = slice(1, 1 + ASSESSEE_WIDTH), slice(1 + ASSESSEE_WIDTH, None)
# A bill of ten thousand crore rupees, times this, still fits 64 bits; larger numerators are computed as numbers of any length.
WIDEST = 9_000_000


def whole_book(*, on: date, book: RuleBook | None = None) -> list[Owed]:
    """Return what every ward owes under every heading on a day, by the rule book in force or by `book`.

    Wards and headings without an unpaid bill are left out. Closed numbers owe nothing that could be paid.
    """
    rules = book or rulebook.current()
    select = f"SELECT ward_id, heading, count(*), {', '.join(f'sum({head})::bigint' for head in HEADS)} FROM {{}} GROUP BY 1, 2"
    found: Sums = {
        (ward, heading): Counter({"bills": bills, **dict(zip(HEADS, sums, strict=True))})
        for ward, heading, bills, *sums in _asked(select, on, rules)
    }
    for facts, bills in _unlike(on):
        for heading, part in dues(bills, as_of=on, book=rules, assessee=facts).headings.items():
            _add(found, (facts.ward, heading), part.lines)
    return [
        Owed(ward, heading, sums.pop("bills"), {head: paise for head, paise in sums.items() if paise})
        for (ward, heading), sums in sorted(found.items())
    ]


def difference(*, on: date, before: RuleBook, after: RuleBook) -> dict[str, int]:
    """Return how two books differ over all unpaid bills: `{"checked", "changed", "before_paise", "after_paise"}`.

    `checked` counts assessees with an unpaid bill, `changed` those whose total is another.
    """
    select = f"""
    SELECT count(*), count(*) FILTER (WHERE was <> becomes), coalesce(sum(was), 0)::bigint, coalesce(sum(becomes), 0)::bigint
      FROM (SELECT assessee_id, sum(was) AS was, sum(becomes) AS becomes
              FROM (SELECT assessee_id, {TOTAL} AS was, 0 AS becomes FROM {{}}
                    UNION ALL SELECT assessee_id, 0, {TOTAL} FROM {{}}) AS both_ways GROUP BY assessee_id) AS totals"""
    (counts,) = _asked(select, on, before, after)
    found = Counter(dict(zip(COMPARED, counts, strict=True)))
    for facts, bills in _unlike(on):
        old, new = (dues(bills, as_of=on, book=book, assessee=facts).total_paise for book in (before, after))
        found.update({"checked": 1, "changed": int(old != new), "before_paise": old, "after_paise": new})
    return {name: found[name] for name in COMPARED}


def _asked(select: str, on: date, *books: RuleBook) -> list[tuple[Any, ...]]:
    """Return the rows of a select whose every `{}` is the amounts of each like bill by one of the books."""
    bounds = value_bounds(books)
    values: dict[str, Any] = {"on": on, "alike": alike_wards(books), "values": values_between(bounds)}
    values["bounds"] = bounds or [2**62]
    with connection.cursor() as cursor:
        cursor.execute(GROUPS, values)
        groups = cursor.fetchall()
        amounts = [_amounts(groups, on, book, f"_{place}", values) for place, book in enumerate(books)]
        cursor.execute(f"{WITH} {select.format(*amounts)}", values)
        return list(cursor.fetchall())


def _amounts(groups: Sequence[tuple[Any, ...]], on: date, book: RuleBook, suffix: str, values: dict[str, Any]) -> str:
    """Return a sub-select of the amounts of every like bill by a book; what it needs goes into `values`."""
    factors = [factors_of(_group(row), on, book) for row in groups]
    columns = dict(zip(KEYS, ([row[place] for row in groups] for place in range(len(KEYS))), strict=True))
    columns |= {
        "heading": [each.heading for each in factors],
        "step": [each.quarter_step_paise for each in factors],
        "net_step": [each.net_step_paise for each in factors],
        "online_cap": [each.online_cap_paise for each in factors],
    }
    types = {**KEYS, "heading": "text", "step": "bigint", "net_step": "bigint", "online_cap": "bigint"}
    terms = {}
    fractions = _fractions(factors)
    is_narrow = all(each.numerator <= WIDEST for column in fractions.values() for each in column)
    for name, column in fractions.items():
        columns |= {
            f"{name}_n": [each.numerator for each in column],
            f"{name}_d": [each.denominator for each in column],
        }
        types |= dict.fromkeys((f"{name}_n", f"{name}_d"), "bigint" if is_narrow else "numeric")
        terms[name] = (
            f"(q.tax * f.{name}_n / f.{name}_d)" if is_narrow else f"div(q.tax * f.{name}_n, f.{name}_d)::bigint"
        )
    values |= {f"{name}{suffix}": column for name, column in columns.items()}
    return AMOUNTS.format(
        arrays=", ".join(f"%({name}{suffix})s::{types[name]}[]" for name in columns),
        columns=", ".join(columns),
        interest=" + ".join(["0", *(term for name, term in terms.items() if name.startswith("interest"))]),
        **{name: terms[name] for name in ("rebate", "online", "penalty")},
    )


def _fractions(factors: Sequence[Factors]) -> dict[str, list[Fraction]]:
    """Return the fractions of all groups by name, the parts of the interest numbered."""
    parts = max((len(each.interest) for each in factors), default=0)
    found = {
        "rebate": [each.rebate for each in factors],
        "online": [each.online for each in factors],
        "penalty": [each.penalty for each in factors],
    }
    for part in range(parts):
        found[f"interest_{part}"] = [(*each.interest, *[NOTHING] * parts)[part] for each in factors]
    return found


def _group(row: tuple[Any, ...]) -> Group:
    """Return the group of a row; a day that is never is none."""
    return Group(*row[:6], *(None if day.year == 1 else day for day in row[6:]))


def _add(found: Sums, place: tuple[int, str], lines: Sequence[Line]) -> None:
    """Add lines that the calculator made."""
    sums = found.setdefault(place, Counter()) if lines else Counter()
    sums["bills"] += len({line.demand_number for line in lines})
    for line in lines:
        is_tax = line.head in TAX_HEADS and line.rule != "net_to_rupee"
        sums["tax" if is_tax else line.head] += line.amount_paise


def _unlike(on: date) -> Iterator[tuple[AssesseeFacts, list[DemandFacts]]]:
    """Yield the assessees that no group stands for, with their unpaid bills."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(OF_UNLIKE, {"on": on})
        for _assessee, rows in groupby(cursor, key=lambda row: row[0]):
            bills = list(rows)
            yield assessee_facts(bills[0][FACTS]), [demand_facts(row[BILL]) for row in bills]
