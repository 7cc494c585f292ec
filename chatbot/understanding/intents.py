"""What citizens ask for. An intent is a file of `utterances/`, and a dialog or a word that works everywhere."""

from __future__ import annotations

GREET = "greet"
PROPERTY_TAX = "property_tax"
TRADE_LICENSE = "trade_licence"
RECEIPT = "receipt"
PAYMENT_PROBLEM = "payment_problem"
NO_DUES_CERTIFICATE = "no_dues_certificate"
MUTATION = "mutation"
BIRTH_DEATH_CERTIFICATE = "birth_death_certificate"
COMPLAINT = "complaint"
CHANGE_LANGUAGE = "change_language"
TALK_TO_PERSON = "talk_to_person"
STOP = "stop"
HELP = "help"
DELETE_MY_DATA = "delete_my_data"
OUT_OF_SCOPE = "out_of_scope"

ALL = (
    GREET,
    PROPERTY_TAX,
    TRADE_LICENSE,
    RECEIPT,
    PAYMENT_PROBLEM,
    NO_DUES_CERTIFICATE,
    MUTATION,
    BIRTH_DEATH_CERTIFICATE,
    COMPLAINT,
    CHANGE_LANGUAGE,
    TALK_TO_PERSON,
    STOP,
    HELP,
    DELETE_MY_DATA,
    OUT_OF_SCOPE,
)
