"""A rule book is loaded whole or refused whole, each fault named; a change needs a second pair of eyes."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from kmc_portal.common.rulebook import keeping
from kmc_portal.common.rulebook.faults import BookRefused
from property_tax import rulebook
from property_tax.models import RuleBookVersion
from property_tax.queries import assessee_dues
from property_tax.rule_services import KEEPING
from property_tax.rules import book as rules
from property_tax.tests.books import COMMON, INTEREST, PENALTY, REBATE, ROUNDING, SHIFT, WAIVER, document
from property_tax.tests.factories import AssesseeFactory, DemandFactory

DAYS = {**COMMON, "kind": "rebate_days", "code": "days", "days": 21}
OWN_DATE = {**COMMON, "kind": "rebate_date", "code": "group", "wards": ["1-9"], "rebate_date": "2026-05-31"}
BRIDGE = {**COMMON, "kind": "howrah_bridge_tax", "code": "bridge", "wards": ["1-100"], "percent": "0.5"}


def slabs(*bounds: tuple[str, str | None]) -> dict:
    rows = [
        {"above_rupees": above, "percent_a_year": "6", **({"up_to_rupees": to} if to else {})} for above, to in bounds
    ]
    return {**INTEREST, "slabs": rows}


def without(row: dict, name: str) -> dict:
    return {key: value for key, value in row.items() if key != name}


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([slabs(("0", "10"), ("5", None))], (1, "rule_term_invalid", "slabs")),
        ([slabs(("0", "10"), ("20", None))], (1, "rule_term_invalid", "slabs")),
        ([slabs(("0", "10"))], (1, "rule_term_invalid", "slabs")),
        ([slabs(("0", None), ("10", None))], (1, "rule_term_invalid", "slabs")),
        ([slabs(("5", None))], (1, "rule_term_invalid", "slabs")),
        ([{**REBATE, "percent": "101"}], (1, "rule_term_invalid", "percent")),
        ([{**REBATE, "percent": "-1"}], (1, "rule_term_invalid", "percent")),
        ([{**REBATE, "percent": 5.5}], (1, "rule_term_invalid", "percent")),
        ([{**REBATE, "percent": "NaN"}], (1, "rule_term_invalid", "percent")),
        ([without(REBATE, "percent")], (1, "rule_term_invalid", "percent")),
        ([without(REBATE, "source")], (1, "rule_term_invalid", "source")),
        ([{**REBATE, "source": ""}], (1, "rule_term_invalid", "source")),
        ([{**REBATE, "confidence": "sure"}], (1, "rule_term_invalid", "confidence")),
        ([{**REBATE, "valid_from": "2026-02-30"}], (1, "rule_term_invalid", "valid_from")),
        ([{**REBATE, "valid_to": "2009-01-01"}], (1, "rule_term_invalid", "valid_to")),
        ([{**REBATE, "kind": "gift"}], (1, "rule_term_invalid", "kind")),
        ([{**PENALTY, "after_days": -1}], (1, "rule_term_invalid", "after_days")),
        ([{**PENALTY, "starts": "someday"}], (1, "rule_term_invalid", "starts")),
        ([{**WAIVER, "steps": []}], (1, "rule_term_invalid", "steps")),
        ([{**SHIFT, "holidays": ["Durga Puja"]}], (1, "rule_term_invalid", "holidays")),
        ([{**DAYS, "days": 0}], (1, "rule_term_invalid", "days")),
        ([{**OWN_DATE, "wards": []}], (1, "rule_term_invalid", "wards")),
        ([{**OWN_DATE, "wards": ["9-1"]}], (1, "rule_term_invalid", "wards")),
        ([{**OWN_DATE, "wards": ["140-145"]}], (1, "rule_term_invalid", "wards")),
        ([{**OWN_DATE, "wards": [0]}], (1, "rule_term_invalid", "wards")),
        ([{**OWN_DATE, "wards": [True]}], (1, "rule_term_invalid", "wards")),
        ([{**OWN_DATE, "wards": "1-9"}], (1, "rule_term_invalid", "wards")),
        ([{**OWN_DATE, "rebate_date": "2009-01-01"}], (1, "rule_term_invalid", "rebate_date")),
        ([OWN_DATE, {**OWN_DATE, "code": "again", "wards": [1, 9]}], (2, "rules_overlap", "valid_from")),
        ([BRIDGE, {**BRIDGE, "code": "again", "wards": ["50"]}], (2, "rules_overlap", "valid_from")),
        ([{**BRIDGE, "percent": "101"}], (1, "rule_term_invalid", "percent")),
        ([{**ROUNDING, "quarter_to_rupees": "0"}], (1, "rule_term_invalid", "quarter_to_rupees")),
        ([REBATE, {**REBATE, "code": "again"}], (2, "rules_overlap", "valid_from")),
        (
            [{**REBATE, "valid_to": "2020-03-31"}, {**REBATE, "valid_from": "2020-05-01"}],
            (2, "rules_gap", "valid_from"),
        ),
        (
            [{**REBATE, "valid_to": "2020-04-01"}, {**REBATE, "valid_from": "2020-04-01"}],
            (2, "rules_overlap", "valid_from"),
        ),
        ([WAIVER, WAIVER], (2, "rule_repeated", "code")),
        ([], (0, "no_rules", "rules")),
        (["rebate"], (1, "rule_term_invalid", "rules")),
    ],
)
def test_fault_is_named_with_its_row(rows, fault):
    with pytest.raises(BookRefused) as refused:
        rules.parse({"rules": rows})

    [found] = refused.value.faults
    assert (found.row, found.code, found.field) == fault


def test_every_fault_is_named_at_once():
    with pytest.raises(BookRefused) as refused:
        rules.parse(document({**REBATE, "percent": "101"}, without(PENALTY, "source"), {**INTEREST, "basis": "week"}))

    assert [(fault.row, fault.field) for fault in refused.value.faults] == [(1, "percent"), (2, "source"), (3, "basis")]


def test_rules_that_follow_each_other_by_a_day_are_accepted():
    earlier, later = {**REBATE, "valid_to": "2020-03-31"}, {**REBATE, "code": "next", "valid_from": "2020-04-01"}

    assert len(rules.parse(document(later, earlier)).rules["rebate"]) == 2


def test_shipped_book_charges_nothing_whose_rate_is_not_known():
    assumed = {rule.code for kind in rules.BOOK.rules.values() for rule in kind if rule.confidence == "assumption"}

    assert {"interest_not_yet_given", "penalty_not_yet_given"} <= assumed
    assert (rules.BOOK.interest, rules.BOOK.penalties) == ((), ())


def load(*rows, now, maker="anita", approver="bimal") -> RuleBookVersion:
    version = KEEPING.load_rules(document(*rows), maker=maker, now=now)
    KEEPING.preview_version(version.pk, now=now)
    return KEEPING.approve_rules(version.pk, approver=approver, now=now)


def test_wards_may_be_without_a_rule_for_a_time():
    earlier, later = {**BRIDGE, "valid_to": "2012-03-31"}, {**BRIDGE, "valid_from": "2017-04-01", "wards": ["1-50", 60]}

    found = rules.parse(document(earlier, later))

    days = (date(2011, 1, 1), date(2015, 1, 1), date(2018, 1, 1))
    assert [[bool(found.bridge_tax(ward, day)) for ward in (50, 60, 61, 101)] for day in days] == [
        [True, True, True, False],
        [False] * 4,
        [True, True, False, False],
    ]


@pytest.mark.django_db
def test_book_is_in_force_once_a_second_clerk_approves_it(now):
    version = KEEPING.load_rules(document(REBATE), maker="anita", now=now)
    assert rulebook.current() is rules.BOOK

    with pytest.raises(keeping.ApproverIsMaker):
        KEEPING.approve_rules(version.pk, approver="anita", now=now)
    with pytest.raises(keeping.RuleBookNotPreviewed):
        KEEPING.approve_rules(version.pk, approver="bimal", now=now)
    assert (KEEPING.preview_waiting(now=now), KEEPING.preview_waiting(now=now)) == (1, 0)
    KEEPING.approve_rules(version.pk, approver="bimal", now=now)

    assert list(rulebook.current().rules) == ["rebate", "rounding"]


@pytest.mark.django_db
def test_book_in_force_decides_the_dues_of_the_next_enquiry(now, django_assert_num_queries):
    assessee = AssesseeFactory(assessee_number="110260100051")
    DemandFactory(assessee=assessee, property_tax_paise=200_000, howrah_bridge_tax_paise=0)

    load({**REBATE, "percent": "10"}, now=now)

    assert assessee_dues(assessee_number="110260100051", on=now.date()).dues.total_paise == 180_000
    with django_assert_num_queries(1):
        assessee_dues(assessee_number="110260100051", on=now.date())


@pytest.mark.django_db
def test_same_book_again_is_refused_and_an_earlier_one_may_return(now):
    load(REBATE, now=now)

    with pytest.raises(keeping.RuleBookKnown):
        load(REBATE, now=now)
    load(REBATE, PENALTY, now=now)
    load(REBATE, now=now)

    assert list(rulebook.current().rules) == ["rebate", "rounding"]


@pytest.mark.django_db
def test_database_refuses_an_approval_by_the_maker(now):
    version = KEEPING.load_rules(document(REBATE), maker="anita", now=now)

    with pytest.raises(IntegrityError, match="rule_book_approved_by_another"), transaction.atomic():
        RuleBookVersion.objects.filter(pk=version.pk).update(approver="anita", approved_at=now)
    with pytest.raises(IntegrityError, match="rule_book_approval_is_whole"), transaction.atomic():
        RuleBookVersion.objects.filter(pk=version.pk).update(approver="bimal")


@pytest.mark.django_db
def test_preview_says_how_many_assessees_and_how_much(now):
    for _ in range(3):
        DemandFactory(property_tax_paise=200_000, howrah_bridge_tax_paise=0)
    DemandFactory(property_tax_paise=0, howrah_bridge_tax_paise=0)

    found = KEEPING.preview_rules(document({**REBATE, "percent": "10"}), on=now.date())

    assert found == {"checked": 4, "changed": 3, "before_paise": 570_000, "after_paise": 540_000}
