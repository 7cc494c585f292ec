"""A rule book is read whole or refused whole, each fault with its row."""

from __future__ import annotations

import pytest

from kmc_portal.common.rulebook.faults import BookRefused
from trade_license.rules import book as books
from trade_license.tests.books import CAP, COUNTERS, FEE, FINE, LAST, LIFE, ORDER, SMALL, TERMS, document

WHOLE = (FEE, CAP, SMALL, TERMS, LIFE, LAST, ORDER, COUNTERS, FINE)


def faults(*rows) -> list[tuple[int, str, str]]:
    with pytest.raises(BookRefused) as refused:
        books.parse(document(*rows))
    return [(fault.row, fault.code, fault.field) for fault in refused.value.faults]


def with_heads(*pairs, **changes):
    heads = [{"section": section, "rupees": rupees} for section, rupees in pairs]
    return {**FEE, "heads": heads, "printed_total_rupees": None, **changes}


def test_book_of_every_kind_is_read():
    assert {kind: len(rules) for kind, rules in books.parse(document(*WHOLE)).rules.items()} == {
        row["kind"]: 1 for row in WHOLE
    }


def test_shipped_book_says_where_every_row_comes_from():
    rows = books.shipped()["rules"]

    assert {row["kind"] for row in rows} == set(books.PARSERS) - {"last_date_order"}
    assert all(row["source"] and row["confidence"] for row in rows)


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ({**FEE, "printed_total_rupees": "1301"}, "heads_do_not_add_up", "printed_total_rupees"),
        ({**FEE, "heads": []}, "rule_term_invalid", "heads"),
        (with_heads(("s1999", "50")), "rule_term_invalid", "section"),
        (with_heads(("s199", "-50")), "rule_term_invalid", "rupees"),
        (with_heads(("s199", "50"), ("s199", "60")), "rule_term_invalid", "heads"),
        ({**FEE, "trade": "দোকান"}, "rule_term_invalid", "trade"),
        ({**FEE, "air_conditioned": "sometimes"}, "rule_term_invalid", "air_conditioned"),
        ({**FEE, "above_sq_ft": 500, "up_to_sq_ft": 500}, "rule_term_invalid", "up_to_sq_ft"),
        ({**FEE, "names": {"fr": "Boutique"}}, "rule_term_invalid", "names"),
        ({**FEE, "source": ""}, "rule_term_invalid", "source"),
        ({**FEE, "valid_to": "2009-01-01"}, "rule_term_invalid", "valid_to"),
        ({**CAP, "section": "s1"}, "rule_term_invalid", "section"),
        ({**SMALL, "operator": "about"}, "rule_term_invalid", "operator"),
        ({**SMALL, "limit_sq_ft": 0}, "rule_term_invalid", "limit_sq_ft"),
        ({**SMALL, "drops": ["water"]}, "rule_term_invalid", "drops"),
        ({**TERMS, "years": [3, 1]}, "rule_term_invalid", "years"),
        ({**TERMS, "years": [3, 5]}, "rule_term_invalid", "years"),
        ({**TERMS, "years": [1, 2.5]}, "rule_term_invalid", "years"),
        ({**TERMS, "years": [1, True]}, "rule_term_invalid", "years"),
        ({**LIFE, "trades": []}, "rule_term_invalid", "trades"),
        ({**LIFE, "years": 0}, "rule_term_invalid", "years"),
        ({**LAST, "month_day": "02-30"}, "rule_term_invalid", "month_day"),
        ({**LAST, "month_day": "7-30"}, "rule_term_invalid", "month_day"),
        ({**ORDER, "financial_year": "2026-28"}, "rule_term_invalid", "financial_year"),
        ({**ORDER, "last_date": "2026-03-31"}, "rule_term_invalid", "last_date"),
        ({**COUNTERS, "closed_weekdays": [0]}, "rule_term_invalid", "closed_weekdays"),
        ({**COUNTERS, "holidays": ["Puja"]}, "rule_term_invalid", "holidays"),
        ({**FINE, "bands": [{"after_days": 0}]}, "rule_term_invalid", "bands"),
        ({**FINE, "bands": [{"after_days": 0, "percent": "5", "flat_rupees": "5"}]}, "rule_term_invalid", "bands"),
        ({**FINE, "bands": [{"percent": "5"}]}, "rule_term_invalid", "bands"),
        ({**FINE, "bands": [{"after_days": 0, "percent": "101"}]}, "rule_term_invalid", "percent"),
        ({**FINE, "base": ["fine"]}, "rule_term_invalid", "base"),
        ({**FINE, "least_rupees": "10", "most_rupees": "5"}, "rule_term_invalid", "most_rupees"),
        ({**FINE, "to_rupees": "0"}, "rule_term_invalid", "to_rupees"),
    ],
)
def test_row_that_cannot_be_is_refused_by_its_term(row, code, field):
    assert faults(LAST, row) == [(2, code, field)]


def test_enlistment_fee_above_the_ceiling_is_refused():
    assert faults(CAP, with_heads(("s199", "2501"))) == [(2, "section_above_cap", "s199")]
    assert books.parse(document(CAP, with_heads(("s199", "2500"))))


def test_ceiling_binds_only_while_it_holds():
    assert books.parse(
        document({**CAP, "valid_to": "2010-03-31", "valid_from": "2000-01-01"}, with_heads(("s199", "2501")))
    )


def test_tariff_that_is_not_there_is_refused():
    row = {**with_heads(("s199", "50")), "heads": [{"section": "s333", "tariff": "SWM"}]}
    assert faults(row) == [(1, "tariff_unknown", "s333")]


def test_slabs_of_a_trade_do_not_overlap():
    small = with_heads(("s199", "50"), code="small", up_to_sq_ft=2500)
    large = with_heads(("s199", "60"), code="large", above_sq_ft=2000)

    assert faults(small, large) == [(2, "slabs_overlap", "above_sq_ft")]
    assert books.parse(document(small, {**large, "above_sq_ft": 2500}))


def test_trade_has_one_row_at_a_time():
    again = with_heads(("s199", "60"), code="again", valid_from="2020-04-01")

    assert faults(FEE, again) == [(2, "rules_overlap", "valid_from")]
    assert books.parse(document({**FEE, "valid_to": "2020-03-31"}, again))


def test_rows_for_and_without_air_conditioning_stand_beside_each_other():
    assert books.parse(
        document({**FEE, "air_conditioned": "no"}, with_heads(("s199", "500"), code="ac", air_conditioned="yes"))
    )


def test_terms_have_no_gap():
    old = {**TERMS, "code": "old", "valid_to": "2019-03-31"}
    assert faults(old, {**TERMS, "valid_from": "2020-04-01"}) == [(2, "rules_gap", "valid_from")]
