"""A day from click to bank: matched, booked, credited, and its totals."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection

from payments import tasks
from payments.models import (
    BreakClosing,
    Journal,
    JournalLine,
    Payment,
    ReconBreak,
    Refund,
    ReturnMatch,
    SettlementCredit,
    SettlementFile,
    SettlementLine,
    SettlementMatch,
)
from payments.reconciliation.totals import Outcome, Sum, control_totals
from payments.refunds.moves import move
from payments.sandbox.mis import IDENTIFIERS, SETTLED
from payments.states import RefundState
from payments.tests.factories import NOW, AccountFactory
from payments.tests.recon_desk import (
    PAID,
    PAID_ON,
    Desk,
    about,
    at,
    open_breaks,
    posted,
    refs,
    settled,
    went_back,
)
from payments.tests.refund_bench import approved, balances, broken, paid_in_advance

pytestmark = pytest.mark.django_db
NET = PAID - 1_180


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture
def payment(desk):
    return posted()


def totals(desk):
    return control_totals(account=desk.account, day=PAID_ON)


def test_day_ties_out(desk, payment):
    desk.report(settled(about(payment)))
    desk.statement(("24-11-2026", "UTR1", NET))
    desk.round(at(25))

    found = totals(desk)
    assert (found.outcome, found.differences, found.unexplained_paise) == (Outcome.TIES_OUT, (), 0)
    assert (found.ordered, found.paid, found.settled) == (Sum(1, PAID), Sum(1, PAID), Sum(1, PAID))
    assert (found.charges_paise, found.gst_paise, found.net) == (1_000, 180, Sum(1, NET))
    assert (found.paid_out, found.credited) == (Sum(1, NET), Sum(1, NET))
    assert (open_breaks(), broken()) == ({}, [])


def test_day_is_in_the_books(desk, payment):
    desk.report(settled(about(payment)))

    assert balances() == {
        "1110:billdesk": NET,
        "1300:test_dues:property_tax": -197_400,
        "5100:billdesk": 1_000,
        "5110:billdesk": 180,
        "5200:test_dues:rebate": 5_000,
    }
    desk.statement(("24-11-2026", "UTR1", NET))
    desk.round(at(25))
    assert {name: paise for name, paise in balances().items() if name[:2] == "11"} == {"1100:billdesk": NET}
    assert broken() == []


# --- Rounds -----------------------------------------------------------------------------------------------------------


def test_second_round_changes_nothing(desk, payment):
    desk.report(settled(about(payment), gst=182), settled(refs("T-9", "KP-9", "9"), 500, 0, 0))
    desk.statement(("24-11-2026", "UTR1", 5_000))
    desk.round(at(27))
    tables = (Journal, JournalLine, SettlementCredit, SettlementMatch, ReturnMatch, ReconBreak, BreakClosing)
    before = [table.objects.count() for table in tables]

    desk.round(at(27))

    assert [table.objects.count() for table in tables] == before


@contextmanager
def dying_at(table: str):
    """Have the database end whoever writes to a table."""
    assert broken() == []  # nothing waits for the commit any more
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TRIGGER dies BEFORE INSERT ON payments_{table} FOR EACH ROW EXECUTE FUNCTION payments_refuse_change()"
        )
        yield
        cursor.execute(f"DROP TRIGGER dies ON payments_{table}")


@pytest.mark.parametrize("table", ["settlementmatch", "settlementcredit", "journal", "returnmatch", "reconbreak"])
def test_round_that_died_is_finished_by_the_next_with_the_same_result(desk, dues, table):
    paid_in_advance(dues)
    payment = Payment.objects.select_related("transaction__attempt").get()
    desk.report(settled(about(payment, order="x")), settled(refs("T-9", "KP-9", "9"), 500, 0, 0))
    refund = approved(300)
    move(refund, RefundState.SUBMITTED, now=at(27))
    move(Refund.objects.get(), RefundState.DONE, now=at(27), gateway_refund_ref="RF-9")
    desk.report(refunds=[went_back(about(payment), 300, "RF-9", on=date(2026, 11, 27))])
    late = posted(bank_ref="7")
    with dying_at("settlementmatch"), pytest.raises(IntegrityError):
        desk.report(settled(about(late), on=date(2026, 11, 25)))
    desk.statement(("24-11-2026", "UTR1", NET + 500), ("25-11-2026", "UTR2", NET), ("25-11-2026", "UTR3", 700))

    with dying_at(table), pytest.raises(IntegrityError):
        desk.round(at(27))
    assert broken() == []
    desk.round(at(28))

    left = {"BANK_UNIDENTIFIED": 700, "DUPLICATE_SUCCESS": PAID, "GATEWAY_ONLY": 500}
    assert open_breaks() == {**left, "FEE_DIFF": 1_180}  # the first was paid by UPI, which is free of charge
    assert (SettlementMatch.objects.count(), SettlementCredit.objects.count(), ReturnMatch.objects.count()) == (2, 2, 1)
    assert broken() == []


def test_report_whose_booking_died_is_not_taken_in(desk, payment):
    with dying_at("journal"), pytest.raises(IntegrityError):
        desk.report(settled(about(payment)))
    assert not SettlementLine.objects.exists()

    desk.report(settled(about(payment)))
    assert balances()["1110:billdesk"] == NET


def test_statements_of_a_round_do_not_grow_with_its_rows(desk, django_assert_max_num_queries):
    payments = [posted(bank_ref=str(number)) for number in range(30)]
    desk.report(*(settled(about(payment), gst=182) for payment in payments[:20]))

    with django_assert_max_num_queries(70):
        desk.round(at(24))


def test_totals_are_two_statements(desk, payment, django_assert_num_queries):
    with django_assert_num_queries(2):
        totals(desk)


def test_rows_of_other_days_stand_beside_those_of_the_day(desk, payment):
    late = refs("T-9", "KP-9", "9")
    row = settled(late, 500, 0, 0)
    row[12] = "20-11-2026"
    desk.report(settled(about(payment)), row, refunds=[went_back(about(payment), 300, "RF-9")])
    desk.statement(("24-11-2026", "UTR1", NET + 200))
    desk.round(at(25))

    found = totals(desk)
    assert (found.other_days, found.refunds, found.credited) == (Sum(1, 500), Sum(1, 300), Sum(1, NET + 200))
    assert found.unexplained_paise == 0


def test_payment_settled_in_parts_is_settled(desk, payment):
    rows = [settled(about(payment), part, 0, 0) for part in (100_000, PAID - 100_000)]
    header = [*IDENTIFIERS, *SETTLED, "Sub Txn Id"]
    desk.take_in(desk.file(["SETTLED TRANSACTIONS"], header, [*rows[0], "A"], [*rows[1], "B"]))
    desk.statement(("24-11-2026", "UTR1", PAID))
    desk.round(at(27))

    assert (open_breaks(), totals(desk).outcome, totals(desk).settled) == ({}, Outcome.TIES_OUT, Sum(2, PAID))


def test_day_on_which_nobody_paid_is_empty(desk):
    assert totals(desk).outcome == Outcome.EMPTY


# --- The command ------------------------------------------------------------------------------------------------------


def command(*options: str) -> tuple[dict, int]:
    out = StringIO()
    try:
        call_command("reconcile", *options, "--json", stdout=out)
    except SystemExit as end:
        return json.loads(out.getvalue()), end.code
    return json.loads(out.getvalue()), 0


def test_command_reports_a_day_that_ties_out(desk, payment):
    desk.report(settled(about(payment)))
    desk.statement(("24-11-2026", "UTR1", NET))

    document, status = command("--day", "2026-11-23", "--account", "billdesk")

    assert (document["matched"], document["breaks"], status) == (1, {}, 0)
    (one,) = document["control_totals"]
    assert one == {
        "account": "billdesk",
        "day": "2026-11-23",
        "ordered": {"count": 1, "paise": PAID},
        "paid": {"count": 1, "paise": PAID},
        "settled": {"count": 1, "paise": PAID},
        "net": {"count": 1, "paise": NET},
        "other_days": {"count": 0, "paise": 0},
        "refunds": {"count": 0, "paise": 0},
        "chargebacks": {"count": 0, "paise": 0},
        "paid_out": {"count": 1, "paise": NET},
        "credited": {"count": 1, "paise": NET},
        "charges_paise": 1_000,
        "gst_paise": 180,
        "differences": [],
        "unexplained_paise": 0,
        "outcome": "ties_out",
        "ties_out": True,
    }


def test_command_counts_open_breaks_and_says_so(desk, payment):
    desk.report(settled(about(payment), gst=182))

    document, status = command("--day", "2026-11-23")

    assert (document["breaks"]["FEE_DIFF"], status) == (1, 1)
    assert {"stage": "settled_net", "kind": "FEE_DIFF"}.items() <= document["control_totals"][0]["differences"][
        0
    ].items()


def test_command_of_another_day_counts_nothing_of_this(desk, payment):
    desk.report(settled(about(payment), gst=182))

    assert command("--day", "2026-11-20")[0]["breaks"] == {}


def test_command_refuses_an_unknown_account(desk):
    document, status = command("--account", "nobody")

    assert (document["error"]["code"], status) == ("settlement_account_unknown", 1)


def test_command_tells_a_person(desk, payment, capsys):
    desk.report(settled(about(payment), gst=182))
    with pytest.raises(SystemExit, match="1"):
        call_command("reconcile", "--day", "2026-11-23")

    assert "FEE_DIFF: 1" in capsys.readouterr().out


# --- The scheduler ----------------------------------------------------------------------------------------------------


def test_scheduler_takes_accounts_that_have_had_a_report(desk, payment):
    assert tasks.reconcile() == 0
    assert not ReconBreak.objects.exists()

    desk.report(settled(about(payment), gst=182))

    assert tasks.reconcile() == 1
    assert "FEE_DIFF" in open_breaks()


def test_account_that_cannot_be_reconciled_stops_no_other(desk, payment):
    other = AccountFactory(code="aaa", merchant_id="OTHER")
    desk.report(settled(about(payment), gst=182))
    SettlementFile.objects.create(
        account=other, sha256="x", maker="x", taken_in_at=NOW, read=0, created=0, updated=0, rejected=0
    )
    assert broken() == []
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER dies BEFORE INSERT ON payments_reconbreak FOR EACH ROW WHEN (NEW.account_id = "
            f"{desk.account.pk}) EXECUTE FUNCTION payments_refuse_change()"
        )

    assert tasks.reconcile() == 1
