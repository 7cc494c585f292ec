"""One turn of a conversation, as a pure function of what is known and what was said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from django.utils import translation

from chatbot.engine import language as tongue
from chatbot.engine.catalogue import GO_ON, Catalogue
from chatbot.engine.choices import chosen, is_digit, languages, nearest
from chatbot.engine.script import ASKED_BACK, NOT_UNDERSTOOD, PARAGRAPH, REFUSED, Script, keep_time
from chatbot.engine.state import NO_ANSWERS, State, Turn
from chatbot.engine.steps import Ask, Choose, Context, Dialog, Reply, Text
from kmc_portal.common.errors import ServiceError

# Whoever holds the phone after so long is asked before private answers are gone on with, and after a day they are forgotten.
SESSION, REMEMBERED = timedelta(minutes=30), timedelta(hours=24)
# At every so many messages in a row that lead nowhere somebody to talk to is named.
PATIENCE = 2


def turn(state: State, text: str, *, catalogue: Catalogue, context: Context, stale: str = "") -> Turn:
    """Take one message and return the next state and the one reply to it.

    A refusal of a service says its sentence and goes back to the question whose key is the refusal's field. The language
    is active only while the turn is taken. `stale` is the label of the button that was tapped when it hangs under another
    message than the last one; `text` is its id then.
    """
    now = int(context.now.timestamp())
    state = _after_pause(state, now)
    said = tongue.plain(text)
    meant = "" if stale else chosen(state.offered, said)
    opening = not state.language
    language = state.language or first_language(meant, said, text, catalogue)
    if not language:
        return Turn(replace(state, offered=languages()), Reply(catalogue.welcome, languages(), catalogue.welcome))
    with translation.override(language):
        talk = _Talk(catalogue, context, language)
        taken = talk.hear_tap(state, text, said, stale) if stale else None
        known = state if state.language == language else replace(state, language=language)
        taken = taken or talk.take(known, text, said, meant)
        taken = talk.with_way_out(replace(keep_time(taken, now), dialog=talk.dialog, outcome=talk.outcome), state)
    was_asked = meant in tongue.NAMES or said in tongue.LANGUAGES_NAMED
    return _with_language_switch(taken, catalogue) if opening and not was_asked else taken


def _after_pause(state: State, now: int) -> State:
    """Return the state that is left of one that waited: its options are not on anybody's mind any more."""
    waited = timedelta(seconds=now - state.said_at)
    if not state.answers or not state.said_at or waited <= SESSION:
        return state
    return replace(state, paused=True, offered=()) if waited <= REMEMBERED else State(state.language)


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
class _Talk(Script):
    """What one message means where the conversation stands."""

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
        if state.paused:
            return self.after_pause(state, text, said, meant)
        if state.dialog:
            return self.answer(state, text, said, meant)
        return self.at_menu(text, said, meant)

    def hear_tap(self, state: State, name: str, said: str, label: str) -> Turn | None:
        """Answer a button of an earlier message: nothing where it means the same wherever it stands, else what it was."""
        if self.catalogue.stands_alone(name) or self.catalogue.stands_alone(said):
            return None
        self.outcome = NOT_UNDERSTOOD
        self.say(self.catalogue.stale, {"label": label})
        return self.again(state)

    def again(self, state: State) -> Turn:
        """As any script, but what is private is not shown to whoever comes back after a pause."""
        return self.ask_to_go_on(state) if state.paused else Script.again(self, state)

    def after_pause(self, state: State, text: str, said: str, meant: str) -> Turn:
        """Go on where a conversation stood before its pause, when its citizen says so; do what is surely wanted instead."""
        if meant == GO_ON:
            return self.again(replace(state, paused=False))
        return (None if is_digit(said) else self.opened(text, said)) or self.ask_to_go_on(state)

    def ask_to_go_on(self, state: State) -> Turn:
        """Ask whether to go on, naming the service and nothing of what was said."""
        dialog = self.catalogue.by_name.get(state.dialog)
        if dialog is None:
            return self.renewed(state)
        self.say(self.catalogue.go_on, {"title": str(dialog.title)})
        offered = self.catalogue.whether_to_go_on()
        return Turn(replace(state, offered=offered), self.reply(offered))

    def speak(self, state: State, language: str) -> Turn:
        """Change the language and say the present question again in it."""
        self.language = language
        translation.activate(language)
        return self.again(replace(state, language=language))

    def obey(self, state: State, meaning: str) -> Turn:
        """Do what a word that works everywhere says."""
        match meaning:
            case tongue.BACK:
                return self.menu() if state.paused else self.back(state)
            case tongue.HELP:
                self.say(self.catalogue.help)
                return self.repeat(state)
            case tongue.LANGUAGE:
                return self.which_language(state)
        return self.menu()

    def which_language(self, state: State) -> Turn:
        """Offer the languages; the waiting question goes on waiting behind them."""
        self.say(self.catalogue.choose_language)
        return Turn(replace(state, offered=languages()), self.reply(languages()))

    def at_menu(self, text: str, said: str, meant: str) -> Turn:
        """Open the service that a message at the menu asks for."""
        dialog = self.catalogue.by_name.get(meant)
        if dialog:
            return self.run(dialog, 0, NO_ANSWERS)
        if self.catalogue.group(meant):
            return self.menu(self.catalogue.group(meant))
        if is_digit(said):
            return self.misunderstood(self.catalogue.choose_a_number)
        return self.opened(text, said) or self.misunderstood(self.sorry(text, said, self.catalogue.not_understood))

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

    def sorry(self, text: str, said: str, otherwise: Text) -> Text:
        """Return the sentence for a text that was not taken: what is done elsewhere is not asked for once more in other words."""
        return self.catalogue.not_served if self.catalogue.guess(text, said).is_foreign else otherwise

    def with_way_out(self, taken: Turn, before: State) -> Turn:
        """Count what led nowhere; after some of it in a row, name somebody to talk to where no menu does."""
        if self.outcome not in (REFUSED, NOT_UNDERSTOOD):
            return taken
        missed = before.missed + 1
        taken = replace(taken, state=replace(taken.state, missed=missed))
        if missed % PATIENCE or not taken.state.dialog:
            return taken
        return replace(taken, reply=Reply(f"{self.catalogue.person}{PARAGRAPH}{taken.reply.text}", taken.reply.options))

    def misunderstood(self, sentence: Text) -> Turn:
        self.outcome = NOT_UNDERSTOOD
        self.say(sentence)
        return self.menu()

    def answer(self, state: State, text: str, said: str, meant: str) -> Turn:
        """Take an answer to the waiting question."""
        place = self.place(state)
        if place is None:
            return (None if is_digit(said) else self.opened(text, said)) or self.renewed(state)
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
        self.say(self.sorry(text, said, self.catalogue.choose_a_number))
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
            self.quote(str(self.sorry(text, said, refusal.user_message)))
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
        if state.paused:
            return self.ask_to_go_on(state)
        place = self.place(state)
        if place is None:
            return self.menu()
        step = place[0].steps[place[1]]
        assert isinstance(step, Ask | Choose)
        self.say(step.text, state.answers)
        return Turn(state, self.reply(state.offered))
