"""A new licence on the web: what it costs, the application with two papers, its page, and changes by the holder."""

from __future__ import annotations

import pytest
import time_machine
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile

from citizens.tests.conftest import sent
from kmc_portal.tests.papers_by_hand import pdf, picture
from payments.models import PaymentOrder
from trade_license.models import Application, License
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = pytest.mark.django_db
MOBILE = "+919830012345"
TRADE = {"nature_of_trade": "Beauty parlour", "area_sq_ft": "৬২০", "is_air_conditioned": "on"}
REST = {
    "trade_name": "Rupasree", "holder_name": "Mita Sarkar", "address": "14 Rashbehari Avenue", "ward": "26",
    "residence": "3 Lake Road", "identity_kind": "voter_card", "identity_number": "WB/12/345/678901", "years": "3",
    "undertakes": "on",
}  # fmt: skip


@pytest.fixture(autouse=True)
def on_that_day(now, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "papers": {**settings.STORAGES["papers"], "OPTIONS": {"location": tmp_path}},
    }
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def citizen(client):
    """A browser whose reader has proved a mobile number."""
    client.post("/en/sign-in/", {"mobile": MOBILE})
    client.post("/en/sign-in/code/", {"code": sent()[-1]["code"]})
    return client


JPEG, PDF = picture("JPEG"), pdf()


def papers(identity=JPEG, occupancy=PDF) -> dict[str, SimpleUploadedFile]:
    return {
        "identity": SimpleUploadedFile("me<script>.jpg", identity),
        "occupancy": SimpleUploadedFile("../../rent.pdf", occupancy),
    }


def apply(citizen, **changes):
    return citizen.post("/en/trade-licence/apply/details/", {**TRADE, **REST, **papers(), **changes})


def kept() -> list[str]:
    folders, _files = storages["papers"].listdir("")
    return [name for folder in folders for name in storages["papers"].listdir(folder)[1]]


def test_anybody_sees_what_a_licence_costs(client):
    page = client.get("/en/trade-licence/apply/", TRADE).text

    for price in ("₹3,900.00", "₹11,600.00", "₹19,300.00", "₹57,800.00"):
        assert price in page


def test_small_shop_is_told_what_it_is_let_off(client):
    page = client.get("/en/trade-licence/apply/", {**TRADE, "area_sq_ft": "500"}).text

    assert "₹2,650.00" in page
    assert "A small shop that sells no food is let off: Water (s.238(2)), Drainage (s.307)." in page


def test_applying_needs_a_proved_mobile(client):
    answer = client.get("/en/trade-licence/apply/details/")

    assert answer.url.startswith("/en/sign-in/?next=")


def test_application_has_both_numbers_at_once(citizen):
    answer = apply(citizen)
    application = Application.objects.get()
    page = citizen.get(answer.url).text

    assert application.application_number in page
    assert application.license.ce_number in page
    assert "it is not a valid licence yet" in page
    assert "Pay now: ₹11,600.00" in page
    assert (application.mobile, application.license.mobile) == (MOBILE, MOBILE)
    assert sorted(kept()) == sorted(paper.stored_as.rpartition("/")[2] for paper in application.papers.all())


def test_paying_goes_on_with_the_term_that_was_applied_for(citizen):
    apply(citizen)
    number = Application.objects.get().application_number
    answer = citizen.post(f"/en/trade-licence/applications/{number}/pay/")

    assert answer.url == f"/en/pay/{PaymentOrder.objects.get().token}/"
    assert PaymentOrder.objects.get().amount_paise == 1_160_000


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nature_of_trade": ""}, "This field is required"),
        ({"area_sq_ft": "0"}, "Please give the area in whole square feet"),
        ({"ward": "145"}, "A ward is a number from 1 to 144."),
        ({"trade_name": " "}, "Please fill this in."),
        ({"holder_name": "x" * 201}, "Please say it in at most 200 characters."),
        ({"assessee_number": "123"}, "An assessee number has 12 digits."),
        ({"identity_number": "1"}, "Please give the number of the identity paper"),
        ({"years": "2"}, "A licence is renewed for 1, 3, 5, 15 years."),
        ({"undertakes": ""}, "Please confirm that the clearances"),
        ({"identity": ""}, "Please add this paper"),
        ({"occupancy": SimpleUploadedFile("paper.pdf", b"PK\x03\x04 a zip")}, "This is no PDF, JPEG or PNG"),
        ({"occupancy": SimpleUploadedFile("paper.pdf", b"%PDF-1.7 cut")}, "This file is damaged"),
    ],
)
def test_application_that_cannot_be_leaves_nothing(citizen, changes, words):
    answer = apply(citizen, **changes)

    assert words in answer.text
    assert answer.status_code == 422
    assert not Application.objects.exists()
    assert not License.objects.exists()
    assert kept() == []


def test_application_is_shown_to_nobody_else(citizen, client):
    apply(citizen)
    number = Application.objects.get().application_number
    Application.objects.update(mobile="+919830099999")

    assert citizen.get(f"/en/trade-licence/applications/{number}/").status_code == 404
    assert citizen.post(f"/en/trade-licence/applications/{number}/pay/").status_code == 404
    assert number not in citizen.get("/en/trade-licence/applications/").text


def test_paper_is_opened_by_the_department_only(citizen, admin_client):
    apply(citizen)
    paper = Application.objects.get().papers.get(kind="identity")
    address = f"/admin/trade_license/application/{paper.application_id}/papers/{paper.pk}/"
    answer = admin_client.get(address)
    answer.close()

    assert answer["Content-Disposition"].startswith("attachment")
    assert ".jpg" in answer["Content-Disposition"]
    assert "script" not in answer["Content-Disposition"]
    assert citizen.get(address).status_code == 302


def test_holder_asks_for_a_correction(citizen):
    LicenseDemandFactory(license=LicenseFactory(ce_number="CE/26/000051", mobile="98300 12345"))
    address = "/en/trade-licence/change/CE26000051/correction/"
    assert "Mita Sarkar" in citizen.get(address).text

    answer = citizen.post(
        address, {"trade_name": "Rupasree Beauty", "holder_name": "Mita Sarkar", "assessee_number": "", "email": ""}
    )

    assert Application.objects.get().wanted == {"trade_name": "Rupasree Beauty"}
    assert "waits for a decision" in citizen.get(answer.url).text


@pytest.mark.parametrize("number", ["CE26000051", "CE26999999"])
def test_licence_of_somebody_else_is_not_known_here(citizen, number):
    LicenseFactory(ce_number="CE/26/000051", mobile="98300 99999")

    answer = citizen.get(f"/en/trade-licence/change/{number}/correction/")
    assert answer.status_code == 404
    assert f"No trade licence is registered under {number}." in answer.text
