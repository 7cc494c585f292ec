"""The frame of every page, the filters of every template, and refusals beside their field."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

import pytest
from django import forms
from django.conf import settings as portal_settings
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from kmc_portal.common import web
from kmc_portal.common.errors import ServiceError
from kmc_portal.tests.test_health import database_away

STATIC = portal_settings.BASE_DIR / "static"
TEMPLATES = portal_settings.BASE_DIR / "templates"


class Unknown(ServiceError):
    code = "unknown"
    message = "No property has {number}."
    field = "number"


class Busy(ServiceError):
    code = "busy"
    message = "Come back later."


class Enquiry(forms.Form):
    number = forms.CharField(label="Number", help_text="Twelve digits")
    way = forms.ChoiceField(label="Way", choices=[("a", "A way")], widget=forms.RadioSelect)


@pytest.mark.parametrize(
    ("template", "value", "language", "text"),
    [
        ("{{ value|rupees }}", 123456700, "en", "₹12,34,567.00"),
        ("{{ value|rupees }}", 123456700, "bn", "₹১২,৩৪,৫৬৭.০০"),
        ("{{ value|digits }}", "2026-27 Q3", "bn", "২০২৬-২৭ Q৩"),
        ("{{ value|digits }}", 7, "hi", "7"),
        ("{{ value|long_date }}", date(2026, 11, 23), "en", "23 November 2026"),
        ("{{ value|long_date }}", date(2026, 11, 23), "bn", "২৩ নভেম্বর ২০২৬"),
        ("{{ value|long_date }}", date(2026, 11, 23), "hi", "23 नवंबर 2026"),
        ("{{ value|long_date }}", None, "bn", ""),
        ("{{ value|long_time }}", datetime(2026, 11, 22, 20, 35, tzinfo=UTC), "en", "23 November 2026, 02:05"),
        ("{{ value|long_time }}", None, "en", ""),
        ("{{ value|assessee }}", "110260100051", "en", "11-026-01-0005-1"),
        ("{{ value|assessee|digits }}", "110260100051", "bn", "১১-০২৬-০১-০০০৫-১"),
    ],
)
def test_filters_write_as_the_reader_reads(template, value, language, text):
    with translation.override(language):
        assert Template(template).render(Context({"value": value})) == text


def test_the_language_switch_keeps_the_page_and_its_question():
    request = RequestFactory().get("/property-tax/?assessee_number=110260100051")

    with translation.override("bn"):
        choices = web.languages(request)

    assert [(choice.code, choice.is_current, choice.href) for choice in choices] == [
        ("bn", True, "/bn/property-tax/?assessee_number=110260100051"),
        ("hi", False, "/hi/property-tax/?assessee_number=110260100051"),
        ("en", False, "/en/property-tax/?assessee_number=110260100051"),
    ]


def test_a_refusal_goes_beside_its_field():
    form = Enquiry({"number": "1", "way": "a"})

    web.refuse(form, Unknown(number="1"))

    assert form.errors == {"number": ["No property has 1."]}


def test_a_refusal_without_a_field_of_this_form_stands_above_it():
    form = Enquiry({"number": "1", "way": "a"})

    web.refuse(form, Busy())

    assert form.errors == {"__all__": ["Come back later."]}


def test_a_refused_field_is_joined_to_its_hint_and_its_refusal():
    form = Enquiry({"way": "a"})

    drawn = str(form["number"].as_field_group())

    assert 'aria-describedby="id_number_helptext id_number_error"' in drawn
    assert '<p class="hint" id="id_number_helptext">Twelve digits</p>' in drawn
    assert '<p class="refusal" id="id_number_error">This field is required.</p>' in drawn


def test_choices_are_one_group_with_a_legend():
    drawn = str(Enquiry()["way"].as_field_group())

    assert (drawn.count("<fieldset"), drawn.count("<legend>Way</legend>"), drawn.count('class="choice"')) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["bn", "hi", "en"])
def test_the_front_page_is_there_when_the_database_is_away(client, language):
    with database_away():
        answer = client.get(f"/{language}/")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in page
    assert f'<form action="/{language}/property-tax/" method="get"' in page
    assert "83359 99111" in page


def test_no_page_brings_style_or_script_of_its_own():
    # The sandbox and the demo's telephone are other people's screens.
    pages = [
        path for path in TEMPLATES.rglob("*.html") if path.relative_to(TEMPLATES).parts[0] not in ("sandbox", "phone")
    ]
    texts = {path: path.read_text() for path in pages}

    inline = [path.name for path, text in texts.items() if "<style" in text or " style=" in text or "<script>" in text]
    assert inline == []


def test_vendored_fonts_are_the_ones_that_were_checked_in():
    listed = [line.split() for line in (STATIC / "fonts" / "SHA256SUMS").read_text().splitlines()]

    found = [[hashlib.sha256((STATIC / "fonts" / name).read_bytes()).hexdigest(), name] for _, name in listed]
    assert found == listed
    assert {name for _, name in listed} == {path.name for path in (STATIC / "fonts").iterdir()} - {"SHA256SUMS"}
