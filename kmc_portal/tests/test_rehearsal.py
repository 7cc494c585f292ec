"""The portal rehearsed: whatever goes wrong, the books hold; and a rehearsal of a broken portal says so."""

from __future__ import annotations

import json
import random
import secrets
from contextlib import suppress
from contextvars import ContextVar
from datetime import timedelta
from io import StringIO
from itertools import product
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from kmc_portal.management.commands.rehearse import Command
from kmc_portal.rehearsal_town import TaxTown
from payments import invariants, outbox, polling, services
from payments.gateways import billdesk_rows
from payments.gateways.base import ReportStatus
from payments.models import Payment, PaymentAttempt, Refund
from payments.refunds import moves as refund_moves
from payments.refunds import sending as refund_sending
from payments.refunds import services as refunds
from payments.rehearsal import acts, checks, many, mishaps, scratch
from payments.rehearsal.acts import bring
from payments.rehearsal.checks import Finding, books, check, check_when_quiet
from payments.rehearsal.letters import FORM, Letter, returned
from payments.rehearsal.line import ANSWER_LOST, HeldTransaction
from payments.rehearsal.mishaps import Crash, Mishap
from payments.rehearsal.run import Run, rehearse
from payments.rehearsal.scratch import kept_schema, scratch_schema
from payments.rehearsal.shrink import shrunk
from payments.rehearsal.stage import Stage, staged
from payments.sandbox.pages import signed_return
from payments.states import RefundState
from payments.tests.factories import NOW, AttemptFactory

if TYPE_CHECKING:
    from collections.abc import Sequence

# A rehearsal commits, on tables of its own.
pytestmark = pytest.mark.django_db(transaction=True)
SCHEMAS = "SELECT schema_name FROM information_schema.schemata ORDER BY 1"


@pytest.fixture(scope="module", autouse=True)
def schema(django_db_setup, django_db_blocker):
    """Migrate once for all of them."""
    with django_db_blocker.unblock(), kept_schema() as kept:
        yield kept


@pytest.fixture
def stage():
    with staged(TaxTown(), seed=1) as found:
        yield found


def schemas() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(SCHEMAS)
        return [name for (name,) in cursor.fetchall()]


def run(seed: int, steps: int = 60) -> Run:
    return rehearse(seed=seed, steps=range(1, steps + 1), town=TaxTown())


class Last(random.Random):
    """Chooses what came last."""

    def randrange(self, start, stop=None, step=1):
        return (start if stop is None else stop) - 1


def link(stage: Stage) -> str:
    """Have somebody ask to pay until there is a link."""
    rng = random.Random(1)
    while not stage.orders:
        acts.ask_to_pay(stage, rng)
    return stage.orders[0]


def paid_by_web(stage: Stage, number: str, heading: str, outcome: str = "success") -> Letter:
    """Have somebody pay, and return what the browser brings back."""
    form = {"assessee_number": number, "heading": heading}
    pay_page = stage.browser.post("/en/property-tax/pay/", form).headers["Location"]
    stage.orders.append(pay_page.split("/")[-2])
    acts.leave(stage, Last())
    with stage.sandbox.world() as world:
        return returned(
            signed_return(world, world.pay(world.order_named(stage.pages[-1]), method="upi", outcome=outcome))
        )


def attempts() -> list[tuple[str, str]]:
    return list(PaymentAttempt.objects.order_by("pk").values_list("order_ref", "state"))


# --- The portal as it is ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(1, 17))
def test_books_hold_whatever_goes_wrong(seed):
    found = run(seed)

    assert found.finding is None, (
        f"{found.finding}\nShrink it: manage.py rehearse --seed {seed} --steps {len(found.steps)}"
    )


def test_same_seed_is_the_same_run():
    first, again, other = run(7), run(7), run(8)

    assert (first.trace, first.digest, first.as_json()) == (again.trace, again.digest, again.as_json())
    assert first.digest != other.digest


def test_failing_seed_names_the_same_offender_again(monkeypatch):
    monkeypatch.setattr(services, "expire_orders", lambda *, now: 0)

    assert run(2, 12).finding.offender == run(2, 12).finding.offender


def test_step_draws_the_same_whatever_is_left_out():
    assert run(7, 3).trace[:3] == run(7, 60).trace[:3]


def test_rehearsal_leaves_nothing_behind(monkeypatch):
    monkeypatch.setattr(scratch, "_kept", ContextVar("kept", default=None))
    clock, chance, there = timezone.now, secrets.token_bytes, schemas()

    run(7, 20)

    assert schemas() == there
    assert (Payment.objects.count(), timezone.now, secrets.token_bytes) == (0, clock, chance)


def test_schema_used_again_comes_to_the_same_as_a_new_one(monkeypatch):
    again = [run(seed, 20).trace for seed in (8, 7, 8)]

    monkeypatch.setattr(scratch, "_kept", ContextVar("kept", default=None))

    assert again == [again[2], run(7, 20).trace, again[0]]


def test_run_changes_nothing_that_migrations_wrote(schema):
    with scratch_schema():
        before = written_by_migrations(schema.tables)
        run(7, 40)
        assert written_by_migrations(schema.tables) == before


def written_by_migrations(emptied: Sequence[str]) -> dict[str, str]:
    """Return the rows of each table that is not emptied between two runs."""
    with connection.cursor() as cursor:
        cursor.execute(scratch.TABLES)
        stay = {table for (table,) in cursor.fetchall()} - set(emptied)
        assert {"property_tax_ward", "django_migrations"} <= stay
        found = {}
        for table in stay:
            cursor.execute(f"SELECT string_agg(row::text, chr(10) ORDER BY row::text) FROM {table} row")
            found[table] = cursor.fetchone()[0]
        return found


def test_planned_invariants_are_those_of_verify_books():
    AttemptFactory(created_at=NOW - timedelta(days=10), state="pending")

    with checks.planned(), connection.cursor() as cursor:
        cursor.execute("EXECUTE invariants (%s)", [NOW])
        found = dict(cursor.fetchall())

    verified = invariants.verify(now=NOW)
    assert [found[at] for at in range(len(verified))] == [one["first_offender"] for one in verified]
    assert [one["number"] for one in verified if one["first_offender"]] == [11]


# --- What a broken portal looks like ----------------------------------------------------------------------------------

SLEEPS = {
    "poller": (polling, "poll", "invariant 11: no attempt stays open after its last day"),
    "outbox": (outbox, "dispatch", "everything in the outbox has been sent"),
    "expiry": (services, "expire_orders", "no order stays open when its price has ended"),
}


@pytest.mark.parametrize(("module", "task", "finding"), SLEEPS.values(), ids=SLEEPS)
def test_task_that_sleeps_is_found(monkeypatch, module, task, finding):
    monkeypatch.setattr(module, task, lambda *, now: 0)

    assert run(1, 40).finding.name == finding


@pytest.mark.timeout(300)
def test_belief_in_what_is_only_pending_is_found_and_shrunk_to_the_four_acts_it_takes(monkeypatch):
    monkeypatch.setitem(billdesk_rows.AUTH_STATUS, "0002", ReportStatus.SUCCEEDED)
    long = next(found for found in map(run, range(8, 20)) if found.finding and not found.fell_quiet)

    short = shrunk(long, town=TaxTown())

    assert long.finding.name == short.finding.name == "nothing is believed that the bank does not know"
    # Somebody asks, leaves for the bank and pays, and the news comes: a step does one of these, and none does two. What happens
    # meanwhile comes after the bank's answer, too late to be news in its own step.
    assert len(short.steps) == 4
    for left_out in short.steps:
        rest = [step for step in short.steps if step != left_out]
        assert rehearse(seed=long.seed, steps=rest, town=TaxTown(), falls_quiet=False).finding is None
    assert rehearse(seed=long.seed, steps=short.steps, town=TaxTown()).digest == short.digest


# --- The mishaps ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "error", "done"),
    [
        (mishaps.DIES_BEFORE, Crash, [1]),
        (mishaps.DIES_AFTER, Crash, [1, 2]),
        (mishaps.DATABASE_AWAY, OperationalError, [1]),
    ],
)
def test_mishap_happens_once_at_its_boundary(kind, error, done):
    mishap, seen = Mishap(kind, at=2), []
    mishap.around(lambda: seen.append(1), may_be_away=True)
    assert not mishap.has_happened

    with pytest.raises(error):
        mishap.around(lambda: seen.append(2), may_be_away=True)
    mishap.around(lambda: seen.append(3), may_be_away=True)

    assert (seen, mishap.has_happened) == ([*done, 3], True)


def test_posting_that_dies_anywhere_is_done_by_the_next_one(stage):
    people = [person.assessee_number for person in stage.town.people]
    for at, (heading, number) in enumerate(product(("LOI", "PD"), people), start=1):
        paid = paid_by_web(stage, number, heading)
        stage.line.mishap = Mishap(mishaps.DIES_BEFORE, at)
        with suppress(Crash):
            bring(stage, paid)
        is_reached = stage.line.mishap.has_happened
        stage.line.clear()
        bring(stage, paid)

        assert Payment.objects.count() == at
    assert not is_reached  # every statement of a posting has been the last one


def paid_twice(stage: Stage) -> Payment:
    """Have somebody pay everything twice on one page, and return the payment that stands in advance."""
    paid_by_web(stage, stage.town.people[0].assessee_number, "ALL", outcome="two_successes")
    acts.settle(stage, timedelta(minutes=2))
    return Payment.objects.get(allocations__kind="advance")


def approved_refund(stage: Stage, payment: Payment, amount_paise: int) -> Refund:
    values = {"left_paise": refund_moves.left_of(payment), "reason": "Letter", "maker": "clerk", "now": stage.clock()}
    number = payment.receipt.receipt_number
    asked = refunds.ask_for_refund(receipt_number=number, amount_paise=amount_paise, **values)
    return refunds.approve_refund(asked.pk, approver="approver", now=stage.clock())


@pytest.mark.parametrize("kind", mishaps.KINDS)
def test_refund_that_breaks_off_anywhere_is_given_back_once(stage, kind):
    payment, is_reached, numbers = paid_twice(stage), True, []
    while is_reached:
        numbers.append(approved_refund(stage, payment, 100).refund_number)
        stage.line.mishap = Mishap(kind, len(numbers))
        with suppress(Crash, OperationalError):
            refund_sending.send_refunds(now=stage.clock())
        is_reached = stage.line.mishap.has_happened
        stage.line.clear()
        for _ in range(2):
            stage.clock.advance(refund_sending.ASK_AGAIN)
            refund_sending.ask_refunds(now=stage.clock())
            refund_sending.send_refunds(now=stage.clock())

        assert Refund.objects.latest("pk").state == "done"
    with stage.sandbox.world() as world:
        assert [one.refund_ref for one in world.refunds.values()] == numbers
        check(world, before=books(), now=stage.clock())
    assert len(numbers) > 8  # every statement, and the request, has been where it broke off


def test_refund_that_nobody_sends_is_found(stage):
    approved_refund(stage, paid_twice(stage), 100)

    with (
        stage.sandbox.world() as world,
        pytest.raises(Finding, match="every refund that was approved comes to its end"),
    ):
        check_when_quiet(world, now=stage.clock())


def test_refund_that_is_only_pending_and_believed_is_found(stage, monkeypatch):
    monkeypatch.setitem(billdesk_rows.REFUND_STATUS, "0002", ReportStatus.SUCCEEDED)
    approved_refund(stage, paid_twice(stage), 102)
    refund_sending.send_refunds(now=stage.clock())

    with stage.sandbox.world() as world, pytest.raises(Finding, match="believed given back that the bank has not"):
        check(world, before=books(), now=stage.clock())


def test_refund_that_was_given_back_and_is_ours_again_is_found(stage):
    refund = approved_refund(stage, paid_twice(stage), 100)
    stage.line.fault = ANSWER_LOST
    refund_sending.send_refunds(now=stage.clock())
    with services.transaction.atomic():
        refund_moves.move(refund_moves.locked(refund.pk), RefundState.FAILED, now=stage.clock())

    with stage.sandbox.world() as world, pytest.raises(Finding, match="has given back is not ours again"):
        check(world, before=books(), now=stage.clock())


def test_letter_that_is_spoilt_is_not_believed(stage):
    paid = paid_by_web(stage, stage.town.people[0].assessee_number, "ALL")

    assert (bring(stage, paid.spoilt), Payment.objects.count()) == (200, 0)
    assert (bring(stage, paid), Payment.objects.count()) == (303, 1)


def test_letter_without_signature_is_spoilt_in_the_number_of_its_order():
    assert Letter("return", FORM, b"orderid=KP1&x=1").spoilt.body == b"orderid=XKP1&x=1"


def test_question_to_the_bank_within_a_transaction_is_found(stage):
    link(stage)
    acts.leave(stage, random.Random(1))

    with pytest.raises(HeldTransaction), connection.cursor(), services.transaction.atomic():
        polling.ask(PaymentAttempt.objects.get(), now=timezone.now())


# --- Scenes that rehearsing brought up --------------------------------------------------------------------------------


def test_attempt_paid_while_the_second_click_travels_stays_paid(stage):
    token = link(stage)
    stage.line.fault = ANSWER_LOST
    assert stage.browser.post(f"/pay/{token}/").status_code == 503

    def pay_on_the_page_that_nobody_saw():
        with stage.sandbox.world() as world:
            (order,) = world.orders.values()
            bring(stage, returned(signed_return(world, world.pay(order, method="upi", outcome="success"))))

    stage.line.meanwhile = pay_on_the_page_that_nobody_saw
    answer = stage.browser.post(f"/pay/{token}/")

    assert [state for _ref, state in attempts()] == ["succeeded"]
    assert (answer.status_code, Payment.objects.count()) == (302, 1)


def test_two_clicks_at_once_whose_first_page_is_pending_stop_no_poller(stage):
    token = link(stage)
    stage.line.meanwhile = lambda: stage.browser.post(f"/pay/{token}/")
    acts.leave(stage, random.Random(1))
    assert [state for _ref, state in attempts()] == ["expired", "registered"]
    with stage.sandbox.world() as world:
        world.pay(world.order_named(stage.pages[0]), method="upi", outcome="pending_failure")

    stage.clock.advance(polling.SCHEDULE[0])
    assert polling.poll(now=stage.clock()) == 2

    assert [state for _ref, state in attempts()] == ["expired", "registered"]


def test_payment_pending_on_a_page_that_died_stops_no_poller(stage):
    link(stage)
    acts.leave(stage, random.Random(1))
    with stage.sandbox.world() as world:
        world.pay(world.order_named(stage.pages[0]), method="upi", outcome="deemed_reversed")
    stage.clock.advance(timedelta(hours=1))
    acts.leave(stage, random.Random(1))

    assert polling.poll(now=stage.clock()) == 1

    assert [state for _ref, state in attempts()] == ["expired", "registered"]


# --- The command ------------------------------------------------------------------------------------------------------


def rehearsed(*words: str) -> tuple[int, dict]:
    out, status = StringIO(), 0
    try:
        call_command("rehearse", "--json", *words, stdout=out)
    except SystemExit as end:
        status = end.code
    return status, json.loads(out.getvalue())


def test_command_prints_one_document(settings):
    settings.DEBUG = True

    status, document = rehearsed("--seed", "3", "--steps", "30")

    found = run(3, 30)
    assert (status, document) == (0, {**found.as_json(), "shrunk": None})
    assert (document["seed"], document["steps"], document["holds"]) == (3, 30, True)


def test_command_ends_with_one_and_the_shortest_run_when_something_breaks(settings, monkeypatch):
    settings.DEBUG = True
    monkeypatch.setattr(services, "expire_orders", lambda *, now: 0)

    status, document = rehearsed("--seed", "2", "--steps", "12")

    steps = ",".join(map(str, document["shrunk"]["steps"]))
    again, shorter = rehearsed("--seed", "2", "--only", steps)
    assert (status, again, len(document["shrunk"]["steps"])) == (1, 1, 1)
    assert shorter["finding"]["name"] == document["finding"]["name"] == SLEEPS["expiry"][2]


def test_command_spreads_many_seeds_over_processes(settings, monkeypatch):
    settings.DEBUG = True
    monkeypatch.setattr(many, "SHARE", 1)

    status, document = rehearsed("--seed", "7", "--seeds", "2", "--steps", "15", "--processes", "2")

    one, other = run(7, 15), run(8, 15)
    assert (status, document) == (
        0,
        {
            "seed": 7,
            "seeds": 2,
            "steps": 15,
            "holds": True,
            "payments": one.books.payments + other.books.payments,
            "amount_paise": one.books.paise + other.books.paise,
            "mishaps": dict(sorted((one.mishaps + other.mishaps).items())),
            "reached": dict(sorted((one.reached + other.reached).items())),
            "broken": [],
        },
    )


def test_seed_that_fails_stops_no_other_and_is_named(monkeypatch, capsys):
    monkeypatch.setattr(services, "expire_orders", lambda *, now: 0)
    tally = many.Tally()
    for seeds in ((3,), (1, 2)):
        tally.add(many._rehearse_share(seeds, 12, TaxTown, connection.settings_dict["NAME"]))

    Command().show_to_person({"seed": 1, "steps": 12, **tally.as_json()})

    broken = [one["seed"] for one in tally.broken]
    assert (tally.seeds, broken) == (3, sorted(broken))
    assert 2 in broken
    assert f"BROKEN: {SLEEPS['expiry'][2]}" in capsys.readouterr().out


def test_command_takes_the_steps_of_one_seed_only(settings):
    settings.DEBUG = True

    with pytest.raises(CommandError, match="one seed"):
        call_command("rehearse", "--seeds", "2", "--only", "1,2")


def test_extensions_belong_to_the_database_and_outlive_a_rehearsal(db):
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION btree_gist CASCADE")
        scratch.make_extensions()
        cursor.execute("SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'btree_gist'")

        assert cursor.fetchone() == ("public",)


def test_command_refuses_a_real_system(settings):
    settings.DEBUG = False

    with pytest.raises(CommandError, match="play money"):
        call_command("rehearse")
