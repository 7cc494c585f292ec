"""Which numbers are offered to somebody who sent one that is not there."""

from __future__ import annotations

import pytest

from property_tax.near_numbers import near_numbers
from property_tax.tests.factories import AssesseeFactory

pytestmark = pytest.mark.django_db
THERE = "110260100051"


@pytest.mark.parametrize(
    "sent",
    [
        "110260100052",
        "910260100051",
        "112060100051",
        "110260100501",
        "11026010051",
        "1102601000511",
        "1102601000581",
        "10260100051",
    ],
)
def test_number_one_slip_away_is_offered(sent):
    AssesseeFactory(assessee_number=THERE)

    assert near_numbers(assessee_number=sent) == [THERE]


@pytest.mark.parametrize("sent", ["110260100088", "111060200051", "1102601000", "11026010005123", "", "12"])
def test_number_further_away_is_not_offered(sent):
    AssesseeFactory(assessee_number=THERE)

    assert near_numbers(assessee_number=sent) == []


def test_exchanged_neighbours_are_likelier_than_a_wrong_digit():
    for number in ("110260100052", "110260100015"):
        AssesseeFactory(assessee_number=number)

    assert near_numbers(assessee_number="110260100051") == ["110260100015", "110260100052"]


def test_nothing_is_offered_when_there_are_more_than_three():
    for last in range(4):
        AssesseeFactory(assessee_number=f"11026010005{last}")

    assert near_numbers(assessee_number="110260100059") == []


def test_closed_number_is_not_offered():
    AssesseeFactory(assessee_number=THERE, status="closed")

    assert near_numbers(assessee_number="110260100052") == []


def test_one_statement_finds_them(django_assert_num_queries):
    with django_assert_num_queries(1):
        near_numbers(assessee_number=THERE)
