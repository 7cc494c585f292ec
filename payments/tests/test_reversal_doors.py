"""What a citizen sees of a reversed payment, and the desk where it is asked for and decided."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from pypdf import PdfReader

from payments.models import Receipt, Reversal, ReversalRequest
from payments.posting import apply_report
from payments.reversals import services as reversals
from payments.tests.factories import NOW, AttemptFactory, report

pytestmark = pytest.mark.django_db
LIST = "/admin/payments/reversalrequest/"


@pytest.fixture
def receipt():
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=report(attempt), now=NOW)
    return Receipt.objects.get()


@pytest.fixture
def reversed_receipt(receipt):
    asked = reversals.ask_for_reversal(
        receipt_number=receipt.receipt_number, reason="dishonoured", detail="Memo 7", maker="clerk", now=NOW
    )
    reversals.approve_reversal(asked.pk, approver="approver", now=NOW + timedelta(days=2))
    return receipt


def paper(client, receipt) -> str:
    response = client.get(f"/en/receipts/{receipt.token}.pdf")
    return " ".join(PdfReader(BytesIO(response.content)).pages[0].extract_text().split())


def test_receipt_page_says_that_it_is_reversed(reversed_receipt, client):
    page = client.get(f"/en/receipts/{reversed_receipt.token}/").text

    assert "<h1>REVERSED</h1>" in page
    assert "Reversed on 25 November 2026 under RV-PT-026/2026-27/000001" in page
    assert "Payment received" not in page


def test_receipt_that_stands_says_nothing_of_reversals(receipt, client):
    page = client.get(f"/en/receipts/{receipt.token}/").text

    assert "Payment received" in page
    assert "everse" not in page


def test_paper_says_that_it_is_reversed(reversed_receipt, client):
    text = paper(client, reversed_receipt)

    assert "REVERSED" in text
    assert "under RV-PT-026/2026-27/000001" in text


def test_paper_that_stands_says_paid(receipt, client):
    assert "REVERSED" not in paper(client, receipt)


def test_verification_says_that_it_is_reversed(reversed_receipt, client):
    page = client.get(f"/en/verify/{reversed_receipt.code}/").text

    assert "This receipt has been reversed" in page
    assert "RV-PT-026/2026-27/000001" in page
    assert "genuine</h1>" not in page


@pytest.mark.parametrize(("which", "status"), [("receipt", "genuine"), ("reversed_receipt", "reversed")])
def test_rest_tells_the_status(which, status, client, request):
    found = request.getfixturevalue(which)

    assert client.get(f"/api/v1/receipts/{found.code}/").json()["status"] == status


# --- The desk ---------------------------------------------------------------------------------------------------------


def clerk(name: str, *rights: str) -> Client:
    user = User.objects.create_user(name, password="a", is_staff=True)
    codes = [f"{right}_reversalrequest" for right in ("view", *rights)]
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client = Client()
    client.force_login(user)
    return client


def ask(client: Client, **changes):
    asked = {"receipt_number": "PT-026/2026-27/000001", "reason": "dishonoured", "detail": "Memo 7", **changes}
    return client.post(f"{LIST}ask/", asked, follow=True)


def test_reversal_goes_from_one_clerk_to_another(receipt):
    asking, deciding = clerk("keeper", "add"), clerk("approver", "change")

    assert "waits for a colleague" in ask(asking).text
    request = ReversalRequest.objects.get()
    assert "keeper: Memo 7" in deciding.get(f"{LIST}{request.pk}/decide/").text
    page = deciding.post(f"{LIST}{request.pk}/decide/", {"do": "Approve"}, follow=True).text

    assert "The payment is undone under RV-PT-026/2026-27/000001." in page
    assert (Reversal.objects.get().maker, Reversal.objects.get().approver) == ("keeper", "approver")


def test_refusal_leaves_the_payment(receipt):
    ask(clerk("keeper", "add"))
    request = ReversalRequest.objects.get()

    page = clerk("approver", "change").post(
        f"{LIST}{request.pk}/decide/", {"other": "Refuse", "refusal": "Another cheque"}, follow=True
    )

    assert "Another cheque" in page.text
    assert Reversal.objects.count() == 0


def test_refusal_stands_beside_its_field(receipt):
    page = ask(clerk("keeper", "add"), receipt_number="PT-1")

    assert "There is no receipt of this number." in page.text


def test_clerk_who_asked_does_not_decide(receipt):
    both = clerk("both", "add", "change")
    ask(both)

    page = both.post(f"{LIST}{ReversalRequest.objects.get().pk}/decide/", {"do": "Approve"})

    assert "This is decided by somebody other than who asked for it." in page.text
    assert Reversal.objects.count() == 0


def test_desk_is_closed_to_those_without_the_right(receipt):
    ask(clerk("keeper", "add"))
    looking = clerk("looking")

    assert ask(looking).status_code == 403
    assert looking.get(f"{LIST}{ReversalRequest.objects.get().pk}/decide/").status_code == 403


def test_reversals_are_listed_and_not_changed(reversed_receipt, admin_client):
    assert "RV-PT-026/2026-27/000001" in admin_client.get("/admin/payments/reversal/").text
    assert admin_client.get("/admin/payments/reversal/add/").status_code == 403
