"""Letters of intimation: who gets one, for which bills and how much; and the bills that are disputed."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.core.management import call_command

from property_tax.disputes import DemandNotFound, mark_disputed
from property_tax.letters import letters_of_intimation
from property_tax.queries import assessee_dues
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 23)
OLD = {"financial_year": 2025, "issued_on": date(2025, 10, 1), "presented_on": None, "rebate_date": date(2025, 11, 30)}


def listed(on: date = ON) -> dict[str, dict[str, int]]:
    return {
        letter.assessee_number: {bill.demand_number: bill.payable_paise for bill in letter.bills}
        for letter in letters_of_intimation(on=on)
    }


def test_letter_lists_the_bills_of_earlier_years():
    old = DemandFactory(demand_number="OLD", **OLD)
    DemandFactory(demand_number="NEW", assessee=old.assessee)

    assert listed() == {old.assessee.assessee_number: {"OLD": 202_500}}


def test_letter_asks_what_the_dues_ask():
    old = DemandFactory(**OLD)
    DemandFactory(assessee=old.assessee, **OLD | {"quarter": 4, "property_tax_paise": 123_456})

    (letter,) = letters_of_intimation(on=ON)

    found = assessee_dues(assessee_number=old.assessee.assessee_number, on=ON)
    assert letter.payable_paise == found.dues.headings["LOI"].payable_paise
    assert letter.payable_paise == sum(bill.payable_paise for bill in letter.bills)


def test_penalised_supplementary_is_listed_from_the_day_of_its_penalty():
    bill = DemandFactory(kind="FS", penalised_on=ON)

    assert listed(date(2026, 11, 22)) == {}
    assert listed(ON) == {bill.assessee.assessee_number: {bill.demand_number: 192_400}}


@pytest.mark.parametrize("on", [date(2026, 3, 31), date(2026, 4, 1)])
def test_pd_is_outstanding_from_the_first_day_of_the_next_year(on):
    bill = DemandFactory(**OLD)

    expected = {} if on < date(2026, 4, 1) else {bill.assessee.assessee_number: {bill.demand_number: 202_500}}
    assert listed(on) == expected


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"paid_on": date(2026, 1, 1)}, "active"),
        ({"disputed_on": date(2026, 1, 1)}, "active"),
        ({"issued_on": date(2026, 12, 1)}, "active"),
        ({}, "closed"),
    ],
    ids=["paid", "disputed", "issued later", "closed"],
)
def test_bill_that_is_not_asked_for_brings_no_letter(values, status):
    DemandFactory(assessee=AssesseeFactory(status=status), **OLD | values)

    assert listed() == {}


def test_letters_come_in_the_order_of_the_numbers():
    for number in ("110260100099", "110010100011", "110260100051"):
        DemandFactory(assessee=AssesseeFactory(assessee_number=number), **OLD)

    assert list(listed()) == ["110010100011", "110260100051", "110260100099"]


def test_list_of_any_length_takes_as_many_statements(django_assert_num_queries):
    for _ in range(3):
        DemandFactory(**OLD)

    with django_assert_num_queries(4):  # the rule book, a savepoint and its release, and the bills
        listed()


def test_command_prints_one_document_a_line(capsys):
    bills = [DemandFactory(demand_number=f"OLD-{number}", **OLD) for number in (1, 2)]

    call_command("letters_of_intimation", "--on", "2026-11-23", "--json")

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == {
        "assessee_number": bills[0].assessee.assessee_number,
        "as_of": "2026-11-23",
        "payable_paise": 202_500,
        "bills": [{"demand_number": "OLD-1", "period": "2025-26 Q3", "payable_paise": 202_500}],
    }
    assert len(lines) == 2


# --- Disputes ---------------------------------------------------------------------------------------------------------


def test_disputed_bill_comes_back_when_it_is_settled(capsys):
    bill = DemandFactory(demand_number="OLD", **OLD)
    call_command("dispute_demand", "OLD", "--since", "2026-01-01", "--json")
    assert listed() == {}

    call_command("dispute_demand", "OLD", "--settled", "--json")

    assert list(listed()) == [bill.assessee.assessee_number]
    assert [json.loads(line)["disputed_on"] for line in capsys.readouterr().out.splitlines()] == ["2026-01-01", None]


def test_bill_of_nobody_cannot_be_disputed():
    with pytest.raises(DemandNotFound):
        mark_disputed(demand_number="NONE", since=ON)
