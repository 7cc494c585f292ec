"""A file of any quality: good rows land, bad rows are named, twice changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kmc_portal.common.csv_import import NotACsv, WrongHeader, import_csv
from property_tax.imports import ASSESSEES, DEMANDS
from property_tax.models import Assessee, Demand
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = pytest.mark.django_db
GOOD_ASSESSEE = (
    "110260100051,Sukumar Das,12A,Rashbehari Avenue,700006,98300 12345,s@example.org,active,no,20000,0,40,0.5"
)
GOOD_DEMAND = "PD-1,110260100051,PD,2026-27,3,2026-10-01,2026-10-20,2026-11-30,2000.00,25.5,0,,"


@pytest.fixture
def write(tmp_path: Path):
    def write(layout, *rows: str | bytes, header: str | None = None) -> Path:
        lines = [(header or ",".join(layout.columns)).encode()]
        lines += [row if isinstance(row, bytes) else row.encode() for row in rows]
        path = tmp_path / "register.csv"
        path.write_bytes(b"\n".join(lines) + b"\n")
        return path

    return write


def counts(report) -> tuple[int, ...]:
    return report.read, report.created, report.updated, report.unchanged, report.rejected


def test_assessee_lands_with_every_field(write):
    import_csv(write(ASSESSEES, GOOD_ASSESSEE), ASSESSEES)

    found = Assessee.objects.values(*ASSESSEES.values).get()
    assert {key: str(value) for key, value in found.items()} == {
        "assessee_number": "110260100051",
        "ward_id": "26",
        "owner_name": "Sukumar Das",
        "premises_number": "12A",
        "street_name": "Rashbehari Avenue",
        "pin": "700006",
        "mobile": "9830012345",
        "email": "s@example.org",
        "status": "active",
        "bills_by_email": "False",
        "annual_value_paise": "2000000",
        "commercial_annual_value_paise": "0",
        "tax_rate_percent": "40.00",
        "howrah_bridge_tax_percent": "0.500",
    }


def test_same_file_twice_changes_nothing(write):
    path = write(ASSESSEES, GOOD_ASSESSEE)

    assert counts(import_csv(path, ASSESSEES)) == (1, 1, 0, 0, 0)
    assert counts(import_csv(path, ASSESSEES)) == (1, 0, 0, 1, 0)


def test_changed_row_is_updated(write):
    import_csv(write(ASSESSEES, GOOD_ASSESSEE), ASSESSEES)

    report = import_csv(write(ASSESSEES, GOOD_ASSESSEE.replace("Sukumar", "Sukanya")), ASSESSEES)

    assert counts(report) == (1, 0, 1, 0, 0)
    assert Assessee.objects.get().owner_name == "Sukanya Das"


def test_dry_run_writes_nothing(write):
    report = import_csv(write(ASSESSEES, GOOD_ASSESSEE), ASSESSEES, dry_run=True)

    assert counts(report) == (1, 1, 0, 0, 0)
    assert not Assessee.objects.exists()


@pytest.mark.parametrize(
    ("old", "new", "field", "code"),
    [
        ("110260100051", "1102601000", "assessee_number", "assessee_number_invalid"),
        ("110260100051", "110000100051", "assessee_number", "assessee_number_bad_ward"),
        ("110260100051", "111450100051", "assessee_number", "assessee_number_bad_ward"),
        ("Sukumar Das", " ", "owner_name", "owner_missing"),
        ("700006", "7006", "pin", "pin_invalid"),
        ("98300 12345", "call me", "mobile", "mobile_invalid"),
        ("s@example.org", "nobody", "email", "email_invalid"),
        ("active", "asleep", "status", "status_invalid"),
        (",no,", ",perhaps,", "bills_by_email", "yes_or_no_invalid"),
        (",20000,", ",-1,", "annual_value_rupees", "amount_invalid"),
        (",20000,", ",12.345,", "annual_value_rupees", "amount_invalid"),
        (",40,", ",101,", "tax_rate_percent", "percentage_invalid"),
    ],
)
def test_bad_assessee_is_listed_and_the_good_one_lands(write, old, new, field, code):
    good = GOOD_ASSESSEE.replace("110260100051", "110260100061")

    report = import_csv(write(ASSESSEES, GOOD_ASSESSEE.replace(old, new), good), ASSESSEES)

    assert counts(report) == (2, 1, 0, 0, 1)
    assert [(reject["row"], reject["field"], reject["code"]) for reject in report.rejects] == [(2, field, code)]


def test_broken_rows_are_listed_by_their_place_in_the_file(write):
    report = import_csv(
        write(
            ASSESSEES, b"110260100071,Caf\xe9,1,Y,,,,active,no,1,0,11,0", "short,row", "", GOOD_ASSESSEE, GOOD_ASSESSEE
        ),
        ASSESSEES,
    )

    assert counts(report) == (4, 1, 0, 0, 3)
    assert [(reject["row"], reject["code"]) for reject in report.rejects] == [
        (2, "not_utf8"),
        (3, "wrong_number_of_fields"),
        (6, "duplicate_in_file"),
    ]


def test_bengali_names_and_a_byte_order_mark_are_read(write):
    path = write(ASSESSEES, GOOD_ASSESSEE.replace("Sukumar Das", "সুকুমার দাস"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    import_csv(path, ASSESSEES)

    assert Assessee.objects.get().owner_name == "সুকুমার দাস"


def test_plain_and_quoted_blocks_of_a_long_file_land_alike(write):
    numbers = [f"11026{serial:07d}" for serial in range(4_000)]
    plain = [GOOD_ASSESSEE.replace("110260100051", number) for number in numbers]
    plain[-1] = plain[-1].replace("Sukumar Das", '"Das, ""Sukumar""\r\nand family"')

    assert counts(import_csv(write(ASSESSEES, *plain), ASSESSEES)) == (4_000, 4_000, 0, 0, 0)
    assert Assessee.objects.get(assessee_number=numbers[-1]).owner_name == 'Das, "Sukumar"\r\nand family'


@pytest.mark.parametrize("header", ["number,owner", "", "owner_name,assessee_number"])
def test_wrong_header_is_refused_whole(write, header):
    with pytest.raises(WrongHeader):
        import_csv(write(ASSESSEES, GOOD_ASSESSEE, header=header or "\n"), ASSESSEES)

    assert not Assessee.objects.exists()


def test_file_that_is_no_csv_is_refused_whole(write):
    path = write(ASSESSEES, GOOD_ASSESSEE, '"' + "x" * 200_000)

    with pytest.raises(NotACsv):
        import_csv(path, ASSESSEES)

    assert not Assessee.objects.exists()


def test_demand_lands_in_paise(write):
    AssesseeFactory(assessee_number="110260100051")

    report = import_csv(write(DEMANDS, GOOD_DEMAND), DEMANDS)

    assert counts(report) == (1, 1, 0, 0, 0)
    demand = Demand.objects.get()
    assert (demand.property_tax_paise, demand.howrah_bridge_tax_paise, demand.financial_year) == (200_000, 2_550, 2026)


@pytest.mark.parametrize(
    ("old", "new", "field", "code"),
    [
        ("PD-1", "", "demand_number", "demand_number_invalid"),
        ("110260100051", "110260100999", "assessee_number", "assessee_not_found"),
        (",PD,", ",LOI,", "kind", "kind_invalid"),
        ("2026-27", "2026-28", "financial_year", "financial_year_invalid"),
        ("2026-27,3", "2026-27,5", "quarter", "quarter_invalid"),
        ("2026-10-01", "", "issued_on", "date_invalid"),
        ("2026-10-20", "2026-02-30", "presented_on", "date_invalid"),
        ("2026-11-30", "30.11.2026", "rebate_date", "date_invalid"),
        ("2026-10-20", "2026-09-30", "presented_on", "presented_before_issue"),
        ("2026-11-30", "2026-10-19", "rebate_date", "rebate_before_presentation"),
        ("2026-10-01", "2026-03-31", "issued_on", "issued_before_the_year"),
        ("2026-10-01", "infinity", "issued_on", "date_invalid"),
        ("2026-10-01", "01-10-2026", "issued_on", "date_invalid"),
        (",,", ",2026-09-30,", "penalised_on", "penalised_before_issue"),
        (",,", ",2026-11-29,", "penalised_on", "penalised_before_rebate_date"),
        (",,", ",,2026-09-30", "paid_on", "paid_before_issue"),
        ("2000.00", "two thousand", "property_tax_rupees", "amount_invalid"),
        ("2000.00", "1e3", "property_tax_rupees", "amount_invalid"),
        ("2000.00", "1" * 16, "property_tax_rupees", "amount_invalid"),
        ("2000.00", "-1", "property_tax_rupees", "amount_invalid"),
        ("25.5", "", "howrah_bridge_tax_rupees", "amount_invalid"),
    ],
)
def test_bad_demand_is_listed(write, old, new, field, code):
    AssesseeFactory(assessee_number="110260100051")

    report = import_csv(write(DEMANDS, GOOD_DEMAND.replace(old, new)), DEMANDS)

    assert [(reject["field"], reject["code"]) for reject in report.rejects] == [(field, code)]
    assert not Demand.objects.exists()


@pytest.mark.parametrize(
    ("total", "codes"),
    [("2025.50", []), ("", []), ("2025", ["sum_does_not_add_up"]), ("much", ["amount_invalid"])],
)
def test_total_of_the_file_must_be_the_sum(write, total, codes):
    AssesseeFactory(assessee_number="110260100051")
    header = ",".join([*DEMANDS.columns, "total_rupees"])

    report = import_csv(write(DEMANDS, f"{GOOD_DEMAND},{total}", header=header), DEMANDS)

    assert [reject["code"] for reject in report.rejects] == codes
    assert Demand.objects.count() == (not codes)


@pytest.mark.parametrize(("paid_on", "codes"), [("", ["assessee_closed"]), ("2026-11-02", [])])
def test_unpaid_bill_of_a_closed_assessee_is_listed(write, paid_on, codes):
    AssesseeFactory(assessee_number="110260100051", status="closed")

    report = import_csv(write(DEMANDS, GOOD_DEMAND + paid_on), DEMANDS)

    assert [reject["code"] for reject in report.rejects] == codes


def test_assessee_held_under_another_ward_is_listed_with_its_bills(write):
    AssesseeFactory(assessee_number="110260100051", ward__number=27)

    reports = [
        import_csv(write(ASSESSEES, GOOD_ASSESSEE), ASSESSEES),
        import_csv(write(DEMANDS, GOOD_DEMAND), DEMANDS),
    ]

    assert [reject["code"] for report in reports for reject in report.rejects] == ["ward_mismatch"] * 2


def test_supplementary_bill_may_stand_beside_the_pd_of_its_quarter(write):
    AssesseeFactory(assessee_number="110260100051")
    supplementary = GOOD_DEMAND.replace("PD-1", "FS-1").replace(",PD,", ",FS,")

    report = import_csv(write(DEMANDS, GOOD_DEMAND, supplementary, supplementary.replace("FS-1", "FS-2")), DEMANDS)

    assert counts(report) == (3, 3, 0, 0, 0)


def test_number_printed_in_two_ways_is_one_assessee(write):
    report = import_csv(
        write(ASSESSEES, GOOD_ASSESSEE, GOOD_ASSESSEE.replace("110260100051", "11-026-01-0005-1")), ASSESSEES
    )

    assert [(reject["row"], reject["code"]) for reject in report.rejects] == [(3, "duplicate_in_file")]


def test_row_that_is_wrong_in_several_ways_is_listed_once(write):
    AssesseeFactory(assessee_number="110260100051")

    report = import_csv(write(DEMANDS, GOOD_DEMAND.replace(",PD,", ",XX,").replace("2000.00", "much")), DEMANDS)

    assert [reject["code"] for reject in report.rejects] == ["kind_invalid"]


def test_report_lists_the_first_ten_thousand_misfits_and_counts_the_rest(write):
    report = import_csv(write(DEMANDS, *["short,row"] * 10_010), DEMANDS)

    assert (report.rejected, len(report.rejects), report.rejects[-1]["row"]) == (10_010, 10_000, 10_001)


def test_bill_of_another_assessee_is_listed(write):
    AssesseeFactory(assessee_number="110260100051")
    DemandFactory(demand_number="PD-1")

    report = import_csv(write(DEMANDS, GOOD_DEMAND), DEMANDS)

    assert [reject["code"] for reject in report.rejects] == ["bill_of_another_assessee"]


@pytest.mark.parametrize("paid", [{"paid_on": date(2026, 11, 2)}, {"credited_paise": 100}], ids=["whole", "in part"])
def test_paid_bill_is_not_priced_again(write, paid):
    assessee = AssesseeFactory(assessee_number="110260100051")
    DemandFactory(demand_number="PD-1", assessee=assessee, **paid)

    report = import_csv(write(DEMANDS, GOOD_DEMAND), DEMANDS)

    assert [reject["code"] for reject in report.rejects] == ["bill_paid_already"]


def test_bill_paid_here_stays_paid_when_an_older_register_comes(write):
    assessee = AssesseeFactory(assessee_number="110260100051")
    DemandFactory(demand_number="PD-1", assessee=assessee, paid_on=date(2026, 11, 2))

    import_csv(write(DEMANDS, GOOD_DEMAND.replace("25.5", "25")), DEMANDS)

    assert Demand.objects.get().paid_on == date(2026, 11, 2)
