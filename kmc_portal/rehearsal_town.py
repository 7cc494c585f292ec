"""The people of a rehearsal: a few assessees with bills under all headings, who ask to pay by web, chat and REST."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from chatbot.engine.language import NAMES
from kmc_portal.common.clock import day_of
from kmc_portal.common.financial_year import FinancialYear, quarter_days, quarter_of
from kmc_portal.common.rulebook.documents import digest
from payments.kept.advances import references_with_advance
from property_tax.advances import use_advances
from property_tax.models import Assessee, Demand, RuleBookVersion
from property_tax.rules.book import SHIPPED
from property_tax.states import ALL_HEADINGS, KIND, Heading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from random import Random

ASSESSEES = 16
WARDS = (26, 63, 100)
HEADINGS = (ALL_HEADINGS, ALL_HEADINGS, *Heading.values)
KEYS = 12
PARTS_PAISE = (10_000, 50_000, 120_000)
# Rates that make prices move and part payments possible. They are nobody's law: the shipped book charges nothing yet.
TERMS: dict[str, dict[str, Any]] = {
    "interest": {"slabs": [{"above_rupees": "0", "percent_a_year": "12"}]},
    "penalty": {"percent": "10", "after_days": 10},
    "appropriation": {"part_payment": "allowed", "least_part_rupees": "100"},
}
# Versions are read once in a process; this one must not be taken for a real one.
RULE_BOOK = 1_000_000_000
LINK = re.compile(r"/pay/([\w-]{22})/")
# A receipt of an order that came out of a conversation, without its message there.
NOT_TOLD = """
SELECT r.receipt_number FROM payments_receipt r JOIN payments_payment p ON p.id = r.payment_id
  JOIN payments_paymentorder o ON o.id = p.order_id CROSS JOIN unnest(o.told_to) AS conversation
 WHERE NOT EXISTS (SELECT 1 FROM chatbot_outboundmessage m WHERE m.conversation_id = conversation::bigint
                      AND starts_with(m.dedup_key, 'receipt:' || r.receipt_number || ':') AND m.status <> 'waiting')
 ORDER BY r.id LIMIT 1
"""


class TaxTown:
    """Assessees of property tax; each has a browser, and with it a conversation, of their own."""

    def settle(self, rng: Random, *, now: datetime) -> None:
        _put_rules_in_force(now)
        self.people = [self._person(number, rng) for number in range(1, ASSESSEES + 1)]
        self.browsers = {person.assessee_number: Client() for person in self.people}
        self.numbers = count(1)
        Demand.objects.bulk_create(
            bill for person in self.people for bill in _bills(person, rng, day_of(now), self.numbers)
        )

    @staticmethod
    def _person(number: int, rng: Random) -> Assessee:
        ward = rng.choice(WARDS)
        return Assessee.objects.create(
            assessee_number=f"11{ward:03d}01{number:04d}1", ward_id=ward, owner_name="Mita Das"
        )

    def ask_to_pay(self, rng: Random) -> str:
        number, heading = rng.choice(self.people).assessee_number, rng.choice(HEADINGS)
        door = rng.choice((self._by_web, self._by_rest, self._by_chat))
        return door(rng, number, heading)

    def _by_web(self, rng: Random, number: str, heading: str) -> str:
        form = {"assessee_number": number, "heading": heading}
        return _token(self.browsers[number].post("/en/property-tax/pay/", form).headers.get("Location", ""))

    def _by_rest(self, rng: Random, number: str, heading: str) -> str:
        part = {"amount_paise": rng.choice(PARTS_PAISE)} if rng.randrange(2) else {}
        answer = self.browsers[number].post(
            "/api/v1/property-tax/payment-orders/",
            {"assessee_number": number, "heading": heading, **part},
            content_type="application/json",
            headers={"Idempotency-Key": f"key {rng.randrange(KEYS)}"},
        )
        return _token(answer.content.decode())

    def _by_chat(self, rng: Random, number: str, heading: str) -> str:
        """Say a number and choose to pay everything; what was offered before may still stand above."""
        browser = self.browsers[number]
        before = len(_links(browser))
        for text in (NAMES[rng.choice(sorted(NAMES))], number, "1"):
            browser.post("/chat/", {"text": text})
        links = _links(browser)
        return links[-1] if len(links) > before else ""

    def pay_elsewhere(self, rng: Random, *, on: date) -> bool:
        unpaid = list(Demand.objects.filter(paid_on=None).order_by("pk").values_list("pk", flat=True))
        return bool(unpaid) and bool(Demand.objects.filter(pk=rng.choice(unpaid), paid_on=None).update(paid_on=on))

    def bill(self, rng: Random, *, on: date) -> str:
        """Present the next bill of somebody, and perhaps let the hourly task find it at once."""
        waiting = references_with_advance(kind=KIND)
        number = rng.choice(waiting or [person.assessee_number for person in self.people])
        person = next(one for one in self.people if one.assessee_number == number)
        bill = f"PD-{next(self.numbers):04d}"
        _bill(person, bill, FinancialYear.of(on), on, on + timedelta(days=rng.randint(0, 14)), rng).save()
        if rng.randrange(3) == 0:
            return "to be paid"
        used = use_advances(on=on, now=timezone.now())
        return f"{used.amount_paise} of the advances of {used.assessees}"

    def not_told(self) -> str:
        with connection.cursor() as cursor:
            cursor.execute(NOT_TOLD)
            found = cursor.fetchone()
        return str(found[0]) if found else ""


def _put_rules_in_force(now: datetime) -> None:
    rows = [{**row, **TERMS.get(row["kind"], {})} for row in json.loads(SHIPPED.read_text())["rules"]]
    RuleBookVersion.objects.create(
        pk=RULE_BOOK,
        content={"rules": rows},
        sha256=digest({"rules": rows}),
        maker="keeper",
        loaded_at=now,
        approver="another",
        approved_at=now,
    )


def _bills(person: Assessee, rng: Random, on: date, numbers: Iterator[int]) -> list[Demand]:
    """Return a bill of last year, the running quarter's PD whose rebate ends within a fortnight, and perhaps an F/S."""
    year, quarter = FinancialYear.of(on), quarter_of(on)
    kinds = [("PD", year.previous), ("PD", year), *([("FS", year)] if rng.randrange(2) else [])]
    presented_on = {of: quarter_days(of, quarter)[0] for of in (year.previous, year)}
    return [
        _bill(person, f"{kind}-{next(numbers):04d}", of, presented_on[of], on + timedelta(days=rng.randint(0, 14)), rng)
        for kind, of in kinds
    ]


def _bill(
    person: Assessee, number: str, of: FinancialYear, presented_on: date, rebate_date: date, rng: Random
) -> Demand:
    return Demand(
        demand_number=number,
        assessee=person,
        kind=number[:2],
        financial_year=of.start,
        quarter=quarter_of(presented_on),
        issued_on=presented_on,
        presented_on=presented_on,
        rebate_date=rebate_date,
        property_tax_paise=100 * rng.randint(200, 4000),
    )


def _links(browser: Client) -> list[str]:
    return LINK.findall(browser.get("/chat/").content.decode())


def _token(text: str) -> str:
    found = LINK.search(text)
    return found[1] if found else ""
