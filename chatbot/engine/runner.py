"""One turn of a conversation, as a pure function of what is known and what was said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import SequenceMatcher
from typing import Any

from django.utils import translation

from chatbot.engine import language as tongue
from chatbot.engine.catalogue import Catalogue
from chatbot.engine.steps import Ask, Choose, Context, Dialog, Do, Option, Reply, Say, Text
from kmc_portal.common.errors import ServiceError

PARAGRAPH = "\n\n"
# How like a label a message must be to pick it, and how much liker than the next.
ALIKE, APART = 0.85, 0.1
# Longer messages say more than the name of a choice.
LONGEST_LABEL = 40
# As many digits are no number of a choice.
LONGEST_CHOICE = 3
NO_ANSWERS: Mapping[str, str] = {}
REFUSED, ASKED_BACK, NOT_UNDERSTOOD = "refused", "asked_back", "unclear"


@dataclass(frozen=True, slots=True)
class State:
    """Where a conversation stands. No dialog: at the menu. `offered` is the last list of options that was sent."""

    language: str = ""
    dialog: str = ""
    version: int = 0
    key: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    offered: tuple[Option, ...] = ()

    def as_json(self, beside: Mapping[str, object] = NO_ANSWERS) -> str:
        """Return the state as it is stored, only what is set, with what somebody else keeps beside it."""
        held = {name: getattr(self, name) for name in STORED}
        return json.dumps({name: value for name, value in held.items() if value} | dict(beside), ensure_ascii=False)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> State:
        """Return the state of `as_json`; what is missing is empty, what another version stored is left out."""
        held = {name: stored[name] for name in STORED if name in stored}
        return cls(**{**held, "offered": tuple((name, label) for name, label in held.get("offered", ()))})


STORED = tuple(each.name for each in fields(State))


@dataclass(frozen=True, slots=True)
class Turn:
    """What one message leads to: the next state, and the one reply.

    For counting: the service that was run, and whether the message was refused, asked about, or not understood.
    """

    state: State
    reply: Reply
    dialog: str = ""
    outcome: str = ""


def turn(state: State, text: str, *, catalogue: Catalogue, context: Context) -> Turn:
    """Take one message and return the next state and the one reply to it.

    A refusal of a service says its sentence and goes back to the question whose key is the refusal's field. The language
    is active only while the turn is taken.
    """
    said = tongue.plain(text)
    meant = chosen(state.offered, said)
    opening = not state.language
    language = state.language or first_language(meant, said, text, catalogue)
    if not language:
        return Turn(replace(state, offered=languages()), Reply(catalogue.welcome, languages()))
    with translation.override(language):
        talk = _Talk(catalogue, context, language)
        taken = talk.take(replace(state, language=language), text, said, meant)
        taken = replace(taken, dialog=talk.dialog, outcome=talk.outcome)
    was_asked = meant in tongue.NAMES or said in tongue.LANGUAGES_NAMED
    return _with_language_switch(taken, catalogue) if opening and not was_asked else taken


def chosen(offered: tuple[Option, ...], said: str) -> str:
    """Return the id of the option that a text picks by its number, id or label; empty when it picks none.

    A word that works everywhere picks nothing: `hi` is a greeting before it is the code of Hindi.
    """
    if is_digit(said):
        position = int(said) - 1
        return offered[position][0] if 0 <= position < len(offered) else ""
    if said in tongue.MEANINGS:
        return ""
    for name, label in offered:
        if said in (tongue.plain_label(name), tongue.plain_label(label)):
            return name
    return ""


def is_digit(said: str) -> bool:
    """Say whether a message can be nothing but the number of a choice."""
    return said.isdecimal() and len(said) < LONGEST_CHOICE


def nearest(offered: tuple[Option, ...], said: str) -> str:
    """Return the id of the option whose label is nearly what was said, amounts left out; empty when none or two are."""
    if len(said) > LONGEST_LABEL or said.replace(" ", "").isdecimal():
        return ""
    likeness = {name: _likeness(tongue.plain_label(label.split(":")[0]), said) for name, label in offered}
    first, second = (sorted([*likeness.values(), 0.0, 0.0], reverse=True))[:2]
    if first < ALIKE or first - second < APART:
        return ""
    return max(likeness, key=lambda name: likeness[name])


def _likeness(label: str, said: str) -> float:
    """Return how like two texts are, 0 to 1; a word before or behind, as in `papers please`, does not matter."""
    words = said.split()
    shorter = [words[1:], words[:-1]] if len(words) > 1 else []
    return max(SequenceMatcher(None, label, " ".join(each)).ratio() for each in (words, *shorter))


def languages() -> tuple[Option, ...]:
    """Return the three languages as options, each named in itself."""
    return tuple(tongue.NAMES.items())


def first_language(meant: str, said: str, text: str, catalogue: Catalogue) -> str:
    """Return the language of a citizen who has not chosen one yet; empty when nothing but asking would tell."""
    if meant in tongue.NAMES:
        return meant
    named = tongue.LANGUAGES_NAMED.get(said) or tongue.language_of(text)
    if named or said in tongue.MEANINGS:
        return named
    guess = catalogue.guess(text, said)
    if guess.is_sure and guess.names[0] in tongue.NAMES:
        return guess.names[0]
    return guess.language or (tongue.DEFAULT if guess.names else "")


def _with_language_switch(taken: Turn, catalogue: Catalogue) -> Turn:
    """Offer the other languages in the last line of a conversation that began without asking for one."""
    options = taken.reply.options
    if any(name == tongue.LANGUAGE for name, _label in options):
        return taken
    if not options:
        return replace(taken, reply=Reply(taken.reply.text + PARAGRAPH + catalogue.switch_language))
    options = (*options, (tongue.LANGUAGE, catalogue.switch_language))
    return replace(taken, state=replace(taken.state, offered=options), reply=Reply(taken.reply.text, options))


@dataclass(slots=True)
class _Talk:
    """One turn while it is being taken: the paragraphs said so far, and what each `Do` found."""

    catalogue: Catalogue
    context: Context
    language: str
    said: list[str] = field(default_factory=list)
    found: dict[str, object] = field(default_factory=dict)
    instead: tuple[Option, ...] = ()
    dialog: str = ""
    outcome: str = ""

    def take(self, state: State, text: str, said: str, meant: str) -> Turn:
        """Say what one message means where the conversation stands, and answer it."""
        if not said:
            self.say(self.catalogue.only_text)
            return self.repeat(state)
        named = meant if meant in tongue.NAMES else tongue.LANGUAGES_NAMED.get(said)
        if named:
            return self.speak(state, named)
        meaning = tongue.MEANINGS.get(meant or said)
        if meaning:
            return self.obey(state, meaning)
        asked_for = None if meant else self.catalogue.called(said)
        if asked_for:
            return self.run(asked_for, 0, NO_ANSWERS)
        if state.dialog:
            return self.answer(state, text, said, meant)
        return self.at_menu(text, said, meant)

    def speak(self, state: State, language: str) -> Turn:
        """Change the language and say the present question again in it."""
        self.language = language
        translation.activate(language)
        return self.again(replace(state, language=language))

    def obey(self, state: State, meaning: str) -> Turn:
        """Do what a word that works everywhere says."""
        match meaning:
            case tongue.BACK:
                return self.back(state)
            case tongue.HELP:
                self.say(self.catalogue.help)
                return self.repeat(state)
            case tongue.LANGUAGE:
                return self.which_language(state)
        return self.menu()

    def which_language(self, state: State) -> Turn:
        """Offer the languages; the waiting question goes on waiting behind them."""
        self.said.append(self.catalogue.choose_language)
        return Turn(replace(state, offered=languages()), self.reply(languages()))

    def menu(self, options: tuple[Option, ...] = ()) -> Turn:
        """Show the services."""
        self.say(self.catalogue.menu)
        offered = options or self.catalogue.top()
        return Turn(State(self.language, offered=offered), self.reply(offered))

    def at_menu(self, text: str, said: str, meant: str) -> Turn:
        """Open the service that a message at the menu asks for."""
        dialog = self.catalogue.by_name.get(meant)
        if dialog:
            return self.run(dialog, 0, NO_ANSWERS)
        if self.catalogue.group(meant):
            return self.menu(self.catalogue.group(meant))
        if is_digit(said):
            return self.misunderstood(self.catalogue.choose_a_number)
        return self.opened(text, said) or self.misunderstood(self.catalogue.not_understood)

    def opened(self, text: str, said: str) -> Turn | None:
        """Do what a free text asks for; ask back when unsure; nothing when it asks for nothing that is known."""
        guess = self.catalogue.guess(text, said)
        return self.do(guess.names[0], text) if guess.is_sure else self.ask_back(guess.names)

    def do(self, name: str, text: str) -> Turn:
        """Do what is surely asked for, with the first question answered when the text does so."""
        if name in tongue.NAMES:
            return self.speak(State(self.language), name)
        dialog = self.catalogue.by_name.get(name)
        if dialog is None:
            return self.obey(State(self.language), name)
        if dialog.accepts(text):
            return self.hear(dialog, dialog.first_question, NO_ANSWERS, text)
        return self.run(dialog, 0, NO_ANSWERS)

    def ask_back(self, names: tuple[str, ...]) -> Turn | None:
        """Ask which of the likely services is meant, the menu being the way out; nothing when none is likely."""
        likely = self.catalogue.options(names)
        if not likely:
            return None
        self.outcome = ASKED_BACK
        self.say(self.catalogue.which_of_these)
        offered = self.with_menu(likely)
        return Turn(State(self.language, offered=offered), self.reply(offered))

    def with_menu(self, options: tuple[Option, ...]) -> tuple[Option, ...]:
        return (*options, (tongue.MENU, str(self.catalogue.menu_label)))

    def misunderstood(self, sentence: Text) -> Turn:
        self.outcome = NOT_UNDERSTOOD
        self.say(sentence)
        return self.menu()

    def answer(self, state: State, text: str, said: str, meant: str) -> Turn:
        """Take an answer to the waiting question."""
        place = self.place(state)
        if place is None:
            return self.misunderstood(self.catalogue.script_changed)
        dialog, index = place
        step = dialog.steps[index]
        if isinstance(step, Ask):
            return self.hear(dialog, index, state.answers, meant or text, said)
        assert isinstance(step, Choose)
        meant = meant or nearest(state.offered, said)
        if meant:
            return self.run(dialog, index + 1, {**state.answers, state.key: meant})
        other = self.opened(text, said)
        if other:
            return other
        self.outcome = NOT_UNDERSTOOD
        self.say(self.catalogue.choose_a_number)
        return self.repeat(state)

    def hear(self, dialog: Dialog, index: int, answers: Mapping[str, str], text: str, said: str = "") -> Turn:
        """Clean the answer to an `Ask` and go on, or say why it will not do and ask again.

        What is `said` instead of an answer, and surely means something else, is done instead.
        """
        step = dialog.steps[index]
        assert isinstance(step, Ask)
        try:
            value = step.clean(text)
        except ServiceError as refusal:
            other = self.another(dialog, text, said) if said and not dialog.accepts(text) else ""
            if other:
                return self.do(other, text)
            self.outcome = REFUSED
            self.said.append(refusal.user_message)
            self.instead = refusal.instead
            return self.run(dialog, index, answers)
        return self.run(dialog, index + 1, {**answers, step.key: value})

    def another(self, dialog: Dialog, text: str, said: str) -> str:
        """Return what a text firmly asks for when that is something else than this dialog; empty otherwise."""
        guess = self.catalogue.guess(text, said)
        return guess.names[0] if guess.is_firm and guess.names[0] != dialog.name else ""

    def repeat(self, state: State) -> Turn:
        """Put the waiting question again as it was sent, without what led up to it; at the menu, show the menu."""
        if state.offered == languages():
            return self.which_language(state)
        place = self.place(state)
        if place is None:
            return self.menu()
        step = place[0].steps[place[1]]
        assert isinstance(step, Ask | Choose)
        self.say(step.text, state.answers)
        return Turn(state, self.reply(state.offered))

    def again(self, state: State) -> Turn:
        """Ask the waiting question again, with what leads up to it; at the menu, show the menu."""
        place = self.place(state)
        return self.approach(*place, state.answers) if place else self.menu()

    def back(self, state: State) -> Turn:
        """Ask the question before the waiting one again; from the first, go to the menu."""
        place = self.place(state)
        before = place[0].question_before(place[1], state.answers) if place else None
        return self.approach(place[0], before, state.answers) if place and before is not None else self.menu()

    def place(self, state: State) -> tuple[Dialog, int] | None:
        """Return the waiting question, None at the menu or when the dialog has changed since."""
        dialog = self.catalogue.by_name.get(state.dialog)
        if dialog is None or dialog.version != state.version:
            return None
        index = dialog.index_of(state.key)
        return None if index is None else (dialog, index)

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
                self.say(step.text, answers)
            elif isinstance(step, Do):
                try:
                    self.found.update(step.act(answers, self.context))
                except ServiceError as refusal:
                    return self.refused(dialog, index, answers, refusal)
            else:
                return self.ask(dialog, step, answers)
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
            self.said = [sentence]
            return self.menu()
        if refusal.instead:
            return self.suggest(dialog, asked, answers, refusal)
        self.said.append(sentence)
        return self.approach(dialog, asked, answers)

    def suggest(self, dialog: Dialog, asked: int, answers: Mapping[str, str], refusal: ServiceError) -> Turn:
        """Say a refusal and offer what may have been meant as the answer to its question."""
        self.said, self.instead = [refusal.user_message], refusal.instead
        return self.run(dialog, asked, answers)

    def say(self, text: Text, answers: Mapping[str, str] = NO_ANSWERS) -> None:
        """Add a paragraph of ours; what others wrote is added as it is, for it may hold braces."""
        sentence = str(text)
        self.said.append(sentence.format_map({**self.found, **answers}) if "{" in sentence else sentence)

    def reply(self, options: tuple[Option, ...] = ()) -> Reply:
        return Reply(PARAGRAPH.join(self.said), options)
