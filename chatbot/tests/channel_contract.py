"""What every channel must do. A new one is one file beside the others, one line in the registry, and one subclass here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chatbot import outgoing, services
from chatbot.channels.base import Inbound
from chatbot.channels.registry import channel_of
from chatbot.engine.steps import Reply
from chatbot.models import Conversation, OutboundMessage
from chatbot.tests.conftest import OWES

CHOICE = Reply("Which *colour*?", (("a", "Apple"), ("b", "Banana")))


class ChannelContract:
    """Subclasses say which channel, somebody's address on it, and a template that it knows."""

    code: str
    address: str
    template = "menu_en"

    @pytest.fixture
    def channel(self):
        return channel_of(self.code)

    def test_channel_is_found_by_its_code(self, channel):
        assert channel.code == self.code
        assert self.address.startswith(f"{self.code}:")

    def test_limits_are_data(self, channel):
        assert channel.limits.text_chars > 0
        assert channel.limits.free_window is None or channel.limits.free_window > timedelta(0)

    def test_drawn_reply_says_everything_and_fits(self, channel):
        drawn = channel.draw(CHOICE)

        assert drawn.startswith(CHOICE.text)
        assert len(drawn) <= channel.limits.text_chars
        assert channel.draw(Reply("Only words.")) == "Only words."

    def test_every_message_gets_a_number_of_its_own(self, channel):
        sent = [channel.send(recipient=self.address, reply=CHOICE, reference=name) for name in ("reply:1", "reply:2")]

        assert len(set(sent)) == 2
        assert all(sent)

    def test_template_gets_a_number_too(self, channel):
        sent = channel.send_template(
            recipient=self.address, template=self.template, variables={"1": "My house"}, reference="reminder:1"
        )

        assert sent

    def test_paper_gets_a_number_where_papers_are_taken(self, channel):
        paper = Reply("The statement", document="https://portal.example.org/chat/papers/x.pdf")

        assert channel.send(recipient=self.address, reply=paper, reference="reply:3")

    def test_what_was_never_sent_is_not_found(self, channel):
        assert channel.find(recipient=self.address, reply=Reply("Never said."), since=timezone.now()) == ""

    def test_what_was_sent_is_found_or_never_in_doubt(self, channel):
        since = timezone.now()
        sent = channel.send(recipient=self.address, reply=CHOICE, reference="reply:4")

        assert channel.find(recipient=self.address, reply=CHOICE, since=since) in (sent, "")

    def test_turn_is_taken_and_its_reply_is_sent_once(self, channel, street):
        now = timezone.now()
        for sid, text in (("M1", "English"), ("M2", OWES), ("M2", OWES)):
            services.receive(Inbound(sid, self.address, text), channel=channel, now=now, queue_reply=True)
        keys = outgoing.waiting(now=now)
        for key in (*keys, *keys):
            outgoing.send(key, now=now)

        assert Conversation.objects.get().channel == self.code
        assert len(keys) == 2
        assert set(OutboundMessage.objects.values_list("status", flat=True)) == {"queued"}
        assert outgoing.waiting(now=now + timedelta(minutes=5)) == []
