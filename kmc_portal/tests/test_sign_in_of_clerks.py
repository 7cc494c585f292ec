"""How a clerk gets in: a password that cannot be guessed at leisure, then the code of a phone, once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

pytestmark = pytest.mark.django_db
LOGIN, FACTOR, DESK = "/admin/login/", "/admin/second-factor/", "/admin/payments/receipt/"
BEGIN = datetime(2026, 11, 27, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(settings):
    settings.STAFF_TWO_FACTOR = True
    with time_machine.travel(BEGIN, tick=False) as found:
        yield found


@pytest.fixture
def user():
    found = User.objects.create_user("mita", password="a-long-one", is_staff=True)
    found.user_permissions.set(Permission.objects.filter(codename="view_receipt"))
    return found


@pytest.fixture
def client(user):
    found = Client()
    assert sign_in(found).status_code == 302
    return found


def sign_in(client: Client, password: str = "a-long-one", **more: str):
    return client.post(LOGIN, {"username": "mita", "password": password}, **more)


def enrolled(client: Client) -> TOTPDevice:
    client.get(FACTOR)
    device = TOTPDevice.objects.get()
    client.post(FACTOR, {"code": f"{totp(device.bin_key):06d}"})
    device.refresh_from_db()
    return device


# --- The password -----------------------------------------------------------------------------------------------------


def test_five_wrong_passwords_from_one_place_lock_it(user, clock):
    client = Client()
    assert [sign_in(client, "wrong").status_code for _ in range(5)] == [200, 200, 200, 200, 429]
    assert "wait a quarter of an hour" in sign_in(client).text

    clock.shift(timedelta(minutes=16))
    assert sign_in(client).status_code == 302


def test_lock_of_one_place_stops_no_other(user):
    for _ in range(5):
        sign_in(Client(), "wrong")

    assert sign_in(Client(), REMOTE_ADDR="203.0.113.9").status_code == 302


def test_whoever_runs_the_portal_unlocks(user, admin_client, settings):
    settings.STAFF_TWO_FACTOR = False
    for _ in range(5):
        sign_in(Client(), "wrong")
    act = {"action": "unlock", "_selected_action": [str(user.pk)]}
    assert "try their password again" in admin_client.post("/admin/auth/user/", act, follow=True).text

    assert sign_in(Client()).status_code == 302


# --- The phone --------------------------------------------------------------------------------------------------------


def test_password_alone_opens_no_desk(client):
    answer = client.get(f"{DESK}?q=1")

    assert answer.headers["Location"] == f"{FACTOR}?next=%2Fadmin%2Fpayments%2Freceipt%2F%3Fq%3D1"


def test_first_code_enrols_the_phone_and_opens_the_desk(client):
    page = client.get(FACTOR).text
    device = TOTPDevice.objects.get()
    assert "<svg" in page
    assert re.search(r"<code>(\w{4} ){7}\w{4}</code>", page)

    answer = client.post(f"{FACTOR}?next={DESK}", {"code": f"{totp(device.bin_key):06d}"})

    assert answer.headers["Location"] == DESK
    assert client.get(DESK).status_code == 200


def test_secret_is_shown_before_the_first_code_only(client):
    enrolled(client)
    again = Client()
    sign_in(again)

    page = again.get(FACTOR).text
    assert ("<svg" in page.split("<form")[0].split("content-main")[1], "Enrol" in page) == (False, False)


@pytest.mark.parametrize("typed", ["", "abc", "000000", "12345"])
def test_wrong_code_opens_nothing(client, typed):
    page = client.post(FACTOR, {"code": typed})

    assert page.status_code == 200
    assert client.get(DESK).status_code == 302
    assert not TOTPDevice.objects.filter(confirmed=True).exists()


def test_wrong_codes_make_the_right_one_wait(client, clock):
    device = enrolled(client)
    again = Client()
    sign_in(again)
    clock.shift(timedelta(minutes=5))
    assert "not the code" in again.post(FACTOR, {"code": "000000"}).text
    right = {"code": f"{totp(device.bin_key):06d}"}
    assert "wait a minute" in again.post(FACTOR, right).text

    clock.shift(timedelta(seconds=2))
    assert again.post(FACTOR, right).status_code == 302


def test_code_is_good_once(client):
    device = enrolled(client)
    again = Client()
    sign_in(again)

    assert "not the code" in again.post(FACTOR, {"code": f"{totp(device.bin_key):06d}"}).text


def test_code_may_be_typed_in_bengali(client):
    client.get(FACTOR)
    code = f"{totp(TOTPDevice.objects.get().bin_key):06d}".translate(str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯"))

    assert client.post(FACTOR, {"code": code}).status_code == 302


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_way_on_stays_at_the_desk(client, wanted):
    client.get(FACTOR)
    answer = client.post(f"{FACTOR}?next={wanted}", {"code": f"{totp(TOTPDevice.objects.get().bin_key):06d}"})

    assert answer.headers["Location"] == "/admin/"


def test_lost_phone_is_replaced_by_whoever_runs_the_portal(client, user, admin_client, settings):
    enrolled(client)
    settings.STAFF_TWO_FACTOR = False
    admin_client.post("/admin/auth/user/", {"action": "forget_phone", "_selected_action": [str(user.pk)]})
    settings.STAFF_TWO_FACTOR = True

    assert client.get(DESK).status_code == 302
    assert "Enrol your phone" in client.get(FACTOR).text


def test_page_is_for_clerks(user):
    assert Client().get(FACTOR).status_code == 302
    User.objects.filter(pk=user.pk).update(is_staff=False)
    stranger = Client()
    stranger.force_login(user)

    assert stranger.get(FACTOR).status_code == 403


def test_clerk_can_sign_out_before_the_code(client):
    assert client.post("/admin/logout/").status_code == 200


def test_citizens_pages_ask_for_no_code(client):
    assert client.get("/en/property-tax/").status_code == 200


def test_demo_asks_for_no_phone(client, settings):
    settings.STAFF_TWO_FACTOR = False

    assert client.get(DESK).status_code == 200
