"""The list of breaks as the accounts desk reads it: in words, and nothing of it outside of the screen."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from kmc_portal.common.money import rupee_text
from payments.tests import recon_desk
from payments.tests.conftest import dues as dues  # a fixture

BREAKS = "/admin/payments/reconbreak/"


@pytest.fixture
def boss(dues, tmp_path, client):
    """A payment that was settled with five rupees less, and a bank credit of nobody."""
    desk = recon_desk.Desk(tmp_path)
    desk.report(recon_desk.settled(recon_desk.about(recon_desk.posted()), gross=recon_desk.PAID - 500))
    desk.statement(("24-11-2026", "HDFC1", 77_700))
    desk.round(recon_desk.at(26))
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Another amount", "Accounts desk", "due 30 November 2026", "settled on 24 November 2026"]),
        ("bn", ["অন্য পরিমাণ", "হিসাব বিভাগ", "শেষ তারিখ ৩০ নভেম্বর ২০২৬", "নিষ্পত্তির তারিখ ২৪ নভেম্বর ২০২৬"]),
        ("hi", ["लेखा विभाग", "अंतिम तिथि 30 नवंबर 2026", "निपटान की तारीख 24 नवंबर 2026"]),
    ],
)
def test_list_of_breaks_speaks_the_clerks_language_and_keeps_the_code(boss, language, words):
    page = boss.get(BREAKS, {"kind": "AMOUNT_DIFF"}, headers={"accept-language": language}).text

    assert all(word in page for word in ["AMOUNT_DIFF · billdesk", *words])
    assert "BANK_UNIDENTIFIED · billdesk" not in page
    assert rupee_text(recon_desk.PAID - 500, language) in page


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [1280, 390])
def test_no_column_of_the_list_of_breaks_is_cut(boss, browser, live_server, width):
    context = browser.new_context(viewport={"width": width, "height": 800})
    context.add_cookies([{"name": "sessionid", "value": boss.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}{BREAKS}")

    links = page.get_by_role("link", name="Ask to close").all()
    right = max(link.bounding_box()["x"] + link.bounding_box()["width"] for link in links)
    inside = page.locator("#changelist .results").bounding_box()
    context.close()
    assert len(links) == 2
    assert right <= inside["x"] + inside["width"]
