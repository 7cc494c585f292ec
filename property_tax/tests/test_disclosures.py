"""A clerk finds people masked, sees one in full, and it is written down for good."""

from __future__ import annotations

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Permission, User

from property_tax.tests.factories import AssesseeFactory

pytestmark = pytest.mark.django_db
LOOKS = LogEntry.objects.filter(action=LogEntry.Action.ACCESS)
NUMBER = "110260100051"
LIST = "/admin/property_tax/assessee/"


@pytest.fixture
def assessee():
    return AssesseeFactory(assessee_number=NUMBER, mobile="+919830012345")


@pytest.fixture
def clerk(client):
    return signed_in(client, "clerk", "view_assessee")


def signed_in(client, name: str, *rights: str):
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    return client


def page_of(client, address: str, **asked: str) -> str:
    return client.get(address, asked).content.decode()


@pytest.mark.parametrize("typed", ["", "সুকুমার", "Sukumer Das", "*0051", "12A Rashbihari"])
def test_list_masks_the_owner_and_writes_nothing_down(clerk, assessee, typed):
    page = page_of(clerk, LIST, q=typed)

    assert ("11-026-01-0005-1" in page, "S*** D***" in page, "Sukumar" in page) == (True, True, False)
    assert LOOKS.all().count() == 0


def test_page_of_an_assessee_is_written_down(clerk, assessee):
    page = page_of(clerk, f"{LIST}{assessee.pk}/change/")

    seen = LOOKS.all().get()
    assert ("Sukumar Das" in page, "oskmr" in page) == (True, False)
    assert (seen.object_repr, seen.actor.username, seen.additional_data) == (
        NUMBER,
        "clerk",
        {"screen": "assessee page"},
    )


def test_each_look_is_written_down(clerk, assessee):
    for _ in range(2):
        page_of(clerk, f"{LIST}{assessee.pk}/change/")

    assert LOOKS.all().count() == 2


def test_who_may_not_look_sees_nothing_and_leaves_no_trace(client, assessee):
    answer = signed_in(client, "cashier", "view_demand").get(f"{LIST}{assessee.pk}/change/")

    assert (answer.status_code, LOOKS.all().count()) == (403, 0)


def test_an_assessee_of_nobody_is_not_written_down(clerk):
    clerk.get(f"{LIST}999/change/")

    assert LOOKS.all().count() == 0


def test_too_little_typed_is_refused_with_a_sentence(clerk, assessee):
    page = page_of(clerk, LIST, q="Da")

    assert "Please type at least three letters of a name or a street, or the last four digits of a number." in page
    assert "11-026-01-0005-1" not in page


def test_only_the_first_of_many_are_shown_and_it_is_said(clerk, monkeypatch):
    monkeypatch.setattr("property_tax.admin.MOST_FOUND", 2)
    for _ in range(3):
        AssesseeFactory()

    answer = clerk.get(LIST, {"q": "Sukumar"})
    assert len(answer.context["cl"].result_list) == 2
    assert "There are more; these are the first 2. Please type more words to find fewer." in answer.content.decode()


def test_auditor_reads_the_log_and_a_clerk_does_not(clerk, client, assessee):
    page_of(clerk, f"{LIST}{assessee.pk}/change/")
    refused = clerk.get("/admin/auditlog/logentry/").status_code
    page = page_of(signed_in(client, "auditor", "view_logentry"), "/admin/auditlog/logentry/", q="11-026-01-0005-1")

    assert (refused, NUMBER in page, "clerk" in page) == (403, True, True)


def test_log_stays_when_an_assessee_goes(clerk, assessee):
    page_of(clerk, f"{LIST}{assessee.pk}/change/")
    assessee.delete()

    assert LOOKS.all().get().object_repr == NUMBER
