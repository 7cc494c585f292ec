"""The counter as a cashier sees it, from the first shift of a counter to the count of its drawer."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from payments import invariants
from payments.counter import counters
from payments.models import Counter, PaymentAttempt, PaymentOrder, Receipt, Shift
from payments.tests.factories import KIND

pytestmark = pytest.mark.django_db
SHIFTS, COUNTERS = "/admin/payments/shift/", "/admin/payments/counter/"
DESK = f"{SHIFTS}desk/"


def clerk(name: str, *rights: str) -> Client:
    user = User.objects.create_user(name, password="a", is_staff=True)
    looks = ("view_shift", "view_counter", "view_handedover")
    user.user_permissions.set(Permission.objects.filter(codename__in=[*looks, *rights]))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def cashier():
    counters.add_counter(number=7, place="Borough VI office")
    client = clerk("mita", "add_shift", "add_reversalrequest", "view_reversalrequest")
    client.post(f"{SHIFTS}open/", {"counter": "7", "note_500": "1"})
    return client


def chosen(client: Client) -> str:
    """Find what is due, choose it, and return the address where its money is taken."""
    asked = {"kind": KIND, "reference": "110260100051", "scope": "ALL", "language": "en"}
    return client.post(f"{DESK}order/", asked).headers["Location"]


def test_cashier_finds_takes_and_prints(cashier):
    page = cashier.get(DESK, {"kind": KIND, "number": "110260100051", "language": "en"}).text
    assert "Everything" in page
    assert "₹1,924.00" in page
    address = chosen(cashier)
    assert 'value="Take ₹1,924.00"' in cashier.get(address).text

    page = cashier.post(address, {"take": "1", "instrument": "cash", "given_paise": "2000"}, follow=True).text

    receipt = Receipt.objects.get()
    assert "Change to give: ₹76.00" in page
    assert f"/admin/payments/receipt/{receipt.pk}/print/" in page
    assert "Cash: 1 · <strong>₹1,924.00" in page
    assert all(one["holds"] for one in invariants.verify(now=timezone.now()))


def test_receipt_says_subject_to_realisation_on_page_and_paper(cashier):
    asked = {
        "take": "1",
        "instrument": "cheque",
        "number": "123456",
        "bank": "SBI",
        "dated": str(timezone.now().date()),
    }
    cashier.post(chosen(cashier), asked)

    assert "Subject to realisation" in Client().get(f"/receipts/{Receipt.objects.get().token}/").text


def test_refusal_stands_beside_its_field_and_takes_nothing(cashier):
    page = cashier.post(chosen(cashier), {"take": "1", "instrument": "cheque", "bank": "SBI"}).text

    assert "has six digits" in page
    assert not Receipt.objects.exists()


def test_payment_under_way_can_be_asked_about_from_the_counter(cashier):
    address = chosen(cashier)
    order = PaymentOrder.objects.get()
    counter = Counter.objects.get()
    PaymentAttempt.objects.create(
        order=order,
        account=counter.account,
        order_ref="X1",
        amount_paise=1,
        state="unknown",
        created_at=order.created_at,
    )

    page = cashier.post(address, {"take": "1", "instrument": "cash"}).text
    assert "still being checked with the bank" in page
    assert "Ask the gateway now" in page
    assert "still being checked with the bank" not in cashier.post(address, {"ask": "1"}).text


def test_paid_meanwhile_is_said_before_the_money_is_kept(cashier):
    address = chosen(cashier)
    cashier.post(address, {"take": "1", "instrument": "cash"})

    assert "This has been paid already" in cashier.post(address, {"take": "1", "instrument": "cash"}).text
    assert Receipt.objects.count() == 1


def test_strange_token_leads_back_to_the_desk(cashier):
    assert "This payment link is not ours" in cashier.get(f"{DESK}take/strange/", follow=True).text


def test_wrong_taking_leads_to_the_reversal_desk_with_its_number(cashier):
    cashier.post(chosen(cashier), {"take": "1", "instrument": "cash"})
    address = "/admin/payments/reversalrequest/ask/?receipt_number=CT-007%2F"

    assert address in cashier.get(DESK).text
    assert 'value="CT-007/' in cashier.get(f"{address}2026-27%2F000001").text


def test_desk_without_a_shift_asks_for_one(cashier):
    other = clerk("rana", "add_shift")

    assert "Count the change that lies in the drawer." in other.get(DESK, follow=True).text
    page = other.post(f"{SHIFTS}open/", {"counter": "7", "note_500": ""}).text
    assert "one 0 when there is none" in page
    assert "open shift of another cashier" in other.post(f"{SHIFTS}open/", {"counter": "7", "note_1": "0"}).text


def test_drawer_is_counted_and_checked_by_another(cashier):
    shift = Shift.objects.get()
    assert "Why it differs" in cashier.get(f"{SHIFTS}{shift.pk}/close/").text
    assert "Please count again" in cashier.post(f"{SHIFTS}{shift.pk}/close/", {"note_100": "4"}).text
    assert f"{SHIFTS}{shift.pk}/check/" not in cashier.get(SHIFTS).text
    cashier.post(f"{SHIFTS}{shift.pk}/close/", {"note_500": "1"})
    supervisor = clerk("asha", "change_shift")
    assert f"{SHIFTS}{shift.pk}/check/" in supervisor.get(SHIFTS).text

    assert "counted ₹500.00: 1 × ₹500.00" in supervisor.get(f"{SHIFTS}{shift.pk}/check/").text
    assert "checked by asha" in supervisor.post(f"{SHIFTS}{shift.pk}/check/", follow=True).text
    assert "has been checked already" in supervisor.post(f"{SHIFTS}{shift.pk}/check/").text


def test_counter_is_added_and_retired(cashier):
    keeper = clerk("keeper", "add_counter", "change_counter")
    assert "Number, 1 to 999" in keeper.get(f"{COUNTERS}act/").text
    assert "its receipts are numbered" in keeper.post(f"{COUNTERS}act/", {"number": "0", "place": "x"}).text
    keeper.post(f"{COUNTERS}act/", {"number": "8", "place": "Treasury"})

    for action, is_active in (("retire", False), ("use", True)):
        keeper.post(COUNTERS, {"action": action, "_selected_action": ["8"]})
        assert Counter.objects.get(number=8).account.is_active is is_active
        assert ("icon-no.svg" in keeper.get(COUNTERS).text) is not is_active


@pytest.fixture
def waiting(cashier):
    """The cash of one bill, counted and checked."""
    cashier.post(chosen(cashier), {"take": "1", "instrument": "cash"})
    shift = Shift.objects.get()
    cashier.post(f"{SHIFTS}{shift.pk}/close/", {"note_500": "4", "note_200": "2", "note_20": "1", "note_2": "2"})
    clerk("asha", "change_shift").post(f"{SHIFTS}{shift.pk}/check/")
    return "7-cash-192400"


def test_what_waits_is_taken_to_the_bank_under_the_number_of_its_slip(waiting):
    accounts = clerk("rina", "add_settlementfile")
    page = accounts.get(f"{COUNTERS}deposit/").text
    assert "007 · cash · 1 payment · ₹1,924.00" in page
    asked = {"waiting": waiting, "slip_number": "CS-11", "deposited_on": str(timezone.localdate())}
    assert (
        "Please type the number of the bank" in accounts.post(f"{COUNTERS}deposit/", {**asked, "slip_number": ""}).text
    )

    page = accounts.post(f"{COUNTERS}deposit/", asked, follow=True).text

    assert "1 payment is on its way to the bank." in page
    assert "Nothing waits." in page
    assert "What waits has changed since you opened this page." in accounts.post(f"{COUNTERS}deposit/", asked).text


def test_number_that_nobody_has_is_refused_where_it_was_typed(cashier):
    page = cashier.get(DESK, {"kind": KIND, "number": "110269999991", "language": "en"}).text

    assert "Nobody has this number." in page
    assert "Everything" not in page


def test_dues_that_are_gone_lead_back_to_the_desk(cashier):
    asked = {"kind": KIND, "reference": "110269999991", "scope": "ALL", "language": "en"}

    assert "Nobody has this number." in cashier.post(f"{DESK}order/", asked, follow=True).text
    assert not PaymentOrder.objects.exists()


def test_counters_stand_apart_from_gateways(cashier):
    admin = clerk("admin", "view_gatewayaccount")

    assert "counter-007" not in admin.get("/admin/payments/gatewayaccount/").text


def test_what_was_handed_over_is_found_by_its_number(cashier):
    asked = {"take": "1", "instrument": "card", "number": "AB1234"}
    cashier.post(chosen(cashier), asked)

    page = cashier.get("/admin/payments/handedover/", {"q": "AB1234"}).text
    assert Receipt.objects.get().receipt_number in page


@pytest.mark.parametrize(
    "address",
    [DESK, f"{SHIFTS}open/", f"{DESK}take/x/", f"{SHIFTS}1/close/", f"{SHIFTS}1/check/", f"{COUNTERS}deposit/"],
)
def test_who_may_only_look_is_turned_away(address):
    assert clerk("auditor").get(address).status_code == 403


def test_who_may_only_look_changes_no_counter(cashier):
    looking = clerk("auditor")

    assert looking.get(f"{COUNTERS}act/").status_code == 403
    assert looking.post(COUNTERS, {"action": "retire", "_selected_action": ["7"]}).status_code in (302, 403)
    assert Counter.objects.get().account.is_active
