"""Who reads a street out is noticed, alone or with others; a street that looks itself up is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from chatbot.models import Conversation, NumberWalk
from chatbot.walks import WalkSeen, note_seen, notice_walks


@pytest.fixture
def looks_up(say, settings):
    """Have a conversation look up some numbers of the street, none of them twice in this test."""
    settings.CHAT_LOOK_UPS_FREE = 100
    serials = iter(range(900))

    def looks_up(address, count, street="11026010"):
        say("English", address=address)
        for _number in range(count):
            say(f"{street}{next(serials):03}1", address=address)

    return looks_up


@pytest.mark.parametrize(
    ("numbers", "walks"),
    [([11], 0), ([12], 1), ([4, 4, 4], 1), ([3, 3, 3, 3, 3], 0), ([4, 4, 3, 3], 0), ([1] * 15, 0)],
)
def test_walk_is_twelve_numbers_by_those_who_looked_up_four(numbers, walks, looks_up, now):
    for citizen, count in enumerate(numbers):
        looks_up(f"console:{citizen}", count)

    assert notice_walks(now=now) == walks == NumberWalk.objects.count()


def test_numbers_of_different_streets_are_no_walk(looks_up, now):
    looks_up("console:1", 8)
    looks_up("console:1", 8, street="11027010")

    assert notice_walks(now=now) == 0


def test_walk_names_who_walked_and_no_number(looks_up, now):
    looks_up("console:1", 12)
    looks_up("console:2", 1)

    notice_walks(now=now)

    walk = NumberWalk.objects.get()
    assert walk.conversations == [Conversation.objects.get(address="console:1").pk]
    assert walk.numbers == 12
    assert "11026" not in str(vars(walk))


def test_walk_is_noticed_once_and_again_when_it_goes_on(looks_up, now):
    looks_up("console:1", 12)

    assert [notice_walks(now=now), notice_walks(now=now)] == [1, 0]
    note_seen(NumberWalk.objects.get().pk, clerk="asha", now=now)
    looks_up("console:2", 4)
    assert notice_walks(now=now) == 1

    walk = NumberWalk.objects.get()
    assert (walk.numbers, walk.seen_at, len(walk.conversations)) == (16, None, 2)


def test_walk_of_long_ago_is_not_read_again(looks_up, now):
    looks_up("console:1", 12)

    assert notice_walks(now=now + timedelta(hours=2)) == 0


def test_walk_is_looked_at_once(looks_up, now):
    looks_up("console:1", 12)
    notice_walks(now=now)
    walk = NumberWalk.objects.get()
    note_seen(walk.pk, clerk="asha", now=now)

    with pytest.raises(WalkSeen) as refusal:
        note_seen(walk.pk, clerk="bina", now=now)
    assert refusal.value.user_message == "asha has looked at this walk already."


def test_clerk_reads_the_conversations_and_says_so(looks_up, now, client, django_user_model):
    looks_up("console:1", 12)
    notice_walks(now=now)
    walk = NumberWalk.objects.get()
    clerk = django_user_model.objects.create_user("asha", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_numberwalk", "change_numberwalk"]))
    client.force_login(clerk)

    listed = client.get(reverse("admin:chatbot_numberwalk_changelist")).content.decode()
    see = reverse("admin:chatbot_numberwalk_see", args=[walk.pk])
    page = client.get(see).content.decode()

    assert see in listed
    assert reverse("admin:chatbot_conversation_change", args=walk.conversations) in page
    assert client.post(see).url == reverse("admin:chatbot_numberwalk_changelist")
    walk.refresh_from_db()
    assert walk.seen_by == "asha"


def test_page_of_a_conversation_tells_what_was_said(looks_up, client, django_user_model):
    looks_up("console:1", 1)
    clerk = django_user_model.objects.create_user("asha", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_conversation"))
    client.force_login(clerk)

    page = client.get(
        reverse("admin:chatbot_conversation_change", args=[Conversation.objects.get().pk])
    ).content.decode()

    assert "110260100001" in page
    assert "looked_up" not in page


def test_clerk_without_the_right_may_not_look(looks_up, now, client, django_user_model):
    looks_up("console:1", 12)
    notice_walks(now=now)
    client.force_login(django_user_model.objects.create_user("asha", is_staff=True))

    assert client.get(reverse("admin:chatbot_numberwalk_see", args=[NumberWalk.objects.get().pk])).status_code == 403
