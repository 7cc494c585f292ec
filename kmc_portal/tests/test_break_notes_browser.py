"""A clerk writes a note on a break in a browser, with a paper, and finds both on its page."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, expect

from kmc_portal.tests.papers_by_hand import picture
from kmc_portal.tests.test_desk_browser import faults_of
from payments.models import BreakPaper, ReconBreak
from payments.tests.kept_desk import came

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shelf")]


@pytest.fixture
def boss(db) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("bn", 390)])
def test_note_is_written_with_its_paper(browser: Browser, live_server, boss, language, width):
    came()
    context = browser.new_context(viewport={"width": width, "height": 800})
    session = boss.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    found = f"{live_server.url}/{language}/admin/payments/reconbreak/{ReconBreak.objects.get().pk}"

    page.goto(f"{found}/change/")
    page.click(".field-note_link a")
    page.fill("[name=detail]", "The bank has sent a letter")
    page.set_input_files("[name=paper]", {"name": "letter.png", "mimeType": "image/png", "buffer": picture("PNG")})
    form_faults = faults_of(page, width)
    page.click("[name=do]")
    page.wait_for_url("**/change/")
    expect(page.locator(".messagelist")).to_be_visible()
    page_faults = faults_of(page, width)
    with page.expect_download() as handed_out:
        page.click("text=letter.png")
    name = handed_out.value.suggested_filename
    context.close()

    note = BreakPaper.objects.get().note
    assert (form_faults, page_faults, name) == ([], [], f"break-{note.recon_break_id}-{note.pk}.png")
