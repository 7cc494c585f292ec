"""The same act through every door: the same order, and the same refusal in the same words of the same language.

A service that gets a door gets its line here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import count

import pytest
import time_machine
from django.test import Client

from chatbot import services as chat
from chatbot.channels.base import Inbound
from chatbot.channels.registry import CONSOLE
from chatbot.engine.language import NAMES
from payments.models import PaymentOrder
from property_tax.models import Demand
from property_tax.states import ALL_HEADINGS
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = pytest.mark.django_db
LANGUAGES = ("bn", "hi", "en")
OWES, CLOSED, UNKNOWN = "110260100051", "110260100073", "110260199999"
TYPED = {"en": "11-026-01-0005-1", "bn": "১১-০২৬-০১-০০০৫-১", "hi": "११ ०२६ ०१ ०००५ १"}
REFUSED = {
    "missing": ("abc", "assessee_number_missing"),
    "short": ("11026010005", "assessee_number_too_short"),
    "long": ("1102601000512", "assessee_number_too_long"),
    "ward 000": ("110000100051", "assessee_number_bad_ward"),
    "ward 145": ("111450100051", "assessee_number_bad_ward"),
    "unknown": (UNKNOWN, "assessee_not_found"),
    "closed": (CLOSED, "assessee_closed"),
}
# What each bill is made of: tax and bridge tax, less five percent of the whole rupees, rounded again.
LINES = [
    ("PD-1", "property_tax", 200_000),
    ("PD-1", "howrah_bridge_tax", 2_500),
    ("PD-1", "rebate", -10_125),
    ("PD-1", "rounding", 25),
    ("FS-1", "property_tax", 50_000),
    ("FS-1", "howrah_bridge_tax", 2_500),
    ("FS-1", "rebate", -2_625),
    ("FS-1", "rounding", 25),
]


@dataclass
class Web:
    """The form of the website."""

    language: str
    browser: Client = field(default_factory=Client)

    def refusal_of_number(self, typed: str) -> str:
        return self._refusal(self.browser.post(f"/{self.language}/property-tax/", {"assessee_number": typed}))

    def look_up(self, typed: str) -> int:
        page = self.browser.get(f"/{self.language}/property-tax/", {"assessee_number": typed})
        return page.context["dues"].total_paise

    def pay(self, heading: str) -> str:
        """Return the link's token, or the sentence of the refusal."""
        form = {"assessee_number": OWES, "heading": heading}
        answer = self.browser.post(f"/{self.language}/property-tax/pay/", form)
        return answer.url.rstrip("/").split("/")[-1] if answer.status_code == 302 else self._refusal(answer)

    @staticmethod
    def _refusal(page) -> str:
        (sentences,) = page.context["form"].errors.values()
        assert str(sentences[0]) in page.content.decode().replace("&#x27;", "'")
        return sentences[0]


@dataclass
class Chat:
    """A conversation in the terminal, which is one with everybody else's but for the wire."""

    language: str
    now: object
    numbers: count = field(default_factory=count)

    def say(self, text: str):
        message = Inbound(f"doors:{self.language}:{next(self.numbers)}", f"console:{self.language}", text)
        self.answer = chat.receive(message, channel=CONSOLE, now=self.now)
        return self.answer.text

    def refusal_of_number(self, typed: str) -> str:
        self.say(NAMES[self.language])
        self.say("1")
        return self.say(typed).split("\n\n")[0]

    def look_up(self, typed: str) -> str:
        self.say(NAMES[self.language])
        return self.say(typed)

    def pay(self, heading: str) -> str:
        place = [name for name, _label in self.answer.options].index(heading) + 1
        said = self.say(str(place))
        return said.rstrip("/").split("/")[-1] if "/pay/" in said else said.split("\n\n")[0]


@dataclass
class Rest:
    """A program that asks for a language by its header."""

    language: str
    program: Client = field(default_factory=Client)

    def refusal_of_number(self, typed: str) -> str:
        return self._get(typed).json()["detail"]

    def look_up(self, typed: str) -> int:
        return self._get(typed).json()["total_paise"]

    def pay(self, heading: str) -> str:
        body = {"assessee_number": OWES, "heading": heading}
        headers = {"Accept-Language": self.language}
        url = "/api/v1/property-tax/payment-orders/"
        answer = self.program.post(url, body, content_type="application/json", headers=headers).json()
        return answer.get("token") or answer["detail"]

    def _get(self, typed: str):
        url = f"/api/v1/property-tax/assessees/{typed}/dues/"
        return self.program.get(url, headers={"Accept-Language": self.language})


@pytest.fixture(autouse=True)
def street(now):
    """One property that owes under two headings, one that is closed; all clocks stand still."""
    owes = AssesseeFactory(assessee_number=OWES)
    DemandFactory(assessee=owes, demand_number="PD-1")
    DemandFactory(
        assessee=owes, demand_number="FS-1", kind="FS", property_tax_paise=50_000, rebate_date=date(2027, 1, 5)
    )
    AssesseeFactory(assessee_number=CLOSED, status="closed")
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def doors(now):
    return lambda language: (Web(language), Chat(language, now), Rest(language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("typed", "code"), REFUSED.values(), ids=REFUSED)
def test_number_is_refused_in_the_same_words(doors, language, typed, code):
    web, talk, rest = (door.refusal_of_number(typed) for door in doors(language))

    assert web == talk == rest
    assert Rest(language)._get(typed).json()["code"] == code


@pytest.mark.parametrize(("typed", "_code"), REFUSED.values(), ids=REFUSED)
def test_refusal_differs_from_language_to_language(typed, _code):
    assert len({Web(language).refusal_of_number(typed) for language in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_dues_are_the_same_however_the_number_is_typed(doors, language):
    web, talk, rest = doors(language)

    assert (web.look_up(TYPED[language]), rest.look_up(TYPED[language])) == (242_300, 242_300)
    assert {"en": "₹2,423.00", "hi": "₹2,423.00", "bn": "₹২,৪২৩.০০"}[language] in talk.look_up(TYPED[language])


@pytest.mark.parametrize("door", [0, 1, 2], ids=["web", "chat", "rest"])
@pytest.mark.parametrize(("heading", "amount_paise"), [(ALL_HEADINGS, 242_300), ("PD", 192_400), ("FS", 49_900)])
def test_order_has_the_same_lines_through_every_door(doors, door, heading, amount_paise):
    way = doors("en")[door]
    way.look_up(OWES)
    order = PaymentOrder.objects.get(token=way.pay(heading))

    kept = [(line["bill"], line["head"], line["amount_paise"]) for line in order.snapshot["lines"]]
    assert order.amount_paise == amount_paise
    assert kept == [line for line in LINES if heading in (ALL_HEADINGS, line[0].split("-")[0])]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_door_leads_to_the_one_open_order(doors, language):
    ways = doors(language)
    for way in ways:
        way.look_up(OWES)

    tokens = {way.pay(ALL_HEADINGS) for way in ways}

    assert tokens == set(PaymentOrder.objects.values_list("token", flat=True))
    assert len(tokens) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_heading_paid_in_the_meantime_is_refused_in_the_same_words(doors, language, now):
    ways = doors(language)
    for way in ways:
        way.look_up(OWES)
    Demand.objects.filter(demand_number="FS-1").update(paid_on=now.date())

    web, talk, rest = (way.pay("FS") for way in ways)

    assert web == talk == rest
    assert PaymentOrder.objects.count() == 0
