"""A clerk is signed in at one desk at a time, and not at one that was left alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from kmc_portal.models import ClerkSession

pytestmark = pytest.mark.django_db
DESK = "/admin/"


@pytest.fixture
def clerk():
    return User.objects.create_user("clerk", password="a", is_staff=True)


@pytest.fixture
def desk(clerk):
    return signed_in(clerk)


def signed_in(clerk: User) -> Client:
    client = Client()
    client.force_login(clerk)
    return client


def left_alone(**gone: timedelta) -> None:
    """Let time pass: what was written down moves back."""
    session = ClerkSession.objects.get()
    for name, long in gone.items():
        setattr(session, name, getattr(session, name) - long)
    session.save()


def test_a_desk_left_alone_asks_for_the_password_and_says_why(desk, settings):
    left_alone(seen_at=settings.CLERK_IDLE + timedelta(seconds=1))

    answer = desk.get("/admin/payments/receipt/", follow=True)

    assert answer.redirect_chain == [("/admin/login/?next=%2Fadmin%2Fpayments%2Freceipt%2F", 302)]
    assert "You were signed out" in answer.content.decode()


def test_who_works_stays_signed_in(desk, settings):
    for _ in range(3):
        left_alone(seen_at=settings.CLERK_IDLE - timedelta(minutes=1))
        assert desk.get(DESK).status_code == 200

    assert timezone.now() - ClerkSession.objects.get().seen_at < timedelta(minutes=1)


def test_a_session_ends_with_the_working_day_however_busy(desk, settings):
    left_alone(signed_in_at=settings.CLERK_LONGEST)

    assert desk.get(DESK).status_code == 302


def test_signing_in_elsewhere_ends_the_session_here(clerk, desk):
    other = signed_in(clerk)

    assert (desk.get(DESK).status_code, other.get(DESK).status_code) == (302, 200)


def test_a_new_password_leaves_its_owner_signed_in(desk):
    words = {"old_password": "a", "new_password1": "another-long-2026", "new_password2": "another-long-2026"}

    assert desk.post("/admin/password_change/", words).status_code == 302
    assert desk.get(DESK).status_code == 200


def test_a_look_is_written_down_at_most_once_a_minute(desk, django_assert_num_queries):
    desk.get(DESK)
    seen = ClerkSession.objects.get().seen_at

    desk.get(DESK)

    assert ClerkSession.objects.get().seen_at == seen
