"""Registers that clerks send in: tried first, taken in when a colleague has approved what would come of it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from kmc_portal.common.arrivals import intake
from kmc_portal.registers import services
from kmc_portal.registers.models import RegisterFile
from kmc_portal.tasks import take_in_registers
from payments.decisions.services import ApproverIsMaker, DecidedAlready, RefusalUnexplained
from property_tax.imports import ASSESSEES, DEMANDS
from property_tax.models import Assessee, Demand, ImportRun
from property_tax.tests.factories import AssesseeFactory
from trade_license.imports import LICENSES
from trade_license.models import License

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]
NOW = timezone.now()
NUMBER = "110260100051"
PERSON = f"{NUMBER},Sukumar Das,12A,Rashbehari Avenue,700006,,,active,no,20000,0,40,0.5"
MISFIT = "1234,=HYPERLINK(1),1,Lake Road,700006,,,active,no,20000,0,40,0.5"
BILL = f"PD-1,{NUMBER},PD,2026-27,3,2026-10-01,2026-10-20,2026-11-30,2000,25.5,0,,"
SHOP = "CE/26/000051,Rupasree,Mita Sarkar,14 Rashbehari Avenue,26,Beauty parlour,no,620,yes,,,2019-06-03,2026-03-31,"
DESK = "/admin/kmc_portal/registerfile/"


def table(layout, *rows):
    return "\n".join([",".join(layout.columns), *rows]).encode()


def sent(*rows, register="assessees", layout=ASSESSEES, language="en"):
    file = ContentFile(table(layout, *rows))
    return services.REGISTERS.keep(
        file, name="ward 26.csv", maker="assessor", now=NOW, register=register, language=language
    )


def read(file):
    return services.REGISTERS.take_in_now(file, now=NOW)


def counts(file):
    return tuple(file.report[name] for name in ("read", "created", "updated", "unchanged", "rejected"))


# --- Its life ---------------------------------------------------------------------------------------------------------


def test_register_is_tried_and_nothing_lands():
    file = read(sent(PERSON, MISFIT))

    assert (file.state, counts(file), Assessee.objects.count()) == ("tried", (2, 1, 0, 0, 1), 0)
    assert file.report["misfits"] == [{"row": 3, "field": "assessee_number", "code": "assessee_number_invalid"}]


@pytest.mark.parametrize(
    ("register", "layout", "row", "table"),
    [
        ("assessees", ASSESSEES, PERSON, Assessee),
        ("demands", DEMANDS, BILL, Demand),
        ("licenses", LICENSES, SHOP, License),
    ],
)
def test_approved_register_lands(register, layout, row, table):
    if register == "demands":
        AssesseeFactory(assessee_number=NUMBER)
    file = read(sent(row, register=register, layout=layout))
    services.approve(file.pk, approver="supervisor", now=NOW)
    assert take_in_registers() == 1

    file.refresh_from_db()
    assert (file.state, counts(file), table.objects.count()) == ("taken_in", (1, 1, 0, 0, 0), 1)


def test_register_of_tax_becomes_an_import_that_can_be_taken_back():
    file = read(sent(PERSON))
    services.approve(file.pk, approver="supervisor", now=NOW)
    read(file)

    run = ImportRun.objects.get()
    assert (run.file_name, run.maker, run.sha256, run.created) == ("ward 26.csv", "assessor", file.sha256, 1)


def test_register_that_was_turned_down_never_lands():
    file = read(sent(PERSON))
    services.turn_down(file.pk, approver="supervisor", reason="Last year's", now=NOW)

    assert (take_in_registers(), Assessee.objects.count()) == (0, 0)


def test_file_of_another_table_is_refused_whole_in_every_language():
    file = read(sent(BILL, layout=DEMANDS))

    assert (file.state, file.refusal["code"], file.report) == ("refused", "wrong_header", None)
    assert file.refusal["bn"] != file.refusal["en"]


def test_misfits_are_kept_as_csv_in_the_language_of_who_sent_them():
    file = read(sent(PERSON, MISFIT, language="bn"))

    rows = list(csv.reader(io.StringIO(services.misfits_of(file).read_text(encoding="utf-8-sig"))))
    assert [row[:3] for row in rows] == [["row", "field", "code"], ["3", "assessee_number", "assessee_number_invalid"]]
    assert not rows[1][3].isascii()
    assert rows[1][5] == "'=HYPERLINK(1)"


def test_worker_that_breaks_off_leaves_the_register_waiting(monkeypatch):
    file = read(sent(PERSON))
    services.approve(file.pk, approver="supervisor", now=NOW)
    with monkeypatch.context() as broken, pytest.raises(ZeroDivisionError):
        broken.setattr(services, "import_register", lambda **_: 1 // 0)
        read(file)
    file.refresh_from_db()
    assert (file.state, file.tries, Assessee.objects.count()) == ("approved", 1, 0)

    assert read(file).state == "taken_in"


@pytest.mark.django_db(transaction=True)
def test_reading_is_seen_before_anything_is_committed(monkeypatch):
    monkeypatch.setattr(intake, "ROWS_BETWEEN_NOTES", 1)
    file = read(sent(PERSON, MISFIT))

    assert (file.rows_read, file.share_read) == (2, 100)


# --- Two persons ------------------------------------------------------------------------------------------------------


def test_who_sends_a_register_in_does_not_decide_it():
    file = read(sent(PERSON))
    with pytest.raises(ApproverIsMaker):
        services.approve(file.pk, approver="assessor", now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        RegisterFile.objects.filter(pk=file.pk).update(state="approved", approver="assessor", decided_at=NOW)


def test_nobody_decides_what_was_not_tried():
    with pytest.raises(services.RegisterNotTried):
        services.approve(sent(PERSON).pk, approver="supervisor", now=NOW)


def test_decision_is_made_once_and_a_refusal_says_why():
    file = read(sent(PERSON))
    with pytest.raises(RefusalUnexplained):
        services.turn_down(file.pk, approver="supervisor", reason=" ", now=NOW)
    services.turn_down(file.pk, approver="supervisor", reason="Last year's", now=NOW)

    with pytest.raises(DecidedAlready):
        services.approve(file.pk, approver="supervisor", now=NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "approved"},
        {"state": "taken_in"},
        {"state": "refused"},
        {"state": "turned_down", "approver": "supervisor", "decided_at": NOW},
        {"approver": "supervisor"},
        {"register": "other"},
        {"maker": ""},
    ],
)
def test_register_that_says_two_things_is_refused_by_the_database(changes):
    file = read(sent(PERSON))
    with pytest.raises(IntegrityError), transaction.atomic():
        RegisterFile.objects.filter(pk=file.pk).update(**changes)


# --- The desk ---------------------------------------------------------------------------------------------------------


def clerk(role):
    user = User.objects.create_user(role, is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
    client = Client()
    client.force_login(user)
    return client


def test_register_is_sent_in_followed_and_decided(settings):
    assessor, supervisor = clerk("Assessor"), clerk("Supervisor")
    form = {"register": "assessees", "file": SimpleUploadedFile("ward 26.csv", table(ASSESSEES, PERSON, MISFIT))}
    page = assessor.post(f"{DESK}act/", form).headers["Location"]
    waiting = assessor.get(page)
    assert ("waits for its turn" in waiting.text, waiting.headers["Refresh"]) == (True, "2")
    take_in_registers()

    tried = assessor.get(page)
    assert "nothing was taken in" in tried.text
    assert "assessee_number_invalid" in tried.text
    assert ("Refresh" in tried.headers, "/decide/" in tried.text) == (False, False)
    file = RegisterFile.objects.get()
    assert assessor.get(f"{DESK}{file.pk}/decide/").status_code == 403
    decided = supervisor.post(f"{DESK}{file.pk}/decide/", {"do": "Approve"}, follow=True)
    assert "taken in within a minute" in decided.text
    take_in_registers()
    run = ImportRun.objects.get()
    assert f"/admin/property_tax/importrun/{run.pk}/change/" in assessor.get(page).text


def test_register_that_is_none_of_ones_own_is_neither_sent_nor_seen():
    officer = clerk("Licence officer")
    form = {"register": "assessees", "file": SimpleUploadedFile("a.csv", table(ASSESSEES, PERSON))}
    assert "Select a valid choice" in officer.post(f"{DESK}act/", form).text

    file = read(sent(PERSON))
    assert officer.get(f"{DESK}{file.pk}/follow/").status_code == 404
    assert "ward 26.csv" not in officer.get(DESK).text


def test_misfits_are_taken_away_by_post_and_written_down():
    file, assessor = read(sent(PERSON, MISFIT)), clerk("Assessor")
    assert assessor.get(f"{DESK}{file.pk}/misfits/").status_code == 404

    answer = assessor.post(f"{DESK}{file.pk}/misfits/")

    assert "1234" in answer.content.decode("utf-8-sig")
    entry = LogEntry.objects.get(actor__username="Assessor", action=LogEntry.Action.ACCESS)
    assert (entry.additional_data["rows"], entry.additional_data["query"]) == (1, f"misfits of {file.pk}")


def test_larger_file_than_the_desk_takes_is_refused(settings):
    settings.DESK_FILE_MOST_BYTES = 10
    form = {"register": "assessees", "file": SimpleUploadedFile("a.csv", table(ASSESSEES, PERSON))}

    assert "This file is larger than" in clerk("Assessor").post(f"{DESK}act/", form).text


def test_registers_are_listed_in_a_constant_number_of_queries(admin_client, django_assert_max_num_queries):
    for _number in range(20):
        sent(PERSON)
    with django_assert_max_num_queries(9):
        assert admin_client.get(DESK).status_code == 200
