"""The conversation in the browser, without a script."""

from __future__ import annotations

import io
import sys

import pytest
from django.core.management import call_command
from django.template import Context, Template

from chatbot.channels.markup import as_html
from chatbot.models import Conversation, InboundMessage, OutboundMessage
from chatbot.tests.conftest import OWES


def test_page_begins_with_the_languages(client, db):
    page = client.get("/en/chat/").content.decode()

    assert [name in page for name in ('value="বাংলা"', 'value="हिन्दी"', 'value="English"')] == [True] * 3
    assert Conversation.objects.count() == 0


def test_conversation_goes_on_in_the_same_browser(client, street):
    for text in ("English", "1", OWES, "1"):
        assert client.post("/en/chat/", {"text": text}).url == "/en/chat/#latest"

    page = client.get("/en/chat/").content.decode()

    assert page.count('class="bubble ') == 8
    assert '<a href="http://127.0.0.1:8000/pay/' in page
    assert "Sukumar" not in page


def test_double_click_is_one_message(client, street):
    for _click in range(2):
        client.post("/en/chat/", {"text": "English", "message": "a" * 32})

    assert InboundMessage.objects.count() == 1


def test_pushed_message_is_shown(client, street, now):
    client.post("/en/chat/", {"text": "English"})
    OutboundMessage.objects.create(
        dedup_key="receipt:1", conversation=Conversation.objects.get(), body="*Paid*", created_at=now, available_at=now
    )

    assert "<b>Paid</b>" in client.get("/en/chat/").content.decode()


def test_conversation_is_ended_and_forgotten_by_the_browser(client, street):
    client.post("/en/chat/", {"text": "English"})
    client.post("/en/chat/", {"end": "1"})

    assert 'value="English"' in client.get("/en/chat/").content.decode()


def test_conversation_of_another_browser_is_not_reached_by_its_cookie(client, street):
    client.cookies["conversation"] = "web:guessed"

    assert 'value="English"' in client.get("/en/chat/").content.decode()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*Total: ₹1* _now_", "<b>Total: ₹1</b> <i>now</i>"),
        ("```11-026```", "<code>11-026</code>"),
        ("```S*** D***```", "<code>S*** D***</code>"),
        ("<script>", "&lt;script&gt;"),
        ("http://a/b_c_d/.", '<a href="http://a/b_c_d/" target="_blank" rel="noopener">http://a/b_c_d/</a>.'),
        ('http://a/"onclick=x', '<a href="http://a/" target="_blank" rel="noopener">http://a/</a>&quot;onclick=x'),
        ("2 * 3 * 4", "2 * 3 * 4"),
    ],
)
def test_marks_are_drawn(text, html):
    assert as_html(text) == html


def test_bubble_filter_draws_marks():
    assert Template("{% load chat %}{{ text|bubble }}").render(Context({"text": "*a* <b>"})) == "<b>a</b> &lt;b&gt;"


def test_command_reads_lines_and_prints_replies(street, monkeypatch, now):
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n110260199999\n"))
    out = io.StringIO()

    call_command("chat", language="en", address="whatsapp:+919830012345", stdout=out)

    assert out.getvalue() == "".join(
        f"{reply}\n" for reply in InboundMessage.objects.order_by("id").values_list("reply", flat=True)
    )
    assert InboundMessage.objects.count() == 3
    assert Conversation.objects.get().channel == "whatsapp"


@pytest.mark.parametrize("page", ["conversation", "inboundmessage", "outboundmessage", "webhookrejection"])
def test_clerk_finds_and_reads_but_changes_nothing(page, admin_client, say):
    say("Hi")

    assert admin_client.get(f"/en/admin/chatbot/{page}/?q=1").status_code == 200
    assert admin_client.get(f"/en/admin/chatbot/{page}/add/").status_code == 403
