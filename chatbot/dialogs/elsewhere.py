"""What people ask for in free words and this chat does not do, or does by itself: one honest answer each. In no menu."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from chatbot.dialogs.links import absolute
from chatbot.engine.steps import Answers, Context, Dialog, Do, Say, Text

# As the corporation's own contact page gave it.
HELPLINE = "1800 345 3375"
MENU_LINE = Say(_("Send 0 for the menu."))


def _addresses(_answers: Answers, _context: Context) -> Mapping[str, object]:
    return {"helpline": HELPLINE, "verify_page": absolute("/verify/"), "site": "www.kmcgov.in"}


def _answer(name: str, title: Text, sentence: Text) -> Dialog:
    return Dialog(name=name, version=1, title=title, steps=(Do(_addresses), Say(sentence), MENU_LINE))


RECEIPT = _answer(
    "receipt",
    _("Receipts"),
    _(
        "The receipt of a payment that was begun in this chat comes here by itself. For the receipts of other payments, send "
        "the assessee number, choose *Papers* and then the statement of account: it names each of them. "
        "Whether a receipt is genuine is shown here:\n{verify_page}"
    ),
)
MUTATION = _answer(
    "mutation",
    _("Mutation"),
    _(
        "Mutation cannot be applied for in this chat yet. The Assessment-Collection department takes form A-42, the papers of "
        "the transfer and a no-dues certificate, which this chat issues: write *no dues certificate*. "
        "The form is at {site}."
    ),
)
BIRTH_DEATH_CERTIFICATE = _answer(
    "birth_death_certificate",
    _("Birth and death certificates"),
    _(
        "Certificates of birth and death are not issued in this chat. They are given by the Health department: please ask at "
        "your borough office or see {site}."
    ),
)
COMPLAINT = _answer(
    "complaint",
    _("Complaint"),
    _(
        "Complaints about water, roads, lights, drains or garbage cannot be taken in this chat yet. "
        "Please call the helpline {helpline} or tell your borough office, so that somebody is sent."
    ),
)
TALK_TO_PERSON = _answer(
    "talk_to_person",
    _("Talk to a person"),
    _(
        "No person reads this chat. The helpline {helpline} and the staff of your borough office help on working days; "
        "{site} has the numbers of the departments."
    ),
)
STOP = _answer(
    "stop",
    _("Stop messages"),
    _(
        "This chat writes only when you write to it, and once when a payment of yours has arrived. It sends no reminders and "
        "no advertisements. If you write nothing, nothing more comes."
    ),
)
DELETE_MY_DATA = _answer(
    "delete_my_data",
    _("My data"),
    _(
        "This chat keeps your number or address, your language and what was said here. It cannot delete them by itself yet: "
        "please ask in writing at your borough office. Payments stay in the corporation's books."
    ),
)
ELSEWHERE = (RECEIPT, MUTATION, BIRTH_DEATH_CERTIFICATE, COMPLAINT, TALK_TO_PERSON, STOP, DELETE_MY_DATA)
