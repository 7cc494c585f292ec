"""The desk in a browser that runs no script: signing in, acts of lists, and what one asks for and another decides.

Breaks are closed so in `test_break_journeys`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from payments.counter.counters import add_counter
from payments.models import Dispute, GatewayAccount, KeptMoney, Placement, ReconBreak, Refund, SettlementCredit
from payments.posting import apply_report
from payments.states import Source
from payments.tests.conftest import dues as dues  # a fixture
from payments.tests.factories import AttemptFactory, report
from payments.tests.recon_desk import PAID, Desk, about, at, posted, settled
from property_tax.models import RuleBookVersion
from property_tax.rule_services import KEEPING
from property_tax.services import open_payment
from property_tax.tests.books import PENALTY, REBATE, document
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


@pytest.fixture
def receipt(dues):
    """The number of a receipt for bills that had been paid before: its money stands in advance."""
    dues.paid = {"PD-1", "PD-2"}
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=report(attempt), now=timezone.now())
    return attempt.order.payments.get().receipt.receipt_number


def test_refund_is_asked_for_and_approved(at_desk, receipt):
    accounts = at_desk("Accounts")
    accounts.get_by_role("link", name="Ask for a refund").first.click()
    accounts.fill("#id_receipt_number", "PT-999/2026-27/000001")
    accounts.locator("[name=do]").click()
    expect(accounts.locator(".errorlist")).to_be_visible()
    accounts.fill("#id_receipt_number", receipt)
    accounts.locator("[name=do]").click()
    accounts.fill("#id_reason", "Paid twice, letter 12")
    accounts.locator("[name=do]").click()

    supervisor = at_desk("Supervisor")
    supervisor.get_by_role("link", name="Refunds to decide").first.click()
    supervisor.get_by_role("link", name="Decide").click()
    supervisor.locator("[name=do]").click()
    expect(supervisor.locator(".messagelist")).to_contain_text("The refund is approved")
    refund = Refund.objects.get()
    assert (refund.state, refund.maker, refund.approver) == ("approved", "accounts", "supervisor")


def test_dispute_is_opened_and_lost(at_desk, receipt):
    accounts = at_desk("Accounts")
    accounts.get_by_role("link", name="Enter a chargeback").first.click()
    accounts.fill("#id_receipt_number", receipt)
    accounts.fill("#id_amount_paise", "1924")
    accounts.fill("#id_case_number", "CB-77")
    accounts.fill("#id_detail", "The cardholder does not know the payment")
    accounts.fill("#id_reply_by", (timezone.localdate() + timedelta(days=7)).isoformat())
    accounts.locator("[name=do]").click()
    expect(accounts.locator(".messagelist")).to_contain_text("The dispute is open")

    supervisor = at_desk("Supervisor")
    supervisor.get_by_role("link", name="Chargebacks to decide").first.click()
    supervisor.get_by_role("link", name="Decide").click()
    supervisor.fill("#id_detail", "Letter of 30 November")
    supervisor.locator("[name=other]").click()
    expect(supervisor.locator(".messagelist")).to_contain_text("is in the books")
    dispute = Dispute.objects.get()
    assert (dispute.state, dispute.maker, dispute.approver) == ("lost", "accounts", "supervisor")


@pytest.mark.usefixtures("dues")
def test_credit_is_matched_by_two_people(at_desk, tmp_path):
    desk = Desk(tmp_path)
    desk.report(settled(about(posted())))
    desk.statement(("24-11-2026", "UTR1", PAID - 1_680))
    desk.round(at(27))
    assert ReconBreak.objects.filter(kind="BATCH_SHORT").exists()

    accounts = at_desk("Accounts")
    accounts.get_by_role("link", name="Open breaks").first.click()
    accounts.get_by_role("link", name="Match", exact=True).first.click()
    accounts.locator("[name=line]").first.click()
    accounts.locator("[name=do]").click()
    expect(accounts.locator(".errorlist")).to_be_visible()
    accounts.fill("#id_detail", "The bank's letter")
    accounts.locator("[name=do]").click()

    supervisor = at_desk("Supervisor")
    supervisor.goto("/en/admin/payments/creditrequest/")
    supervisor.get_by_role("link", name="Decide").click()
    supervisor.locator("[name=do]").click()
    expect(supervisor.locator(".messagelist")).to_contain_text("have been matched")
    made = SettlementCredit.objects.get()
    assert (made.maker, made.approver) == ("accounts", "supervisor")


def test_rule_book_is_loaded_and_put_in_force(at_desk, tmp_path):
    file = tmp_path / "book.json"
    file.write_text(json.dumps(document(REBATE, {**PENALTY, "percent": "500"})))
    keeper = at_desk("Rule keeper")
    keeper.goto("/en/admin/property_tax/rulebookversion/load/")
    keeper.set_input_files("#id_file", file)
    keeper.locator("[name=do]").click()
    expect(keeper.locator("table.faults")).to_be_visible()
    file.write_text(json.dumps(document(REBATE, PENALTY)))
    keeper.set_input_files("#id_file", file)
    keeper.locator("[name=do]").click()
    expect(keeper.locator(".messagelist")).to_contain_text("is loaded")
    KEEPING.preview_waiting(now=timezone.now())

    supervisor = at_desk("Supervisor")
    supervisor.goto("/en/admin/property_tax/rulebookversion/")
    supervisor.check("[name=_selected_action]")
    supervisor.select_option("[name=action]", "approve")
    supervisor.get_by_role("button", name="Go").click()
    expect(supervisor.locator(".messagelist")).to_contain_text("is in force")
    version = RuleBookVersion.objects.get()
    assert (version.maker, version.approver) == ("rule keeper", "supervisor")


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
