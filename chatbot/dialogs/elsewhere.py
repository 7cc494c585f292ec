"""What people ask for in free words and this chat does not do, or does by itself: one honest answer each. In no menu."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from chatbot import memory
from chatbot.dialogs.links import HELPLINE
from chatbot.engine.steps import Answers, Context, Dialog, Do, Say, Text

MENU_LINE = Say(_("Send 0 for the menu."))


def _addresses(_answers: Answers, _context: Context) -> Mapping[str, object]:
    return {"helpline": HELPLINE, "site": "www.kmcgov.in"}


def _stop_reminding(_answers: Answers, context: Context) -> Mapping[str, object]:
    memory.remind(conversation=context.conversation, is_given=False, now=context.now)
    return {}


def _answer(name: str, title: Text, sentence: Text, words: str) -> Dialog:
    return Dialog(name=name, version=1, title=title, words=words, steps=(Do(_addresses), Say(sentence), MENU_LINE))


MUTATION = _answer(
    "mutation",
    _("Mutation"),
    _(
        "Mutation cannot be applied for in this chat yet. The Assessment-Collection department takes form A-42, the papers "
        "of the transfer and a no-dues certificate, which this chat issues: write *no dues certificate*. The form is at "
        "{site}."
    ),
    words="mutation; মিউটেশন; নামজারি; म्यूटेशन; नामांतरण; namjari",
)
BIRTH_DEATH_CERTIFICATE = _answer(
    "birth_death_certificate",
    _("Birth and death certificates"),
    _(
        "Certificates of birth and death are not issued in this chat. They are given by the Health department: please ask at "
        "your borough office or see {site}."
    ),
    words="birth certificate; death certificate; জন্ম সার্টিফিকেট; মৃত্যু সার্টিফিকেট; जन्म प्रमाण पत्र; मृत्यु प्रमाण पत्र",
)
COMPLAINT = _answer(
    "complaint",
    _("Complaint"),
    _(
        "Complaints about water, roads, lights, drains or garbage cannot be taken in this chat yet. "
        "Please call the helpline {helpline} or tell your borough office, so that somebody is sent."
    ),
    words="complaint; complain; অভিযোগ; शिकायत; obhijog; shikayat",
)
# Only as a whole message: `জল বন্ধ` is no wish to be left alone.
STOP = Dialog(
    name="stop",
    version=2,
    title=_("Stop messages"),
    words="""
        stop; stop all; unsubscribe; opt out; স্টপ; থামান; থামুন; বন্ধ করুন; स्टॉप; रोको; रोकें; बंद करो; बंद करें
        ; thaman; thamun; bondho korun; roko; band karo
    """,
    steps=(
        Do(_stop_reminding),
        Say(
            _(
                "No reminder comes from now on. This chat writes when you write to it, and once when a payment of yours "
                "has arrived. It sends no advertisements. If you write nothing, nothing more comes."
            )
        ),
        MENU_LINE,
    ),
)
ELSEWHERE = (
    *(MUTATION, BIRTH_DEATH_CERTIFICATE),
    *(COMPLAINT, STOP),
)
