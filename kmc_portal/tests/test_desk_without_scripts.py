"""The desk in a browser that runs no script: signing in, acts of lists, kept money placed by two people.

Breaks are closed so in `test_break_journeys`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from payments.counter.counters import add_counter
from payments.models import GatewayAccount, KeptMoney, Placement
from payments.posting import apply_report
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from property_tax.services import open_payment
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NUMBER, PASSWORD = "110260100051", "a-long-one-2026"


@pytest.fixture
def at_desk(browser: Browser, live_server) -> Iterator[Callable[[str], Page]]:
    """Sign somebody of a role in, with a password, as a clerk does."""
    contexts = []

    def signed_in(role: str) -> Page:
        user = User.objects.create_user(role.lower(), password=PASSWORD, is_staff=True)
        user.groups.set(Group.objects.filter(name=role))
        contexts.append(browser.new_context(java_script_enabled=False, base_url=live_server.url))
        page = contexts[-1].new_page()
        page.goto("/en/admin/")
        page.fill("#id_username", role.lower())
        page.fill("#id_password", PASSWORD)
        page.press("#id_password", "Enter")
        expect(page.locator("nav.work")).to_be_visible()
        return page

    yield signed_in
    for context in contexts:
        context.close()


@pytest.fixture
def kept():
    """A payment that fell short, so that its money waits in suspense."""
    today = timezone.localdate()
    days = {"issued_on": today, "presented_on": None, "rebate_date": today + timedelta(days=9)}
    DemandFactory(assessee=AssesseeFactory(assessee_number=NUMBER), **days)
    order = open_payment(assessee_number=NUMBER, heading="ALL", source=Source.WEB, now=timezone.now())
    attempt = AttemptFactory(order=order)
    apply_report(account=attempt.account, report=report(attempt, amount_paise=100_000), now=timezone.now())
    return KeptMoney.objects.get()


def test_kept_money_is_placed_by_two_people(at_desk, kept):
    accounts = at_desk("Accounts")
    accounts.get_by_role("link", name="Money that is kept").first.click()
    accounts.get_by_role("link", name="Propose a placement").click()
    accounts.select_option("#id_target", "advance")
    accounts.locator("[name=do]").click()
    expect(accounts.locator(".errorlist")).to_be_visible()
    accounts.fill("#id_detail", "The payer has written")
    accounts.locator("[name=do]").click()

    supervisor = at_desk("Supervisor")
    supervisor.get_by_role("link", name="Placements to decide").first.click()
    supervisor.get_by_role("link", name="Decide").click()
    supervisor.locator("[name=do]").click()
    expect(supervisor.locator(".messagelist")).to_contain_text("have been placed")
    placed = Placement.objects.get()
    assert (placed.maker, placed.approver, KeptMoney.objects.get().kept_as) == ("accounts", "supervisor", "advance")


def test_act_of_a_list_is_done_to_the_rows_that_were_chosen(at_desk):
    add_counter(number=7, place="Borough VI office")
    add_counter(number=8, place="Borough VII office")
    supervisor = at_desk("Supervisor")
    supervisor.goto("/en/admin/payments/counter/")
    supervisor.check("[name=_selected_action][value='7']")
    supervisor.select_option("[name=action]", "retire")
    supervisor.get_by_role("button", name="Go").click()

    assert list(GatewayAccount.objects.filter(gateway="counter", is_active=False).values_list("code", flat=True)) == [
        "counter-007"
    ]


def test_nothing_is_shown_that_only_a_script_can_do(at_desk):
    page = at_desk("Supervisor")

    for one in ("#toggle-nav-sidebar", "#nav-filter", ".theme-toggle"):
        expect(page.locator(one)).to_be_hidden()
