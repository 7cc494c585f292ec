"""What a clerk finds, and what a clerk never sees."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User

from payments.models import OutboxMessage, Receipt
from payments.posting import apply_report
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from property_tax.services import open_payment
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = pytest.mark.django_db
NUMBER = "110260100051"


@pytest.fixture
def receipt(now) -> Receipt:
    """A tax paid and receipted, and the neighbour's bill that is not."""
    DemandFactory(assessee=AssesseeFactory(assessee_number=NUMBER))
    DemandFactory(assessee=AssesseeFactory(assessee_number="110260100062"))
    order = open_payment(assessee_number=NUMBER, heading="ALL", source=Source.CHAT, now=now)
    attempt = AttemptFactory(order=order, amount_paise=order.amount_paise, created_at=now)
    apply_report(account=attempt.account, report=report(attempt), now=now + timedelta(minutes=5))
    return Receipt.objects.get()


@pytest.fixture
def clerk(client):
    user = User.objects.create_user("clerk", is_staff=True)
    apps = ("property_tax", "payments", "chatbot")
    viewing = Permission.objects.filter(content_type__app_label__in=apps, codename__startswith="view_")
    user.user_permissions.set(viewing)
    client.force_login(user)
    return client


def found(clerk, table: str, typed: str) -> list[object]:
    """The records that a search in a table brings."""
    return list(clerk.get(f"/admin/{table}/", {"q": typed}).context["cl"].result_list)


@pytest.mark.parametrize("typed", [NUMBER, "11-026-01-0005-1", "11 026 01 0005 1", "১১০২৬০১০০০৫১", "११-०२६-०१-०००५-१"])
def test_clerk_finds_assessee_and_bill_however_the_number_is_typed(clerk, receipt, typed):
    assert [str(each) for each in found(clerk, "property_tax/assessee", typed)] == [NUMBER]
    assert [each.assessee.assessee_number for each in found(clerk, "property_tax/demand", typed)] == [NUMBER]


@pytest.mark.parametrize("table", ["paymentorder", "payment", "receipt"])
@pytest.mark.parametrize("named", ["order_number", "receipt_number", "reference"])
def test_clerk_finds_a_payment_by_any_number_on_the_paper(clerk, receipt, table, named):
    order = receipt.payment.order
    typed = receipt.receipt_number if named == "receipt_number" else getattr(order, named)
    expected = {"paymentorder": order, "payment": receipt.payment, "receipt": receipt}[table]

    assert found(clerk, f"payments/{table}", typed) == [expected]


@pytest.mark.parametrize("table", ["paymentorder", "paymentattempt", "payment", "receipt"])
@pytest.mark.parametrize("typed", ["11-026-01-0005-1", "১১-০২৬-০১-০০০৫-১"])
def test_clerk_types_the_assessee_number_as_the_receipt_prints_it(clerk, receipt, table, typed):
    assert len(found(clerk, f"payments/{table}", typed)) == 1


def test_clerk_sees_no_token(clerk, receipt):
    order, told = receipt.payment.order, OutboxMessage.objects.get()
    pages = [
        f"/admin/payments/{table}/{suffix}"
        for table, record in (("paymentorder", order), ("receipt", receipt), ("outboxmessage", told))
        for suffix in ("", f"{record.pk}/change/")
    ]
    shown = "".join(clerk.get(page).content.decode() for page in pages)

    assert {receipt.receipt_number in shown, order.order_number in shown} == {True}
    assert {order.token in shown, receipt.token in shown, order.dues_key in shown} == {False}


def test_clerk_changes_nothing(clerk, receipt):
    page = f"/admin/payments/paymentorder/{receipt.payment.order.pk}/change/"

    assert b'name="_save"' not in clerk.get(page).content
    assert clerk.post(page, {"state": "open"}).status_code == 403


def test_stranger_is_asked_to_log_in(client):
    answer = client.get("/admin/payments/receipt/")

    assert (answer.status_code, answer.url) == (302, "/admin/login/?next=/admin/payments/receipt/")
