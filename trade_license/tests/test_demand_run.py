"""The yearly run: every certificate in use, once, by the schedule in force on the year's first day."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from kmc_portal.common.financial_year import FinancialYear
from trade_license.demand_run import LastDateBeforeTheYear, raise_demands
from trade_license.models import License, LicenseDemand
from trade_license.rules.book import BOOK
from trade_license.rules.facts import TradeFacts
from trade_license.rules.fees import fee_table, yearly_fee
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

YEAR = FinancialYear(2027)


def demands() -> list[tuple[str, int, date | None]]:
    made = LicenseDemand.objects.filter(financial_year=2027).order_by("license_id")
    return [(one.demand_number, one.amount_paise, one.last_date) for one in made]


@pytest.mark.django_db
def test_every_trade_gets_its_own_fee():
    LicenseFactory(ce_number="CE/1")
    LicenseFactory(ce_number="CE/2", is_air_conditioned=False)
    LicenseFactory(ce_number="CE/3", is_air_conditioned=False, area_sq_ft=500)
    LicenseFactory(ce_number="CE/4", nature_of_trade="Ceremonial house", area_sq_ft=4000)
    LicenseFactory(ce_number="CE/5", nature_of_trade="Ceremonial house", area_sq_ft=4001)
    LicenseFactory(ce_number="CE/6", nature_of_trade="guest-house", area_sq_ft=None)

    report = raise_demands(financial_year=YEAR, last_date=date(2027, 7, 30))

    amounts = {number: paise // 100 for number, paise, _last in demands()}
    assert amounts == {
        "D2027-CE/1": 3900, "D2027-CE/2": 2725, "D2027-CE/3": 2100,
        "D2027-CE/4": 35100, "D2027-CE/5": 60100, "D2027-CE/6": 1350,
    }  # fmt: skip
    assert (report.created, report.amount_paise) == (6, sum(amounts.values()) * 100)


@pytest.mark.django_db
def test_what_is_out_of_use_or_paid_ahead_gets_none():
    LicenseFactory(closed_on=date(2026, 9, 1))
    LicenseFactory(deleted_on=date(2026, 9, 1))
    LicenseFactory(is_for_life=True)
    LicenseFactory(issued_on=None)
    LicenseDemandFactory(years=3, paid_on=date(2026, 5, 1))
    LicenseDemandFactory(financial_year=2027)

    report = raise_demands(financial_year=YEAR)

    assert report.created == 0
    assert report.found == {"closed": 2, "for_life": 1, "allotted": 1, "standing": 2}


@pytest.mark.django_db
def test_run_again_makes_none_twice():
    LicenseFactory.create_batch(5)
    seen = []

    assert raise_demands(financial_year=YEAR, batch=2, watch=lambda report: seen.append(report.licenses)).created == 5
    assert seen == [2, 4, 5]
    assert raise_demands(financial_year=YEAR).created == 0


@pytest.mark.django_db
def test_run_that_was_stopped_goes_on():
    LicenseFactory.create_batch(5)

    def stop(_report):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        raise_demands(financial_year=YEAR, batch=2, watch=stop)

    assert LicenseDemand.objects.count() == 2
    assert raise_demands(financial_year=YEAR).created == 3


@pytest.mark.django_db
def test_trade_without_a_row_is_left_to_a_person():
    LicenseFactory(nature_of_trade="Astrologer")

    report = raise_demands(financial_year=YEAR)

    assert (report.created, dict(report.without_fee)) == (0, {"astrologer": 1})


@pytest.mark.django_db
def test_cancelled_demand_is_raised_anew():
    LicenseDemandFactory(
        financial_year=2027, demand_number="old", cancelled_on=date(2027, 4, 2), cancel_reason="corrected"
    )

    assert raise_demands(financial_year=YEAR).created == 1


@pytest.mark.django_db
def test_last_date_before_the_year_is_refused():
    with pytest.raises(LastDateBeforeTheYear):
        raise_demands(financial_year=YEAR, last_date=date(2027, 3, 31))


@pytest.mark.django_db
def test_dry_run_tells_the_same_and_writes_nothing():
    LicenseFactory.create_batch(3)
    tried = run("--dry-run")

    assert not LicenseDemand.objects.exists()
    assert tried == run()
    assert (tried["created"], tried["amount_paise"]) == (3, 3 * 390_000)


def run(*flags) -> dict:
    out = StringIO()
    call_command("raise_licence_demands", "--year", "2027-28", "--json", *flags, stdout=out)
    return json.loads(out.getvalue())


TABLE = fee_table(YEAR, BOOK)
KEYS = sorted({row.trade for row in TABLE}) + ["astrologer"]


@settings(deadline=None)
@given(st.sampled_from(KEYS), st.booleans(), st.booleans(), st.one_of(st.none(), st.integers(0, 9000)))
def test_table_prices_as_the_calculator_does(trade, is_food, is_cooled, area):
    rows = [
        row
        for row in TABLE
        if row[:3] == (trade, is_food, is_cooled)
        and (
            row.from_area is None
            if area is None
            else row.from_area is not None and row.from_area <= area <= row.to_area
        )
    ]
    fee = yearly_fee(TradeFacts(trade, is_food, is_cooled, area), YEAR, BOOK)

    assert [row.heads for row in rows] == ([fee.heads] if fee else [])


@pytest.mark.django_db
def test_database_names_a_trade_as_the_schedule_does():
    names = ["Beauty  parlour, not air-conditioned", "ATM", " Boating resort with food. "]
    for name in names:
        LicenseFactory(nature_of_trade=name)

    assert list(License.objects.order_by("pk").values_list("trade_key", flat=True)) == [
        "beauty_parlour_not_air_conditioned", "atm", "boating_resort_with_food",
    ]  # fmt: skip
