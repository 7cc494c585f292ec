"""The golden cases of property tax, as every door tells them: command, REST, page, chat, paper and desk."""

from __future__ import annotations

import json
import subprocess
from datetime import date, datetime
from itertools import count
from typing import NamedTuple

import pytest
from django.core.management import call_command
from django.test import Client

from chatbot import services as chat
from chatbot.channels.base import Inbound
from chatbot.channels.registry import CONSOLE
from kmc_portal.common.clock import IST
from kmc_portal.common.money import rupee_text
from property_tax.models import Assessee, WaiverApplication
from property_tax.rules import book
from property_tax.tests.books import INTEREST, PENALTY, WAIVER, document, put_in_force
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = pytest.mark.django_db
NUMBER = "110260100051"
WITHIN, AFTER = date(2026, 11, 23), date(2026, 12, 1)
MESSAGES = count()


class Case(NamedTuple):
    """The heads of one bill in paise, the day, what is due, and the waiver scheme that was approved."""

    heads: tuple[int, int, int]
    on: date
    total_paise: int
    scheme: str = ""


# A quarter with its rebate until 30 November 2026.
BILLS = {
    "T4 within": Case((145_800, 4_050, 0), WITHIN, 142_400),
    "T4 after": Case((145_800, 4_050, 0), AFTER, 149_900),
    "T5 within": Case((1_997_200, 12_482, 998_600), WITHIN, 2_857_900),
    "T5 after": Case((1_997_200, 12_482, 998_600), AFTER, 3_008_300),
    "T6 value 500": Case((1_375, 62, 0), WITHIN, 1_300),
    "T6 bridge 0.5": Case((200_000, 2_500, 0), WITHIN, 192_400),
    "T6 bridge 0.25": Case((200_000, 1_250, 0), WITHIN, 191_200),
}
# 10,000 late since 1 April 2016; interest 4,000 (24 % for 20 months, then the rule ended), penalty 1,500 (15 %).
PRINCIPAL = (1_000_000, 0, 0)
ENDED = {**INTEREST, "slabs": [{"above_rupees": "0", "percent_a_year": "24"}], "valid_to": "2017-11-30"}
OF_2020 = next(row for row in book.shipped()["rules"] if row["code"] == "incentive_scheme_2020")
WAIVED = {
    "T7 2020, by 28 February": Case(PRINCIPAL, date(2021, 2, 28), 1_000_000, "incentive_scheme_2020"),
    "T7 2020, March to May": Case(PRINCIPAL, date(2021, 5, 31), 1_161_500, "incentive_scheme_2020"),
    "T7 under 2 years": Case(PRINCIPAL, date(2018, 3, 30), 1_201_500, "graded"),
    "T7 2 to 5 years": Case(PRINCIPAL, date(2018, 3, 31), 1_257_500, "graded"),
    "T7 5 to 10 years": Case(PRINCIPAL, date(2021, 3, 31), 1_315_000, "graded"),
    "T7 over 10 years": Case(PRINCIPAL, date(2026, 3, 31), 1_372_500, "graded"),
    "T7 no scheme": Case(PRINCIPAL, date(2021, 5, 31), 1_550_000),
}


@pytest.fixture
def told(client, admin_user, capsys, time_machine):
    """Ask every door on a day at noon, and return the total that each tells."""

    def ask(on: date) -> dict[str, bool | int]:
        noon = datetime(on.year, on.month, on.day, 12, tzinfo=IST)
        time_machine.move_to(noon)
        call_command("dues", NUMBER, on=on, json=True)
        document = json.loads(capsys.readouterr().out)
        (heading,) = (name for name, part in document["headings"].items() if part["lines"])
        shown = rupee_text(document["total_paise"], "en")
        page = client.get("/en/property-tax/", {"assessee_number": NUMBER}).text
        paper = client.get(f"/en/property-tax/bills/{NUMBER}/{heading}.pdf").content
        read = subprocess.run(["pdftotext", "-", "-"], input=paper, capture_output=True, check=True).stdout.decode()
        return {
            "command": document["total_paise"],
            "REST": client.get(f"/api/v1/property-tax/assessees/{NUMBER}/dues/").json()["total_paise"],
            "page": f'<p class="amount">{shown}</p>' in page,
            "chat": f"*Total due: {shown}*" in said(noon),
            "paper": shown in read,
            "desk": f'<strong class="amount">{shown}</strong>' in desk_page(admin_user),
        }

    return ask


def desk_page(user) -> str:
    clerk = Client(headers={"accept-language": "en"})
    clerk.force_login(user)
    key = Assessee.objects.get(assessee_number=NUMBER).pk
    return clerk.get(f"/admin/property_tax/assessee/{key}/change/").text


def said(now: datetime) -> str:
    def say(text: str) -> str:
        message = Inbound(f"golden:{next(MESSAGES)}", "console:golden", text)
        return chat.receive(message, channel=CONSOLE, now=now).text

    say("English")
    return say(NUMBER)


def everywhere(total_paise: int) -> dict[str, bool | int]:
    return {"command": total_paise, "REST": total_paise, "page": True, "chat": True, "paper": True, "desk": True}


def heads_of(case: Case) -> dict[str, int]:
    names = ("property_tax_paise", "howrah_bridge_tax_paise", "commercial_surcharge_paise")
    return dict(zip(names, case.heads, strict=True))


@pytest.mark.parametrize("case", BILLS.values(), ids=BILLS)
def test_bill_is_the_golden_figure_at_every_door(told, case):
    DemandFactory(assessee=AssesseeFactory(assessee_number=NUMBER), **heads_of(case))

    assert told(case.on) == everywhere(case.total_paise)


@pytest.mark.parametrize("case", WAIVED.values(), ids=WAIVED)
def test_waived_arrears_are_the_golden_figure_at_every_door(told, case):
    put_in_force(document(ENDED, PENALTY, WAIVER, OF_2020))
    days = {"financial_year": 2015, "quarter": 4, "issued_on": date(2015, 5, 1), "presented_on": date(2015, 5, 1)}
    bill = DemandFactory(assessee=AssesseeFactory(assessee_number=NUMBER), rebate_date=None, **days, **heads_of(case))
    if case.scheme:
        approved = {"applied_on": case.on, "maker": "anita", "approver": "bimal", "approved_on": case.on}
        WaiverApplication.objects.create(assessee=bill.assessee, scheme=case.scheme, **approved)

    assert told(case.on) == everywhere(case.total_paise)
