"""Steps that two services share: keep the number under a name, and remind of its last days. Each is asked for by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatbot import memory
from chatbot.engine.language import MENU
from chatbot.engine.steps import Answers, Ask, Choose, Context, Do, Option, Say, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chatbot.citizen_models import Kind

SAVE = "save"
YES, NO = "yes", "no"


class Remembering(NamedTuple):
    """How one service remembers its numbers: of which kind they are, under which key they are answered, when one is kept."""

    kind: Kind
    key: str
    when: Callable[[Answers], bool]

    def look(self, _answers: Answers, context: Context) -> Mapping[str, object]:
        """Find what this conversation has saved."""
        return {"saved": memory.saved_numbers(conversation=context.conversation, kind=self.kind)}

    def steps(self) -> tuple[Step, ...]:
        """Return the questions, the act and its answer."""
        return (
            Ask(
                "nickname",
                _(
                    "Under which name shall this number be kept? By naming it you agree that this chat keeps name and "
                    "number, to show you its dues, until you write *forget me*. 0 = menu"
                ),
                clean=memory.nickname,
                offers=_names,
                when=self.when,
            ),
            Choose(
                "reminders",
                _(
                    "May this chat also remind you of {nickname}? Three messages for a bill at most, in the daytime, until "
                    "you write *stop*. Please send a number:"
                ),
                options=_yes_or_no,
                when=self.when,
                fixed=True,
            ),
            Do(self._remember, when=self.when),
            Say(
                _("Kept as *{nickname}*. Next time it can be picked from a list. *my data* shows what is kept."),
                when=self.when,
            ),
            Say(_("Send 0 for the menu."), when=self.when),
        )

    def _remember(self, answers: Answers, context: Context) -> Mapping[str, object]:
        memory.remember(
            conversation=context.conversation,
            kind=self.kind,
            number=answers[self.key],
            nickname=answers["nickname"],
            is_reminded=answers["reminders"] == YES,
            now=context.now,
        )
        return {}


def saved_offers(known: Answers) -> list[Option]:
    """Offer the numbers that were saved, by their names."""
    found: Sequence[memory.Saved] = known.get("saved", ())
    return [(saved.number, saved.nickname) for saved in found]


def save_option() -> list[Option]:
    return [(SAVE, gettext("Remember this number"))]


def _names(_known: Answers) -> list[Option]:
    names = (gettext("My house"), gettext("My flat"), gettext("My shop"))
    return [(name, name) for name in names]


def _yes_or_no(_known: Answers) -> list[Option]:
    return [(YES, gettext("Yes, remind me")), (NO, gettext("No, only keep it")), (MENU, gettext("Menu"))]
