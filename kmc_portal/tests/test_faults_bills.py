"""The fault matrix, F26, F27, F34 to F36 and F71: what becomes of real bills when money comes twice, late or in part."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.utils import timezone

from kmc_portal.common.clock import day_of
from payments import invariants
from payments.models import Allocation, ReconBreak
from payments.states import Source
from payments.tests.portal_bench import portal_at, said, signed
from property_tax import queries, services
from property_tax.models import Demand
from property_tax.rules import book
from property_tax.tests.books import put_in_force
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "110260100051"


@pytest.fixture
def portal(live_server, settings, monkeypatch):
    with portal_at(live_server.url, settings, monkeypatch) as made:
        yield made
        assert [one for one in invariants.verify(now=timezone.now()) if not one["holds"]] == []


@pytest.fixture
def bills(db, portal):
    """An old bill of 2,025 rupees, and one of 2,025 that costs 1,924 until tomorrow."""
    today = day_of(portal.now)
    assessee = AssesseeFactory(assessee_number=NUMBER)
    last_year = today - timedelta(days=400)
    DemandFactory(
        assessee=assessee, demand_number="PD-old", financial_year=2025, quarter=1,
        issued_on=last_year, presented_on=last_year, rebate_date=last_year + timedelta(days=30),
    )  # fmt: skip
    DemandFactory(
        assessee=assessee, demand_number="PD-new", presented_on=today - timedelta(days=20),
        issued_on=today - timedelta(days=30), rebate_date=today + timedelta(days=1),
    )  # fmt: skip
    return assessee


def order(portal, heading, source=Source.WEB, **more):
    return services.open_payment(assessee_number=NUMBER, heading=heading, source=source, now=portal.now, **more)


def landed():
    return sorted(Allocation.objects.values_list("payment__order__scope", "kind", "bill", "amount_paise"))


def unpaid():
    return set(Demand.objects.filter(paid_on=None).values_list("demand_number", flat=True))


def test_f26_two_citizens_pay_the_same_bill_at_the_same_instant(portal, bills):
    everything, current = order(portal, "ALL"), order(portal, "PD")
    for each in (everything, current):
        portal.pay(each)
    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(portal.hook, portal.news())) == {200}
    assert [portal.state(each) for each in (everything, current)] == [("paid", 1)] * 2
    assert sum(paise for _, _, _, paise in landed()) == everything.amount_paise + current.amount_paise
    kept = [paise for _, kind, _, paise in landed() if kind == "advance"]
    assert (kept, unpaid()) == ([current.amount_paise], set())
    assert list(ReconBreak.objects.values_list("kind", flat=True)) == ["DUPLICATE_SUCCESS"]


def test_f27_link_from_the_chat_and_the_web_page_both_succeed(portal, bills):
    web, chat = order(portal, "PD"), order(portal, "ALL", Source.CHAT)
    for back in [portal.pay(each) for each in (web, chat)]:
        portal.come_back(back)
    assert landed() == [
        ("ALL", "advance", "", web.amount_paise),
        ("ALL", "bill", "PD-old", chat.amount_paise - web.amount_paise),
        ("PD", "bill", "PD-new", web.amount_paise),
    ]
    receipt = portal.browser.get(portal.browser.get(f"/pay/{chat.token}/").headers["Location"])
    assert "found no unpaid bill and is kept for you" in receipt.text


def test_f34_rebate_ends_between_link_and_payment(portal, bills):
    """The price that was shown when the payer left for the bank holds, though the bank says so days later."""
    current = order(portal, "PD")
    portal.pay(current)
    (body,) = portal.news()
    late = (portal.now + timedelta(days=3)).isoformat(timespec="seconds")
    assert portal.hook(signed({**said(body), "transaction_date": late})) == 200
    assert landed() == [("PD", "bill", "PD-new", 192_400)]
    assert unpaid() == {"PD-old"}


def test_f34_link_of_another_price_leads_nobody_to_the_bank(portal, bills):
    current = order(portal, "PD")
    Demand.objects.filter(demand_number="PD-new").update(property_tax_paise=300_000)
    answer = portal.leave(current)
    assert (answer.status_code, portal.state(current)) == (409, ("open", 0))


def test_f34_bill_is_raised_while_it_is_paid(portal, bills):
    """What was paid counts, and the difference stays due; the rebate is earned by who pays it in time."""
    current = order(portal, "PD")
    portal.pay(current)
    Demand.objects.filter(demand_number="PD-new").update(property_tax_paise=300_000)
    assert [portal.hook(body) for body in portal.news()] == [200]
    assert landed() == [("PD", "bill", "PD-new", current.amount_paise)]
    found = queries.assessee_dues(assessee_number=NUMBER, on=day_of(portal.now))
    left = [line for line in found.dues.lines if line.demand_number == "PD-new"]
    assert sum(line.amount_paise for line in left) == due_on(300_000 + 2_500) - current.amount_paise
    assert all(one["holds"] for one in invariants.verify(now=timezone.now()))


def test_f34_bill_is_lowered_while_it_is_paid(portal, bills):
    """The bill is paid whole at what it asks for now, and the rest of the money is kept for the payer."""
    current = order(portal, "PD")
    portal.pay(current)
    Demand.objects.filter(demand_number="PD-new").update(property_tax_paise=100_000)
    assert [portal.hook(body) for body in portal.news()] == [200]
    now_due = due_on(100_000 + 2_500)
    assert landed() == [("PD", "advance", "", current.amount_paise - now_due), ("PD", "bill", "PD-new", now_due)]
    assert unpaid() == {"PD-old"}
    assert all(one["holds"] for one in invariants.verify(now=timezone.now()))


def test_f34_bill_that_was_paid_later_than_this_money_came_is_not_revised(portal, bills):
    first, second = order(portal, "PD"), order(portal, "ALL")
    for each in (first, second):
        portal.pay(each)
    early, late = sorted(portal.news(), key=lambda body: said(body)["amount"], reverse=True)
    after = (portal.now + timedelta(days=1)).isoformat(timespec="seconds")
    assert portal.hook(signed({**said(late), "transaction_date": after})) == 200
    assert portal.hook(early) == 200
    assert ("ALL", "advance", "", first.amount_paise) in landed()
    assert all(one["holds"] for one in invariants.verify(now=timezone.now()))


def due_on(charged_paise: int) -> int:
    """What a bill costs within its rebate: 5 % off, to the rupee."""
    return (charged_paise * 95 // 100 + 50) // 100 * 100


def test_f35_bill_is_cancelled_while_it_is_paid(portal, bills):
    current = order(portal, "PD")
    portal.pay(current)
    Demand.objects.filter(demand_number="PD-new").delete()
    assert [portal.hook(body) for body in portal.news()] == [200]
    assert landed() == [("PD", "advance", "", current.amount_paise)]
    assert list(ReconBreak.objects.values_list("kind", flat=True)) == ["DUPLICATE_SUCCESS"]


def test_f36_part_payment_meets_the_oldest_bill_first(portal, bills):
    document = book.shipped()
    for row in document["rules"]:
        if row["kind"] == "appropriation":
            row.update({"part_payment": "allowed", "least_part_rupees": "100"})
    put_in_force(document)
    part = order(portal, "ALL", amount_paise=250_000)
    portal.come_back(portal.pay(part))
    assert dict(Allocation.objects.values_list("bill", "heads")) == {
        "PD-old": {"property_tax": 200_000, "howrah_bridge_tax": 2_500},
        "PD-new": {"property_tax": 47_500},
    }
    assert unpaid() == {"PD-new"}


def test_f71_page_behind_a_link_names_nobody(portal, bills):
    page = portal.browser.get(f"/pay/{order(portal, 'ALL').token}/").text
    assert ("Sukumar" in page, "S*** D***" in page) == (False, True)
