"""Hi → dues → link → payment → receipt, over the WhatsApp wire format and BillDesk's, with every process running."""

from __future__ import annotations

import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from kmc_portal import embedded_postgres
from kmc_portal.tests.journeys.citizen import Citizen, link_in, pay, reply_in

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
PDF_LINK = re.compile(r"https?://\S+\.pdf")


def test_arrears_are_paid_in_bengali_from_hi_to_receipt(portal, twilio, web):
    rina = Citizen(portal.url, "whatsapp:+919830012345")
    assert "বাংলা" in rina.says("Hi")
    assert "সম্পত্তি কর" in rina.says("১")
    rina.says("১")
    dues = rina.says("১১-০২৬-০১-০০০৫-১")
    assert "S*** D***" in dues
    assert "₹" in dues
    offer = rina.says("১")

    page = pay(web, link_in(offer))

    assert page.status_code == 200
    [receipt] = twilio.messages_to(rina.address)
    number = re.search(r"PT-026/\d{4}-\d{2}/\d{6}", receipt)[0]
    assert number in page.text
    pdf = web.get(PDF_LINK.search(receipt)[0])
    assert pdf.headers["Content-Type"] == "application/pdf"
    text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf.content, capture_output=True, check=True).stdout
    assert number in text.decode()
    code = re.search(r"/verify/([0-9A-Z-]{16,19})", web.get(receipt_link(receipt)).text)[1]
    assert web.get(f"/api/v1/receipts/{code}/").json()["receipt_number"] == number
    assert number in web.get(f"/bn/verify/{code}/").text

    assert json.loads(portal.manage("dues", "110260100051", "--json").stdout)["total_paise"] == 0
    books = portal.manage("verify_books", "--json")
    assert json.loads(books.stdout)["holds"] is True


def receipt_link(message: str) -> str:
    return next(link for link in re.findall(r"https?://\S+/receipts/\S+", message) if not link.endswith(".pdf"))


def test_unsigned_message_is_turned_away_and_counted(portal):
    stranger = Citizen(portal.url, "whatsapp:+919830099999")
    before = rejected(portal)

    answers = [stranger.write("Hi", signature=signature) for signature in ("bm9ib2R5", "x")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert rejected(portal) == before + 2


def rejected(portal) -> float:
    metrics = httpx.get(f"{portal.url}/metrics", timeout=20).text
    return float(re.search(r"^portal_chat_webhooks_rejected (\S+)$", metrics, re.MULTILINE)[1])


def test_same_message_ten_times_at_once_is_one_turn(portal):
    citizen = Citizen(portal.url, "whatsapp:+919830010101")

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: citizen.write("Hi", sid=f"SM{'d' * 32}"), range(10)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({reply_in(answer) for answer in answers}) == 1


def test_phone_whose_number_is_hidden_is_served(portal):
    hidden = Citizen(portal.url, "whatsapp:IN.4566abc")

    assert "বাংলা" in hidden.says("Hi")


def test_commands_work_beside_the_portal(portal):
    dues = portal.manage("dues", "110630200127", "--json")
    refused = portal.manage("dues", "11063020012", "--json")

    assert list(json.loads(dues.stdout)["headings"]) == ["PD", "FS", "LOI"]
    assert (refused.returncode, json.loads(refused.stdout)["error"]["code"]) == (1, "assessee_number_too_short")


def test_database_away_makes_twilio_try_again_and_nothing_is_lost(portal):
    citizen = Citizen(portal.url, "whatsapp:+919830020202")
    embedded_postgres.stop(portal.var)
    try:
        assert citizen.write("Hi").status_code == 503
        assert httpx.get(f"{portal.url}/readyz", timeout=20).status_code == 503
        assert httpx.get(f"{portal.url}/healthz", timeout=20).status_code == 200
    finally:
        embedded_postgres.start(portal.var)

    assert "বাংলা" in citizen.says("Hi")
