"""The sandbox's pay-outs over HTTP: files that agree with each other, and a knob for everything that can go wrong with them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import httpx
import pytest

from payments.gateways.base import CheckoutRequest
from payments.gateways.billdesk import BillDesk
from payments.gateways.razorpay import Razorpay
from payments.reconciliation.mis import settlement_rows
from payments.reconciliation.readers import bank_rows
from payments.reconciliation.refusals import FileDamaged, LayoutUnknown, TotalsWrong
from payments.reconciliation.rows import RowKind
from payments.sandbox import twists
from payments.sandbox.app import Sandbox
from payments.tests.billdesk_bench import KEY, bench_at

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY, NEXT = date(2026, 11, 24), date(2026, 11, 25)
UTR = "SIMB261124"


@pytest.fixture
def bench():
    """Two payments of 1,924 rupees, by card and by UPI, paid out this morning."""
    with bench_at(START) as made:
        made.paid = [pay(made, "A1", "card"), pay(made, "A2", "upi")]
        made.advance(days=1)
        yield made


def pay(bench, order_ref, method="upi", paise=192_400, outcome=""):
    asked = CheckoutRequest(order_ref, paise, START, "http://portal.example/", "203.0.113.7", "test")
    BillDesk(bench.credentials, clock=lambda: START).open(asked)
    return bench.post(f"/sim/orders/{order_ref}/pay", method=method, outcome=outcome).json()["transaction"][
        "transaction_id"
    ]


def turn(bench, twist, day=DAY, **more):
    answer = bench.post(f"/sim/payouts/KMCSIM/{day}/twists", twist=twist, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["twist"]


def file_of(bench, tmp_path, kind, form, day=DAY):
    path = tmp_path / f"{kind}-{day}.{form}"
    path.write_bytes(httpx.get(f"{bench.url}/sim/{kind}/KMCSIM/{day}.{form}").content)
    return path


def report(bench, tmp_path, form="xlsx", day=DAY):
    """Return the rows of the report as the portal reads them: kind, which payment, gross, charge, GST, net."""
    rows = settlement_rows(file_of(bench, tmp_path, "settlement", form, day))
    return [(row.kind, row.order_ref, row.gross_paise, row.charge_paise, row.gst_paise, row.net_paise) for row in rows]


def statement(bench, tmp_path, form="csv", day=DAY):
    return [(row.amount_paise, row.utr[:10]) for row in bank_rows(file_of(bench, tmp_path, "bank", form, day))]


CARD = (RowKind.SETTLED, "A1", 192_400, 1_732, 312, 190_356)
UPI = (RowKind.SETTLED, "A2", 192_400, 0, 0, 192_400)
NET = 190_356 + 192_400


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_report_is_what_was_paid_less_the_charges(bench, tmp_path, form):
    assert report(bench, tmp_path, form) == [CARD, UPI]


@pytest.mark.parametrize("form", ["csv", "sta"])
def test_statement_has_one_credit_for_the_pay_out(bench, tmp_path, form):
    assert statement(bench, tmp_path, form) == [(NET, UTR)]


@pytest.mark.parametrize("form", ["csv", "sta"])
def test_pay_out_below_nothing_is_a_debit(bench, tmp_path, form):
    turn(bench, "chargeback", day=NEXT, transaction=bench.paid[0])
    bench.advance(days=1)

    assert statement(bench, tmp_path, form, NEXT) == [(-192_400, "SIMB261125")]


def test_nothing_is_paid_out_before_six_in_the_morning(tmp_path):
    with bench_at(START) as bench:
        pay(bench, "A1")
        bench.advance(hours=12, minutes=29)
        assert report(bench, tmp_path) == []
        bench.advance(minutes=1)
        assert [row[1] for row in report(bench, tmp_path)] == ["A1"]


def test_api_tells_the_same_rows_with_the_bank_reference_of_the_credit(bench, tmp_path):
    rows = BillDesk(bench.credentials, clock=lambda: START).settlements(DAY)

    assert [(row.order_ref, row.gross_paise, row.charges_paise, row.gst_paise, row.net_paise) for row in rows] == [
        CARD[1:],
        UPI[1:],
    ]
    (credit,) = bank_rows(file_of(bench, tmp_path, "bank", "csv"))
    assert {row.utr for row in rows} == {credit.utr}


def test_voucher_names_its_day(bench):
    gateway = BillDesk(bench.credentials, clock=lambda: START)
    said = gateway._call("/pasettlements/v1_2/settlements/get", {"pv_number": "PV20261124"})

    assert [record["orderid"] for record in said["records"]] == ["A1", "A2"]


def test_refund_stands_in_its_own_section_and_goes_out_of_the_pay_out(bench, tmp_path):
    gateway = BillDesk(bench.credentials, clock=lambda: START)
    (paid,) = gateway.ask("A2")
    gateway.refund(paid, refund_ref="R1", amount_paise=50_000)
    bench.advance(days=1)

    assert report(bench, tmp_path, day=NEXT) == [(RowKind.REFUND, "A2", 192_400, 0, 0, 50_000)]
    assert statement(bench, tmp_path, day=NEXT) == [(-50_000, "SIMB261125")]


# --- what can go wrong in the rows --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("twist", "rows"),
    [
        ("stranger", [CARD, UPI, (RowKind.SETTLED, "NOBODY000001", 500, 0, 0, 500)]),
        ("left_out", [UPI]),
        ("other_gross", [(RowKind.SETTLED, "A1", 191_900, 1_732, 312, 189_856), UPI]),
        ("other_charge", [(RowKind.SETTLED, "A1", 192_400, 2_232, 312, 189_856), UPI]),
        ("other_gst", [(RowKind.SETTLED, "A1", 192_400, 1_732, 812, 189_856), UPI]),
        ("other_net", [(RowKind.SETTLED, "A1", 192_400, 1_732, 312, 189_856), UPI]),
        ("twice", [CARD, CARD, UPI]),
        ("foreign_merchant", [CARD, UPI]),
        ("strange_refund", [CARD, UPI, (RowKind.REFUND, "A1", 192_400, 0, 0, 500)]),
        ("chargeback", [CARD, UPI, (RowKind.CHARGEBACK, "A1", 192_400, 0, 0, 500)]),
    ],
)
def test_row_is_as_the_knob_has_it_and_the_bank_pays_by_the_rows(bench, tmp_path, twist, rows):
    turn(bench, twist, paise=500)

    assert report(bench, tmp_path) == rows
    net = sum(row[-1] if row[0] == RowKind.SETTLED else -row[-1] for row in rows)
    assert statement(bench, tmp_path) == [(net, UTR)]


def test_payment_that_failed_is_settled_all_the_same(bench, tmp_path):
    bench.post(f"/sim/transactions/{bench.paid[0]}/status", status="0399")
    turn(bench, "failed_row")

    assert report(bench, tmp_path) == [UPI, (RowKind.SETTLED, "A1", 192_400, 0, 0, 192_400)]


def test_row_of_somebody_else_names_him(bench, tmp_path):
    turn(bench, "foreign_merchant")

    read = settlement_rows(file_of(bench, tmp_path, "settlement", "xlsx"))
    assert [row.merchant_id for row in read] == ["SOMEBODY", "KMCSIM"]


def test_knob_is_about_the_payment_that_it_names(bench, tmp_path):
    turn(bench, "left_out", transaction=bench.paid[1])

    assert report(bench, tmp_path) == [CARD]


def test_row_comes_again_on_a_later_day(bench, tmp_path):
    turn(bench, "again", transaction=bench.paid[1], days=1)
    bench.advance(days=1)

    assert (report(bench, tmp_path), report(bench, tmp_path, day=NEXT)) == ([CARD, UPI], [UPI])


def test_whole_payment_is_charged_back_when_nobody_says_how_much(bench, tmp_path):
    turn(bench, "chargeback", transaction=bench.paid[1])

    assert report(bench, tmp_path)[-1] == (RowKind.CHARGEBACK, "A2", 192_400, 0, 0, 192_400)


def test_what_was_put_right_makes_a_corrected_report(bench, tmp_path):
    number = turn(bench, "left_out")["twist_id"]
    bench.post(f"/sim/twists/{number}/remove")

    assert report(bench, tmp_path) == [CARD, UPI]


def test_forgotten_payment_is_not_settled_and_not_known(bench, tmp_path):
    bench.post(f"/sim/transactions/{bench.paid[0]}/forget")

    assert report(bench, tmp_path) == [UPI]
    assert BillDesk(bench.credentials, clock=lambda: START).ask("A1") == ()


# --- what can go wrong with the file ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("twist", "refusal"), [("wrong_total", TotalsWrong), ("unknown_layout", LayoutUnknown), ("cut_off", FileDamaged)]
)
def test_file_is_one_that_the_portal_refuses(bench, tmp_path, twist, refusal):
    turn(bench, twist)

    with pytest.raises(refusal):
        report(bench, tmp_path)


# --- what can go wrong at the bank --------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "sta"])
@pytest.mark.parametrize(
    ("twist", "credits"),
    [
        ("no_credit", []),
        ("late_credit", []),
        ("short_credit", [(NET - 500, UTR)]),
        ("over_credit", [(NET + 500, UTR)]),
        ("split_credit", [(NET - 500, UTR), (500, "SIMX261124")]),
        ("other_utr", [(NET, "SIMX261124")]),
        ("strange_credit", [(NET, UTR), (500, "SIMX261124")]),
    ],
)
def test_credit_is_as_the_knob_has_it_and_the_report_says_nothing(bench, tmp_path, form, twist, credits):
    turn(bench, twist, paise=500)

    assert statement(bench, tmp_path, form) == credits
    assert report(bench, tmp_path) == [CARD, UPI]


def test_late_credit_comes_on_its_day(bench, tmp_path):
    turn(bench, "late_credit", days=3)
    bench.advance(days=3)

    assert statement(bench, tmp_path, day=date(2026, 11, 27)) == [(NET, UTR)]


# --- the knobs themselves -----------------------------------------------------------------------------------------------


def test_every_knob_is_on_the_page_with_the_difference_that_it_makes(bench):
    page = httpx.get(f"{bench.url}/sim/").text
    for name, knob in twists.KNOBS.items():
        assert f"<td><code>{name}</code></td><td><code>{knob.makes}</code></td>" in page


def test_every_knob_does_something(bench, tmp_path):
    bench.post(f"/sim/transactions/{pay(bench, 'A3')}/status", status="0399")
    fair = everything(bench, tmp_path)
    for name in twists.KNOBS:
        number = turn(bench, name, days=1)["twist_id"]
        bench.advance(days=1)
        assert everything(bench, tmp_path) != fair, name
        bench.post(f"/sim/twists/{number}/remove")
        assert everything(bench, tmp_path) == fair, name


def everything(bench, tmp_path):
    """Return all that the treasury gets of two days, but for the time that a workbook was written."""
    texts = [
        file_of(bench, tmp_path, kind, "csv", day).read_text() for kind in ("settlement", "bank") for day in (DAY, NEXT)
    ]
    try:
        return [*texts, report(bench, tmp_path)]
    except (FileDamaged, TotalsWrong, LayoutUnknown) as refusal:
        return [*texts, refusal.code]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/sim/payouts/KMCSIM/2026-11-24/twists", {"twist": "miracle"}),
        ("/sim/payouts/NOBODY/2026-11-24/twists", {"twist": "twice"}),
        ("/sim/payouts/KMCSIM/2026-13-24/twists", {"twist": "twice"}),
        ("/sim/payouts/KMCSIM/2026-11-24/twists", {"twist": "twice", "transaction": "NOBODY"}),
        ("/sim/payouts/KMCSIM/2026-11-24/twists", {"twist": "late_credit", "days": 11}),
        ("/sim/payouts/KMCSIM/2026-11-24/twists", {"twist": "short_credit", "paise": -1}),
        ("/sim/payouts/KMCSIM/2026-11-24/twists", {"twist": "short_credit", "paise": "many"}),
        ("/sim/twists/99/remove", {}),
        ("/sim/transactions/NOBODY/forget", {}),
    ],
)
def test_impossible_wish_is_told_so_and_nothing_goes_wrong(bench, tmp_path, path, content):
    answer = bench.post(path, **content)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not_possible")
    assert report(bench, tmp_path) == [CARD, UPI]


def test_knobs_survive_the_file_on_disk(tmp_path):
    with bench_at(START, file=tmp_path / "world.json") as bench:
        made = turn(bench, "short_credit", paise=250)
        merchants = list(bench.sandbox._world.merchants.values())

    with Sandbox(merchants, file=tmp_path / "world.json").world() as world:
        (kept,) = world.twists.values()
    assert (kept.twist_id, kept.kind, kept.by_paise) == (made["twist_id"], "short_credit", 250)


def test_razorpay_tells_a_chargeback_as_an_adjustment_with_a_dispute():
    with bench_at(START, scheme="razorpay", secret=f"rzp_test_1:{KEY}:hook") as bench:
        gateway = Razorpay(bench.credentials)
        asked = CheckoutRequest("A1", 192_400, START, "http://portal.example/", "203.0.113.7", "test")
        order = gateway.open(asked).gateway_order_ref
        bench.post(f"/sim/orders/{order}/pay", method="card")
        turn(bench, "chargeback")
        bench.advance(days=1)

        lines = gateway.settlements(DAY)
    assert [(line.kind, line.order_ref, line.gross_paise, line.net_paise) for line in lines] == [
        ("settled", "A1", 192_400, 190_356),
        ("chargeback", "A1", 192_400, 192_400),
    ]
