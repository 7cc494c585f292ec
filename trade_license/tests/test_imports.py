"""The registers of certificates and demands as files: good rows land, bad rows are listed, twice changes nothing."""

from __future__ import annotations

from datetime import date

import pytest

from kmc_portal.common.csv_import import import_csv
from trade_license.imports import DEMANDS, LICENSES
from trade_license.models import License, LicenseDemand
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = pytest.mark.django_db
GOOD = {
    "ce_number": "CE/26/000051", "trade_name": "Rupasree", "holder_name": "Mita Sarkar", "address": "14 Rashbehari Avenue",
    "ward": "26", "nature_of_trade": "Beauty parlour", "food": "no", "area_sq_ft": "620", "air_conditioned": "yes",
    "mobile": "98300 12345", "email": "", "issued_on": "2019-06-03", "valid_until": "2026-03-31", "closed_on": "",
}  # fmt: skip
HEAD = {
    "demand_number": "TLD-1", "ce_number": "ce 26 000051", "financial_year": "2026-27", "section": "s199", "amount_rupees": "500",
    "last_date_without_fine": "2026-07-30", "paid_on": "",
}  # fmt: skip
FEE = {**HEAD, "section": "processing_fee", "amount_rupees": "50.00"}
CREDIT = {**HEAD, "section": "credit", "amount_rupees": "-120.5"}


def taken_in(tmp_path, layout, *rows, dry_run=False):
    path = tmp_path / "register.csv"
    lines = [",".join(layout.columns), *(",".join(row[name] for name in layout.columns) for row in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return import_csv(path, layout, dry_run=dry_run)


def codes(report) -> list[tuple[int, str]]:
    return [(reject["row"], reject["code"]) for reject in report.rejects]


def counts(report) -> tuple[int, int, int, int, int]:
    return report.read, report.created, report.updated, report.unchanged, report.rejected


def test_licence_lands_and_twice_changes_nothing(tmp_path):
    assert counts(taken_in(tmp_path, LICENSES, GOOD)) == (1, 1, 0, 0, 0)
    assert counts(taken_in(tmp_path, LICENSES, GOOD)) == (1, 0, 0, 1, 0)
    found = License.objects.get()
    assert (found.search_key, found.mobile, found.valid_until) == ("CE26000051", "9830012345", date(2026, 3, 31))


def test_licence_is_known_by_its_letters_and_digits(tmp_path):
    taken_in(tmp_path, LICENSES, GOOD)

    report = taken_in(tmp_path, LICENSES, {**GOOD, "ce_number": "CE-26-000051", "trade_name": "Rupasree Beauty"})

    assert counts(report) == (1, 0, 1, 0, 0)
    assert License.objects.get().trade_name == "Rupasree Beauty"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ce_number": ""}, "ce_number_malformed"),
        ({"ce_number": "CE"}, "ce_number_malformed"),
        ({"ce_number": "1" * 31}, "ce_number_malformed"),
        ({"ce_number": "সি ই 12"}, "ce_number_malformed"),
        ({"trade_name": ""}, "trade_name_missing"),
        ({"holder_name": ""}, "holder_missing"),
        ({"address": ""}, "address_missing"),
        ({"ward": "145"}, "ward_invalid"),
        ({"ward": "x"}, "ward_invalid"),
        ({"nature_of_trade": "দোকান"}, "nature_of_trade_missing"),
        ({"food": "maybe"}, "yes_or_no_invalid"),
        ({"area_sq_ft": "12.5"}, "area_invalid"),
        ({"air_conditioned": ""}, "yes_or_no_invalid"),
        ({"mobile": "12"}, "mobile_invalid"),
        ({"email": "nobody"}, "email_invalid"),
        ({"issued_on": "2026-02-30"}, "date_invalid"),
        ({"valid_until": "2019-01-01"}, "valid_before_issue"),
        ({"closed_on": "2019-01-01"}, "closed_before_issue"),
    ],
)
def test_row_that_cannot_be_is_listed(tmp_path, changes, code):
    report = taken_in(tmp_path, LICENSES, {**GOOD, **changes}, {**GOOD, "ce_number": "CE/27"})

    assert codes(report) == [(2, code)]
    assert report.created == 1


def test_number_twice_in_a_file_lands_once(tmp_path):
    assert codes(taken_in(tmp_path, LICENSES, GOOD, {**GOOD, "ce_number": "ce26000051"})) == [(3, "duplicate_in_file")]


def test_licence_closed_here_stays_closed(tmp_path):
    LicenseFactory(ce_number="CE/26/000051", closed_on=date(2026, 9, 1))
    taken_in(tmp_path, LICENSES, GOOD)

    assert License.objects.get().closed_on == date(2026, 9, 1)


@pytest.fixture
def license(db):
    return LicenseFactory(ce_number="CE/26/000051")


def test_rows_of_a_demand_become_one_record(tmp_path, license):
    assert counts(taken_in(tmp_path, DEMANDS, HEAD, FEE, CREDIT)) == (3, 3, 0, 0, 0)
    found = LicenseDemand.objects.get()
    assert found.heads == {"s199": 50_000, "processing_fee": 5_000, "credit": -12_050}
    assert (found.amount_paise, found.issued_on, found.last_date) == (42_950, date(2026, 4, 1), date(2026, 7, 30))


def test_demands_twice_change_nothing(tmp_path, license):
    taken_in(tmp_path, DEMANDS, HEAD, FEE)

    assert counts(taken_in(tmp_path, DEMANDS, HEAD, FEE)) == (2, 0, 0, 2, 0)


def test_unpaid_demand_takes_new_amounts(tmp_path, license):
    taken_in(tmp_path, DEMANDS, HEAD, FEE)

    assert counts(taken_in(tmp_path, DEMANDS, {**HEAD, "amount_rupees": "600"}, FEE)) == (2, 0, 2, 0, 0)
    assert LicenseDemand.objects.get().amount_paise == 65_000


def test_paid_demand_keeps_its_amounts(tmp_path, license):
    LicenseDemandFactory(license=license, demand_number="TLD-1", heads={"s199": 50_000}, paid_on=date(2026, 5, 1))

    assert codes(taken_in(tmp_path, DEMANDS, {**HEAD, "amount_rupees": "600"})) == [(2, "bill_paid_already")]
    assert codes(taken_in(tmp_path, DEMANDS, HEAD, FEE)) == [(2, "bill_paid_already"), (3, "bill_paid_already")]


def test_paid_demand_stays_paid(tmp_path, license):
    LicenseDemandFactory(license=license, demand_number="TLD-1", heads={"s199": 50_000}, paid_on=date(2026, 5, 1))
    taken_in(tmp_path, DEMANDS, HEAD)

    assert LicenseDemand.objects.get().paid_on == date(2026, 5, 1)


def test_demand_with_a_misfit_lands_not_at_all(tmp_path, license):
    report = taken_in(
        tmp_path,
        DEMANDS,
        HEAD,
        {**FEE, "amount_rupees": "fifty"},
        {**HEAD, "demand_number": "TLD-2", "financial_year": "2025-26", "last_date_without_fine": ""},
    )

    assert codes(report) == [(2, "record_not_whole"), (3, "amount_invalid")]
    assert counts(report) == (3, 1, 0, 0, 2)
    assert LicenseDemand.objects.get().demand_number == "TLD-2"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"demand_number": ""}, "demand_number_invalid"),
        ({"ce_number": "CE/99"}, "license_not_found"),
        ({"financial_year": "2026-28"}, "financial_year_invalid"),
        ({"section": "s1"}, "section_unknown"),
        ({"amount_rupees": ""}, "amount_invalid"),
        ({"amount_rupees": "1.234"}, "amount_invalid"),
        ({"amount_rupees": "-5"}, "sign_invalid"),
        ({"section": "credit"}, "sign_invalid"),
        ({"last_date_without_fine": "30-07-2026"}, "date_invalid"),
        ({"last_date_without_fine": "2026-03-31"}, "last_date_too_early"),
        ({"section": "credit", "amount_rupees": "-1"}, "sum_negative"),
    ],
)
def test_row_of_a_demand_that_cannot_be_is_listed(tmp_path, license, changes, code):
    assert codes(taken_in(tmp_path, DEMANDS, {**HEAD, **changes})) == [(2, code)]
    assert not LicenseDemand.objects.exists()


def test_rows_that_do_not_agree_are_listed(tmp_path, license):
    report = taken_in(tmp_path, DEMANDS, HEAD, {**FEE, "paid_on": "2026-05-01"})

    assert codes(report) == [(2, "rows_differ"), (3, "rows_differ")]


def test_section_twice_is_listed(tmp_path, license):
    assert codes(taken_in(tmp_path, DEMANDS, HEAD, HEAD)) == [(2, "record_not_whole"), (3, "duplicate_in_file")]


def test_year_that_is_demanded_already_is_listed(tmp_path, license):
    LicenseDemandFactory(license=license, financial_year=2024, years=3, demand_number="TLD-0", paid_on=date(2024, 5, 1))

    assert codes(taken_in(tmp_path, DEMANDS, HEAD)) == [(2, "year_demanded_already")]


def test_two_demands_of_one_year_in_a_file_are_listed(tmp_path, license):
    assert codes(taken_in(tmp_path, DEMANDS, HEAD, {**HEAD, "demand_number": "TLD-2"})) == [
        (3, "year_demanded_already")
    ]


def test_unpaid_demand_of_a_closed_licence_is_listed(tmp_path, license):
    License.objects.update(closed_on=date(2026, 9, 1))

    assert codes(taken_in(tmp_path, DEMANDS, HEAD)) == [(2, "license_closed")]
    assert counts(taken_in(tmp_path, DEMANDS, {**HEAD, "paid_on": "2026-05-01"})) == (1, 1, 0, 0, 0)


def test_demand_of_another_licence_is_listed(tmp_path, license):
    LicenseDemandFactory(demand_number="TLD-1")

    assert codes(taken_in(tmp_path, DEMANDS, HEAD)) == [(2, "demand_of_another_license")]


def test_dry_run_writes_nothing(tmp_path, license):
    assert counts(taken_in(tmp_path, DEMANDS, HEAD, dry_run=True)) == (1, 1, 0, 0, 0)
    assert not LicenseDemand.objects.exists()
