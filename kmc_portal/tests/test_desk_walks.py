"""What clerks come for, walked in a browser by the roles that do it: in three languages, with scripts and without.

The day at a counter, with its reversals, is `test_counter_day`; breaks are closed in `test_break_journeys`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group, User
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Browser, Page, expect

from chatbot import parking
from chatbot.channels.base import Inbound
from chatbot.channels.registry import CONSOLE
from chatbot.models import Handover, NumberWalk, OutboundMessage, ParkedMessage
from chatbot.services import receive
from chatbot.walks import notice_walks
from kmc_portal.common.uploads import KeptPaper
from kmc_portal.tasks import take_in_registers
from payments.counter.counters import add_counter
from payments.models import Arrival, Dispute, GatewayAccount, KeptMoney, Placement, ReconBreak, Refund, SettlementCredit
from payments.posting import apply_report
from payments.sandbox.mis import IDENTIFIERS, SETTLED
from payments.states import Source
from payments.tasks import take_in_files
from payments.tests.conftest import dues as dues  # a fixture
from payments.tests.factories import AccountFactory, AttemptFactory, report
from payments.tests.recon_desk import PAID, Desk, about, at, posted, settled
from property_tax.imports import ASSESSEES
from property_tax.models import Assessee, RuleBookVersion, WaiverApplication
from property_tax.rule_services import KEEPING
from property_tax.services import open_payment
from property_tax.tests.books import INTEREST, PENALTY, REBATE, WAIVER, document, put_in_force
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from trade_license import services
from trade_license.changes import apply_for_change
from trade_license.enlistment import Applicant, Trade, apply_for_enlistment
from trade_license.models import Application, License, LicenseRuleBookVersion
from trade_license.rule_services import KEEPING as FEES_KEEPING
from trade_license.rules import book as fees
from trade_license.states import ApplicationKind, ApplicationState, PaperKind
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PERSON = "110260100051,Sukumar Das,12A,Rashbehari Avenue,700006,,,active,no,20000,0,40,0.5"
NUMBER, PASSWORD = "110260100051", "a-long-one-2026"
READERS = [("bn", True), ("hi", False), ("en", True)]
PARLOUR = Trade("Rupasree", "Mita Sarkar", "14 Rashbehari Avenue", 26, "Beauty parlour", False, True, 620)
APPLICANT = Applicant("Mita Sarkar", "3 Lake Road", "voter_card", "WB/12/345/678901", "+919830012345")


@pytest.fixture(params=READERS, ids=lambda reader: f"{reader[0]}-{'scripts' if reader[1] else 'plain'}")
def with_password(request, browser: Browser, live_server) -> Iterator[Callable[..., Page]]:
    """Have somebody of a role give a name and a password, as a clerk does. No page may break, and no script.

    Pages are looked at with axe in one of the languages: `test_desk_browser` does so for lists in all.
    """
    language, scripts = request.param
    contexts, faults = [], list[str]()

    def at_the_door(role: str, name: str = "") -> Page:
        name = name or role.lower().replace(" ", ".")
        user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
        user.groups.set(Group.objects.filter(name=role))
        contexts.append(browser.new_context(java_script_enabled=scripts, base_url=live_server.url))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("response", lambda answer: faults.append(answer.url) if answer.status >= 400 else None)
        page.goto(f"/{language}/admin/")
        give_password(page, name)
        assert page.locator("html").get_attribute("lang") == language
        return page

    yield at_the_door
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def at_desk(with_password) -> Callable[..., Page]:
    """Sign somebody of a role in, where no phone is asked for."""

    def signed_in(role: str, name: str = "") -> Page:
        page = with_password(role, name)
        expect(page.locator("#logout-form")).to_be_visible()
        return page

    return signed_in


def give_password(page: Page, name: str) -> None:
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")


def is_accessible(page: Page) -> None:
    page.wait_for_load_state()
    if page.locator("html").get_attribute("lang") == "bn":
        assert [(one["id"], one["nodes"][0]["html"][:90]) for one in Axe().run(page).response["violations"]] == []


def work(page: Page, address: str) -> None:
    """Go from the first page of the desk to what one has come for."""
    page.locator("#site-name a").click()
    page.locator(f"nav.work a[href*='/{address}/']").first.click()


def do(page: Page, **typed: str) -> None:
    """Fill the form of a page in, and do what it is for."""
    for name, text in typed.items():
        page.fill(f"#id_{name}", text)
    is_accessible(page)
    page.locator("[name=do]").click()


def next_act(page: Page, address: str) -> None:
    """Open what is to be done next with the first row of a list."""
    is_accessible(page)
    page.locator(f"#result_list a[href*='/{address}/']").first.click()


def is_done(page: Page) -> None:
    expect(page.locator(".messagelist .success")).to_be_visible()


def is_refused(page: Page) -> None:
    expect(page.locator(".errorlist").first).to_be_visible()


# --- The door -----------------------------------------------------------------------------------------------------------


def give_code(page: Page, code: str) -> None:
    page.fill("#id_code", code)
    page.press("#id_code", "Enter")


def test_phone_is_enrolled_once_and_its_code_asked_for_ever_after(with_password, settings):
    settings.STAFF_TWO_FACTOR = True
    page = with_password("Accounts")
    expect(page.locator(".square svg")).to_be_visible()
    is_accessible(page)
    give_code(page, "000000")
    is_refused(page)
    key = TOTPDevice.objects.get().bin_key
    # A wrong code makes the next one wait for a second.
    page.wait_for_timeout(1_100)
    give_code(page, f"{totp(key):06}")
    expect(page.locator("nav.work")).to_be_visible()

    page.locator("#logout-form button").click()
    page.goto(page.url.split("/admin/")[0] + "/admin/")
    give_password(page, "accounts")
    expect(page.locator("#id_code")).to_be_visible()
    expect(page.locator(".square")).to_have_count(0)
    give_code(page, f"{totp(key, drift=1):06}")
    expect(page.locator("nav.work")).to_be_visible()


# --- Money --------------------------------------------------------------------------------------------------------------


def a_bill() -> None:
    today = timezone.localdate()
    days = {"issued_on": today, "presented_on": None, "rebate_date": today + timedelta(days=9)}
    DemandFactory(assessee=AssesseeFactory(assessee_number=NUMBER), **days)


@pytest.fixture
def kept():
    """A payment that fell short, so that its money waits in suspense."""
    a_bill()
    order = open_payment(assessee_number=NUMBER, heading="ALL", source=Source.WEB, now=timezone.now())
    attempt = AttemptFactory(order=order)
    apply_report(account=attempt.account, report=report(attempt, amount_paise=100_000), now=timezone.now())
    return KeptMoney.objects.get()


def test_kept_money_is_placed_by_two_people(at_desk, kept):
    accounts = at_desk("Accounts")
    work(accounts, "payments/keptmoney")
    next_act(accounts, "propose")
    accounts.select_option("#id_target", "advance")
    do(accounts)
    is_refused(accounts)
    do(accounts, detail="The payer has written")
    is_done(accounts)

    supervisor = at_desk("Supervisor")
    work(supervisor, "payments/placement")
    next_act(supervisor, "decide")
    do(supervisor)
    is_done(supervisor)
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
    work(accounts, "payments/refund/ask")
    do(accounts, receipt_number="PT-999/2026-27/000001")
    is_refused(accounts)
    do(accounts, receipt_number=receipt)
    do(accounts, reason="Paid twice, letter 12")
    is_done(accounts)

    supervisor = at_desk("Supervisor")
    work(supervisor, "payments/refund")
    next_act(supervisor, "decide")
    do(supervisor)
    is_done(supervisor)
    refund = Refund.objects.get()
    assert (refund.state, refund.maker, refund.approver) == ("approved", "accounts", "supervisor")


def test_dispute_is_opened_and_lost(at_desk, receipt):
    accounts = at_desk("Accounts")
    work(accounts, "payments/dispute/open")
    reply_by = (timezone.localdate() + timedelta(days=7)).isoformat()
    case = {"amount_paise": "1924", "case_number": "CB-77", "detail": "The cardholder does not know the payment"}
    do(accounts, receipt_number=receipt, reply_by=reply_by, **case)
    is_done(accounts)

    supervisor = at_desk("Supervisor")
    work(supervisor, "payments/dispute")
    next_act(supervisor, "decide")
    supervisor.fill("#id_detail", "Letter of 30 November")
    supervisor.locator("[name=other]").click()
    is_done(supervisor)
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
    work(accounts, "payments/reconbreak")
    next_act(accounts, "ask")
    accounts.locator("[name=line]").first.click()
    do(accounts)
    is_refused(accounts)
    do(accounts, detail="The bank's letter")
    is_done(accounts)

    supervisor = at_desk("Supervisor")
    supervisor.locator("#content-main a[href*='/payments/creditrequest/']").first.click()
    next_act(supervisor, "decide")
    do(supervisor)
    is_done(supervisor)
    made = SettlementCredit.objects.get()
    assert (made.maker, made.approver) == ("accounts", "supervisor")


def test_report_is_sent_in_and_tells_what_it_set_aside(at_desk, shelf):
    AccountFactory()
    refs = ["KMCSIM", "SBI", "RRN", "T1", "KP1", *["NA"] * 7]
    amounts = ["24-11-2026", "1000.00", "10.00", "1.80", "988.20"]
    file = io.StringIO()
    table = [
        ["SETTLED TRANSACTIONS"],
        [*IDENTIFIERS, *SETTLED],
        [*refs, "23-11-2026", *amounts],
        [*refs, "soon", *amounts],
    ]
    csv.writer(file).writerows(table)

    accounts = at_desk("Accounts")
    work(accounts, "payments/settlementfile/act")
    do(accounts)
    is_refused(accounts)
    sent = {"name": "november.csv", "mimeType": "text/csv", "buffer": file.getvalue().encode()}
    accounts.select_option("[name=account]", index=1)
    accounts.set_input_files("[name=file]", sent)
    do(accounts)
    expect(accounts.locator("[role=status]")).to_be_visible()
    take_in_files()
    accounts.goto(f"{accounts.url.split('?')[0]}")
    accounts.locator("#content a[href*='/payments/settlementfile/']").last.click()
    expect(accounts.locator("#content")).to_contain_text("soon")
    assert Arrival.objects.get().report["rejected"] == 1


# --- Law ----------------------------------------------------------------------------------------------------------------


def test_rule_book_is_loaded_and_put_in_force(at_desk, tmp_path):
    file = tmp_path / "book.json"
    file.write_text(json.dumps(document(REBATE, {**PENALTY, "percent": "500"})))
    keeper = at_desk("Rule keeper")
    work(keeper, "property_tax/rulebookversion/load")
    keeper.set_input_files("#id_file", file)
    do(keeper)
    expect(keeper.locator("table.faults")).to_be_visible()
    file.write_text(json.dumps(document(REBATE, PENALTY)))
    keeper.set_input_files("#id_file", file)
    do(keeper)
    is_done(keeper)
    KEEPING.preview_waiting(now=timezone.now())

    supervisor = at_desk("Supervisor")
    work(supervisor, "property_tax/rulebookversion")
    choose(supervisor, "approve")
    is_done(supervisor)
    version = RuleBookVersion.objects.get()
    assert (version.maker, version.approver) == ("rule.keeper", "supervisor")


def test_waiver_is_entered_and_approved(at_desk):
    today = timezone.localdate()
    window = {
        "apply_from": today - timedelta(days=30),
        "apply_to": today + timedelta(days=30),
        "bills_presented_to": today,
    }
    scheme = {**WAIVER, **{name: day.isoformat() for name, day in window.items()}}
    put_in_force(document(INTEREST, scheme))
    a_bill()

    clerk = at_desk("Collection clerk")
    work(clerk, "property_tax/waiverapplication/apply")
    do(clerk, assessee_number="1234")
    is_refused(clerk)
    do(clerk, assessee_number=NUMBER)
    is_done(clerk)

    supervisor = at_desk("Supervisor")
    work(supervisor, "property_tax/waiverapplication")
    next_act(supervisor, "decide")
    do(supervisor)
    is_done(supervisor)
    found = WaiverApplication.objects.get()
    assert (found.maker, found.approver, found.approved_on) == ("collection.clerk", "supervisor", today)


def test_new_licence_is_inspected_and_a_finding_decided(at_desk):
    now = timezone.now()
    papers = {kind: KeptPaper(f"{kind}.pdf", "paper.pdf", "application/pdf", 900, "0" * 64) for kind in PaperKind}
    asked = {"applicant": APPLICANT, "years": "1", "papers": papers, "undertakes": True, "now": now}
    applied = apply_for_enlistment(trade=PARLOUR, **asked)
    order = services.open_payment(ce_number=applied.license.search_key, years="1", source=Source.WEB, now=now)
    attempt = AttemptFactory(order=order)
    apply_report(account=attempt.account, report=report(attempt, happened_at=now), now=now)
    Application.objects.update(is_sampled=True)

    inspector = at_desk("Licence inspector")
    work(inspector, "trade_license/application")
    next_act(inspector, "inspect")
    inspector.locator("[name=other]").click()
    is_refused(inspector)
    inspector.fill("#id_remarks", "The shop is a godown")
    inspector.locator("[name=other]").click()
    is_done(inspector)

    officer = at_desk("Licence officer")
    work(officer, "trade_license/application")
    next_act(officer, "officer")
    do(officer)
    is_done(officer)
    assert Application.objects.get().state == ApplicationState.ALLOTTED


def test_correction_is_carried_out_when_two_members_agree(at_desk):
    shop = LicenseFactory(ce_number="CE/26/000051", mobile=APPLICANT.mobile)
    LicenseDemandFactory(license=shop)
    asked = {"wanted": {"trade_name": "Rupasree Beauty"}, "applicant_name": "Mita Sarkar", "mobile": APPLICANT.mobile}
    apply_for_change(ce_number="CE26000051", kind=ApplicationKind.CORRECTION, now=timezone.now(), **asked)

    for name in ("anita", "bimal"):
        member = at_desk("Licence committee", name)
        work(member, "trade_license/application")
        next_act(member, "vote")
        do(member)
        is_done(member)
    assert (Application.objects.get().state, License.objects.get().trade_name) == ("approved", "Rupasree Beauty")


def test_fee_schedule_is_loaded_and_put_in_force(at_desk, tmp_path):
    LicenseDemandFactory(license=LicenseFactory(ce_number="CE/26/000051"))
    document = fees.shipped()
    next(row for row in document["rules"] if row["kind"] == "late_fine")["bands"] = "none"
    file = tmp_path / "fees.json"
    file.write_text(json.dumps(document))
    keeper = at_desk("Rule keeper")
    work(keeper, "trade_license/licenserulebookversion/load")
    keeper.set_input_files("#id_file", file)
    do(keeper)
    expect(keeper.locator("table.faults")).to_be_visible()
    file.write_text(json.dumps(fees.shipped()))
    keeper.set_input_files("#id_file", file)
    do(keeper)
    is_done(keeper)
    FEES_KEEPING.preview_waiting(now=timezone.now())

    supervisor = at_desk("Supervisor")
    work(supervisor, "trade_license/licenserulebookversion")
    choose(supervisor, "approve")
    is_done(supervisor)
    assert LicenseRuleBookVersion.objects.get().approver == "supervisor"


def test_register_is_sent_in_tried_and_approved(at_desk, shelf):
    rows = [",".join(ASSESSEES.columns), PERSON, PERSON.replace(NUMBER, "1234")]
    assessor = at_desk("Assessor")
    work(assessor, "kmc_portal/registerfile/act")
    do(assessor)
    is_refused(assessor)
    assessor.select_option("#id_register", "assessees")
    assessor.set_input_files(
        "#id_file", {"name": "ward.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}
    )
    do(assessor)
    expect(assessor.locator("[role=status]")).to_be_visible()
    take_in_registers()
    assessor.goto(assessor.url.split("?")[0])
    expect(assessor.locator("table.faults")).to_contain_text("assessee_number_invalid")
    is_accessible(assessor)
    with assessor.expect_download() as taken:
        assessor.locator("form[action$='/misfits/'] button").click()
    assert "1234" in taken.value.path().read_text()

    supervisor = at_desk("Supervisor")
    work(supervisor, "kmc_portal/registerfile")
    next_act(supervisor, "decide")
    supervisor.locator("[name=other]").click()
    is_refused(supervisor)
    do(supervisor)
    is_done(supervisor)
    take_in_registers()
    assert Assessee.objects.get().owner_name == "Sukumar Das"


# --- Citizens -----------------------------------------------------------------------------------------------------------


def test_citizen_who_waits_for_a_person_is_answered(at_desk):
    for place, text in enumerate(("English", "talk to a person", "My bill names my late father")):
        receive(Inbound(f"console:1:{place}", "console:1", text), channel=CONSOLE, now=timezone.now())

    helper = at_desk("Help desk")
    work(helper, "chatbot/handover")
    next_act(helper, "talk")
    expect(helper.locator(".talk")).to_contain_text("My bill names my late father")
    do(helper)
    is_refused(helper)
    do(helper, answer="Please apply for mutation.")
    is_done(helper)
    assert OutboundMessage.objects.filter(body__contains="Please apply for mutation.").count() == 1
    assert Handover.objects.get().clerk == "help.desk"


def test_message_over_which_the_portal_failed_is_tried_once_more(at_desk):
    message = Inbound("SM1", "console:1", "English")
    for _try in range(3):
        parking.note_failure(message, channel="console", fault=KeyError(), now=timezone.now())

    helper = at_desk("Help desk")
    work(helper, "chatbot/parkedmessage")
    next_act(helper, "see-to")
    do(helper)
    is_refused(helper)
    helper.locator("[name=parked][value=again]").check()
    do(helper)
    is_done(helper)
    assert (ParkedMessage.objects.get().settled_by, OutboundMessage.objects.count()) == ("help.desk", 1)


def test_walk_through_numbers_is_looked_at(at_desk, settings):
    settings.CHAT_LOOK_UPS_FREE = 100
    for serial in range(12):
        text = f"11026010{serial:03}1"
        receive(Inbound(f"console:1:{serial}", "console:1", text), channel=CONSOLE, now=timezone.now())
    notice_walks(now=timezone.now())

    helper = at_desk("Help desk")
    work(helper, "chatbot/numberwalk")
    next_act(helper, "see")
    do(helper)
    is_done(helper)
    assert NumberWalk.objects.get().seen_by == "help.desk"


def test_assessee_is_found_by_what_is_read_out(at_desk):
    a_bill()

    helper = at_desk("Help desk")
    helper.locator("input[name=q]").first.fill("১১-০২৬-০১-০০০৫-১")
    helper.keyboard.press("Enter")
    expect(helper).to_have_url(re.compile(r"/property_tax/assessee/\d+/change/"))
    expect(helper.locator("#content")).to_contain_text("₹")


def test_list_is_taken_away_and_the_auditor_sees_by_whom(at_desk):
    a_bill()
    assessor = at_desk("Assessor")
    assessor.locator("#content-main a[href$='/property_tax/demand/']").first.click()
    with assessor.expect_download() as taken:
        assessor.locator("form[action*='/export/csv/'] button").click()
    rows = taken.value.path().read_text().splitlines()
    assert len(rows) == 2

    auditor = at_desk("Auditor")
    work(auditor, "auditlog/logentry")
    expect(auditor.locator("#result_list")).to_contain_text("assessor")
    assert LogEntry.objects.filter(actor__username="assessor").count() == 1


# --- Any list -----------------------------------------------------------------------------------------------------------


def choose(page: Page, act: str) -> None:
    """Do an act of a list to its first row."""
    page.locator("[name=_selected_action]").first.check()
    page.select_option("[name=action]", act)
    page.locator("button[name=index]").click()


def test_act_of_a_list_is_done_to_the_rows_that_were_chosen(at_desk):
    add_counter(number=7, place="Borough VI office")
    add_counter(number=8, place="Borough VII office")
    supervisor = at_desk("Supervisor")
    supervisor.locator("#content-main a[href$='/payments/counter/']").first.click()
    choose(supervisor, "retire")

    retired = GatewayAccount.objects.filter(gateway="counter", is_active=False).values_list("code", flat=True)
    assert list(retired) == ["counter-007"]


@pytest.mark.parametrize("with_password", [("en", False)], indirect=True, ids=["en-plain"])
def test_nothing_is_shown_that_only_a_script_can_do(at_desk):
    page = at_desk("Supervisor")

    for one in ("#toggle-nav-sidebar", "#nav-filter", ".theme-toggle"):
        expect(page.locator(one)).to_be_hidden()
