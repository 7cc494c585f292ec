"""The three languages of Kolkata, the words that work everywhere, and how a typed text is compared with them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

BENGALI, HINDI, ENGLISH = "bn", "hi", "en"
NAMES = {BENGALI: "বাংলা", HINDI: "हिन्दी", ENGLISH: "English"}
DEFAULT = ENGLISH

MENU, BACK, HELP, LANGUAGE = "menu", "back", "help", "language"

WORDS_BY_MEANING = {
    MENU: """
        0; menu; main menu; home; start; restart; মেনু; প্রধান মেনু; শুরু; मेनू; मेन्यू; मुख्य मेनू; शुरू; suru; shuru
        hi; hello; hey; hii; helo; good morning; good afternoon; good evening; হাই; হ্যালো; নমস্কার; নমস্তে; সুপ্রভাত; আদাব
        हाय; हैलो; हेलो; नमस्ते; नमस्कार; प्रणाम; nomoskar; nomoshkar; namaskar; namaste; pronam; pranam; adab; salaam
    """,
    BACK: """
        back; go back; previous; ফিরে; ফিরে যান; পিছনে; পেছনে; আগের; वापस; पीछे; पिछला; fire jan; phire jan; pichone
        pechone; ager; wapas; vapas; peeche; piche; pichla
    """,
    HELP: """
        help; how; support; সাহায্য; সহায়তা; কীভাবে; সাহায্য চাই; मदद; सहायता; कैसे; मदद चाहिए; sahajyo; sahajjo; sahajya
        sahayata; kibhabe; madad; madat; kaise
    """,
    LANGUAGE: "language; languages; lang; change language; ভাষা; ভাষা বদল; भाषा; भाषा बदलें; bhasha; bhasa; bhasha bodol",
}
WORDS_BY_LANGUAGE = {
    BENGALI: "বাংলা; বাঙলা; বাংলায়; বেঙ্গলি; बांग्ला; बंगला; बंगाली; bangla; bengali; banglay; bn",
    HINDI: "हिन्दी; हिंदी; हिन्दी में; हिंदी में; হিন্দি; হিন্দী; hindi; hindi mein; hi in",
    ENGLISH: "english; in english; ইংরেজি; ইংরাজি; ইংলিশ; अंग्रेज़ी; अंग्रेजी; इंग्लिश; ingreji; inglish; angrezi; eng",
}
LATIN_GREETINGS = {
    BENGALI: "nomoskar; nomoshkar; adab",
    HINDI: "namaste; pranam",
}

_BENGALI_LETTER = re.compile("[\u0980-\u09ff]")
_DEVANAGARI_LETTER = re.compile("[\u0900-\u0963\u0966-\u097f]")


class _Folded(dict[int, str]):
    """A translation table that works out each character once: decimal digits to ASCII, no emoji, no punctuation."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if category == "Nd":
            folded = str(unicodedata.decimal(character))
        elif category[0] == "L" or category in ("Mn", "Mc"):
            folded = character
        else:
            folded = "" if category in ("Cf", "Me") else " "
        self[code] = folded
        return folded


_FOLDED = _Folded({0xFE0F: ""})


def plain(text: str) -> str:
    """Return `text` as words are compared: folded, composed alike, digits in ASCII, single blanks between."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_FOLDED).casefold().split())


def _table(words: dict[str, str]) -> dict[str, str]:
    return {
        plain(word): meaning
        for meaning, listed in words.items()
        for line in listed.split("\n")
        for word in line.split(";")
        if plain(word)
    }


MEANINGS = _table(WORDS_BY_MEANING)
LANGUAGES_NAMED = _table(WORDS_BY_LANGUAGE)
GREETED_IN = _table(LATIN_GREETINGS)


def language_of(text: str) -> str:
    """Return the language that a message shows by its script or its greeting; empty when it could be any."""
    if _BENGALI_LETTER.search(text):
        return BENGALI
    if _DEVANAGARI_LETTER.search(text):
        return HINDI
    return GREETED_IN.get(plain(text), "")


@lru_cache(maxsize=512)
def plain_label(label: str) -> str:
    """Return a menu label as `plain` does, remembered, because the same few labels come with every turn."""
    return plain(label)
