"""The desk where settlement reports and bank statements are sent in."""

from __future__ import annotations

import csv
import io

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile

from payments.models import Arrival, BankFile, BankLine, SettlementFile, SettlementLine
from payments.sandbox.mis import IDENTIFIERS, SETTLED
from payments.tasks import take_in_files
from payments.tests.factories import AccountFactory

pytestmark = pytest.mark.django_db
REPORTS, STATEMENTS = "/admin/payments/settlementfile/", "/admin/payments/bankfile/"
REFS = ["KMCSIM", "SBI", "RRN", "T1", "KP1", *["NA"] * 7]
ROW = [*REFS, "23-11-2026", "24-11-2026", "1000.00", "10.00", "1.80", "988.20"]


@pytest.fixture(autouse=True)
def account(shelf):
    return AccountFactory()


@pytest.fixture
def clerk(client):
    user = User.objects.create_user("a.clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__endswith="_settlementfile"))
    client.force_login(user)
    return client


def report(*rows):
    file = io.StringIO()
    csv.writer(file).writerows([["SETTLED TRANSACTIONS"], [*IDENTIFIERS, *SETTLED], *rows])
    return file.getvalue().encode()


def send(client, desk, content, **more):
    sent = {"account": AccountFactory().pk, "file": SimpleUploadedFile("november.csv", content), **more}
    return client.post(f"{desk}act/", sent)


def taken_in(response):
    """Let the worker come round, and return how the file ended."""
    take_in_files()
    arrival = Arrival.objects.latest("pk")
    assert response.headers["Location"] == f"/admin/payments/arrival/{arrival.pk}/follow/"
    return arrival


def test_report_is_sent_in(clerk):
    arrival = taken_in(send(clerk, REPORTS, report(ROW, [*REFS, "soon", *ROW[13:]])))

    assert arrival.report == {"read": 2, "created": 1, "updated": 0, "unchanged": 0, "rejected": 1}
    file = SettlementFile.objects.get()
    assert (file.name, file.maker, file.is_correction) == ("november.csv", "a.clerk", False)


def test_correction_is_sent_in(clerk):
    taken_in(send(clerk, REPORTS, report(ROW, [*ROW[:3], "T2", *ROW[4:]])))
    taken_in(send(clerk, REPORTS, report(ROW), is_correction="on"))

    assert list(SettlementLine.objects.filter(change=None).values_list("transaction_ref", flat=True)) == ["T1"]


def test_statement_is_sent_in(admin_client):
    lines = b"Value Date,Narration,UTR,Debit,Credit\n24-11-2026,NEFT,UTR1,,988.20\n"
    taken_in(send(admin_client, STATEMENTS, lines))

    assert (BankFile.objects.get().maker, BankLine.objects.get().amount_paise) == ("admin", 98820)


def test_file_that_is_refused_says_why_and_leaves_nothing(admin_client):
    arrival = taken_in(send(admin_client, REPORTS, b"When,What\n1,2\n"))

    page = admin_client.get(f"/admin/payments/arrival/{arrival.pk}/follow/").text
    assert (
        "The layout of this file is not known. Expected: SETTLED TRANSACTIONS, REFUND TRANSACTIONS, "
        "CHARGEBACK TRANSACTIONS. Found: When, What. Nothing was taken in." in page
    )
    assert not SettlementFile.objects.exists()


def test_file_above_the_limit_of_uploads_is_refused(clerk, settings):
    settings.DESK_FILE_MOST_BYTES = 10

    response = send(clerk, REPORTS, report(ROW))

    assert "This file is larger than" in response.context["form"].errors["file"][0]


def test_file_that_is_larger_than_a_citizens_paper_is_taken_in_whole(clerk, settings):
    settings.PAPER_MOST_BYTES = 10

    taken_in(send(clerk, REPORTS, report(ROW)))

    assert SettlementLine.objects.count() == 1


def test_clerk_without_the_right_sends_nothing_in(clerk):
    assert send(clerk, STATEMENTS, b"x").status_code == 403


@pytest.mark.parametrize("table", ["settlementfile", "settlementline", "bankfile", "bankline"])
def test_tables_are_listed_in_a_constant_number_of_queries(admin_client, table, django_assert_max_num_queries):
    send(admin_client, REPORTS, report(*([*ROW[:3], f"T{number}", *ROW[4:]] for number in range(40))))
    lines = "".join(f"24-11-2026,NEFT,UTR{number},,988.20\n" for number in range(40))
    send(admin_client, STATEMENTS, f"Value Date,Narration,UTR,Debit,Credit\n{lines}".encode())
    take_in_files()

    with django_assert_max_num_queries(9):
        assert admin_client.get(f"/admin/payments/{table}/").status_code == 200
