"""To a person: what is written is read by a clerk, who answers here, until the citizen goes back to the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatbot import handover
from chatbot.dialogs.links import HELPLINE
from chatbot.engine.steps import Answers, Ask, Context, Dialog, Do, Say

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT_CHARS = 1000


def _hours(_answers: Answers, context: Context) -> Mapping[str, object]:
    is_open = handover.is_office_open(context.now)
    now = (
        gettext("Somebody is there now.")
        if is_open
        else gettext("Nobody is there now: the answer comes when the office opens.")
    )
    return {"now": now, "helpline": HELPLINE}


def _pass_on(_answers: Answers, context: Context) -> Mapping[str, object]:
    adds = handover.pass_on(conversation=context.conversation, now=context.now)
    is_open = handover.is_office_open(context.now)
    if adds:
        return {"told": gettext("Passed on to the clerk as well.")}
    if is_open:
        return {"told": gettext("A clerk reads it and answers here, as a rule within the hour.")}
    return {"told": gettext("A clerk reads it when the office opens, and answers here.")}


def _first_words(text: str) -> str:
    """Return what was written: any words will do, and the clerk reads them in the conversation itself."""
    return text.strip()[:KEPT_CHARS]


TALK_TO_PERSON = Dialog(
    name=handover.DIALOG,
    version=2,
    title=_("Talk to a person"),
    words="human; agent; operator; helpline; talk to a person; clerk; হেল্পলাইন; কর্মী; हेल्पलाइन; कर्मचारी",
    stays=True,
    steps=(
        Do(_hours),
        Say(
            _(
                "Clerks of the corporation answer here from Monday to Friday, 10.00 to 17.30. {now} The helpline "
                "{helpline} answers by telephone. Please write no PIN, OTP or card number."
            )
        ),
        Ask(
            "question", _("Please write in one message what it is about, with the number. 0 = menu"), clean=_first_words
        ),
        Do(_pass_on),
        Say(_("{told} Whatever you write now goes to the clerk too. 0 = back to the menu")),
    ),
)
