"""A list is taken away as a file without formulas, and who took it is written down."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import date, datetime
from decimal import Decimal

import pytest
from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from openpyxl import load_workbook

from kmc_portal.common import exports
from kmc_portal.common.admin import ShowsPersons
from kmc_portal.common.clock import IST
from property_tax.tests.factories import AssesseeFactory, DemandFactory

BILLS = "/admin/property_tax/demand/export/"
FORMULAS = ["=1+1", "+91 98300", "-1", "@SUM(A1)", "\tx", "\r=1", "＝1", "  =HYPERLINK(1)"]


def rows_of(file: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"))))


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("file_type", exports.CONTENT_TYPES)
def test_no_cell_is_a_formula(text, file_type):
    file = exports.file_of(file_type, [text], [[text]])

    if file_type == exports.CSV:
        assert rows_of(file) == [[f"'{text}"], [f"'{text}"]]
    else:
        cells = [cell for row in load_workbook(io.BytesIO(file)).active.iter_rows() for cell in row]
        assert [(cell.data_type, cell.value[0]) for cell in cells] == [("s", "'"), ("s", "'")]


def test_numbers_and_days_stay_what_they_are():
    moment = datetime(2026, 11, 23, 11, 30, 5, 7, tzinfo=IST)
    row = [-5, Decimal("-12.50"), date(2026, 11, 23), moment, None, True, "রসিদ"]

    assert rows_of(exports.file_of(exports.CSV, ["a"], [row]))[1] == [
        "-5", "-12.50", "2026-11-23", "2026-11-23 11:30:05", "", "yes", "রসিদ",
    ]  # fmt: skip
    sheet = load_workbook(io.BytesIO(exports.file_of(exports.XLSX, ["a"], [row]))).active
    assert [str(cell.value) for cell in sheet[2]][:4] == ["-5", "-12.5", "2026-11-23 00:00:00", "2026-11-23 11:30:05"]


def test_what_a_workbook_cannot_hold_is_left_out():
    file = exports.file_of(exports.XLSX, ["a"], [["x\x00\x1fy"]])

    assert load_workbook(io.BytesIO(file)).active["A2"].value == "xy"


@pytest.mark.django_db
@pytest.mark.parametrize("file_type", exports.CONTENT_TYPES)
def test_list_is_taken_as_it_was_asked_for_and_that_is_written_down(client, file_type):
    sign_in(client, "view_demand")
    DemandFactory(demand_number="PD-1")
    DemandFactory(demand_number="FS-1", kind="FS")

    answer = client.post(f"{BILLS}{file_type}/?kind__exact=FS")

    (taken,) = LogEntry.objects.filter(action=LogEntry.Action.ACCESS)
    digest = hashlib.sha256(answer.content).hexdigest()
    assert taken.additional_data == {"taken": file_type, "rows": 1, "query": "kind__exact=FS", "sha256": digest}
    assert (taken.actor.username, taken.content_type.model) == ("clerk", "demand")
    assert answer["Content-Disposition"] == f'attachment; filename="demand.{file_type}"'
    if file_type == exports.CSV:
        heads, *rows = rows_of(answer.content)
        assert heads[:5] == ["Bill number", "Assessee", "Kind", "Period", "Property tax"]
        assert [row[:1] + row[2:5] for row in rows] == [["FS-1", "fresh or supplementary", "2026-27 Q3", "2000.00"]]


@pytest.mark.django_db
def test_more_than_a_file_has_room_for_is_refused_with_a_sentence(client, monkeypatch):
    monkeypatch.setattr("kmc_portal.common.admin.MOST_TAKEN", 1)
    sign_in(client, "view_demand")
    for _ in range(2):
        DemandFactory()

    answer = client.post(f"{BILLS}csv/", follow=True)

    assert "A file has at most 1 rows. Please filter or search for fewer." in answer.content.decode()
    assert LogEntry.objects.filter(action=LogEntry.Action.ACCESS).count() == 0


@pytest.mark.django_db
def test_nobody_takes_a_list_of_persons_or_one_they_may_not_see(client):
    AssesseeFactory()
    sign_in(client, "view_assessee", "view_license")

    for table in ("property_tax/assessee", "trade_license/license", "property_tax/demand"):
        assert client.post(f"/admin/{table}/export/csv/").status_code == 403
    assert "Take away" not in client.get("/admin/property_tax/assessee/").content.decode()


def test_tables_of_persons_are_never_taken_away():
    assert [
        desk for desk in admin.site._registry.values() if isinstance(desk, ShowsPersons) and desk.may_be_taken_away
    ] == []


@pytest.mark.django_db
def test_every_other_list_can_be_taken_away(admin_client):
    answers = {}
    for model, desk in admin.site._registry.items():
        if getattr(desk, "may_be_taken_away", False):
            address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/export/csv/"
            answers[model._meta.label] = admin_client.post(address).status_code

    assert len(answers) > 30
    assert {label: status for label, status in answers.items() if status != 200} == {}


def sign_in(client, *rights: str) -> None:
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
