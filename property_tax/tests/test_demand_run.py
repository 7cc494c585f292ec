"""The yearly run: who is billed and how much, what is left alone, and what a kill, a second run or a dry run leaves."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from kmc_portal.common.financial_year import FinancialYear
from property_tax.demand_run import (
    DemandRunUnfinished,
    IssuedBeforeTheYear,
    PresentedBeforeIssue,
    QuarterUnknown,
    preview_demands,
    run_demands,
)
from property_tax.models import Demand, DemandRun, HearingDecision
from property_tax.queries import assessee_dues
from property_tax.rules.billing import Valuation, quarter_tax
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = pytest.mark.django_db
YEAR = FinancialYear(2026)
ISSUED = date(2026, 4, 15)
VALUED = {
    "annual_value_paise": 2_000_000,
    "tax_rate_percent": Decimal("40"),
    "howrah_bridge_tax_percent": Decimal("0.5"),
}


class Killed(Exception):
    pass


@pytest.fixture
def run(now):
    def run(act=run_demands, **changes) -> DemandRun:
        terms = {"financial_year": YEAR, "quarters": [1, 2, 3, 4], "issued_on": ISSUED, "maker": "clerk", "now": now}
        return act(**terms | changes)

    return run


def people(count: int) -> list:
    return [AssesseeFactory(**VALUED) for _ in range(count)]


def counts(run: DemandRun) -> dict[str, int]:
    return {name: getattr(run, name) for name in ("assessees", "closed", "untaxed", "created", "amount_paise")}


def bills() -> list[tuple]:
    heads = ("property_tax_paise", "howrah_bridge_tax_paise", "commercial_surcharge_paise")
    return list(Demand.objects.order_by("demand_number").values_list("demand_number", "kind", "quarter", *heads))


# --- What is billed ---------------------------------------------------------------------------------------------------


def test_run_bills_every_quarter(run):
    AssesseeFactory(assessee_number="110260100051", **VALUED, commercial_annual_value_paise=500_000)

    made = run()

    assert bills() == [
        ("PD-110260100051-20261", "PD", 1, 200_000, 2_500, 25_000),
        ("PD-110260100051-20262", "PD", 2, 200_000, 2_500, 25_000),
        ("PD-110260100051-20263", "PD", 3, 200_000, 2_500, 25_000),
        ("PD-110260100051-20264", "PD", 4, 200_000, 2_500, 25_000),
    ]
    assert counts(made) == {"assessees": 1, "closed": 0, "untaxed": 0, "created": 4, "amount_paise": 910_000}
    assert made.is_finished


def test_database_computes_what_the_rules_compute(run):
    draw = random.Random(1)
    for number in range(400):
        value = draw.choice([1, 2, 50, 500_00, 1_234_567, 10**14 - 1, draw.randrange(10**9)]) if number else 2
        AssesseeFactory(
            annual_value_paise=value,
            commercial_annual_value_paise=value * draw.randrange(101) // 100,
            tax_rate_percent=Decimal(draw.randrange(10_001)) / 100 if number else Decimal(100),
            howrah_bridge_tax_percent=Decimal(draw.randrange(10_000)) / 1000,
        )

    run(quarters=[1])

    wrong = [
        bill
        for bill in Demand.objects.select_related("assessee")
        if quarter_tax(Valuation(*(getattr(bill.assessee, name) for name in Valuation._fields)), Decimal(50))
        != (bill.property_tax_paise, bill.howrah_bridge_tax_paise, bill.commercial_surcharge_paise)
    ]
    assert wrong == []
    assert Demand.objects.count() > 200  # the rest is worth less than half a rupee


def test_bills_of_a_run_are_due_as_any_other(run, now):
    assessee = people(1)[0]

    run(quarters=[3])

    found = assessee_dues(assessee_number=assessee.assessee_number, on=now.date())
    assert found.dues.headings["PD"].payable_paise == 202_500


def test_run_with_a_day_of_presentation_starts_the_rebate(run):
    people(1)

    run(quarters=[1], presented_on=date(2026, 4, 20))

    assert list(Demand.objects.values_list("presented_on", "rebate_date")) == [(date(2026, 4, 20), date(2026, 5, 11))]


@pytest.mark.parametrize(("value", "made"), [(499, 0), (500, 1)])
def test_quarter_that_rounds_to_no_rupee_is_not_billed(run, value, made):
    AssesseeFactory(annual_value_paise=value, tax_rate_percent=40)

    assert run(quarters=[1]).created == made


def test_closed_and_unvalued_assessees_are_left_out(run):
    people(1)
    AssesseeFactory(**VALUED, status="closed")
    AssesseeFactory()

    assert counts(run(quarters=[1])) == {
        "assessees": 3, "closed": 1, "untaxed": 1, "created": 1, "amount_paise": 202_500,
    }  # fmt: skip


@pytest.mark.parametrize(
    "standing",
    [
        {"kind": "PD"},
        {"kind": "PD", "paid_on": date(2026, 5, 1)},
        {"kind": "PD", "disputed_on": date(2026, 5, 1)},
        {"kind": "FS"},
    ],
    ids=["imported", "paid", "disputed", "fresh"],
)
def test_quarter_that_has_a_bill_is_left_as_it_is(run, standing):
    assessee = people(1)[0]
    bill = DemandFactory(assessee=assessee, quarter=2, property_tax_paise=1, **standing)

    made = run()

    assert made.created == 3
    bill.refresh_from_db()
    assert bill.property_tax_paise == 1
    assert list(Demand.objects.filter(quarter=2).values_list("demand_number", flat=True)) == [bill.demand_number]


def test_quarter_before_a_hearings_decision_is_left_to_a_person(run):
    HearingDecision.objects.create(
        assessee=people(1)[0], decided_on=ISSUED, carried_on=ISSUED, financial_year=2026, quarter=3, **VALUED
    )

    run()

    assert list(Demand.objects.order_by("quarter").values_list("quarter", flat=True)) == [3, 4]


# --- Again, killed, at once -------------------------------------------------------------------------------------------


def test_second_run_makes_nothing(run):
    people(3)
    run(batch=2)
    first = bills()

    again = run(batch=2)
    assert counts(again) == {"assessees": 3, "closed": 0, "untaxed": 0, "created": 0, "amount_paise": 0}
    assert bills() == first


def test_second_run_bills_who_came_since(run):
    people(3)
    run()
    people(1)

    assert run().created == 4


def test_killed_run_goes_on_where_it_stood(run):
    people(7)

    def kill(progress: DemandRun) -> None:
        if progress.assessees == 4:
            raise Killed

    with pytest.raises(Killed):
        run(batch=2, watch=kill)
    assert Demand.objects.count() == 16

    seen: list[int] = []
    resumed = run(batch=2, watch=lambda progress: seen.append(progress.assessees))

    assert seen == [6, 7, 7]
    assert counts(resumed) == {"assessees": 7, "closed": 0, "untaxed": 0, "created": 28, "amount_paise": 28 * 202_500}
    assert Demand.objects.count() == 28
    assert DemandRun.objects.count() == 1


def test_chunk_that_fails_leaves_no_bill_and_no_progress(run, monkeypatch):
    people(4)

    def fail(self, *args, **kwargs):
        if self.assessees == 4:
            raise Killed
        return save(self, *args, **kwargs)

    save = DemandRun.save
    monkeypatch.setattr(DemandRun, "save", fail)
    with pytest.raises(Killed):
        run(batch=2)

    assert (Demand.objects.count(), DemandRun.objects.get().assessees) == (8, 2)


@pytest.mark.parametrize(
    "other", [{"quarters": [1]}, {"issued_on": date(2026, 4, 16)}, {"presented_on": date(2026, 4, 20)}]
)
def test_unfinished_run_must_be_finished_with_the_same_terms(run, other):
    people(1)
    DemandRun.objects.create(
        financial_year=2026, quarters=[1, 2, 3, 4], issued_on=ISSUED, commercial_surcharge_percent=50, maker="clerk",
        started_at="2026-04-15T10:00:00+05:30",
    )  # fmt: skip

    with pytest.raises(DemandRunUnfinished):
        run(**other)

    assert Demand.objects.count() == 0
    assert run().created == 4


def test_resumed_run_keeps_the_surcharge_it_began_with(run):
    AssesseeFactory(**VALUED, commercial_annual_value_paise=2_000_000)
    DemandRun.objects.create(
        financial_year=2026, quarters=[1], issued_on=ISSUED, commercial_surcharge_percent=10, maker="clerk",
        started_at="2026-04-15T10:00:00+05:30",
    )  # fmt: skip

    run(quarters=[1])

    assert Demand.objects.get().commercial_surcharge_paise == 20_000


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_share_the_work(run):
    people(40)
    begin = Barrier(2)

    def work(_number: int) -> DemandRun:
        begin.wait()
        try:
            return run(batch=3)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))

    assert Demand.objects.count() == 160
    assert sum(run.created for run in DemandRun.objects.all()) == 160
    assert set(DemandRun.objects.values_list("is_finished", flat=True)) == {True}


@pytest.mark.django_db(transaction=True)
def test_runs_of_two_years_at_once_do_not_meet(run):
    people(20)

    def work(year: int) -> int:
        try:
            return run(financial_year=FinancialYear(year), issued_on=date(year, 4, 15), batch=3).created
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, [2026, 2027])) == [80, 80]


# --- Dry run and refusals ---------------------------------------------------------------------------------------------


def test_dry_run_says_what_a_run_would_make_and_writes_nothing(run):
    people(5)
    AssesseeFactory(**VALUED, status="closed")
    DemandFactory(assessee=people(1)[0], quarter=1)

    preview = run(preview_demands, batch=2)

    assert preview.pk is None
    assert (Demand.objects.count(), DemandRun.objects.count()) == (1, 0)
    assert counts(preview) == counts(run()) == {
        "assessees": 7, "closed": 1, "untaxed": 0, "created": 23, "amount_paise": 23 * 202_500,
    }  # fmt: skip


@pytest.mark.parametrize("act", [run_demands, preview_demands])
@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"quarters": []}, QuarterUnknown),
        ({"quarters": [0]}, QuarterUnknown),
        ({"quarters": [4, 5]}, QuarterUnknown),
        ({"issued_on": date(2026, 3, 31)}, IssuedBeforeTheYear),
        ({"presented_on": date(2026, 4, 14)}, PresentedBeforeIssue),
    ],
)
def test_run_that_cannot_be_is_refused(run, act, wrong, refusal):
    with pytest.raises(refusal):
        run(act, **wrong)

    assert DemandRun.objects.count() == 0


@pytest.mark.parametrize("issued_on", [date(2026, 4, 1), date(2027, 3, 31), date(2027, 4, 1)])
def test_run_may_be_issued_from_the_first_day_of_the_year_on(run, issued_on):
    people(1)

    assert run(issued_on=issued_on).created == 4


# --- The command ------------------------------------------------------------------------------------------------------


def generate(*arguments: str, capsys) -> dict:
    call_command("generate_demands", "--year", "2026-27", "--issued-on", "2026-04-15", "--json", *arguments)
    return json.loads(capsys.readouterr().out)


def test_command_prints_the_run_as_one_document(capsys):
    people(2)

    document = generate("--quarters", "1-2", capsys=capsys)

    assert document == {
        "run": DemandRun.objects.get().pk,
        "financial_year": "2026-27",
        "quarters": [1, 2],
        "issued_on": "2026-04-15",
        "presented_on": None,
        "assessees": 2,
        "closed": 0,
        "untaxed": 0,
        "standing": 0,
        "created": 4,
        "amount_paise": 810_000,
    }


def test_command_tries_without_writing(capsys):
    people(2)

    document = generate("--dry-run", capsys=capsys)
    assert (document["run"], document["created"], Demand.objects.count()) == (None, 8, 0)


def test_command_shows_progress_on_standard_error_only(capsys):
    people(2)

    call_command("generate_demands", "--year", "2026-27", "--issued-on", "2026-04-15")

    shown = capsys.readouterr()
    assert shown.err == "100 %  2 assessees\n"
    assert shown.out == "8 bills made, 16200.00 rupees; assessees 2, closed 0, untaxed 0, standing 0\n"


def test_command_prints_a_refusal_as_json(capsys):
    with pytest.raises(SystemExit, match="1"):
        call_command("generate_demands", "--year", "2026-27", "--issued-on", "2026-03-31", "--json")

    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bills_issued_too_early"


@pytest.mark.parametrize("wrong", [("--quarters", "1-5"), ("--quarters", "4-1"), ("--year", "2026-28")])
def test_command_knows_wrong_usage(wrong):
    with pytest.raises(CommandError):
        call_command("generate_demands", "--year", "2026-27", "--issued-on", "2026-04-15", *wrong)
