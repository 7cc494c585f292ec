"""Who changed what, saw whom and took which list away is written down for good, and auditors read it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db import InternalError, connection, transaction
from django.db.utils import IntegrityError

from kmc_portal.common.admin import ShowsPersons
from kmc_portal.roles import OURS
from payments.counter.counters import add_counter
from payments.models import AccountLimit
from payments.tests.factories import AccountFactory
from property_tax.tests.factories import AssesseeFactory
from trade_license.tests.factories import LicenseFactory

pytestmark = pytest.mark.django_db
PERSONAL = {
    "owner_name",
    "holder_name",
    "applicant_name",
    "mobile",
    "email",
    "residence",
    "address",
    "body",
}
TRAIL = "/admin/auditlog/logentry/"


@pytest.fixture
def signed_in(client):
    def made(name: str, *rights: str, **more: bool):
        user = User.objects.create_user(name, is_staff=True, **more)
        user.user_permissions.set(Permission.objects.filter(codename__in=rights))
        client.force_login(user)
        return client

    return made


def written(action: int, table: str) -> list[LogEntry]:
    return list(LogEntry.objects.filter(action=action, content_type__model=table, actor__isnull=False).order_by("pk"))


def test_page_of_a_person_is_written_down_with_who_saw_it_and_from_where(signed_in):
    assessee = AssesseeFactory()

    signed_in("clerk", "view_assessee").get(
        f"/admin/property_tax/assessee/{assessee.pk}/change/", REMOTE_ADDR="10.1.2.3"
    )

    (seen,) = written(LogEntry.Action.ACCESS, "assessee")
    assert (seen.object_repr, seen.actor.username, seen.remote_addr) == (assessee.assessee_number, "clerk", "10.1.2.3")
    assert (seen.additional_data, seen.changes) == ({"screen": "assessee page"}, None)


def test_each_look_is_written_down_and_a_list_or_a_refusal_is_not(signed_in):
    license = LicenseFactory()
    client = signed_in("clerk", "view_license")

    for page in ("", f"{license.pk}/change/", f"{license.pk}/change/", "999999/change/"):
        client.get(f"/admin/trade_license/license/{page}")
    client.get(f"/admin/property_tax/assessee/{AssesseeFactory().pk}/change/")

    assert [seen.object_repr for seen in written(LogEntry.Action.ACCESS, "license")] == [license.ce_number] * 2
    assert LogEntry.objects.filter(action=LogEntry.Action.ACCESS).count() == 2


def test_every_table_of_persons_writes_down_who_opens_its_page():
    shown = {}
    for model, desk in admin.site._registry.items():
        names = {field.name for field in model._meta.get_fields()} & PERSONAL - set(desk.exclude or ())
        if model._meta.app_label in OURS and names and not isinstance(desk, ShowsPersons):
            shown[model._meta.label] = names

    assert shown == {}


def test_a_change_of_rights_is_written_down_field_by_field(signed_in):
    clerk = User.objects.create_user("newcomer", password="a-long-one-2026")
    role = Group.objects.get(name="Cashier")
    client = signed_in("boss", is_superuser=True)
    when = {"date_joined_0": "2026-11-23", "date_joined_1": "10:00:00"}

    client.post(
        f"/admin/auth/user/{clerk.pk}/change/", {"username": "newcomer", "is_staff": "on", "groups": role.pk, **when}
    )

    changes = {
        name: change for entry in written(LogEntry.Action.UPDATE, "user") for name, change in entry.changes.items()
    }
    assert changes["is_staff"] == ["False", "True"]
    assert changes["groups"] == {"type": "m2m", "operation": "add", "objects": ["Cashier"]}


def test_a_new_password_is_written_down_and_what_it_is_is_not(signed_in):
    clerk = User.objects.create_user("newcomer", password="a-long-one-2026")
    words = {"usable_password": "true", "password1": "another-long-2026", "password2": "another-long-2026"}

    signed_in("boss", is_superuser=True).post(f"/admin/auth/user/{clerk.pk}/password/", words)

    (entry,) = written(LogEntry.Action.UPDATE, "user")
    assert entry.changes == {"password": ["***", "***"]}


def test_a_counter_that_is_added_is_written_down(signed_in):
    signed_in("boss", "add_counter", "view_counter").post(
        "/admin/payments/counter/act/", {"number": 7, "place": "Treasury"}
    )

    (entry,) = written(LogEntry.Action.CREATE, "counter")
    assert (entry.actor.username, entry.changes["place"]) == ("boss", ["None", "Treasury"])


def test_a_new_record_is_told_by_what_its_fields_are_called(signed_in):
    client = signed_in("boss", is_superuser=True)
    client.post("/admin/payments/counter/act/", {"number": 7, "place": "Treasury"})
    (entry,) = written(LogEntry.Action.CREATE, "counter")

    page = client.get(f"{TRAIL}{entry.pk}/change/").content.decode()

    assert "<li>place: Treasury</li>" in page
    assert "shifts" in entry.changes
    assert "payments.Shift.None" not in page


def test_amounts_and_times_of_a_change_are_told_as_people_read_them(signed_in):
    limit = {"method": "upi", "at_most_paise": 12_345_600, "valid_from": date(2026, 4, 1), "source": "Contract 7"}
    AccountLimit.objects.create(account=AccountFactory(), **limit)
    joined = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
    User.objects.create_user("newcomer", date_joined=joined)
    client = signed_in("auditor", "view_logentry")

    about = {
        table: LogEntry.objects.get(content_type__model=table, object_repr__in=told)
        for table, told in (("accountlimit", [str(AccountLimit.objects.get())]), ("user", ["newcomer"]))
    }
    pages = {table: client.get(f"{TRAIL}{entry.pk}/change/").text for table, entry in about.items()}

    assert "<li>at most: ₹1,23,456.00</li>" in pages["accountlimit"]
    assert "<li>date joined: 24 Nov 2026, 02:00</li>" in pages["user"]


def test_what_the_portal_does_by_itself_has_nobodys_name():
    add_counter(number=7, place="Treasury")

    assert LogEntry.objects.get(content_type__model="counter").actor is None


@pytest.mark.parametrize("change", ["UPDATE auditlog_logentry SET actor_id = NULL", "DELETE FROM auditlog_logentry"])
def test_trail_cannot_be_changed(signed_in, change):
    signed_in("boss", "add_counter").post("/admin/payments/counter/act/", {"number": 7, "place": "Treasury"})

    with pytest.raises((IntegrityError, InternalError), match="append-only"), transaction.atomic():
        connection.cursor().execute(change)


def test_auditor_finds_by_number_and_by_clerk_and_changes_nothing(signed_in, client):
    license = LicenseFactory()
    signed_in("clerk", "view_license").get(f"/admin/trade_license/license/{license.pk}/change/")
    auditor = signed_in("auditor", "view_logentry")

    by_number, by_clerk, of_another = (
        list(auditor.get(TRAIL, {"q": term}).context["cl"].result_list)
        for term in (license.ce_number, "clerk", "nobody")
    )
    assert (len(by_number), by_number == by_clerk, of_another) == (1, True, [])
    entry = by_number[0]
    assert "saw" in auditor.get(TRAIL).content.decode()
    assert auditor.post(f"{TRAIL}{entry.pk}/change/", {"object_repr": "x"}).status_code == 403
    assert auditor.post(f"{TRAIL}{entry.pk}/delete/", {"post": "yes"}).status_code == 403


def test_not_even_who_may_do_everything_changes_it_or_deletes_a_clerk(signed_in):
    clerk = User.objects.create_user("newcomer")
    boss = signed_in("boss", is_superuser=True)
    entry = LogEntry.objects.filter(content_type__model="user").latest("pk")

    refused = [f"{TRAIL}{entry.pk}/delete/", f"/admin/auth/user/{clerk.pk}/delete/"]
    assert [boss.post(page, {"post": "yes"}).status_code for page in refused] == [403, 403]
