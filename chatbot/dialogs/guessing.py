"""Which dialog, or which word that works everywhere, an intent stands for."""

from __future__ import annotations

from chatbot.engine.catalogue import Guess
from chatbot.engine.language import HELP, LANGUAGE, MENU
from chatbot.understanding import intents
from chatbot.understanding.understand import ACT, understand

NAME_OF = {
    intents.GREET: MENU,
    intents.HELP: HELP,
    intents.CHANGE_LANGUAGE: LANGUAGE,
    intents.PROPERTY_TAX: "property_tax",
    intents.TRADE_LICENSE: "trade_license",
    intents.RECEIPT: "receipt",
    intents.PAYMENT_PROBLEM: "payment_problem",
    intents.NO_DUES_CERTIFICATE: "no_dues_certificate",
    intents.MUTATION: "mutation",
    intents.BIRTH_DEATH_CERTIFICATE: "birth_death_certificate",
    intents.COMPLAINT: "complaint",
    intents.TALK_TO_PERSON: "talk_to_person",
    intents.STOP: "stop",
    intents.DELETE_MY_DATA: "delete_my_data",
}
# `আমার দোকান` may well be about a tax, and is no reason to leave the question for a licence's number.
FIRM = 0.85


def guess(text: str) -> Guess:
    """Return what a free text asks for; nothing when it asks for nothing that the corporation does here."""
    found = understand(text)
    if found.decision == ACT:
        name = found.wanted_language or NAME_OF[found.intent]
        return Guess((name,), is_sure=True, is_firm=found.confidence >= FIRM, language=found.language)
    asked = tuple(NAME_OF[intent] for intent in found.asked)
    return Guess(asked, is_foreign=found.is_foreign, language=found.language)
