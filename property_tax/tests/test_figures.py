"""The wards for everybody: shares of bills, sums of what came in, next rebate dates; and nothing about few people."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from payments.posting import apply_report
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from property_tax import figures, services
from property_tax.figures import in_ranges, rebates_that_run, wards_by_borough, write_ward_figures
from property_tax.models import Ward, WardFigure
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from property_tax.ward_map import OUTLINES, ward_map

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


def bill(ward: int, serial: int = 1, **values):
    number = f"11{ward:03d}01{serial:04d}1"
    assessee = AssesseeFactory(assessee_number=number, ward=Ward.objects.get(number=ward))
    return DemandFactory(assessee=assessee, **values)


def pay(demand, now):
    number = demand.assessee.assessee_number
    order = services.open_payment(assessee_number=number, heading="ALL", source=Source.WEB, now=now)
    attempt = AttemptFactory(order=order)
    apply_report(account=attempt.account, report=report(attempt, happened_at=now), now=now)
    return order.amount_paise


def ward(number: int):
    _as_of, boroughs = wards_by_borough()
    return next(each for borough in boroughs for each in borough.wards if each.number == number)


def test_figures_tell_the_share_of_the_years_bills_that_is_paid():
    bill(26, paid_on=date(2026, 11, 2))
    bill(26, 2)
    bill(26, 3)
    bill(26, 4, financial_year=2025, issued_on=date(2025, 5, 1), presented_on=None, rebate_date=None)

    write_ward_figures(today=TODAY)

    assert (ward(26).paid_percent, ward(27).paid_percent) == (33, None)


def test_sum_of_a_ward_is_what_landed_there_in_whole_thousands(now):
    paid = sum(pay(bill(26, serial), now) for serial in range(1, figures.FEWEST + 1))

    write_ward_figures(today=TODAY)

    assert WardFigure.objects.get(ward=26).collected_paise == paid
    assert ward(26).collected_paise == paid // 100_000 * 100_000


def test_sum_of_few_payers_is_not_shown(now):
    for serial in range(1, figures.FEWEST):
        pay(bill(26, serial), now)

    write_ward_figures(today=TODAY)

    assert (WardFigure.objects.get(ward=26).payers, ward(26).collected_paise) == (figures.FEWEST - 1, None)


def test_day_that_is_not_finished_counts_for_nothing(now):
    bill(26, paid_on=now.date())
    pay(bill(26, 2), now)

    write_ward_figures(today=now.date())

    figure = WardFigure.objects.get(ward=26)
    assert (figure.as_of, figure.bills_paid, figure.payers) == (now.date() - timedelta(days=1), 0, 0)


def test_figures_are_written_once_a_day():
    assert [write_ward_figures(today=TODAY), write_ward_figures(today=TODAY)] == [True, False]
    assert write_ward_figures(today=TODAY + timedelta(days=1))
    assert WardFigure.objects.count() == 144


def test_rebate_dates_gather_the_wards_and_a_sunday_gives_a_day_more():
    for number in (1, 2, 3, 26):
        bill(number, rebate_date=date(2026, 11, 30))
    bill(100, rebate_date=date(2026, 11, 29))  # a Sunday
    bill(101, rebate_date=date(2026, 12, 10))
    bill(102, rebate_date=date(2026, 11, 23))

    write_ward_figures(today=TODAY)

    found = [(group.last_day, group.wards) for group in rebates_that_run(on=TODAY)]
    assert found == [(date(2026, 11, 30), "1–3, 26, 100"), (date(2026, 12, 10), "101")]


@pytest.mark.parametrize(("numbers", "text"), [([], ""), ([7], "7"), ([1, 2, 4], "1–2, 4"), ([8, 9, 10], "8–10")])
def test_numbers_are_written_in_ranges(numbers, text):
    assert in_ranges(numbers) == text


@pytest.mark.parametrize(("language", "share"), [("en", "33 %"), ("bn", "৩৩ %"), ("hi", "33 %")])
def test_page_draws_the_wards_and_says_the_same_in_a_table(client, django_assert_num_queries, language, share):
    bill(26, paid_on=date(2026, 11, 2))
    bill(26, 2)
    bill(26, 3)
    write_ward_figures(today=TODAY)

    with django_assert_num_queries(2):
        page = client.get(f"/{language}/property-tax/wards/").text

    assert (page.count("<path "), page.count('<th scope="row">')) == (141, 144)
    assert share in page
    assert ("142–144" if language != "bn" else "১৪২–১৪৪") in page


def test_map_has_each_ward_once_and_its_number_within_its_outline():
    wards = json.loads(OUTLINES.read_text())

    assert sorted(map(int, wards)) == list(range(1, 142))
    city = ward_map()
    for outline in city.outlines.values():
        corners = [tuple(map(int, corner.split(","))) for corner in outline.path[1:-1].split("zM")[0].split()]
        xs, ys = zip(*corners, strict=True)
        assert min(xs) < outline.x < max(xs)
        assert min(ys) < outline.y < max(ys)
    assert 800 < city.height < 1100


def test_page_without_figures_says_so(client):
    assert "are not there yet" in client.get("/en/property-tax/wards/").text


def test_front_page_tells_the_rebates_that_run_in_one_query(client, django_assert_num_queries, time_machine):
    time_machine.move_to(TODAY)
    bill(26, rebate_date=date(2026, 11, 30))
    write_ward_figures(today=TODAY)

    with django_assert_num_queries(1):
        page = client.get("/en/").text

    assert "Until 30 November 2026" in page
    assert "Wards 26" in page
