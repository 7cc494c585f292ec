"""The one box at the top of the desk: any number, read out over the telephone, in any script."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from chatbot.models import Conversation
from payments.tests.factories import NOW, OrderFactory
from property_tax.models import Assessee
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from trade_license.tests.factories import LicenseFactory

pytestmark = pytest.mark.django_db
FIND = "/admin/find/"
TIMELINE = "/admin/payments/paymentorder/{}/timeline/"


@pytest.fixture
def clerk():
    def made(role: str) -> Client:
        user = User.objects.create_user(role, password="a", is_staff=True)
        user.groups.set(Group.objects.filter(name=role))
        client = Client()
        client.force_login(user)
        return client

    return made


@pytest.fixture
def order():
    assessee = AssesseeFactory(assessee_number="110260100051")
    DemandFactory(assessee=assessee, demand_number="PD-110260100051-20263")
    LicenseFactory(ce_number="CE/26/000051")
    asked = Conversation.objects.create(
        address="whatsapp:+919830012345", channel="whatsapp", last_inbound_at=NOW, created_at=NOW
    )
    return OrderFactory(kind="property_tax", told_to=["0", str(asked.pk)])


@pytest.mark.parametrize("typed", ["9830012345", "98300 12345", "+91 98300-12345", "৯৮৩০০১২৩৪৫"])
def test_mobile_leads_to_the_payment_it_asked_for(clerk, order, typed):
    answer = clerk("Help desk").get(FIND, {"q": typed})

    assert answer.headers["Location"] == TIMELINE.format(order.pk)


def test_assessee_number_leads_to_the_assessee_and_the_payments(clerk, order):
    page = clerk("Help desk").get(FIND, {"q": "১১-০২৬-০১-০০০৫-১"}).text

    assert TIMELINE.format(order.pk) in page
    assert f"/admin/property_tax/assessee/{Assessee.objects.get().pk}/change/" in page
    assert "Sukumar" not in page


def test_bill_leads_to_its_assessee(clerk, order):
    answer = clerk("Assessor").get(FIND, {"q": "pd-110260100051-20263"})

    assert answer.headers["Location"] == f"/admin/property_tax/assessee/{Assessee.objects.get().pk}/change/"


@pytest.mark.parametrize("typed", ["CE/26/000051", "ce 26 000051"])
def test_certificate_leads_to_the_licence(clerk, order, typed):
    answer = clerk("Licence officer").get(FIND, {"q": typed})

    assert answer.headers["Location"].startswith("/admin/trade_license/license/")


def test_nothing_is_shown_that_a_role_may_not_look_at(clerk, order):
    page = clerk("Rule keeper").get(FIND, {"q": "110260100051"}).text

    assert "that you may look at" in page
    assert TIMELINE.format(order.pk) not in page


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "' OR 1=1 --"])
def test_what_is_no_number_finds_nothing_and_is_shown_as_text(clerk, order, typed):
    page = clerk("Help desk").get(FIND, {"q": typed}).text

    assert "that you may look at" in page
    assert "<script>alert" not in page


def test_box_stands_on_every_page_of_the_desk(clerk, order):
    assert 'action="/admin/find/"' in clerk("Help desk").get("/admin/").text
    assert Client().get(FIND, {"q": "1"}).status_code == 302
