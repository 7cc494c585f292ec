"""What a proved mobile number opens: properties and licences on record, what was paid for them or from its chat, receipts."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from chatbot.models import Conversation
from citizens.codes import unsealed
from citizens.services import TOPIC
from payments.models import OutboxMessage
from payments.posting import apply_report
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from property_tax import services
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from trade_license.models import Certificate
from trade_license.queries import key_of
from trade_license.services import open_payment as open_renewal
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = pytest.mark.django_db
NUMBER, OTHER = "110260100051", "110260100069"
MASKED, WHOLE = "PT-026/2026-27/***", "PT-026/2026-27/000001"
STATEMENT = "/en/property-tax/statement/"


@pytest.fixture(autouse=True)
def today(time_machine, now):
    time_machine.move_to(now)


@pytest.fixture
def browser():
    return Client()


def sign_in(browser, mobile="9830012345"):
    browser.post("/en/sign-in/", {"mobile": mobile})
    message = OutboxMessage.objects.filter(topic=TOPIC).latest("id")
    browser.post("/en/sign-in/code/", {"code": unsealed(message.payload)["code"]})


def paid(now, number=NUMBER, *, mobile="", reply_to=""):
    DemandFactory(assessee=AssesseeFactory(assessee_number=number, mobile=mobile))
    order = services.open_payment(
        assessee_number=number, heading="ALL", source=Source.WEB, now=now, reply_to=reply_to
    )  # fmt: skip
    pay(order, now)


def pay(order, now):
    attempt = AttemptFactory(order=order)
    apply_report(account=attempt.account, report=report(attempt, happened_at=now), now=now)


def conversation_of(mobile) -> str:
    came = {"created_at": timezone.now(), "last_inbound_at": timezone.now()}
    return str(Conversation.objects.create(channel="whatsapp", address=f"whatsapp:{mobile}", **came).pk)


def numbers_in(page) -> tuple[list[str], list[str]]:
    """The properties and the receipts of a page."""
    return (
        [each.assessee_number for each in page.context["properties"]],
        [each.receipt_number for each in page.context["payments"]],
    )


def test_stranger_is_asked_to_sign_in(browser):
    assert browser.get("/en/my/").headers["Location"] == "/en/sign-in/?next=%2Fen%2Fmy%2F"


@pytest.mark.parametrize("on_record", ["+919830012345", "9830012345", "09830012345"])
def test_mobile_on_record_opens_its_properties_and_their_receipts(browser, now, on_record):
    paid(now, mobile=on_record)
    paid(now, OTHER, mobile="+919830099999")
    sign_in(browser)

    page = browser.get("/en/my/")

    assert numbers_in(page) == ([NUMBER], [WHOLE])
    assert "Sukumar" not in page.text


def test_what_was_paid_in_the_chat_of_the_number_is_there_too(browser, now):
    paid(now, reply_to=conversation_of("+919830012345"))
    paid(now, OTHER, reply_to=conversation_of("+919830099999"))
    sign_in(browser)

    assert numbers_in(browser.get("/en/my/")) == ([], [WHOLE])


@pytest.mark.parametrize("on_record", ["+919830012345", "9830012345"])
def test_mobile_on_record_opens_its_licences_what_was_paid_for_them_and_their_certificates(browser, now, on_record):
    license = LicenseFactory(ce_number="CE/26/0051", mobile=on_record)
    LicenseFactory(ce_number="CE/26/0052", mobile="9830099999")
    LicenseFactory(ce_number="CE/26/0053", mobile=on_record, closed_on=now.date())
    LicenseDemandFactory(license=license)
    pay(open_renewal(ce_number=key_of("CE/26/0051"), years="1", source=Source.WEB, now=now), now)
    sign_in(browser)

    page = browser.get("/en/my/")

    assert [each.ce_number for each in page.context["licenses"]] == ["CE/26/0051"]
    assert [each.reference for each in page.context["payments"]] == ["CE/26/0051"]
    assert f"/certificates/{Certificate.objects.get().token}.pdf" in page.text
    assert "Mita Sarkar" not in page.text


def test_licence_without_a_certificate_has_no_link_to_one(browser, now):
    LicenseFactory(mobile="9830012345")
    sign_in(browser)

    assert "/certificates/" not in browser.get("/en/my/").text


def test_page_asks_six_questions_however_much_was_paid(browser, now, django_assert_num_queries):
    sign_in(browser)
    for number in (NUMBER, OTHER, "110260100077"):
        paid(now, number, mobile="9830012345")

    with django_assert_num_queries(7):  # the session is read for the gate and for the page
        assert len(numbers_in(browser.get("/en/my/"))[1]) == 3


@pytest.mark.parametrize("address", [STATEMENT, "/api/v1/property-tax/assessees/110260100051/statement/"])
def test_statement_hides_receipt_numbers_from_strangers(browser, now, address):
    paid(now, mobile="9830012345")

    text = browser.get(address, {"assessee_number": NUMBER}).text

    assert (MASKED in text, WHOLE in text) == (True, False)


def test_statement_is_whole_for_the_mobile_on_record_and_for_no_other(browser, now):
    paid(now, mobile="9830012345")
    sign_in(browser, "9830099999")
    assert WHOLE not in browser.get(STATEMENT, {"assessee_number": NUMBER}).text

    browser.post("/en/sign-out/")
    sign_in(browser)

    assert WHOLE in browser.get(STATEMENT, {"assessee_number": NUMBER}).text


def test_statement_of_a_property_without_mobile_is_whole_for_nobody(browser, now):
    paid(now, mobile="")
    sign_in(browser)

    assert WHOLE not in browser.get(STATEMENT, {"assessee_number": NUMBER}).text
