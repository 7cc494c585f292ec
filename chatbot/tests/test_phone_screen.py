"""What the demo phone draws: choices, links and papers, and that they can be tapped without a script."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from chatbot import outgoing
from chatbot.models import PhoneMessage
from chatbot.tests.conftest import OWES

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(twilio):
    client = Client()
    client.get("/demo/phone/")
    return client


def screen(browser, **typed):
    """Type or tap something where asked, have the answers sent, and return the page."""
    if typed:
        browser.post("/demo/phone/", typed)
    for key in outgoing.waiting(now=timezone.now()):
        outgoing.send(key, now=timezone.now())
    return browser.get("/demo/phone/").content.decode()


def test_choices_hang_under_their_message_and_can_be_tapped(browser):
    page = screen(browser, text="Hi")
    welcome = PhoneMessage.objects.latest("pk")
    assert f'name="under" value="{welcome.sid}"' in page
    assert '<button name="tap" value="বাংলা">বাংলা</button>' in page

    page = screen(browser, under=welcome.sid, tap="English")
    assert '<button name="tap" value="property_tax">Property tax <small>see and pay</small></button>' in page


def test_payment_link_is_drawn_as_a_button(browser):
    for text in ("English", OWES, "1"):
        page = screen(browser, text=text)

    assert 'class="opens"' in page
    assert ">Pay now</a>" in page


def test_paper_is_drawn_and_opens_for_its_phone_only(browser):
    for text in ("English", OWES, "papers", "statement"):
        page = screen(browser, text=text)
    paper = PhoneMessage.objects.get(media__isnull=False)

    assert f"<b>PDF</b> {paper.media_name}</a>" in page
    assert browser.get(f"/demo/phone/papers/{paper.pk}/").content.startswith(b"%PDF")
    assert Client().get(f"/demo/phone/papers/{paper.pk}/").status_code == 404


def test_choice_that_hangs_nowhere_is_not_tapped(browser):
    screen(browser, text="Hi")
    before = PhoneMessage.objects.count()
    screen(browser, under="SM0", tap="English")
    screen(browser, under=PhoneMessage.objects.latest("pk").sid, tap="x")

    assert PhoneMessage.objects.count() == before
