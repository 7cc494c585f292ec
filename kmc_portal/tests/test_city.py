"""A synthetic city: as many rows as asked for, the same for the same seed, and nothing that the portal would refuse."""

from __future__ import annotations

import pytest

from kmc_portal.city import make_city
from kmc_portal.city_licenses import make_licenses
from property_tax import inputs
from property_tax.models import Assessee, Demand
from property_tax.queries import assessee_dues
from property_tax.states import AssesseeStatus
from trade_license.models import License
from trade_license.queries import license_dues

pytestmark = pytest.mark.django_db
SIZE = 288


@pytest.fixture
def city(now):
    def make(*, seed: int = 1) -> dict[str, int]:
        return make_city(assessees=SIZE, seed=seed, today=now.date())

    return make


def rows() -> list[tuple[object, ...]]:
    people = Assessee.objects.order_by("assessee_number").values_list(
        "assessee_number", "owner_name", "annual_value_paise"
    )
    bills = Demand.objects.order_by("demand_number").values_list("demand_number", "property_tax_paise", "paid_on")
    return [*people, *bills]


def empty() -> None:
    Demand.objects.all().delete()
    Assessee.objects.all().delete()


def test_city_has_as_many_assessees_as_asked_for_in_every_ward(city):
    assert city()["assessees"] == SIZE
    assert set(Assessee.objects.values_list("ward_id", flat=True)) == set(range(1, 145))


def test_same_seed_gives_the_same_rows(city):
    city(seed=7)
    first = rows()
    empty()
    city(seed=7)

    assert rows() == first


def test_another_seed_gives_another_city(city):
    city(seed=7)
    first = rows()
    empty()
    city(seed=8)

    assert rows() != first


def test_city_made_twice_adds_nothing(city):
    city()

    assert city() == {"assessees": 0, "demands": 0}


def test_every_number_is_one_that_the_portal_accepts(city):
    city()
    numbers = list(Assessee.objects.values_list("assessee_number", "ward_id"))

    assert [(inputs.assessee_number(number), int(number[2:5])) for number, _ward in numbers] == numbers


def test_every_active_assessee_has_eleven_bills_with_an_amount(city, now):
    added = city()
    active = Assessee.objects.filter(status=AssesseeStatus.ACTIVE).count()

    # Two whole years, and this one up to the third quarter.
    assert added["demands"] == active * 11
    assert Demand.objects.filter(property_tax_paise__lte=0).count() == 0
    assert Demand.objects.filter(paid_on__gt=now.date()).count() == 0


def test_some_owe_and_some_owe_nothing(city, now):
    city()
    active = Assessee.objects.filter(status=AssesseeStatus.ACTIVE).values_list("assessee_number", flat=True)[:60]
    totals = [assessee_dues(assessee_number=number, on=now.date()).dues.total_paise for number in active]

    assert [total for total in totals if total < 0 or total % 100] == []
    assert 0 < totals.count(0) < len(totals)


def test_city_has_licences_that_the_portal_can_renew(now):
    added = make_licenses(licenses=60, seed=1, today=now.date())
    owed = License.objects.filter(closed_on=None, demands__paid_on=None, demands__financial_year=2026)

    assert added == {"licenses": 60}
    assert make_licenses(licenses=60, seed=1, today=now.date()) == {"licenses": 0}
    assert all(license_dues(ce_number=one.search_key, on=now.date()).dues.total_paise > 0 for one in owed)
    assert owed.exists()
