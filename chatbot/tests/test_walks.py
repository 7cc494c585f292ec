"""The whole graph of dialogs: every question is reached, no state is a dead end, and no walk meets a surprise."""

from __future__ import annotations

from collections import deque
from itertools import count

import pytest
from django.db import transaction
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot import services
from chatbot.channels.base import Inbound
from chatbot.channels.registry import CONSOLE, WEB, channel_of
from chatbot.contents import content_for, declared
from chatbot.dialogs.catalogue import CATALOGUE
from chatbot.engine.language import NAMES
from chatbot.engine.runner import turn
from chatbot.engine.state import State
from chatbot.engine.steps import Ask, Choose, Context
from chatbot.models import Conversation, InboundMessage, OutboundMessage
from chatbot.tests.conftest import CLEAR, CLOSED, OWES, PAID, PAID_FOR, PENDING, UNKNOWN
from chatbot.tests.understanding.scoring import cases
from payments.models import PaymentOrder
from property_tax.tests.test_part_payments import put_in_force, with_parts

CHANNELS = (CONSOLE, WEB, channel_of("whatsapp"))
# What moves on from a question in free words.
GOOD = (
    *(
        OWES,
        PAID_FOR,
        CLEAR,
        "CE/26/000051",
        "CE/26/000062",
        PAID,
        PENDING,
        "PT-026/2026-27/000001",
        "PT-026/2026-27/000002",
    ),
    *("My house", "500", "Please help me"),
)
ODD = (
    *("৪", "77", "{x}", "'; --", "stop", CLOSED, UNKNOWN, OWES[:-1], f"{OWES} {CLEAR}", "110260100052", "31/03/2026"),
    *("9830012345", "https://evil.example/pay/x", "0123-4567-89AB-CDEF", "<b>%s" * 300),
)
QUESTIONS = {
    (dialog.name, step.key)
    for dialog in CATALOGUE.by_name.values()
    for step in dialog.steps
    if isinstance(step, Ask | Choose)
}


@pytest.fixture
def here(street, paid, unpaid, now):
    """What a turn may know, for a citizen who has paid here before, where part payments are allowed."""
    put_in_force(with_parts())
    services.receive(Inbound("SM1", "console:1", "English"), channel=CONSOLE, now=now)
    conversation = str(Conversation.objects.get().pk)
    PaymentOrder.objects.filter(order_number__in=[PAID, PENDING]).update(told_to=[conversation])
    return Context(now=now, conversation=conversation)


def walked(state, text, here):
    """Take a turn and leave no trace of it."""
    with transaction.atomic():
        taken = turn(state, text, catalogue=CATALOGUE, context=here)
        transaction.set_rollback(True)
    return taken


def shape(state):
    """What makes a state another one: where it stands, what was answered, how many options there are."""
    return (state.dialog, state.key, tuple(sorted(state.answers)), len(state.offered))


def explored(language, here):
    """Every kind of state that options and good answers lead to, each with a state of that kind."""
    first = walked(State(language), "menu", here).state
    found, waiting = {shape(first): first}, deque([first])
    while waiting:
        state = waiting.popleft()
        offered = [str(place) for place in range(1, len(state.offered) + 1)]
        openers = list(CATALOGUE.by_name) if not state.dialog else []
        for text in (*offered, *GOOD, *openers):
            reached = walked(state, text, here).state
            if shape(reached) not in found:
                found[shape(reached)] = reached
                waiting.append(reached)
    return list(found.values())


def check(taken, text):
    """One message that says something, within the limits of every channel."""
    reply = taken.reply
    assert reply.text.strip(), text
    assert "{" not in reply.text.replace("{x}", ""), text
    assert len({name for name, _label in reply.options}) == len(reply.options), text
    for channel in CHANNELS:
        assert len(channel.draw(reply)) <= channel.limits.text_chars, text
    found = content_for(reply)
    assert found is None or found.name in {content.name for content in declared()}, text
    assert taken.state.offered == reply.options or not reply.options, text


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.timeout(300)
def test_every_question_is_reached_and_none_is_a_dead_end(language, here):
    states = explored(language, here)
    menu = walked(State(language), "menu", here)

    assert {(state.dialog, state.key) for state in states if state.dialog} == QUESTIONS
    for state in states:
        assert walked(state, "0", here).reply == menu.reply
        for text in ("back", "help", "language", "", "?!", "9"):
            check(walked(state, text, here), text)
        back = [walked(state, "back", here)]
        while back[-1].state.dialog and len(back) < 9:
            back.append(walked(back[-1].state, "back", here))
        assert back[-1].reply.options == menu.reply.options


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.timeout(300)
def test_every_state_answers_every_odd_input(language, here):
    for state in explored(language, here):
        for text in ODD:
            check(walked(state, text, here), (state.dialog, state.key, text))


HELD_OUT = [case.text for case in cases("held_out.txt")]
SAID = st.one_of(
    st.integers(1, 9).map(str),
    st.sampled_from(GOOD),
    st.sampled_from(ODD),
    st.sampled_from(HELD_OUT),
    st.text(max_size=40),
)
NUMBERS = count()


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.timeout(300)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=st.lists(SAID, min_size=1, max_size=20))
def test_random_walk_gets_one_answer_a_message_and_the_menu_at_its_end(language, walk, here):
    address = f"console:walk{next(NUMBERS)}"
    for text in (NAMES[language], *walk, "0"):
        message = Inbound(f"{address}:{next(NUMBERS)}", address, text)
        answer = services.receive(message, channel=CONSOLE, now=here.now, queue_reply=True)

        assert answer.text.strip()
        assert len(answer.text) <= CONSOLE.limits.text_chars
    heard = InboundMessage.objects.filter(conversation__address=address)
    assert heard.count() == OutboundMessage.objects.filter(conversation__address=address).count() == len(walk) + 2
    with translation.override(heard.latest("pk").conversation.language):
        assert answer.options == CATALOGUE.top()
