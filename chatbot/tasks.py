"""What the worker does for the chat."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from chatbot import memory, outgoing, papers, parking, payment_questions, reminders, sweep, walks
from chatbot.channels import whatsapp_twilio
from chatbot.channels.base import ChannelBusy
from chatbot.hurrying import hurry

log = structlog.get_logger()
# As many messages as one worker sends before the next round begins.
LOT = 50


@shared_task(name="chatbot.send_message")
def send_message(*, key: str, **_later: object) -> None:
    """Send one waiting message. One that cannot go now is left for `send_waiting`."""
    try:
        outgoing.send(key, now=timezone.now())
    except ChannelBusy as error:
        log.info("channel_busy", key=key, code=error.code)


@shared_task(name="chatbot.send_waiting")
def send_waiting(**_later: object) -> None:
    """Send what waits: reminders, and what was left behind by a broker that was down, a worker that died, a busy channel.

    The first lot is sent here, the others by whichever workers are free.
    """
    keys = outgoing.waiting(now=timezone.now())
    for place in range(LOT, len(keys), LOT):
        hurry(send_lot, keys=keys[place : place + LOT])
    send_lot(keys=keys[:LOT])


@shared_task(name="chatbot.send_lot")
def send_lot(*, keys: list[str], **_later: object) -> None:
    for key in keys:
        send_message(key=key)


@shared_task(name="chatbot.try_parked")
def try_parked(**_later: object) -> int:
    return parking.try_again(now=timezone.now())


@shared_task(name="chatbot.answer_payment_questions")
def answer_payment_questions(**_later: object) -> int:
    return payment_questions.answer_questions(now=timezone.now())


@shared_task(name="chatbot.forget")
def forget(**_later: object) -> int:
    """Erase what citizens asked to have erased, and blank what was said long ago."""
    now = timezone.now()
    return memory.erase_asked() + memory.blank_old_words(now=now) + papers.forget_old_links(now=now)


@shared_task(name="chatbot.write_reminders")
def write_reminders(**_later: object) -> int:
    return reminders.write_reminders(now=timezone.now())


@shared_task(name="chatbot.sweep")
def take_in_missed(**_later: object) -> int:
    """Answer messages whose webhook never arrived. Nothing is asked where there is no account."""
    channel = whatsapp_twilio.from_settings()
    return sweep.take_in_missed(channel, now=timezone.now()) if channel.account_sid else 0


@shared_task(name="chatbot.notice_walks")
def notice_walks(**_later: object) -> int:
    return walks.notice_walks(now=timezone.now())
