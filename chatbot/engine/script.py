"""A dialog being run: the paragraphs said so far, what each `Do` found, the questions and refusals in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chatbot.engine import language as tongue
from chatbot.engine.catalogue import Catalogue
from chatbot.engine.state import NO_ANSWERS, State, Turn
from chatbot.engine.steps import Ask, Button, Choose, Context, Dialog, Do, Option, Reply, Say, Text
from kmc_portal.common.errors import ServiceError

PARAGRAPH = "\n\n"
REFUSED, ASKED_BACK, NOT_UNDERSTOOD = "refused", "asked_back", "unclear"


@dataclass(slots=True)
class Script:
    """One turn while it is being taken. `patterns` are the paragraphs of `said` before their placeholders were filled."""

    catalogue: Catalogue
    context: Context
    language: str
    said: list[str] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    found: dict[str, object] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)
    instead: tuple[Option, ...] = ()
    dialog: str = ""
    outcome: str = ""
    button: Button | None = None
    document: str = ""

    def menu(self, options: tuple[Option, ...] = ()) -> Turn:
        """Show the services."""
        self.say(self.catalogue.menu)
        offered = options or self.catalogue.top()
        return Turn(State(self.language, offered=offered), self.reply(offered))

    def place(self, state: State) -> tuple[Dialog, int] | None:
        """Return the waiting question, None at the menu or when the dialog has changed since."""
        dialog = self.catalogue.by_name.get(state.dialog)
        if dialog is None or dialog.version != state.version:
            return None
        index = dialog.index_of(state.key)
        return None if index is None else (dialog, index)

    def again(self, state: State) -> Turn:
        """Ask the waiting question again, with what leads up to it; at the menu, show the menu."""
        place = self.place(state)
        if place:
            return self.approach(*place, state.answers)
        return self.renewed(state) if state.dialog else self.menu()

    def back(self, state: State) -> Turn:
        """Ask the question before the waiting one again; from the first, go to the menu."""
        place = self.place(state)
        before = place[0].question_before(place[1], state.answers) if place else None
        return self.approach(place[0], before, state.answers) if place and before is not None else self.menu()

    def renewed(self, state: State) -> Turn:
        """Go on in a dialog that has changed since its question was put: with the answers that mean the same, else anew."""
        self.outcome = NOT_UNDERSTOOD
        self.say(self.catalogue.script_changed)
        dialog = self.catalogue.by_name.get(state.dialog)
        if dialog is None:
            return self.menu()
        kept = {key: state.answers[key] for key in dialog.keeps.get(state.version, ()) if key in state.answers}
        unanswered = dialog.first_unanswered(kept) if kept else None
        return self.run(dialog, 0, NO_ANSWERS) if unanswered is None else self.approach(dialog, unanswered, kept)

    def approach(self, dialog: Dialog, index: int, answers: Mapping[str, str]) -> Turn:
        """Ask a question again, beginning after the question in front of it, so that what it rests on is fresh."""
        step = dialog.steps[index]
        assert isinstance(step, Ask | Choose)
        before = dialog.question_before(index, answers)
        kept = {key: value for key, value in answers.items() if key != step.key}
        return self.run(dialog, 0 if before is None else before + 1, kept)

    def run(self, dialog: Dialog, start: int, answers: Mapping[str, str]) -> Turn:
        """Go through the steps from `start` to the next question, or to the end."""
        self.dialog = dialog.name
        for index in range(start, len(dialog.steps)):
            step = dialog.steps[index]
            if not step.when({**self.found, **answers}):
                continue
            if isinstance(step, Say):
                self.tell(step, answers)
            elif isinstance(step, Do):
                try:
                    self.found.update(step.act(answers, self.context))
                except ServiceError as refusal:
                    return self.refused(dialog, index, answers, refusal)
            else:
                return self.ask(dialog, step, answers)
        self.outcome = dialog.counted_as.format_map(answers) or self.outcome
        if dialog.stays:
            waiting = dialog.steps[dialog.first_question]
            assert isinstance(waiting, Ask)
            return Turn(State(self.language, dialog.name, dialog.version, waiting.key), self.reply())
        return Turn(State(self.language), self.reply())

    def ask(self, dialog: Dialog, step: Ask | Choose, answers: Mapping[str, str]) -> Turn:
        """Put a question and wait there. What may have been meant by a refused answer is offered with it."""
        offered = self.with_menu(self.instead) if isinstance(step, Ask) and self.instead else ()
        self.say(self.catalogue.which_of_these if offered else step.text, answers)
        if not offered:
            ready = step.options if isinstance(step, Choose) else step.offers
            offered = tuple((name, str(label)) for name, label in ready({**self.found, **answers}))
        waiting = State(self.language, dialog.name, dialog.version, step.key, answers, offered)
        return Turn(waiting, self.reply(offered))

    def refused(self, dialog: Dialog, index: int, answers: Mapping[str, str], refusal: ServiceError) -> Turn:
        """Say a refusal and go back to the question it belongs to, or to the menu when it belongs to none before it."""
        self.outcome = REFUSED
        sentence, asked = refusal.user_message, dialog.index_of(refusal.field)
        # The same refusal twice in a turn: going back does not lead out of it.
        if sentence in self.said or asked is None or asked >= index:
            self.say_only(sentence)
            return self.menu()
        if refusal.instead:
            return self.suggest(dialog, asked, answers, refusal)
        self.quote(sentence)
        return self.approach(dialog, asked, answers)

    def suggest(self, dialog: Dialog, asked: int, answers: Mapping[str, str], refusal: ServiceError) -> Turn:
        """Say a refusal and offer what may have been meant as the answer to its question."""
        self.say_only(refusal.user_message)
        self.instead = refusal.instead
        return self.run(dialog, asked, answers)

    def with_menu(self, options: tuple[Option, ...]) -> tuple[Option, ...]:
        return (*options, (tongue.MENU, str(self.catalogue.menu_label)))

    def tell(self, step: Say, answers: Mapping[str, str]) -> None:
        """Add a paragraph of a dialog, with the button or the paper that belongs to it."""
        self.say(step.text, answers)
        self.button = step.button or self.button
        self.document = str({**self.found, **answers}[step.document]) if step.document else ""

    def say(self, text: Text, answers: Mapping[str, object] = NO_ANSWERS) -> None:
        """Add a paragraph of ours; what others wrote is added as it is, for it may hold braces."""
        sentence = str(text)
        if "{" not in sentence:
            self.quote(sentence)
            return
        known = {**self.found, **answers}
        self.document = ""
        self.values.update(known)
        self.patterns.append(sentence)
        self.said.append(sentence.format_map(known))

    def quote(self, sentence: str) -> None:
        """Add what is ready to be read."""
        self.document = ""
        self.patterns.append(sentence)
        self.said.append(sentence)

    def say_only(self, sentence: str) -> None:
        """Say this instead of everything said so far."""
        self.said, self.patterns = [], []
        self.quote(sentence)

    def reply(self, options: tuple[Option, ...] = ()) -> Reply:
        """Return what was said. A paper stands for everything that led up to it, and for nothing that follows."""
        text, pattern = PARAGRAPH.join(self.said), PARAGRAPH.join(self.patterns)
        return Reply(text, options, pattern, self.values, self.button, self.document)


def keep_time(taken: Turn, now: int) -> Turn:
    """Note in a state with answers when they were given."""
    return replace(taken, state=replace(taken.state, said_at=now)) if taken.state.answers else taken
