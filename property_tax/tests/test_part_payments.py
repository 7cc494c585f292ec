"""Bills that are paid in part, by the citizen's choice or by an advance, until nothing of them is left."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from payments import invariants
from payments.models import Allocation, JournalLine
from payments.payables import Share
from payments.posting import apply_report
from payments.services import IdempotencyKeyReused, OrderExpired, start_attempt
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from property_tax import credits, queries, rulebook, services
from property_tax.advances import AdvancesUsed, use_advances
from property_tax.models import Demand, DemandCredit
from property_tax.payable import BILL_INVARIANT, DemandPayable
from property_tax.rules import book
from property_tax.tests.books import put_in_force
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = pytest.mark.django_db
NUMBER = "110260100051"
REST = "/api/v1/property-tax/payment-orders/"
YESTERDAY = {"issued_on": date(2025, 5, 1), "presented_on": date(2025, 5, 10), "rebate_date": date(2025, 5, 31)}


def with_parts(**changes):
    """The shipped book, in which a citizen may pay in part."""
    document = book.shipped()
    for row in document["rules"]:
        if row["kind"] == "appropriation":
            row.update({"part_payment": "allowed", **changes})
    return document


@pytest.fixture
def parts_allowed(db):
    put_in_force(with_parts(least_part_rupees="100"))


@pytest.fixture
def assessee(db):
    """An old bill of 2,025 rupees, and a new one of 2,025 that costs 1,924 within its rebate."""
    found = AssesseeFactory(assessee_number=NUMBER)
    DemandFactory(assessee=found, demand_number="PD-old", financial_year=2025, **YESTERDAY)
    DemandFactory(assessee=found, demand_number="PD-new")
    return found


def open_order(now, paise=None, heading="ALL"):
    return services.open_payment(
        assessee_number=NUMBER, heading=heading, amount_paise=paise, source=Source.WEB, now=now
    )


def pay(order, now, **changes):
    attempt = AttemptFactory(order=order, order_ref=f"{order.order_number}{order.attempts.count() + 1:02d}")
    apply_report(account=attempt.account, report=report(attempt, happened_at=now, **changes), now=now)
    return attempt


def due(on) -> int:
    return queries.assessee_dues(assessee_number=NUMBER, on=on).dues.total_paise


def unpaid() -> set[str]:
    return set(Demand.objects.filter(paid_on=None).values_list("demand_number", flat=True))


def broken() -> list[str]:
    return [
        f"{one['name']}: {one['first_offender']}" for one in invariants.verify(now=timezone.now()) if not one["holds"]
    ]


# --- By the citizen's choice ------------------------------------------------------------------------------------------


def test_part_is_refused_unless_the_rule_allows_it(assessee, now):
    with pytest.raises(services.PartPaymentRefused):
        open_order(now, 50_000)


@pytest.mark.parametrize(
    ("paise", "refusal"),
    [(9_999, services.PartTooSmall), (394_901, services.AmountAboveDues), (0, services.PartTooSmall)],
)
def test_amount_out_of_bounds_is_refused(parts_allowed, assessee, now, paise, refusal):
    with pytest.raises(refusal):
        open_order(now, paise)


def test_part_pays_the_oldest_bill_whole_and_the_next_in_part(parts_allowed, assessee, now):
    pay(open_order(now, 250_000), now)

    assert dict(Allocation.objects.values_list("bill", "amount_paise")) == {"PD-old": 202_500, "PD-new": 47_500}
    assert list(DemandCredit.objects.values_list("demand__demand_number", "credited_on", "heads", "amount_paise")) == [
        ("PD-new", now.date(), {"property_tax": 47_500}, 47_500)
    ]
    assert (unpaid(), due(now.date()), broken()) == ({"PD-new"}, 192_400 - 47_500, [])


def test_rest_paid_within_the_rebate_earns_it_on_the_whole_bill(parts_allowed, assessee, now):
    pay(open_order(now, 250_000), now)

    pay(open_order(now + timedelta(days=1)), now + timedelta(days=1))

    assert (unpaid(), due(now.date() + timedelta(days=1)), broken()) == (set(), 0, [])
    sums = {}
    for account, debit, credit in JournalLine.objects.values_list("account", "debit_paise", "credit_paise"):
        sums[account] = sums.get(account, 0) + credit - debit
    assert sums == {
        "1200:billdesk": -394_900,
        "1300:property_tax:property_tax": 400_000,
        "1300:property_tax:howrah_bridge_tax": 5_000,
        "5200:property_tax:rebate": -10_125,
        "5900": 25,
    }


def test_whole_amount_is_no_part(parts_allowed, assessee, now):
    assert open_order(now, 394_900) == open_order(now)


def test_key_of_a_part_does_not_stand_for_another_part(parts_allowed, assessee, now):
    asked = {"assessee_number": NUMBER, "heading": "ALL", "source": Source.API, "now": now, "idempotency_key": "k-1"}
    order = services.open_payment(**asked, amount_paise=100_000)

    assert services.open_payment(**asked, amount_paise=100_000) == order
    for other in (50_000, None):
        with pytest.raises(IdempotencyKeyReused):
            services.open_payment(**asked, amount_paise=other)


def test_order_opened_before_a_part_came_keeps_what_is_too_much_in_advance(parts_allowed, assessee, now):
    everything = open_order(now)
    pay(open_order(now, 250_000), now)

    pay(everything, now)

    assert dict(Allocation.objects.filter(payment__order=everything).values_list("kind", "amount_paise")) == {
        "bill": 192_400 - 47_500,
        "advance": 202_500 + 47_500,
    }
    assert (unpaid(), due(now.date()), broken()) == (set(), 0, [])


def test_part_that_would_be_more_than_is_left_is_kept_in_advance(parts_allowed, assessee, now):
    first, second = open_order(now, 100_000, "PD"), open_order(now, 120_000, "PD")
    pay(first, now)

    pay(second, now)

    assert list(Allocation.objects.filter(payment__order=second).values_list("kind", "amount_paise")) == [
        ("advance", 120_000)
    ]
    assert (due(now.date()), broken()) == (202_500 + 192_400 - 100_000, [])


def test_part_that_came_after_the_bill_was_paid_is_kept_in_advance(parts_allowed, assessee, now):
    part = open_order(now, 100_000, "PD")
    pay(open_order(now, heading="PD"), now)

    pay(part, now)

    assert Allocation.objects.get(payment__order=part).kind == "advance"
    assert broken() == []


def test_part_under_a_number_that_was_closed_is_kept_in_advance(parts_allowed, assessee, now):
    part = open_order(now, 100_000, "PD")
    type(assessee).objects.update(status="closed")

    pay(part, now)

    assert Allocation.objects.get(payment__order=part).kind == "advance"
    assert broken() == []


def test_link_to_pay_a_part_holds_while_the_bill_costs_more(parts_allowed, assessee, now):
    part, whole = open_order(now, 100_000, "PD"), open_order(now, heading="PD")
    Demand.objects.filter(demand_number="PD-new").update(property_tax_paise=90_000, howrah_bridge_tax_paise=0)

    for order in (part, whole):
        with pytest.raises(OrderExpired):
            start_attempt(token=order.token, now=now, return_url="http://x/", payer_ip="203.0.113.7", user_agent="test")


def test_price_holds_until_the_gateways_last_word(assessee, now):
    last_minute = now.replace(month=11, day=30, hour=23, minute=55)
    attempt = AttemptFactory(order=open_order(last_minute, heading="PD"), created_at=last_minute)

    days_later = last_minute + timedelta(days=4)
    apply_report(account=attempt.account, report=report(attempt, happened_at=last_minute), now=days_later)

    assert unpaid() == {"PD-old"}
    assert Allocation.objects.get().heads["rebate"] == -10_125


# --- By an advance ----------------------------------------------------------------------------------------------------


@pytest.fixture
def advance(assessee, now):
    """2,025 rupees kept: the old bill was paid twice."""
    order = open_order(now, heading="LOI")
    pay(order, now)
    pay(order, now, transaction_ref="T-again")
    Demand.objects.filter(demand_number="PD-new").update(paid_on=now.date())
    return order


def next_bills(assessee, **changes):
    """The four bills of 2027-28, 1,000 rupees each: 950 within the rebate."""
    days = {"issued_on": date(2027, 4, 15), "presented_on": date(2027, 5, 1), "rebate_date": date(2027, 5, 22)}
    amounts = {"property_tax_paise": 100_000, "howrah_bridge_tax_paise": 0}
    for quarter in (1, 2, 3, 4):
        number = f"PD-27-{quarter}"
        values = {**days, **amounts, **changes}
        DemandFactory(assessee=assessee, demand_number=number, financial_year=2027, quarter=quarter, **values)


def use(now, on=date(2027, 5, 3)):
    return use_advances(on=on, now=now + timedelta(days=160))


def test_next_bills_use_the_advance_oldest_first(advance, assessee, now):
    next_bills(assessee)

    assert use(now) == AdvancesUsed(1, 202_500)

    # Two bills whole with their rebate; what is left goes to the third.
    assert unpaid() == {"PD-27-3", "PD-27-4"}
    found = queries.assessee_dues(assessee_number=NUMBER, on=date(2027, 5, 3))
    assert (found.advance_paise, found.dues.total_paise) == (0, 2 * 95_000 - 12_500)
    assert [(one.head, one.amount_paise) for one in found.dues.lines if one.demand_number == "PD-27-3"] == [
        ("property_tax", 100_000),
        ("rebate", -5_000),
        ("advance", -12_500),
    ]
    assert broken() == []


def test_advance_is_used_once(advance, assessee, now):
    next_bills(assessee)

    assert [use(now), use(now)] == [AdvancesUsed(1, 202_500), AdvancesUsed(0, 0)]


@pytest.mark.parametrize(
    "changes",
    [
        {"presented_on": None, "rebate_date": None},
        {"presented_on": date(2027, 5, 4), "rebate_date": date(2027, 5, 25)},
        {"disputed_on": date(2027, 5, 2)},
    ],
    ids=["not presented", "presented tomorrow", "disputed"],
)
def test_bill_that_is_not_asked_for_yet_takes_nothing(advance, assessee, now, changes):
    next_bills(assessee, **changes)

    assert use(now) == AdvancesUsed(1, 0)


def test_closed_number_takes_nothing(advance, assessee, now):
    next_bills(assessee)
    type(assessee).objects.update(status="closed")

    assert use(now) == AdvancesUsed(1, 0)


def test_city_without_a_rule_uses_no_advance(advance, assessee, now):
    next_bills(assessee)
    document = book.shipped()
    document["rules"] = [row for row in document["rules"] if row["kind"] != "appropriation"]
    put_in_force(document)

    assert use(now) == AdvancesUsed(1, 0)


def test_bill_that_an_advance_covered_in_part_is_paid_by_the_rest(advance, assessee, now):
    next_bills(assessee)
    use(now)
    later = now.replace(year=2027, month=5, day=4)

    pay(open_order(later), later)

    assert (unpaid(), due(later.date()), broken()) == (set(), 0, [])


def test_scheduler_and_command_use_advances(advance, assessee, now, capsys, time_machine):
    next_bills(assessee)
    time_machine.move_to(now + timedelta(days=162))

    call_command("use_advances", json=True)

    assert json.loads(capsys.readouterr().out) == {"assessees": 1, "amount_paise": 202_500}


# --- Doors ------------------------------------------------------------------------------------------------------------


def test_rest_opens_an_order_for_a_part(parts_allowed, assessee, client, now, time_machine):
    time_machine.move_to(now)

    answer = client.post(
        REST, {"assessee_number": NUMBER, "heading": "PD", "amount_paise": 100_000}, content_type="application/json"
    )

    assert (answer.status_code, answer.json()["amount_paise"]) == (201, 100_000)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("lots", "Please give the amount in rupees, such as 1500 or 1,500.50."),
        ("50", "The least that can be paid on a bill is ₹100.00. Please pay that or more."),
        ("9,99,999", "No more than ₹3,949.00 is due here. Please pay that or less."),
    ],
)
def test_web_refuses_an_amount_beside_its_field(parts_allowed, assessee, client, now, time_machine, typed, sentence):
    time_machine.move_to(now)

    page = client.post("/en/property-tax/pay/", {"assessee_number": NUMBER, "heading": "ALL", "amount_paise": typed})

    assert page.context["part"].errors["amount_paise"] == [sentence]
    assert page.content.decode().count(sentence) == 2  # in the summary and beside the field


def test_web_pays_another_amount(parts_allowed, assessee, client, now, time_machine):
    time_machine.move_to(now)
    asked = {"assessee_number": NUMBER, "heading": "ALL", "amount_paise": "২,৫০০"}

    page = client.post("/en/property-tax/pay/", asked, follow=True)

    assert "₹2,500.00" in page.content.decode()


def test_web_offers_another_amount_only_where_the_rule_allows_it(assessee, client, now, time_machine):
    time_machine.move_to(now)
    question = f"/en/property-tax/?assessee_number={NUMBER}"

    assert "Pay another amount" not in client.get(question).content.decode()
    put_in_force(with_parts())
    assert "Pay another amount" in client.get(question).content.decode()


def test_web_shows_what_is_kept_in_advance(advance, client, now, time_machine):
    time_machine.move_to(now)

    page = client.get(f"/en/property-tax/?assessee_number={NUMBER}").content.decode()

    assert "₹2,025.00 is kept for this number in advance. The next bill uses it." in page


def test_command_previews_where_an_amount_would_go(assessee, now, capsys, tmp_path):
    newest = tmp_path / "rules.json"
    newest.write_text(json.dumps(with_parts(periods="newest_first")))

    def asked(**options):
        call_command("appropriate", NUMBER, "2100", on=now.date(), json=True, **options)
        found = json.loads(capsys.readouterr().out)
        return [(line["bill"], line["amount_paise"]) for line in found["lines"]], found["left_over_paise"]

    assert asked() == ([("PD-old", 200_000), ("PD-old", 2_500), ("PD-new", 7_500)], 0)
    assert asked(rules=newest)[0][-1] == ("PD-old", 17_600)


# --- Guards -----------------------------------------------------------------------------------------------------------


def test_credit_cannot_be_changed(parts_allowed, assessee, now):
    pay(open_order(now, 100_000, "PD"), now)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        DemandCredit.objects.update(amount_paise=1)


def test_credit_is_more_than_nothing(assessee, now):
    with pytest.raises(IntegrityError, match="credit_positive_unless_it_takes_back"), transaction.atomic():
        DemandCredit.objects.create(
            demand=Demand.objects.first(), credited_on=now.date(), heads={}, amount_paise=0, paid_by="KP"
        )


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE property_tax_demand SET credited_paise = credited_paise + 1 WHERE demand_number = 'PD-new'",
        "UPDATE property_tax_demand SET paid_on = NULL WHERE demand_number = 'PD-old'",
    ],
)
def test_invariant_finds_a_bill_that_does_not_agree_with_the_books(parts_allowed, assessee, now, damage):
    pay(open_order(now, 250_000), now)
    assert broken() == []

    with connection.cursor() as cursor:
        cursor.execute(damage)

    assert [name.split(":")[0] for name in broken()] == [BILL_INVARIANT.name]


def test_dues_without_credits_ask_for_none(assessee, now, django_assert_num_queries):
    rulebook.current()
    with django_assert_num_queries(1):
        queries.assessee_dues(assessee_number=NUMBER, on=now.date())


def test_word_of_an_older_part_finds_what_was_paid_since(parts_allowed, assessee, now):
    """A rehearsal found it (seed 18): two parts, the older one told later, came to more than the bill."""
    old, new = open_order(now, 130_000, "PD"), open_order(now + timedelta(days=3), 120_000, "PD")
    pay(new, now + timedelta(days=3))

    pay(old, now)

    assert list(Allocation.objects.order_by("pk").values_list("kind", "amount_paise")) == [
        ("bill", 120_000),
        ("advance", 130_000),
    ]
    assert broken() == []


def test_bill_that_credits_have_overtaken_gives_nothing_to_others(assessee, now):
    credits.write(Share("PD-new", {"property_tax": 200_000}), on=now.date(), paid_by="KP")

    lines = DemandPayable().lines_for(reference=NUMBER, amount_paise=300_000, on=now.date())

    assert {line["bill"] for line in lines} == {"PD-old"}
