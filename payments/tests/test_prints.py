"""A receipt on paper: the first sheet is the original, every other one says that it is not."""

from __future__ import annotations

import subprocess

import pytest
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError, transaction
from django.test import Client

from payments import prints
from payments.models import Receipt, ReceiptPrint
from payments.posting import apply_report
from payments.tests.factories import NOW, AttemptFactory, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def receipt():
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=report(attempt), now=NOW)
    return Receipt.objects.get()


@pytest.fixture
def desk():
    user = User.objects.create_user("mita", password="a", is_staff=True)
    codes = ("view_receipt", "view_receiptprint", "add_receiptprint")
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client = Client()
    client.force_login(user)
    return client


def text_of(paper: bytes) -> str:
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=paper, capture_output=True, check=True
    ).stdout.decode()


def printed(receipt: Receipt, who: str = "mita") -> str:
    return text_of(prints.print_receipt(receipt=receipt.pk, who=who, now=NOW))


def test_first_print_is_the_original(receipt):
    assert "REPRINT" not in printed(receipt)


def test_second_print_says_which_and_whose(receipt):
    printed(receipt)
    text = printed(receipt, who="rana")

    assert "REPRINT" in text
    assert "Reprint: sheet 2 of this receipt, printed on 23 November 2026, 11:30 by rana." in text


def test_payers_own_copy_is_never_a_reprint(receipt, client):
    printed(receipt)
    first, second = (client.get(f"/receipts/{receipt.token}.pdf").content for _ in range(2))

    assert first == second
    assert "REPRINT" not in text_of(first)


def test_desk_says_how_often_before_it_prints(receipt, desk):
    address = f"/admin/payments/receipt/{receipt.pk}/print/"
    assert "Printed so far: 0." in desk.get(address).text

    assert desk.post(address).content.startswith(b"%PDF")
    assert "Printed so far: 1." in desk.get(address).text
    assert address in desk.get("/admin/payments/receipt/").text


def test_who_may_not_print_is_turned_away(receipt):
    user = User.objects.create_user("auditor", password="a", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_receipt"))
    client = Client()
    client.force_login(user)

    assert client.post(f"/admin/payments/receipt/{receipt.pk}/print/").status_code == 403
    assert not ReceiptPrint.objects.exists()


def test_receipt_of_nobody_is_not_printed(desk):
    assert desk.post("/admin/payments/receipt/7/print/").status_code == 404


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("print_numbered_once", {"number": 1}),
        ("print_number_positive", {"number": 0}),
        ("print_names_who", {"number": 2, "printed_by": ""}),
    ],
)
def test_database_refuses_a_print(receipt, constraint, changes):
    printed(receipt)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ReceiptPrint.objects.create(**{"receipt": receipt, "printed_by": "mita", "printed_at": NOW, **changes})


def test_print_is_never_forgotten(receipt):
    printed(receipt)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ReceiptPrint.objects.all().delete()
