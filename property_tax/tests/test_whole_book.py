"""The whole city at once, to the paisa what the calculator says of every bill."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from property_tax.models import Assessee, Demand, WaiverApplication
from property_tax.queries import assessee_dues
from property_tax.rules.dues import dues
from property_tax.rules.facts import AssesseeFacts, DemandFacts
from property_tax.tests.books import INTEREST, ONLINE, PENALTY, REBATE, WAIVER, book, document, put_in_force
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from property_tax.tests.test_boundaries import DAY, bills, books
from property_tax.whole_book import difference, whole_book

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
COLUMNS = (
    "kind", "financial_year", "quarter", "issued_on", "presented_on", "rebate_date", "penalised_on", "property_tax_paise",
    "howrah_bridge_tax_paise", "commercial_surcharge_paise",
)  # fmt: skip


def by_the_calculator(rules, on) -> dict[tuple[int, str], tuple[int, int]]:
    """For each ward and heading the number of bills and the total, one assessee after the other."""
    found = Counter()
    count = Counter()
    for assessee in Assessee.objects.filter(status="active"):
        facts, owed = facts_of(assessee)
        for heading, part in dues(owed, as_of=on, book=rules, assessee=facts).headings.items():
            found[assessee.ward_id, heading] += part.payable_paise
            count[assessee.ward_id, heading] += len({line.demand_number for line in part.lines})
    return {place: (count[place], found[place]) for place in found if count[place]}


def facts_of(assessee: Assessee) -> tuple[AssesseeFacts, list[DemandFacts]]:
    facts = AssesseeFacts(assessee.ward_id, assessee.annual_value_paise, assessee.bills_by_email)
    return facts, [
        DemandFacts(
            each.demand_number, each.kind, each.financial_year, each.quarter, each.issued_on, each.presented_on,
            each.rebate_date, each.penalised_on, each.paid_on, each.property_tax_paise, each.howrah_bridge_tax_paise,
            each.commercial_surcharge_paise,
        )
        for each in assessee.demands.all()
    ]  # fmt: skip


def at_once(rules, on) -> dict[tuple[int, str], tuple[int, int]]:
    return {(each.ward, each.heading): (each.bills, each.total_paise) for each in whole_book(on=on, book=rules)}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    books(),
    st.lists(st.tuples(bills(), st.sampled_from([1, 26]), st.booleans(), st.sampled_from([60_000, 1_800_001]))),
    DAY,
)
def test_whole_book_is_the_calculator_bill_by_bill(rules, owed, on):
    Demand.objects.all().delete()
    Assessee.objects.all().delete()
    for place, (each, ward, by_email, value) in enumerate(owed):
        assessee = AssesseeFactory(
            assessee_number=f"11{ward:03}{place:06}1",
            ward__number=ward,
            bills_by_email=by_email,
            annual_value_paise=value,
        )
        days = {name: getattr(each, name) for name in COLUMNS}
        DemandFactory(assessee=assessee, demand_number=f"X-{place}", **days)

    assert at_once(rules, on) == by_the_calculator(rules, on)


def test_amounts_stand_by_head():
    put_in_force(document(REBATE, ONLINE, INTEREST, PENALTY))
    late = AssesseeFactory(assessee_number="110260100051")
    DemandFactory(assessee=late, financial_year=2025, quarter=4, rebate_date=None, property_tax_paise=100_040,
                  howrah_bridge_tax_paise=0, issued_on=date(2026, 4, 15), presented_on=None)  # fmt: skip
    DemandFactory(assessee=AssesseeFactory(assessee_number="110260100062", bills_by_email=True))
    DemandFactory(paid_on=TODAY)
    DemandFactory(assessee=AssesseeFactory(assessee_number="110260100073", status="closed"))

    (found,) = whole_book(on=TODAY)

    assert (found.ward, found.heading, found.bills) == (26, "PD", 2)
    assert found.by_head == {
        "tax": 100_000 + 202_500,
        "interest": 8_000,
        "penalty": 15_000,
        "rebate": -10_125,
        "online_rebate": -2_025,
        "rounding": 50,
    }


def test_bills_in_part_and_waivers_are_counted_with_the_others():
    put_in_force(document(REBATE, INTEREST, WAIVER))
    lines = {
        "financial_year": 2025,
        "quarter": 4,
        "rebate_date": None,
        "issued_on": date(2025, 5, 1),
        "presented_on": None,
    }
    amounts = {"property_tax_paise": 100_000, "howrah_bridge_tax_paise": 0}
    waived = DemandFactory(assessee=AssesseeFactory(assessee_number="110260100051"), **lines, **amounts)
    part = DemandFactory(assessee=AssesseeFactory(assessee_number="110260100062"), **lines, **amounts)
    DemandFactory(assessee=AssesseeFactory(assessee_number="110260100073"), **lines, **amounts)
    WaiverApplication.objects.create(
        assessee=waived.assessee, scheme="graded", applied_on=TODAY, maker="a", approver="b", approved_on=TODAY
    )
    part.credits.create(
        credited_on=date(2026, 5, 31), heads={"property_tax": 60_000}, amount_paise=60_000, paid_by="KP1"
    )
    Demand.objects.filter(pk=part.pk).update(credited_paise=60_000)

    (found,) = whole_book(on=TODAY)

    one_by_one = sum(
        assessee_dues(assessee_number=number, on=TODAY).dues.total_paise
        for number in Assessee.objects.values_list("assessee_number", flat=True)
    )
    assert (found.bills, found.total_paise) == (3, one_by_one)
    assert found.by_head == {
        "tax": 300_000,
        "interest": 8_000 + 8_000 + 2_000 + 2_400,
        "waiver": -4_000,
        "advance": -60_000,
    }


def test_rate_of_many_decimals_is_computed_exactly():
    rules = book({**INTEREST, "basis": "day", "slabs": [{"above_rupees": "0", "percent_a_year": "12.3457"}]})
    DemandFactory(financial_year=2025, rebate_date=None, property_tax_paise=10**13, howrah_bridge_tax_paise=0)

    assert at_once(rules, TODAY) == by_the_calculator(rules, TODAY)


def test_difference_of_two_books_counts_assessees_and_rupees():
    for _ in range(3):
        DemandFactory(property_tax_paise=200_000, howrah_bridge_tax_paise=0)
    DemandFactory(property_tax_paise=0, howrah_bridge_tax_paise=0)

    found = difference(on=TODAY, before=book(REBATE), after=book({**REBATE, "percent": "10"}))

    assert found == {"checked": 4, "changed": 3, "before_paise": 570_000, "after_paise": 540_000}


def test_city_without_bills_owes_nothing():
    assert whole_book(on=TODAY) == []
    assert difference(on=TODAY, before=book(REBATE), after=book(PENALTY)) == {
        "checked": 0, "changed": 0, "before_paise": 0, "after_paise": 0,
    }  # fmt: skip


def test_statements_do_not_grow_with_the_city(django_assert_num_queries):
    put_in_force(document(REBATE))
    for back in range(6):
        DemandFactory(rebate_date=TODAY + timedelta(days=back), presented_on=None)
    whole_book(on=TODAY)

    with django_assert_num_queries(
        4 + 2
    ):  # the book in force, groups, amounts, the unlike; and a savepoint around these
        whole_book(on=TODAY)


def test_command_adds_the_city_up(capsys):
    DemandFactory()

    call_command("whole_book", on=TODAY, json=True)

    found = json.loads(capsys.readouterr().out)
    assert (found["as_of"], found["total_paise"]) == ("2026-11-23", 192_400)
    assert found["wards"] == [
        {
            "ward": 26,
            "heading": "PD",
            "bills": 1,
            "total_paise": 192_400,
            "by_head": {"tax": 202_500, "rebate": -10_125, "rounding": 25},
        }
    ]
