"""The golden cases of the trade licence, as every door tells them: command, REST, page, chat, counter and desk."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date, datetime
from io import StringIO
from itertools import count

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from chatbot import services as chat
from chatbot.channels.base import Inbound
from chatbot.channels.registry import CONSOLE
from citizens.tests.conftest import sent
from kmc_portal.common.clock import IST
from kmc_portal.common.financial_year import FinancialYear
from kmc_portal.common.money import rupee_text
from payments import payables
from payments.posting import apply_report
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from trade_license import changes, services
from trade_license.demand_run import raise_demands
from trade_license.models import Application, License, LicenseDemand
from trade_license.queries import LicenseClosed
from trade_license.rules import book
from trade_license.tests.books import ORDER
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = pytest.mark.django_db
NUMBER, KEY = "CE/26/000051", "CE26000051"
PAGE, API = "/en/trade-licence/", "/api/v1/trade-licences/"
MOBILE = "+919830012345"
NEXT_YEAR = FinancialYear(2027)
MESSAGES = count()


@pytest.fixture
def load(tmp_path, capsys):
    """Load the shipped book with other terms in the rows of one kind, and with more rows. Return what the command says."""

    def with_terms(*more, kind="", code="", **terms) -> dict:
        document = book.shipped()
        for row in document["rules"]:
            if row["kind"] == kind and code in ("", row["code"]):
                row.update(terms)
        document["rules"] += more
        (tmp_path / "rules.json").write_text(json.dumps(document))
        with suppress(SystemExit):
            call_command("load_rules", tmp_path / "rules.json", json=True)
        return json.loads(capsys.readouterr().out)

    return with_terms


@pytest.fixture
def on(time_machine):
    """Make it noon of a day."""

    def move(day: str) -> None:
        time_machine.move_to(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=IST), tick=False)

    return move


@pytest.fixture
def doors(client, admin_user):
    """Ask every door what is due for a number, and return what each says."""

    def ask(typed: str = NUMBER) -> dict[str, int | bool]:
        document = command(typed)
        shown = rupee_text(document["total_paise"], "en")
        return {
            "command": document["total_paise"],
            "REST": client.get(f"{API}{typed.strip()}/dues/").json()["total_paise"],
            "page": shown in client.get(PAGE, {"ce_number": typed}).text,
            "chat": f"*Total due: {shown}*" in said(typed),
            "counter": across_the_counter(typed).choices[0].amount_paise,
            "desk": f'<strong class="amount">{shown}</strong>' in desk_page(admin_user, typed),
        }

    return ask


def everywhere(rupees: int) -> dict[str, int | bool]:
    return {
        "command": rupees * 100,
        "REST": rupees * 100,
        "page": True,
        "chat": True,
        "counter": rupees * 100,
        "desk": True,
    }


def desk_page(user, typed: str) -> str:
    """Return the page to which the search of the desk leads."""
    clerk = Client(headers={"accept-language": "en"})
    clerk.force_login(user)
    return clerk.get("/admin/find/", {"q": typed}, follow=True).text


def command(*arguments: str) -> dict:
    out = StringIO()
    with suppress(SystemExit):
        call_command("licence_dues", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def across_the_counter(typed: str) -> payables.Offers:
    return payables.payable_of("trade_license").offers(text=typed, on=timezone.localdate())


def said(*texts: str) -> str:
    """Return what the bot answers to the last of some messages of a citizen whom it does not know yet."""
    address = f"console:{next(MESSAGES)}"
    for text in ("English", "trade licence", *texts):
        message = Inbound(f"golden:{next(MESSAGES)}", address, text)
        answer = chat.receive(message, channel=CONSOLE, now=timezone.now())
    return answer.text


def codes(client, *, number: str = NUMBER, years: str = "1") -> list[str]:
    """Return the codes by which the command and REST refuse an order."""
    order = {"ce_number": number, "years": years}
    answer = client.post(f"{API}payment-orders/", order, content_type="application/json")
    return [command(number, "--years", years)["error"]["code"], answer.json()["code"]]


def pay_online() -> None:
    now = timezone.now()
    order = services.open_payment(ce_number=KEY, source=Source.WEB, now=now)
    attempt = AttemptFactory(order=order)
    apply_report(account=attempt.account, report=report(attempt, happened_at=now), now=now)


# --- 1 to 5: the schedule ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trade", "area", "rupees"),
    [
        ("Beauty parlour", 620, 500 + 1_000 + 250 + 500 + 1_600 + 50),
        # The printed total leaves out what is printed beside it.
        ("Ceremonial house", 7_501, 102_550 + 25_000),
    ],
)
def test_1_demand_is_the_sum_of_its_heads(doors, on, trade, area, rupees):
    on("2027-05-03")
    LicenseFactory(ce_number=NUMBER, nature_of_trade=trade, area_sq_ft=area)
    raise_demands(financial_year=NEXT_YEAR, last_date=date(2027, 7, 30))

    assert doors() == everywhere(rupees)
    assert sum(line["amount_paise"] for line in command(NUMBER)["headings"]["RENEWAL"]["lines"]) == rupees * 100


def test_2_drainage_is_a_quarter_of_water(client, on):
    on("2027-05-03")
    trades = [row["trade"] for row in book.shipped()["rules"] if row["kind"] == "fee"]
    for number, trade in enumerate(dict.fromkeys(trades)):
        LicenseFactory(ce_number=f"CE/{number}", nature_of_trade=trade, area_sq_ft=5_000)
    raise_demands(financial_year=NEXT_YEAR)

    both = [demand.heads for demand in LicenseDemand.objects.all() if {"s238_2", "s307"} <= demand.heads.keys()]
    assert len(both) == 4
    assert all(heads["s307"] * 4 == heads["s238_2"] for heads in both)


def test_3_enlistment_fee_above_the_ceiling_is_not_loaded(load, on):
    on("2026-11-23")
    heads = [{"section": "s199", "rupees": "2500.01"}]

    refused = load(kind="fee", code="band_supplier", heads=heads, printed_total_rupees="2500.01")

    assert refused["error"]["code"] == "rule_book_refused"
    assert {fault["field"] for fault in refused["faults"]} == {"s199"}
    assert refused["faults"][0]["reason"] == "asks ₹2,500.01, at most ₹2,500.00"


@pytest.mark.parametrize("years", ["2", "4"])
def test_4_term_that_is_not_sold_is_refused(client, on, years):
    on("2026-07-01")
    LicenseDemandFactory(license=LicenseFactory(ce_number=NUMBER))

    assert codes(client, years=years) == ["term_unknown", "term_unknown"]
    refused = client.post(f"{PAGE}pay/", {"ce_number": NUMBER, "years": years})
    assert command(NUMBER, "--years", years)["error"]["message"] in refused.text
    assert [offer.scope for offer in across_the_counter(NUMBER).choices] == [
        "years-1",
        "years-3",
        "years-5",
        "years-15",
    ]


@pytest.mark.parametrize(("years", "rupees"), [("1", 3_900), ("3", 11_600), ("5", 19_300), ("15", 57_800)])
def test_4_fifteen_years_may_cost_more_than_the_ceiling_of_one(client, on, years, rupees):
    on("2026-07-01")
    LicenseDemandFactory(license=LicenseFactory(ce_number=NUMBER))

    assert command(NUMBER, "--years", years)["total_paise"] == rupees * 100
    assert client.get(f"{API}{NUMBER}/dues/", {"years": years}).json()["total_paise"] == rupees * 100
    assert rupee_text(rupees * 100, "en") in client.get(PAGE, {"ce_number": NUMBER}).text
    assert rupee_text(rupees * 100, "en") in said(NUMBER)
    offers = {offer.scope: offer.amount_paise for offer in across_the_counter(NUMBER).choices}
    assert offers[f"years-{years}"] == rupees * 100


@pytest.mark.parametrize(
    ("operator", "area", "is_food", "rupees"),
    [
        ("up_to", 499, False, 2_650),
        ("up_to", 500, False, 2_650),
        ("up_to", 501, False, 3_900),
        ("below", 499, False, 2_650),
        ("below", 500, False, 3_900),
        ("below", 501, False, 3_900),
        ("up_to", 499, True, 3_900),
        ("below", 499, True, 3_900),
    ],
)
def test_5_small_shop_without_food_pays_no_water(doors, load, on, operator, area, is_food, rupees):
    on("2027-05-03")
    load(kind="small_shop", operator=operator)
    LicenseFactory(ce_number=NUMBER, area_sq_ft=area, is_food=is_food)
    raise_demands(financial_year=NEXT_YEAR, last_date=date(2027, 7, 30))

    assert doors() == everywhere(rupees)


# --- 6 and 7: the last date --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "rupees"), [("2026-08-02", 3_900), ("2026-08-03", 3_950)])
def test_6_last_date_on_a_sunday_holds_for_the_website(doors, on, day, rupees):
    on(day)
    LicenseDemandFactory(license=LicenseFactory(ce_number=NUMBER), last_date=date(2026, 8, 2))

    assert doors() == everywhere(rupees)


@pytest.mark.parametrize(("day", "rupees"), [("2026-07-31", 3_900), ("2026-09-30", 3_900), ("2026-10-01", 3_950)])
def test_7_extended_date_overrides_the_ordinary_one(doors, load, on, day, rupees):
    on(day)
    load(ORDER)
    LicenseDemandFactory(license=LicenseFactory(ce_number=NUMBER), last_date=None)

    assert doors() == everywhere(rupees)


# --- 8 to 12: the life of a certificate --------------------------------------------------------------------------------


@pytest.fixture
def holder(client):
    """The browser of the holder, whose mobile is the one on record."""
    client.post("/en/sign-in/", {"mobile": MOBILE})
    client.post("/en/sign-in/code/", {"code": sent()[-1]["code"]})
    return client


CHANGE = f"/en/trade-licence/change/{KEY}/change/"
UNCOOLED = {"nature_of_trade": "Beauty parlour", "area_sq_ft": "620"}


def test_8_change_of_the_fee_before_payment_issues_the_demand_anew(holder, doors, on):
    on("2026-07-01")
    LicenseDemandFactory(license=LicenseFactory(ce_number=NUMBER, mobile=MOBILE))
    assert holder.post(CHANGE, UNCOOLED).status_code == 302

    application = Application.objects.get()
    for member in ("anita", "bimal"):
        number, now = application.application_number, timezone.now()
        changes.vote(application_number=number, member=member, is_for=True, reason="", now=now)

    assert doors() == everywhere(2_725)


def test_8_change_of_the_fee_after_payment_is_refused(holder, on):
    on("2026-07-01")
    LicenseDemandFactory(license=LicenseFactory(ce_number=NUMBER, mobile=MOBILE))
    pay_online()

    refused = holder.post(CHANGE, UNCOOLED)

    assert (refused.status_code, Application.objects.count()) == (422, 0)
    assert "has been paid" in refused.text


def test_9_closure_without_the_code_is_refused(client, on):
    on("2026-07-01")
    LicenseDemandFactory(license=LicenseFactory(ce_number=NUMBER, mobile=MOBILE))
    client.post(f"{PAGE}close/", {"ce_number": NUMBER})
    asked = {"ce_number": NUMBER, "code": "12"}

    assert client.post(f"{PAGE}close/code/", asked).status_code == 422
    answer = client.post(f"{API}closures/confirm/", asked, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "code_wrong")
    assert "/trade-licence/close/" in said("close licence", NUMBER)
    assert License.objects.get().closed_on is None


def test_10_number_that_is_allotted_and_unpaid_is_not_valid_yet(client, on):
    on("2026-07-01")
    LicenseDemandFactory(license=LicenseFactory(ce_number=NUMBER, issued_on=None, valid_until=None))

    assert "it is not a valid licence yet" in client.get(f"/en/verify/{KEY}/").text
    assert client.get(f"/api/v1/receipts/{KEY}/").json()["status"] == "allotted"
    paper = client.get(f"{PAGE}certificate.pdf", {"ce_number": NUMBER})
    assert "There is no valid licence" in paper.text


def test_11_closed_certificate_says_since_when_and_is_not_renewed(client, on):
    on("2027-05-03")
    LicenseDemandFactory(license=LicenseFactory(ce_number=NUMBER, closed_on=date(2026, 9, 1)))

    assert raise_demands(financial_year=NEXT_YEAR).created == 0
    assert codes(client, number=NUMBER) == ["license_closed", "license_closed"]
    told = [
        command(NUMBER)["error"]["message"],
        client.get(f"{API}{NUMBER}/dues/").json()["detail"],
        client.get(PAGE, {"ce_number": NUMBER}).text,
        said(NUMBER),
    ]
    assert all("closed on 1 September 2026 and cannot be renewed" in words for words in told)
    with pytest.raises(LicenseClosed):
        across_the_counter(NUMBER)


@pytest.mark.parametrize("typed", ["CE/26/000051", "ce26000051", " CE 26 000051 ", "CE-২৬-০০০০৫১", "ce/२६/००००५१"])
def test_12_number_is_known_however_it_is_typed(doors, on, typed):
    on("2026-07-01")
    LicenseDemandFactory(license=LicenseFactory(ce_number=NUMBER))

    assert doors(typed) == everywhere(3_900)
