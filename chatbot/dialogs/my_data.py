"""What is kept of a citizen, and how to have it forgotten: one number, the reminders, or everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatbot import memory
from chatbot.engine.language import BACK, MENU
from chatbot.engine.steps import Answers, Choose, Context, Dialog, Do, Option, Say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ALL, REMIND, STOP_REMINDING = "all", "remind", "stop_reminding"
ONE = "number-"


def _look(_answers: Answers, context: Context) -> Mapping[str, object]:
    saved = memory.saved_numbers(conversation=context.conversation)
    lines = [_line(each) for each in saved] or [gettext("No number is kept under a name.")]
    return {"saved": saved, "listed": "\n".join(lines)}


def _line(saved: memory.Saved) -> str:
    line = gettext("• {nickname}: {number}, with reminders") if saved.is_reminded else gettext("• {nickname}: {number}")
    return line.format(nickname=saved.nickname, number=saved.number)


def _what_to_do(known: Answers) -> list[Option]:
    saved: Sequence[memory.Saved] = known["saved"]
    each = [(f"{ONE}{one.pk}", gettext("Forget {nickname}").format(nickname=one.nickname)) for one in saved]
    reminders: list[Option] = []
    if any(one.is_reminded for one in saved):
        reminders.append((STOP_REMINDING, gettext("Stop the reminders")))
    if any(not one.is_reminded for one in saved):
        reminders.append((REMIND, gettext("Remind me of last days")))
    return [*reminders, (ALL, gettext("Forget everything")), *each, (MENU, gettext("Menu"))]


def _are_you_sure(_known: Answers) -> list[Option]:
    return [("yes", gettext("Yes, forget everything")), (BACK, gettext("Back")), (MENU, gettext("Menu"))]


def _act(answers: Answers, context: Context) -> Mapping[str, object]:
    wanted, conversation, now = str(answers["wanted"]), context.conversation, context.now
    if wanted == ALL:
        memory.forget_all(conversation=conversation, now=now)
        return {"done": FORGOTTEN}
    if wanted in (REMIND, STOP_REMINDING):
        memory.remind(conversation=conversation, is_given=wanted == REMIND, now=now)
        return {"done": REMINDED if wanted == REMIND else STOPPED}
    memory.forget_number(conversation=conversation, saved=int(wanted.removeprefix(ONE)), now=now)
    return {"done": NUMBER_FORGOTTEN}


def _wants_all(known: Answers) -> bool:
    return known.get("wanted") == ALL


FORGOTTEN = _(
    "Done. Your saved numbers are gone, and what was said here goes within the hour, with your address. Payments and "
    "receipts stay in the corporation's books, as the law orders, and with them nothing that was said here."
)
REMINDED = _(
    "Done. You are reminded of all your saved numbers: three messages for a bill at most, in the daytime. *stop* ends it."
)
STOPPED = _("Done. No reminder comes any more.")
NUMBER_FORGOTTEN = _("Done. This number is forgotten.")

MY_DATA = Dialog(
    name="delete_my_data",
    version=2,
    title=_("My data"),
    words="""
        my data; delete my data; forget me; my numbers; আমার তথ্য; আমার তথ্য মুছে দিন; আমাকে ভুলে যান; আমার নম্বর
        ; मेरा डेटा; मेरा डेटा मिटाओ; मेरी जानकारी मिटा दीजिए; मुझे भूल जाओ; मेरे नंबर
    """,
    steps=(
        Do(_look),
        Say(
            _(
                "This is kept of you: your number or address on this channel, your language, and for 30 days what was said "
                "here. It is used for this service only. Payments stand in the corporation's books.\n"
                "\n"
                "{listed}"
            )
        ),
        Choose("wanted", _("Please send a number:"), options=_what_to_do),
        Choose(
            "sure",
            _(
                "Everything that this chat keeps of you is erased and cannot be brought back. A receipt that has not come "
                "yet will not come here any more. Shall it be so?"
            ),
            options=_are_you_sure,
            when=_wants_all,
            fixed=True,
        ),
        Do(_act),
        Say("{done}"),
        Say(_("Send 0 for the menu.")),
    ),
)
