"""Papers as documents in the chat: fetched once, from an address that nobody can guess (ADR 0046)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from chatbot import outgoing, papers
from chatbot.models import Conversation, OutboundMessage, PaperLink, PhoneMessage
from chatbot.tests.conftest import CLEAR, OWES, PAID_FOR, Phone
from payments.models import Receipt

STATEMENT = f"/en/property-tax/statement.pdf?assessee_number={OWES}"


@pytest.fixture
def sent(say, now):
    """A message that a paper goes out with."""
    say("English")
    return OutboundMessage.objects.create(
        dedup_key="reply:1", conversation=Conversation.objects.get(), created_at=now, available_at=now
    )


@pytest.fixture
def link(sent, settings):
    """The address of a statement, good from now on."""
    address = papers.make_link(key=sent.dedup_key, address=STATEMENT, language="en", now=timezone.now())
    return address.removeprefix(settings.PUBLIC_BASE_URL)


def test_paper_is_told_of_by_head_and_brought_by_get(link, client):
    told, brought = client.head(link), client.get(link)

    assert (told.status_code, brought.status_code) == (200, 200)
    assert told["Content-Type"] == brought["Content-Type"] == "application/pdf"
    assert told["Content-Length"] == str(len(brought.content))
    assert "inline; filename=" in told["Content-Disposition"]
    assert brought.content.startswith(b"%PDF")
    assert told.content == b""


def test_fetches_are_counted_and_end(link, client):
    answers = [client.head(link).status_code, *(client.get(link).status_code for _time in range(6))]

    assert answers == [200] * 6 + [404]
    assert PaperLink.objects.values_list("fetched", "asked_about").get() == (5, 1)


def test_link_is_closed_when_the_paper_was_delivered(link, client, sent):
    OutboundMessage.objects.update(status="delivered", status_rank=4)

    assert client.get(link).status_code == 404


def test_link_is_good_for_half_an_hour(link, client):
    PaperLink.objects.update(expires_at=timezone.now())

    assert client.get(link).status_code == 404


def test_link_is_written_down_nowhere(link):
    token = link.rpartition("/")[2].removesuffix(".pdf")

    assert len(token) == 22
    assert token not in str(PaperLink.objects.values().get())


def test_wrong_links_are_counted_for_a_connection(db, client, settings):
    settings.WRONG_LINKS_PER_HOUR = 2
    answers = [client.get(f"/chat/papers/{'x' * 22}.pdf").status_code for _time in range(3)]

    assert answers == [404, 404, 429]


def test_paper_that_is_not_there_any_more_is_no_page(sent, client, settings):
    address = f"/en/property-tax/bills/{CLEAR}/PD.pdf"
    gone = papers.make_link(key=sent.dedup_key, address=address, language="en", now=timezone.now())

    answer = client.get(gone.removeprefix(settings.PUBLIC_BASE_URL))

    assert (answer.status_code, answer["Content-Type"]) == (404, "text/plain; charset=utf-8")


def test_link_takes_no_post(link, client):
    assert client.post(link).status_code == 405


def test_old_links_are_forgotten(link, now):
    assert papers.forget_old_links(now=timezone.now() + timedelta(days=29)) == 0
    assert papers.forget_old_links(now=timezone.now() + timedelta(days=32)) == 1


def test_digest_stands_once(link):
    held = PaperLink.objects.get()
    held.pk = None

    with pytest.raises(IntegrityError):
        held.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (("English", OWES, "papers", "statement"), "statement"),
        (("English", OWES, "papers", "PD"), "PD"),
        (("English", "no dues certificate", CLEAR), "ND-"),
    ],
)
def test_paper_that_was_asked_for_is_the_answer(texts, name, rina):
    for text in texts:
        shown = rina.says(text)

    ((file, content),) = rina.papers
    assert file.startswith(name)
    assert content.startswith(b"%PDF")
    assert shown.body == ""
    assert OutboundMessage.objects.filter(dedup_key__startswith="reply:").count() == len(texts)
    assert OutboundMessage.objects.latest("pk").status == "read"
    assert PaperLink.objects.values_list("fetched", "asked_about").get() == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_receipt_again_is_a_paper(paid, rina):
    receipt = Receipt.objects.get(receipt_number="PT-026/2026-27/000001")
    for text in ("English", receipt.receipt_number, PAID_FOR):
        rina.says(text)

    assert [name for name, _content in rina.papers] == ["PT-026-2026-27-000001.pdf"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", ["+919830012345", "IN.4566000000000001"])
def test_receipt_comes_in_words_and_then_as_a_paper(number, paid, twilio):
    somebody = Phone(number)
    somebody.says("English")
    receipt = Receipt.objects.get(receipt_number="PT-026/2026-27/000001")
    news = {
        "kind": "property_tax", "token": receipt.token, "code": receipt.code, "receipt_number": receipt.receipt_number,
        "order_number": "KP261123ABCDEFG", "amount_paise": 444_900, "told_to": [str(Conversation.objects.get().pk)],
    }  # fmt: skip
    for _time in range(2):
        outgoing.send_receipt(news)

    assert somebody.looks().body.startswith("*₹4,449.00 received.")
    assert somebody.papers == []
    somebody.looks(wait=timedelta(seconds=30))
    assert [name for name, _content in somebody.papers] == ["PT-026-2026-27-000001.pdf"]
    assert PhoneMessage.objects.filter(is_mine=False).count() == 3


@pytest.mark.django_db(transaction=True)
def test_by_twiml_a_receipt_is_one_message(paid, rina, settings):
    settings.CHAT_REPLY_VIA = "twiml"
    rina.says("English")
    receipt = Receipt.objects.get(receipt_number="PT-026/2026-27/000001")
    news = {
        "token": receipt.token, "code": receipt.code, "receipt_number": receipt.receipt_number, "amount_paise": 1,
        "order_number": "KP261123ABCDEFG", "told_to": [str(Conversation.objects.get().pk)],
    }  # fmt: skip
    outgoing.send_receipt(news)

    assert list(OutboundMessage.objects.values_list("dedup_key", "document")) == [
        (f"receipt:PT-026/2026-27/000001:{Conversation.objects.get().pk}", "")
    ]


@pytest.mark.django_db(transaction=True)
def test_paper_that_cannot_be_fetched_is_followed_by_its_words(rina, monkeypatch):
    for text in ("English", OWES, "papers"):
        rina.says(text)
    monkeypatch.setattr(papers, "MOST_FETCHES", 0)
    rina.says("statement")
    refused = OutboundMessage.objects.latest("pk")

    shown = rina.looks()
    rina.looks()

    assert (refused.status, refused.error_code) == ("undelivered", "63019")
    assert OutboundMessage.objects.filter(dedup_key=f"{refused.dedup_key}:words").count() == 1
    assert shown.body.startswith("Statement of account:\nhttp")
    assert rina.papers == []
    assert OutboundMessage.objects.latest("pk").status == "read"
