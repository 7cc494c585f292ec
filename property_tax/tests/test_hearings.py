"""A hearing's decision: the F/S it brings for bills already sent, what is left to a person, and the PDs after it."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from kmc_portal.common.financial_year import FinancialYear
from property_tax.demand_run import run_demands, take_billing_lock
from property_tax.hearings import (
    DecisionOvertaken,
    DecisionRecorded,
    DecisionTakesEffectLater,
    DecisionValuesInvalid,
    IssuedBeforeDecision,
    issue_fresh_supplementary,
    record_decision,
)
from property_tax.models import Assessee, Demand, HearingDecision
from property_tax.queries import AssesseeClosed, AssesseeNotFound
from property_tax.rules.billing import Valuation
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = pytest.mark.django_db
NUMBER = "110260100051"
DECIDED = date(2026, 11, 20)
YEAR = FinancialYear(2026)
HEADS = ("property_tax_paise", "howrah_bridge_tax_paise", "commercial_surcharge_paise")


def valuation(rupees: int, commercial: int = 0, rate: str = "40", bridge: str = "0.5") -> Valuation:
    return Valuation(rupees * 100, commercial * 100, Decimal(rate), Decimal(bridge))


@pytest.fixture
def assessee(now) -> Assessee:
    """An assessee of 20,000 rupees, billed 2,000.00 and 25.00 for each quarter of the year."""
    made = AssesseeFactory(assessee_number=NUMBER, **valuation(20_000)._asdict())
    bill_year(now)
    return made


def bill_year(now, year: FinancialYear = YEAR) -> None:
    run_demands(financial_year=year, quarters=[1, 2, 3, 4], issued_on=date(year.start, 4, 15), maker="clerk", now=now)


def decide(of: Valuation, *, quarter: int = 3, decided_on: date = DECIDED, year: FinancialYear = YEAR):
    return record_decision(
        assessee_number=NUMBER,
        decided_on=decided_on,
        decided_by="Hearing Officer II",
        financial_year=year,
        quarter=quarter,
        valuation=of,
    )


def supplementary() -> list[tuple]:
    fresh = Demand.objects.filter(kind="FS").order_by("demand_number")
    return [(bill.quarter, *(getattr(bill, head) for head in HEADS)) for bill in fresh]


def left(issued) -> list[tuple]:
    return [tuple(one) for one in issued.left_over]


# --- What it brings ---------------------------------------------------------------------------------------------------


def test_increase_brings_a_bill_for_each_quarter_from_the_decision_on(assessee):
    decision = decide(valuation(30_000))

    issued = issue_fresh_supplementary(decision, issued_on=DECIDED)

    assert supplementary() == [(3, 100_000, 1_250, 0), (4, 100_000, 1_250, 0)]
    assert [bill.demand_number for bill in issued.demands] == [
        f"FS-{NUMBER}-20263-H{decision.pk}",
        f"FS-{NUMBER}-20264-H{decision.pk}",
    ]
    assert left(issued) == []


def test_later_pds_follow_the_decision(assessee, now):
    issue_fresh_supplementary(decide(valuation(30_000)), issued_on=DECIDED)

    bill_year(now, FinancialYear(2027))

    assert set(Demand.objects.filter(financial_year=2027).values_list(*HEADS)) == {(300_000, 3_750, 0)}


def test_paid_bill_stays_and_the_difference_is_asked_beside_it(assessee):
    Demand.objects.update(paid_on=date(2026, 5, 1))

    issue_fresh_supplementary(decide(valuation(30_000)), issued_on=DECIDED)

    paid = Demand.objects.filter(kind="PD").values_list("paid_on", *HEADS)
    assert set(paid) == {(date(2026, 5, 1), 200_000, 2_500, 0)}
    assert len(supplementary()) == 2


def test_decrease_brings_no_bill_and_is_left_to_a_person(assessee):
    issued = issue_fresh_supplementary(decide(valuation(10_000)), issued_on=DECIDED)

    assert supplementary() == []
    assert left(issued) == [("2026-27 Q3", "less", -101_250), ("2026-27 Q4", "less", -101_250)]
    assessee.refresh_from_db()
    assert assessee.annual_value_paise == 1_000_000


def test_change_in_both_directions_is_left_to_a_person(now):
    AssesseeFactory(assessee_number=NUMBER, **valuation(20_000, commercial=20_000)._asdict())
    bill_year(now)

    issued = issue_fresh_supplementary(decide(valuation(30_000)), issued_on=DECIDED)

    assert supplementary() == []
    assert left(issued) == [("2026-27 Q3", "mixed", 1_250), ("2026-27 Q4", "mixed", 1_250)]


def test_disputed_quarter_is_left_to_a_person(assessee):
    Demand.objects.filter(quarter=4).update(disputed_on=date(2026, 6, 1))

    issued = issue_fresh_supplementary(decide(valuation(30_000)), issued_on=DECIDED)

    assert [row[0] for row in supplementary()] == [3]
    assert left(issued) == [("2026-27 Q4", "disputed", 101_250)]


def test_same_valuation_brings_nothing(assessee):
    issued = issue_fresh_supplementary(decide(valuation(20_000)), issued_on=DECIDED)

    assert (supplementary(), left(issued)) == ([], [])


def test_difference_of_less_than_half_a_rupee_brings_nothing(now):
    assessee = AssesseeFactory(assessee_number=NUMBER, **valuation(20_000)._asdict())
    DemandFactory(assessee=assessee, quarter=3, property_tax_paise=199_951, howrah_bridge_tax_paise=2_500)

    issued = issue_fresh_supplementary(decide(valuation(20_000)), issued_on=DECIDED)

    assert (supplementary(), left(issued)) == ([], [])


def test_second_decision_counts_what_the_first_one_billed(assessee):
    issue_fresh_supplementary(decide(valuation(30_000)), issued_on=DECIDED)
    second = decide(valuation(40_000), quarter=4, decided_on=date(2026, 12, 10))

    issue_fresh_supplementary(second, issued_on=date(2027, 1, 4))

    assert supplementary() == [(3, 100_000, 1_250, 0), (4, 100_000, 1_250, 0), (4, 100_000, 1_250, 0)]


def test_decision_reaches_back_over_years(assessee, now):
    bill_year(now, FinancialYear(2024))
    bill_year(now, FinancialYear(2025))

    issue_fresh_supplementary(decide(valuation(30_000), quarter=4, year=FinancialYear(2024)), issued_on=DECIDED)

    assert Demand.objects.filter(kind="FS").count() == 1 + 4 + 4


# --- Once, and in order -----------------------------------------------------------------------------------------------


def test_decision_is_billed_once(assessee):
    decision = decide(valuation(30_000, commercial=10_000, bridge="0.25"))

    first = issue_fresh_supplementary(decision, issued_on=DECIDED)
    again = issue_fresh_supplementary(decision, issued_on=date(2026, 12, 1))

    assert again == first
    assert Demand.objects.filter(kind="FS").count() == len(first.demands)


def test_same_decision_is_recorded_once(assessee):
    assert decide(valuation(30_000)) == decide(valuation(30_000))
    with pytest.raises(DecisionRecorded):
        decide(valuation(31_000))


def test_decision_for_an_earlier_quarter_than_a_billed_one_is_refused(assessee):
    issue_fresh_supplementary(decide(valuation(30_000), quarter=3), issued_on=DECIDED)
    earlier = decide(valuation(25_000), quarter=2, decided_on=date(2026, 12, 1))

    with pytest.raises(DecisionOvertaken):
        issue_fresh_supplementary(earlier, issued_on=date(2026, 12, 1))


@pytest.mark.parametrize(("quarter", "issued_on"), [(3, date(2026, 9, 30)), (4, date(2026, 12, 31))])
def test_decision_is_not_billed_before_its_quarter_begins(assessee, quarter, issued_on):
    decision = decide(valuation(30_000), quarter=quarter, decided_on=date(2026, 9, 1))

    with pytest.raises(DecisionTakesEffectLater):
        issue_fresh_supplementary(decision, issued_on=issued_on)

    assert Assessee.objects.get().annual_value_paise == 2_000_000


def test_decision_is_billed_on_the_first_day_of_its_quarter(assessee):
    issue_fresh_supplementary(decide(valuation(30_000), quarter=4), issued_on=date(2027, 1, 1))

    assert [row[0] for row in supplementary()] == [4]


def test_decision_is_not_billed_before_it_was_made(assessee):
    with pytest.raises(IssuedBeforeDecision):
        issue_fresh_supplementary(decide(valuation(30_000)), issued_on=date(2026, 11, 19))


def test_closed_number_is_not_billed(assessee):
    Assessee.objects.update(status="closed")

    with pytest.raises(AssesseeClosed):
        issue_fresh_supplementary(decide(valuation(30_000)), issued_on=DECIDED)


@pytest.mark.django_db(transaction=True)
def test_decision_waits_for_the_bills_that_are_being_made(now):
    """Else a quarter billed meanwhile on the old value would be missed."""
    AssesseeFactory(assessee_number=NUMBER, **valuation(20_000)._asdict())
    decision = decide(valuation(30_000))

    def issue() -> int:
        try:
            return len(issue_fresh_supplementary(decision, issued_on=DECIDED).demands)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            take_billing_lock()
            issued = pool.submit(issue)
            wait_until_somebody_waits()
            bill_year(now)
        assert issued.result() == 2


def wait_until_somebody_waits() -> None:
    with connection.cursor() as cursor:
        for _ in range(500):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError("nobody waited for the lock")


# --- Values that cannot be --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (valuation(-1), "annual_value"),
        (valuation(10**12), "annual_value"),
        (valuation(100, commercial=101), "commercial_annual_value"),
        (valuation(100, commercial=-1), "commercial_annual_value"),
        (valuation(100, rate="100.01"), "tax_rate"),
        (valuation(100, rate="-0.01"), "tax_rate"),
        (valuation(100, bridge="10"), "howrah_bridge_tax"),
    ],
)
def test_value_that_cannot_be_is_refused_by_its_name(assessee, wrong, field):
    with pytest.raises(DecisionValuesInvalid) as refused:
        decide(wrong)

    assert refused.value.field == field
    assert HearingDecision.objects.count() == 0


def test_decision_for_nobody_is_refused():
    with pytest.raises(AssesseeNotFound):
        decide(valuation(100))


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"quarter": 5}, "hearing_quarter_from_1_to_4"),
        ({"annual_value_paise": -1, "commercial_annual_value_paise": -1}, "hearing_values_not_negative"),
        ({"commercial_annual_value_paise": 10**9}, "hearing_commercial_value_within_annual_value"),
        ({"decided_on": DECIDED}, "hearing_once_a_day"),
    ],
)
def test_row_that_breaks_a_rule_is_refused(assessee, values, name):
    decide(valuation(100))
    row = {"decided_on": date(2026, 12, 1), "financial_year": 2026, "quarter": 1, **valuation(100)._asdict()}

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        HearingDecision.objects.create(assessee=assessee, **row | values)


# --- The command ------------------------------------------------------------------------------------------------------


def record(*, value: str = "30000", issued_on: str = "2026-11-20") -> None:
    call_command(
        "record_hearing", "11-026-01-0005-1", "--decided-on", "2026-11-20", "--decided-by", "Hearing Officer II",
        "--from", "2026-27Q3", "--annual-value", value, "--tax-rate", "40", "--howrah-bridge-tax", "0.5",
        "--issued-on", issued_on, "--json",
    )  # fmt: skip


def test_command_prints_the_bills_it_made(assessee, capsys):
    record()

    document = json.loads(capsys.readouterr().out)
    decision = HearingDecision.objects.get()
    assert document["decision"] == decision.pk
    assert document["left_over"] == []
    assert document["bills"][0] == {
        "demand_number": f"FS-{NUMBER}-20263-H{decision.pk}",
        "financial_year": "2026-27",
        "quarter": 3,
        "property_tax_paise": 100_000,
        "howrah_bridge_tax_paise": 1_250,
        "commercial_surcharge_paise": 0,
    }


def test_command_refuses_a_negative_value(assessee, capsys):
    with pytest.raises(SystemExit, match="1"):
        record(value="-5")

    assert json.loads(capsys.readouterr().out)["error"]["field"] == "annual_value"


# --- What a clerk sees ------------------------------------------------------------------------------------------------


def test_clerk_sees_which_decisions_need_a_person(assessee, admin_client):
    issue_fresh_supplementary(decide(valuation(10_000)), issued_on=DECIDED)

    (shown,) = admin_client.get("/admin/property_tax/hearingdecision/", {"q": NUMBER}).context["cl"].result_list

    assert shown.left_over == [["2026-27 Q3", "less", -101_250], ["2026-27 Q4", "less", -101_250]]
    page = admin_client.get(f"/admin/property_tax/hearingdecision/{shown.pk}/change/")
    assert "-101250" in page.content.decode()


def test_clerk_sees_the_runs(assessee, admin_client):
    page = admin_client.get("/admin/property_tax/demandrun/").content.decode()

    assert "₹8,100.00" in page
