"""The fault matrix, F51 to F53: refunds over real HTTP, through every gateway, with lost answers and late failures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from payments.accounts.services import gateway_of
from payments.gateways.base import CheckoutRequest, ReportStatus
from payments.models import GatewayAccount, Payment, Refund
from payments.posting import apply_report
from payments.refunds import sending as refund_sending
from payments.refunds import services as refunds
from payments.refunds import verdicts as refund_verdicts
from payments.states import RefundState
from payments.tests.billdesk_bench import KEY, bench_at
from payments.tests.factories import NOW, AccountFactory, AttemptFactory
from payments.tests.portal_bench import KEY_SET
from payments.tests.refund_bench import PAID, approve, approved, ask, balances, broken, landed, state

pytestmark = pytest.mark.django_db(transaction=True)
GATEWAYS = {
    "hmac": ("billdesk", KEY),
    "jose": ("billdesk", KEY_SET),
    "checksum": ("billdesk_legacy", KEY),
    "razorpay": ("razorpay", f"rzp_test_1:secret-{KEY}:webhook-{KEY}"),
}
HOUR = timedelta(hours=1)


def paid_through(bench, scheme, dues):
    """Pay 1,924 rupees, over the gateway's page, for bills that had been paid before."""
    dues.paid = {"PD-1", "PD-2"}
    account = AccountFactory(gateway=GATEWAYS[scheme][0], scheme=scheme, base_url=bench.url, secret_names="REFUND_KEY")
    attempt, gateway = AttemptFactory(account=account), gateway_of(account)
    checkout = gateway.open(CheckoutRequest(attempt.order_ref, PAID, NOW, "http://portal.example/", "", ""))
    bench.press(checkout)
    (report,) = gateway.ask(attempt.order_ref)
    apply_report(account=account, report=report, now=NOW)


@pytest.fixture
def line(request, dues, settings, monkeypatch):
    """The sandbox in one of its schemes, and a payment through it that stands in advance."""
    scheme = getattr(request, "param", "hmac")
    settings.GATEWAY_TIMEOUT_SECONDS = 1.5
    monkeypatch.setenv("REFUND_KEY", GATEWAYS[scheme][1])
    with bench_at(NOW, scheme=scheme, secret=GATEWAYS[scheme][1]) as bench:
        paid_through(bench, scheme, dues)
        yield bench


through_each = pytest.mark.parametrize("line", list(GATEWAYS), indirect=True)


def send(after: timedelta = timedelta()) -> None:
    refund_sending.send_refunds(now=NOW + after)


def ask_gateway(bench, after: timedelta) -> None:
    bench.advance(seconds=after.total_seconds())
    refund_sending.ask_refunds(now=NOW + after)


def at_the_bank(bench) -> list[tuple[str, int, str]]:
    """Return every refund that the gateway knows."""
    with bench.sandbox.world() as world:
        return [(one.refund_ref, one.amount_paise, one.status) for one in world.refunds.values()]


def spoil_refund(bench, fault: str) -> None:
    """Spoil the answer to the refund itself: Razorpay is asked first whether it has one."""
    if GatewayAccount.objects.get().gateway == "razorpay":
        bench.spoil("nothing")
    bench.spoil(fault)


def stands() -> dict[str, int]:
    return landed(Payment.objects.get())


# --- All goes well ----------------------------------------------------------------------------------------------------


@through_each
def test_refund_of_all_is_done_at_once(line):
    refund = approved(now=NOW)
    send()

    assert (state(refund), refund.tries, refund.last_error) == ("done", 1, "")
    assert at_the_bank(line) == [(refund.refund_number, PAID, "0699")]
    assert (stands(), balances(), broken()) == ({"refunded": PAID}, {}, [])


@through_each
def test_refund_that_waits_is_asked_about_after_an_hour_and_done(line):
    refund = approved(100_002, now=NOW)
    send()
    assert (state(refund), refund.next_at) == ("submitted", NOW + HOUR)

    ask_gateway(line, timedelta(minutes=59))
    assert state(refund) == "submitted"
    ask_gateway(line, HOUR)

    assert (state(refund), refund.ended_at) == ("done", NOW + HOUR)
    assert (stands(), broken()) == ({"advance": 92_398, "refunded": 100_002}, [])


# --- F51: asked for twice ---------------------------------------------------------------------------------------------


@through_each
def test_f51_refund_requested_twice_is_one_refund(line):
    refund = approved(now=NOW)
    with pytest.raises(refunds.RefundUnderWay):
        ask(1)
    send()
    with pytest.raises(refunds.NothingToRefund):
        ask(1)
    send(HOUR)

    assert at_the_bank(line) == [(refund.refund_number, PAID, "0699")]


def at_once(act, count: int = 8) -> list[object]:
    def run(_: int) -> object:
        try:
            return act()
        except refunds.ServiceError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_f51_clerks_who_ask_at_once_ask_once(line):
    found = at_once(lambda: ask(1_000, now=NOW).amount_paise)

    assert sorted(found, key=str) == [1_000, *["refund_under_way"] * 7]


def test_f51_refund_that_many_approve_at_once_leaves_the_advance_once(line):
    refund = ask(now=NOW)

    found = at_once(lambda: approve(refund, now=NOW).state)

    assert sorted(found) == ["approved", *["decided_already"] * 7]
    assert (stands(), balances()["1210"], broken()) == ({"refunded": PAID}, -PAID, [])


def test_f51_refund_that_many_workers_send_is_sent_once(line):
    refund = approved(100_000, now=NOW)

    assert sorted(at_once(lambda: refund_sending.send_refunds(now=NOW))) == [*[0] * 7, 1]

    assert at_the_bank(line) == [(refund.refund_number, 100_000, "0799")]
    assert (state(refund), refund.tries, broken()) == ("done", 1, [])


# --- F52: nobody knows whether it arrived -----------------------------------------------------------------------------


@through_each
@pytest.mark.parametrize("fault", ["silent", "unavailable", "garbage"])
def test_f52_refund_whose_answer_is_lost_is_asked_about_and_never_sent_again(line, fault):
    refund = approved(now=NOW)
    spoil_refund(line, fault)
    send()
    assert (state(refund), stands()) == ("unknown", {"refunded": PAID})
    assert refund.last_error.startswith("MaybeSent: ")

    for minutes in (5, 59):
        send(timedelta(minutes=minutes))
    ask_gateway(line, HOUR)

    assert (state(refund), refund.tries, refund.last_error) == ("done", 1, "")
    assert (at_the_bank(line), broken()) == ([(refund.refund_number, PAID, "0699")], [])


@pytest.mark.parametrize("fault", ["forged", "other_client", "other_merchant"])
def test_f52_answer_of_somebody_else_is_no_answer(line, fault):
    refund = approved(now=NOW)
    line.spoil(fault)
    send()
    ask_gateway(line, HOUR)

    assert (state(refund), at_the_bank(line)) == ("done", [(refund.refund_number, PAID, "0699")])


@through_each
def test_f52_worker_that_dies_before_sending_leaves_a_refund_that_is_sent_later_under_its_number(line):
    refund = approved(now=NOW)
    refund_sending._take_to_send(NOW)
    assert (state(refund), at_the_bank(line)) == ("submitted", [])

    send(timedelta(minutes=59))
    assert at_the_bank(line) == []
    ask_gateway(line, HOUR)
    assert state(refund) == "approved"
    send(HOUR)

    assert (state(refund), refund.tries) == ("done", 2)
    assert (at_the_bank(line), broken()) == ([(refund.refund_number, PAID, "0699")], [])


@through_each
def test_f52_number_that_the_gateway_has_already_is_looked_at_and_has_not_failed(line):
    """The first one arrived late: it came after the gateway had said that it did not know it."""
    refund = approved(100_000, now=NOW)
    refund_sending._take_to_send(NOW)
    ask_gateway(line, HOUR)
    with line.sandbox.world() as world:
        (merchant,) = world.merchants.values()
        (paid,) = world.transactions.values()
        world.give_back(merchant, paid, refund_ref=refund.refund_number, amount_paise=100_000)
    send(HOUR)

    assert (state(refund), len(at_the_bank(line)), broken()) == ("done", 1, [])


def test_f52_refusal_that_cannot_be_looked_at_leaves_it_unknown(line):
    refund = approved(now=NOW)
    for fault in ("foreign_address", "foreign_address"):
        line.spoil(fault)
    send()
    assert (state(refund), stands()) == ("unknown", {"refunded": PAID})
    assert "unauthorized ip" in refund.last_error

    ask_gateway(line, HOUR)
    assert state(refund) == "approved"
    send(HOUR)
    assert (state(refund), len(at_the_bank(line))) == ("done", 1)


@through_each
def test_f52_status_that_nobody_knows_is_unknown_until_the_gateway_says_more(line):
    refund = approved(100_002, now=NOW)
    send()
    line.post(f"/sim/refunds/{refund.refund_number}/status", status="0777")
    ask_gateway(line, HOUR)
    assert (state(refund), refund.raw_status) == ("unknown", "0777")

    line.post(f"/sim/refunds/{refund.refund_number}/status", status="0002")
    ask_gateway(line, 2 * HOUR)
    assert state(refund) == "submitted"
    line.post(f"/sim/refunds/{refund.refund_number}/status", status="0799")
    ask_gateway(line, 3 * HOUR)
    assert (state(refund), broken()) == ("done", [])


def test_f52_gateway_that_is_away_leaves_what_was_sent_as_it_is(line):
    refund = approved(100_002, now=NOW)
    send()
    for fault in ("unavailable", "foreign_address"):
        line.spoil(fault)
    ask_gateway(line, HOUR)
    ask_gateway(line, 2 * HOUR)
    assert (state(refund), refund.last_error[:7], refund.next_at) == ("submitted", "Refused", NOW + 3 * HOUR)

    ask_gateway(line, 3 * HOUR)
    assert (state(refund), refund.last_error) == ("done", "")


def test_f52_refund_that_the_gateway_has_forgotten_waits_for_a_person(line):
    refund = approved(100_002, now=NOW)
    send()
    with line.sandbox.world() as world:
        world.refunds.clear()
    ask_gateway(line, HOUR)
    send(HOUR)

    assert (state(refund), refund.tries, at_the_bank(line)) == ("unknown", 1, [])
    assert refund.last_error.startswith("NotKnown: ")


def test_f52_refund_of_less_is_believed_by_a_person_only(line):
    refund = approved(100_002, now=NOW)
    send()
    with line.sandbox.world() as world:
        world.refunds[f"KMCSIM/{refund.refund_number}"].amount_paise = 1
    ask_gateway(line, HOUR)

    assert (state(refund), refund.last_error) == ("unknown", "The gateway tells of 1 paise only.")


def test_f52_answer_that_comes_twice_ends_it_once(line):
    """A worker was so slow that another one has asked meanwhile."""
    refund = approved(100_002, now=NOW)
    send()
    slow = refund_sending._take_to_ask(NOW + HOUR)
    ask_gateway(line, 2 * HOUR)
    refund_sending._ask(slow, NOW + 2 * HOUR)

    assert (state(refund), stands(), broken()) == ("done", {"advance": 92_398, "refunded": 100_002}, [])


@pytest.mark.parametrize("line", ["checksum"], indirect=True)
def test_f52_refund_that_the_older_interface_hides_is_ended_by_two_clerks(line):
    with line.sandbox.world() as world:
        (merchant,), (paid,) = world.merchants.values(), world.transactions.values()
        world.give_back(merchant, paid, refund_ref="CONSOLE", amount_paise=PAID)
    refund = approved(now=NOW)
    send()
    refund_verdicts.enter_verdict(refund.pk, verdict="failed", proof="Console, 23 November", maker="clerk")
    refund_verdicts.confirm_verdict(refund.pk, approver="approver", now=NOW)
    ask_gateway(line, HOUR)

    assert (state(refund), stands(), broken()) == ("failed", {"advance": PAID}, [])


# --- Not sent ---------------------------------------------------------------------------------------------------------


@through_each
def test_refund_that_never_left_stays_approved_and_is_tried_again(line):
    refund = approved(now=NOW)
    GatewayAccount.objects.update(base_url="http://127.0.0.1:1")
    send()
    assert (state(refund), refund.next_at, refund.last_error[:7]) == ("approved", NOW + timedelta(minutes=5), "NotSent")

    GatewayAccount.objects.update(base_url=line.url)
    send(timedelta(minutes=4))
    assert state(refund) == "approved"
    send(timedelta(minutes=5))
    assert (state(refund), broken()) == ("done", [])


def test_refund_of_an_account_without_a_key_waits_for_the_key(line, monkeypatch):
    refund = approved(now=NOW)
    monkeypatch.delenv("REFUND_KEY")
    send()

    assert (state(refund), refund.last_error) == ("approved", "NotSent: The account billdesk has no key.")


def test_refund_over_which_the_portal_falls_stops_no_other(line, monkeypatch):
    refund = approved(now=NOW)
    monkeypatch.delitem(refund_sending.MEANS, ReportStatus.SUCCEEDED)

    assert refund_sending.send_refunds(now=NOW) == 1
    assert (state(refund), refund.last_error[:10]) == ("submitted", "KeyError: ")
    monkeypatch.undo()
    monkeypatch.setenv("REFUND_KEY", KEY)
    ask_gateway(line, HOUR)
    assert state(refund) == "done"


# --- F53: it fails ----------------------------------------------------------------------------------------------------


@through_each
def test_f53_refund_that_fails_at_once_stands_in_advance_again(line):
    refund = approved(100_001, now=NOW)
    send()

    assert (state(refund), refund.raw_status in ("0399", "failed")) == ("failed", True)
    assert (stands(), balances(), broken()) == ({"advance": PAID}, {"1200:billdesk": PAID, "2100": -PAID}, [])


@through_each
def test_f53_refund_that_fails_later_stands_in_advance_again_and_goes_out_anew(line):
    refund = approved(100_003, now=NOW)
    send()
    assert (state(refund), stands()) == ("submitted", {"advance": 92_397, "refunded": 100_003})
    ask_gateway(line, HOUR)
    assert (state(refund), stands(), broken()) == ("failed", {"advance": PAID}, [])

    again = approved(now=NOW + HOUR)
    send(HOUR)

    assert (state(again), again.refund_number != refund.refund_number) == ("done", True)
    assert (stands(), balances(), broken()) == ({"refunded": PAID}, {}, [])


@through_each
def test_f53_refund_that_the_gateway_refuses_has_failed_with_its_reason(line):
    """Somebody has given the money back in the gateway's own console."""
    with line.sandbox.world() as world:
        (merchant,) = world.merchants.values()
        (paid,) = world.transactions.values()
        world.give_back(merchant, paid, refund_ref="CONSOLE", amount_paise=PAID)
    refund = approved(now=NOW)
    send()

    if GatewayAccount.objects.get().gateway == "billdesk_legacy":
        # It tells of its last refund only, and that one is not ours.
        assert state(refund) == RefundState.UNKNOWN
    else:
        assert (state(refund), stands(), broken()) == ("failed", {"advance": PAID}, [])
        assert "There is not so much to refund." in refund.last_error
    assert len(at_the_bank(line)) == 1


def test_refunds_come_out_in_batches_and_none_is_left(line):
    assert (refund_sending.send_refunds(now=NOW), refund_sending.ask_refunds(now=NOW)) == (0, 0)
    refund = approved(now=NOW)

    assert [refund_sending.send_refunds(now=NOW) for _ in range(2)] == [1, 0]
    assert Refund.objects.get() == refund
