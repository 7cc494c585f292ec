"""Signing in on the web: number, code, back to the page that was wanted; idle for half an hour, and it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from citizens import sessions, web
from citizens.models import CitizenSession
from citizens.tests.conftest import MOBILE, another, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    return Client()


def ask_for(browser, **more):
    return browser.post("/en/sign-in/", {"mobile": "98300 12345", **more})


def sign_in(browser, **more):
    ask_for(browser, **more)
    return browser.post("/en/sign-in/code/", {"code": sent()[-1]["code"]})


def mobile_of(browser) -> str:
    request = RequestFactory().get("/")
    request.COOKIES = {name: cookie.value for name, cookie in browser.cookies.items()}
    return web.signed_in_mobile(request)


def test_number_and_code_sign_in(browser):
    answer = ask_for(browser)
    assert answer.headers["Location"] == "/en/sign-in/code/"
    assert "+91******2345" in browser.get("/en/sign-in/code/").text

    answer = browser.post("/en/sign-in/code/", {"code": sent()[-1]["code"]})

    assert answer.headers["Location"] == "/en/sign-in/"
    assert mobile_of(browser) == MOBILE
    assert "You are signed in" in browser.get("/en/sign-in/").text


def test_cookie_is_signed_and_for_no_script_and_holds_no_number(browser, settings):
    settings.SESSION_COOKIE_SECURE = True
    cookie = sign_in(browser).cookies["citizen"]

    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", True)
    assert MOBILE[3:] not in cookie.value
    browser.cookies["citizen"] = cookie.value[:-1] + ("A" if cookie.value[-1] != "A" else "B")
    assert mobile_of(browser) == ""


def test_wrong_code_is_refused_beside_its_field(browser):
    ask_for(browser)

    answer = browser.post("/en/sign-in/code/", {"code": another(sent()[-1]["code"])})

    assert answer.status_code == 422
    assert "This is not the code of our last message" in answer.text
    assert mobile_of(browser) == ""


def test_second_code_at_once_is_refused_with_429(browser):
    ask_for(browser)

    answer = ask_for(browser)

    assert (answer.status_code, len(sent())) == (429, 1)


def test_code_page_without_a_number_goes_back(browser):
    assert browser.post("/en/sign-in/code/", {"code": "123456"}).headers["Location"] == "/en/sign-in/"


def test_code_of_one_browser_signs_in_no_other_number(browser):
    ask_for(browser)
    code, other = sent()[-1]["code"], Client()
    other.post("/en/sign-in/", {"mobile": "9830054321"})

    answer = other.post("/en/sign-in/code/", {"code": code})

    assert answer.status_code == 422 or code == sent()[-1]["code"]


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/en/verify/?code=1", "/en/verify/?code=1"),
        ("https://evil.example/", "/en/sign-in/"),
        ("//evil.example/", "/en/sign-in/"),
        ("/\\evil.example/", "/en/sign-in/"),
        ("javascript:alert(1)", "/en/sign-in/"),
    ],
)
def test_reader_goes_on_to_pages_of_ours_only(browser, wanted, reached):
    assert sign_in(browser, next=wanted).headers["Location"] == reached


def test_page_that_needs_signing_in_sends_there_and_back(browser):
    view = web.sign_in_needed(lambda request: HttpResponse("secret"))
    request = RequestFactory().get("/papers/?of=1")

    assert view(request).headers["Location"] == "/sign-in/?next=%2Fpapers%2F%3Fof%3D1"

    sign_in(browser)
    request.COOKIES = {name: cookie.value for name, cookie in browser.cookies.items()}
    assert view(request).content == b"secret"


def test_signing_out_ends_copies_of_the_cookie_too(browser):
    sign_in(browser)
    copy = Client()
    copy.cookies["citizen"] = browser.cookies["citizen"].value

    browser.post("/en/sign-out/")

    assert (mobile_of(browser), mobile_of(copy), CitizenSession.objects.count()) == ("", "", 0)


def test_sign_out_by_a_link_does_nothing(browser):
    sign_in(browser)

    assert browser.get("/en/sign-out/").status_code == 405
    assert mobile_of(browser) == MOBILE


def test_sign_in_form_refuses_a_post_of_another_site():
    strict = Client(enforce_csrf_checks=True)

    assert strict.post("/en/sign-in/", {"mobile": "9830012345"}).status_code == 403


def test_session_ends_after_half_an_hour_without_a_page(now):
    key = sessions.begin(mobile=MOBILE, now=now)
    for minutes in (29, 58, 87):
        assert sessions.mobile_of(key=key, now=now + timedelta(minutes=minutes)) == MOBILE

    assert sessions.mobile_of(key=key, now=now + timedelta(minutes=117)) == ""


def test_session_ends_after_twelve_hours_though_it_is_used(now):
    key = sessions.begin(mobile=MOBILE, now=now)
    for quarter in range(48):
        assert sessions.mobile_of(key=key, now=now + timedelta(minutes=15 * quarter)) == MOBILE

    assert sessions.mobile_of(key=key, now=now + timedelta(hours=12)) == ""


def test_sessions_that_are_over_are_deleted(now):
    sessions.begin(mobile=MOBILE, now=now)

    assert sessions.forget_sessions(now=now + timedelta(minutes=29)) == 0
    assert sessions.forget_sessions(now=now + timedelta(minutes=30)) == 1


def test_signing_in_again_gives_another_key(browser):
    sign_in(browser)
    older = Client()
    older.cookies["citizen"] = browser.cookies["citizen"].value

    sign_in(browser)

    assert (mobile_of(browser), mobile_of(older)) == (MOBILE, "")


def test_database_refuses_a_session_seen_before_it_began(now):
    sessions.begin(mobile=MOBILE, now=now)

    with pytest.raises(IntegrityError, match="session_seen_after_sign_in"):
        CitizenSession.objects.update(seen_at=now - timedelta(seconds=1))


def test_pages_are_kept_by_no_cache(browser):
    assert "no-store" in browser.get("/sign-in/").headers["Cache-Control"]
