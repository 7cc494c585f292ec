"""From a message to a decision: act on what is meant, ask back, or show the menu."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from chatbot.engine import language as tongue
from chatbot.understanding import intents
from chatbot.understanding.classifier import model
from chatbot.understanding.lexicon import FILLER, lexicon, to_the_point
from chatbot.understanding.normalise import spelt
from chatbot.understanding.numbers import numbers_in
from chatbot.understanding.romanised import language_of_romanised

if TYPE_CHECKING:
    from collections.abc import Sequence

Decision = Literal["act", "ask", "menu"]
ACT: Final = "act"
ASK: Final = "ask"
MENU: Final = "menu"

# Measured on the development half of the test set: the lowest that keep what is wrong and acted on under one in a hundred.
SURE, SURE_OF_FOREIGN, SURE_OF_NOTHING = 0.55, 0.85, 0.9
# A wish to be left alone is told with a reason, which is as long as it likes, where it names what is to stop.
SURE_OF_STOP = 0.95
LIKELY, WORTH_ASKING = 0.4, 0.15
MOST_ASKED = 3
# What a message may be about, beside nothing else, to be taken for the wish to be left alone. `জল বন্ধ` is no such wish.
UNSUBSCRIBE = "unsubscribe"
WORDS_OF_STOP = {"stop", "messages", UNSUBSCRIBE}
# The meaning of words for what is done elsewhere: passports, electricity, the weather.
FOREIGN = "foreign"
GLOBAL_WORDS = {
    tongue.MENU: intents.GREET,
    tongue.BACK: intents.GREET,
    tongue.HELP: intents.HELP,
    tongue.LANGUAGE: intents.CHANGE_LANGUAGE,
}
LANGUAGES = {"bengali": tongue.BENGALI, "hindi": tongue.HINDI, "english": tongue.ENGLISH}


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a message seems to mean.

    `asked` are the intents worth asking about, likeliest first. `numbers` are candidates for assessee numbers, as digits.
    `is_foreign`: it names something that the corporation does not do, and hardly anything else.
    `language` is that of a romanised message, `wanted_language` the one that is asked for; empty when none shows.
    """

    intent: str
    confidence: float
    decision: Decision
    asked: tuple[str, ...] = ()
    is_foreign: bool = False
    numbers: tuple[str, ...] = ()
    language: str = ""
    wanted_language: str = ""


def understand(text: str) -> Understanding:
    """Return what a message means, without knowing where the conversation stands."""
    said = tongue.plain(text)
    if said in tongue.LANGUAGES_NAMED:
        return Understanding(intents.CHANGE_LANGUAGE, 1.0, ACT, wanted_language=tongue.LANGUAGES_NAMED[said])
    if said in tongue.MEANINGS:
        return Understanding(GLOBAL_WORDS[tongue.MEANINGS[said]], 1.0, ACT)
    found = numbers_in(text)
    words, numbers = spelt(found.words), found.candidates
    guessed = _guess(to_the_point(words))
    if numbers and guessed.decision != ACT:
        guessed = Understanding(intents.PROPERTY_TAX, 1.0, ACT)
    return replace(
        guessed,
        asked=guessed.asked if guessed.decision == ASK else (),
        numbers=numbers,
        language=language_of_romanised(words),
        wanted_language=_wanted_language(words) if guessed.intent == intents.CHANGE_LANGUAGE else "",
    )


def warm() -> None:
    """Read lexicon and weights, so that no citizen waits for them."""
    understand("amar ghorer tax koto")


def _guess(words: list[str]) -> Understanding:
    """Weigh the words. Words that mean nothing are hardly ever acted on, and a wish to stop only when it is nothing else."""
    read = lexicon().read(words)
    meant = {meaning for _word, meanings in read for meaning in meanings} - {FILLER}
    unknown = [word for word, meanings in read if not meanings]
    likely = model().likelihoods(words)
    intent, share = likely[0]
    asked = tuple(name for name, likelihood in likely if likelihood >= WORTH_ASKING and name != intents.OUT_OF_SCOPE)
    decision = _decide(intent, share, meant, asked)
    is_foreign = intent == intents.OUT_OF_SCOPE and decision == MENU and FOREIGN in meant
    if intent == intents.STOP and decision == ACT and not _is_wish_to_stop(share, meant, unknown):
        decision = ASK
    return Understanding(intent, share, decision, asked[:MOST_ASKED], is_foreign)


def _decide(intent: str, share: float, meant: set[str], asked: Sequence[str]) -> Decision:
    sure = SURE_OF_FOREIGN if FOREIGN in meant else SURE
    if intent == intents.OUT_OF_SCOPE:
        return ASK if meant and asked and share < sure else MENU
    if share >= (sure if meant else SURE_OF_NOTHING):
        return ACT
    return ASK if meant and asked and (share >= LIKELY or len(asked) > 1) else MENU


def _is_wish_to_stop(share: float, meant: set[str], unknown: list[str]) -> bool:
    if share >= SURE_OF_STOP and (UNSUBSCRIBE in meant or {"stop", "messages"} <= meant):
        return True
    return bool(meant) and meant <= WORDS_OF_STOP and len(unknown) <= 2 * ("messages" in meant)


def _wanted_language(words: list[str]) -> str:
    """Return the language that is named last: `English bujhi na, banglay bolun` wants Bengali."""
    named = [LANGUAGES[meaning] for _word, held in lexicon().read(words) for meaning in held if meaning in LANGUAGES]
    return named[-1] if named else ""
