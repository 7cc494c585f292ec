"""The valuation preview through its doors: command, REST and web. The same figures, the same refusals."""

from __future__ import annotations

import io
import json
from datetime import date, datetime

import pytest
from django.core.management import call_command
from django.utils import translation

from kmc_portal.common.clock import IST
from kmc_portal.common.rulebook.documents import digest
from property_tax import assessment
from property_tax.models import RuleBookVersion
from property_tax.rules.book import shipped
from property_tax.tests.books import put_in_force

pytestmark = pytest.mark.django_db
RENT = {"method": "annual_value", "monthly_rent_rupees": "3000", "howrah_bridge_tax_percent": "0.5", "on": "2026-11-23"}
AREA = {
    "method": "unit_area",
    "category": "D",
    "area_sq_ft": "1000",
    "road_width_m": "10",
    "age_years": "10",
    "occupancy": "owner",
    "usage_factor": "1",
    "structure_factor": "1",
    "on": "2026-11-23",
}
ANNUAL = {"method": "annual_value", "annual_value_rupees": "20000"}
COMMERCIAL = "commercial_annual_value_rupees"
HOUSE = {"method": "unit_area", "category": "D", "road_width_m": "5"}
LAND = {"method": "annual_value", "market_value_rupees": "1000000"}


def answered(question: object, monkeypatch, capsys) -> tuple[int, dict]:
    """Return what `assess --json` exits with and prints."""
    text = question if isinstance(question, str) else json.dumps(question)
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    status = 0
    try:
        call_command("assess", "--json")
    except SystemExit as ended:
        status = ended.code
    return status, json.loads(capsys.readouterr().out)


@pytest.fixture
def ask(monkeypatch, capsys):
    return lambda question: answered(question, monkeypatch, capsys)


def post(client, question: object, prefix: str = ""):
    return client.post(f"{prefix}/api/v1/property-tax/assessments/", question, content_type="application/json")


def page_of(client, path: str, **asked) -> str:
    return " ".join(client.get(path, asked).content.decode().split())


def without(question: dict, *names: str) -> dict:
    return {name: answer for name, answer in question.items() if name not in names}


@pytest.mark.parametrize(
    ("question", "year", "gross", "rebate", "net"),
    [
        ({**ANNUAL, "annual_value_rupees": "500"}, 5_500, 1_400, 70, 1_300),
        ({**ANNUAL, "annual_value_rupees": "1300"}, 15_860, 4_000, 200, 3_800),
        (ANNUAL, 800_000, 200_000, 10_000, 190_000),
        ({**RENT, "tax_rate_percent": "18"}, 599_400, 149_900, 7_495, 142_400),
        (
            {
                **ANNUAL,
                "annual_value_rupees": "199720",
                "howrah_bridge_tax_percent": "0.25",
                "commercial_annual_value_rupees": "199720",
            },
            12_033_130,
            3_008_300,
            150_415,
            2_857_900,
        ),
        ({**ANNUAL, "annual_value_rupees": "500", "howrah_bridge_tax_percent": "0.5"}, 5_750, 1_400, 70, 1_300),
        ({**ANNUAL, "howrah_bridge_tax_percent": "0.5"}, 810_000, 202_500, 10_125, 192_400),
        ({**ANNUAL, "howrah_bridge_tax_percent": "0.25"}, 805_000, 201_300, 10_065, 191_200),
        ({**AREA}, 640_000, 160_000, 8_000, 152_000),
        ({**AREA, "category": "E"}, 360_000, 90_000, 4_500, 85_500),
        ({**AREA, "area_sq_ft": "900", "road_width_m": "3", "age_years": "30"}, 311_040, 77_800, 3_890, 73_900),
        ({**AREA, "previous_annual_tax_rupees": "4000"}, 480_000, 120_000, 6_000, 114_000),
    ],
    ids=["T1", "T2", "T3", "T4", "T5", "T6 500", "T6 0.5", "T6 0.25", "T8", "T8 E", "T8 factors", "T8 cap"],
)
def test_golden_case_holds_by_command_and_rest(client, ask, question, year, gross, rebate, net):
    status, document = ask(question)

    assert (status, document["annual"]["total_paise"]) == (0, year)
    quarter = document["quarter"]
    assert (quarter["gross_paise"], quarter["rebate_paise"], quarter["net_paise"]) == (gross, rebate, net)
    assert post(client, question).json() == document


def test_document_tells_every_figure_with_rule_source_and_arithmetic(ask):
    _status, document = ask({**ANNUAL, "annual_value_rupees": "1300", "on": "2026-11-23"})

    assert document["factors"][1] == {
        "name": "tax_rate",
        "part": 0,
        "unit": "percent",
        "amount_paise": None,
        "value": "12.2",
        "rule": "arv_rate",
        "source": (
            "kmcgov.in, assessment page: 11 % up to Rs 600, then the annual value ÷ 600 + 10 to one decimal, "
            "40 % above Rs 18,000"
        ),
        "confidence": "official",
        "arithmetic": "₹1,300.00 ÷ ₹600.00 + 10, to one decimal.",
    }
    assert [factor["name"] for factor in document["factors"]] == [
        "annual_value", "tax_rate", "property_tax", "quarter", "rebate", "net",
    ]  # fmt: skip
    assert (document["on"], document["assumptions"]) == ("2026-11-23", [])
    assert [remark["code"] for remark in document["remarks"]] == ["howrah_bridge_tax_left_out", "may_be_exempted"]


def test_unit_area_names_the_rules_that_are_assumptions(ask):
    _status, document = ask(AREA)

    assert document["assumptions"] == [
        "base_unit_area_values_2017",
        "location_factors_2017",
        "age_factors_2017",
        "occupancy_factors_2017",
        "uaa_rate_2017",
    ]


def test_parts_are_assessed_together(ask):
    part = {"area_sq_ft": "500", "age_years": "10", "occupancy": "owner", "usage_factor": "1", "structure_factor": "1"}
    land = {"what": "land", "area_sq_ft": "500", "occupancy": "owner", "usage_factor": "0.5", "is_new": True}
    house = without(AREA, "area_sq_ft", "age_years", "occupancy", "usage_factor", "structure_factor")

    _status, document = ask({**house, "parts": [part, land], "previous_annual_tax_rupees": "1000"})

    assert document["annual_value_paise"] == 1_600_000 + 800_000
    assert document["annual"]["total_paise"] == 120_000 + 120_000
    assert document["uncapped"]["total_paise"] == 360_000


REFUSED = [
    ({}, "assessment_answer_missing", "method"),
    ({"method": "guess"}, "assessment_choice_unknown", "method"),
    ({"method": "annual_value"}, "assessment_basis_unclear", "monthly_rent_rupees"),
    ({**RENT, "annual_value_rupees": "1"}, "assessment_basis_unclear", "annual_value_rupees"),
    ({**RENT, "monthly_rent_rupees": "0"}, "assessment_amount_invalid", "monthly_rent_rupees"),
    ({**RENT, "monthly_rent_rupees": "-3000"}, "assessment_amount_invalid", "monthly_rent_rupees"),
    ({**RENT, "monthly_rent_rupees": -3000}, "assessment_amount_invalid", "monthly_rent_rupees"),
    ({**RENT, "monthly_rent_rupees": True}, "assessment_amount_invalid", "monthly_rent_rupees"),
    ({**RENT, "monthly_rent_rupees": ["3000"]}, "assessment_amount_invalid", "monthly_rent_rupees"),
    ({**RENT, "monthly_rent_rupees": "3000.005"}, "assessment_amount_invalid", "monthly_rent_rupees"),
    ({**RENT, "monthly_rent_rupees": "1" * 13}, "assessment_amount_invalid", "monthly_rent_rupees"),
    ({**RENT, "monthly_rent_rupees": "NaN"}, "assessment_amount_invalid", "monthly_rent_rupees"),
    ({**RENT, "howrah_bridge_tax_percent": "50"}, "assessment_number_invalid", "howrah_bridge_tax_percent"),
    ({**RENT, "tax_rate_percent": "101"}, "assessment_number_invalid", "tax_rate_percent"),
    ({**RENT, "tax_rate_percent": "0"}, "assessment_number_invalid", "tax_rate_percent"),
    ({**RENT, "occupancy": "ghost"}, "assessment_choice_unknown", "occupancy"),
    ({**RENT, COMMERCIAL: "32400.01"}, "assessment_commercial_part_too_large", COMMERCIAL),
    ({**RENT, COMMERCIAL: "-1"}, "assessment_amount_invalid", COMMERCIAL),
    ({**RENT, "montly_rent": "1"}, "assessment_field_unknown", "montly_rent"),
    ({**RENT, "on": "2026-02-30"}, "assessment_day_invalid", "on"),
    ({**RENT, "on": "1950-01-01"}, "assessment_not_in_force", "on"),
    (LAND, "assessment_answer_missing", "land_cottahs"),
    ({**LAND, "land_cottahs": "0"}, "assessment_number_invalid", "land_cottahs"),
    ({**AREA, "on": "2017-03-31"}, "assessment_not_in_force", "on"),
    (without(AREA, "category"), "assessment_answer_missing", "category"),
    ({**AREA, "category": "H"}, "assessment_choice_unknown", "category"),
    ({**AREA, "property_class": "palace"}, "assessment_choice_unknown", "property_class"),
    ({**AREA, "area_sq_ft": "0"}, "assessment_number_invalid", "area_sq_ft"),
    ({**AREA, "area_sq_ft": "-1"}, "assessment_number_invalid", "area_sq_ft"),
    ({**AREA, "area_sq_ft": "10000001"}, "assessment_number_invalid", "area_sq_ft"),
    ({**AREA, "area_sq_ft": "1e3"}, "assessment_number_invalid", "area_sq_ft"),
    ({**AREA, "road_width_m": "0"}, "assessment_number_invalid", "road_width_m"),
    ({**AREA, "age_years": "401"}, "assessment_number_invalid", "age_years"),
    (without(AREA, "occupancy"), "assessment_answer_missing", "occupancy"),
    ({**AREA, "occupancy": "tenant"}, "assessment_choice_unknown", "occupancy"),
    ({**AREA, "usage_factor": "9"}, "assessment_number_invalid", "usage_factor"),
    ({**AREA, "location_factor": "0.1"}, "assessment_number_invalid", "location_factor"),
    (without(AREA, "usage_factor"), "assessment_table_missing", "usage"),
    ({**without(AREA, "structure_factor"), "structure": "pucca"}, "assessment_table_missing", "structure"),
    ({**AREA, "previous_annual_tax_rupees": "0"}, "assessment_amount_invalid", "previous_annual_tax_rupees"),
    ({**AREA, "is_new": "perhaps"}, "assessment_choice_unknown", "is_new"),
    ({**AREA, "parts": []}, "assessment_field_unknown", "area_sq_ft"),
    ({**HOUSE, "parts": "two"}, "assessment_parts_invalid", "parts"),
    ({**HOUSE, "parts": []}, "assessment_parts_invalid", "parts"),
    ({**HOUSE, "parts": [{"area_sq_ft": "-4"}]}, "assessment_number_invalid", "parts.1.area_sq_ft"),
    ("no JSON", "assessment_question_malformed", "question"),
    ("[]", "assessment_question_malformed", "question"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "code", "field"), REFUSED)
def test_question_that_cannot_be_is_refused_with_its_field(ask, question, code, field):
    status, document = ask(question)

    assert (status, document["error"]["code"], document["error"]["field"]) == (1, code, field)


@pytest.mark.parametrize(("question", "code", "field"), [case for case in REFUSED if isinstance(case[0], dict)])
def test_rest_refuses_alike(client, question, code, field):
    answer = post(client, question)

    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, code, field)


def test_rest_refuses_what_is_no_question(client):
    assert post(client, "[]").json()["code"] == "assessment_question_malformed"


@pytest.mark.parametrize("typed", ["৩০০০", "३,०००", " 3000.00 "])
def test_amounts_are_read_in_any_script(ask, typed):
    assert ask({**RENT, "monthly_rent_rupees": typed})[1]["annual_value_paise"] == 3_240_000


def test_factors_given_need_no_table(ask):
    given = {"location_factor": "1.2", "age_factor": "0.9", "occupancy_factor": "1.5"}
    question = {**without(AREA, "road_width_m", "age_years", "occupancy"), **given}

    assert ask(question)[1]["annual_value_paise"] == 5_184_000


def test_arithmetic_speaks_the_language_of_the_reader(client):
    words = [factor["arithmetic"] for factor in post(client, AREA, "/bn").json()["factors"]]

    assert "১০" in words[1]
    assert "The road" not in words[1]


# --- On the web -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "annual-value/", "unit-area/"])
@pytest.mark.parametrize("language", ["en", "bn", "hi"])
def test_every_page_is_there_in_every_language(client, language, path):
    assert client.get(f"/{language}/property-tax/assess/{path}").status_code == 200


def test_enquiry_leads_to_the_preview(client):
    assert 'href="/en/property-tax/assess/"' in page_of(client, "/en/property-tax/")


def test_rent_gives_the_quarter_with_and_without_rebate(client):
    page = page_of(client, "/en/property-tax/assess/annual-value/", **without(RENT, "method", "on"))

    assert '<p class="amount">₹3,281.00</p>' in page
    assert "Paid by the rebate date: ₹3,117.00. The rebate is ₹164.05." in page
    assert "The reasonable rent of ₹3,000.00 a month for 12 months, less 10 %." in page
    assert "What rests on no official table" not in page


def test_area_shows_cap_floor_and_what_is_no_official_table(client):
    asked = {**without(AREA, "method", "on"), "previous_annual_tax_rupees": "4000"}

    page = page_of(client, "/en/property-tax/assess/unit-area/", **asked)

    assert '<p class="amount">₹1,200.00</p>' in page
    assert "120 % of ₹4,000.00." in page
    assert "80 % of ₹4,000.00." in page
    assert "₹6,400.00 is above the cap and is lowered to it." in page
    assert "What rests on no official table" in page
    assert "<dt>Base unit area value</dt><dd>from guides, not from an official table" in page


def test_form_says_which_tables_are_not_loaded(client):
    page = page_of(client, "/en/property-tax/assess/unit-area/")

    assert "tables of some factors are not loaded here" in page
    assert 'name="usage_factor"' in page
    assert 'name="usage"' not in page


def test_factor_that_is_left_out_is_refused_and_not_invented(client):
    page = page_of(client, "/en/property-tax/assess/unit-area/", **without(AREA, "method", "on", "usage_factor"))

    assert "The corporation&#x27;s table of these factors is not loaded" in page
    assert 'class="amount"' not in page


def test_nothing_is_chosen_for_the_citizen(client):
    page = page_of(client, "/en/property-tax/assess/unit-area/", **{**without(AREA, "method", "on"), "category": ""})

    assert '<p class="refusal" id="id_category_error">The valuation needs this. Please fill it in.' in page


def test_refusal_stands_beside_its_field_and_the_answers_are_kept(client):
    page = page_of(client, "/en/property-tax/assess/annual-value/", monthly_rent_rupees="-5", tax_rate_percent="18")

    assert '<p class="refusal" id="id_monthly_rent_rupees_error">Please give an amount in rupees' in page
    assert 'value="18"' in page
    assert "<details open>" in page


def test_answers_can_be_changed(client):
    page = page_of(client, "/en/property-tax/assess/annual-value/", monthly_rent_rupees="3000", change="1")

    assert 'value="3000"' in page
    assert "error-summary" not in page


@pytest.mark.parametrize("language", ["bn", "hi"])
def test_result_speaks_one_language(client, language):
    asked = {**without(AREA, "method", "on"), "property_class": "developed_bustee"}

    page = page_of(client, f"/{language}/property-tax/assess/unit-area/", **asked)

    with translation.override(language):
        assert translation.gettext("Tax of a quarter") in page
    assert "The building is" not in page
    assert "Developed bustee" not in page


def test_loaded_table_of_usage_is_offered_as_a_choice(client):
    label = {"en": "Shop", "bn": "দোকান", "hi": "दुकान"}
    usage = {
        "kind": "valuation_factor_usage",
        "code": "usage_factors",
        "valid_from": "2017-04-01",
        "source": "a test",
        "confidence": "official",
        "classes": [{"code": "U1", "factor": "3", "label": label}],
    }
    content = {"rules": [*shipped()["rules"], usage]}
    moment = datetime(2026, 11, 1, tzinfo=IST)
    RuleBookVersion.objects.create(
        content=content, sha256=digest(content), maker="a", approver="b", loaded_at=moment, approved_at=moment
    )
    asked = {**without(AREA, "method", "on", "usage_factor"), "usage": "U1"}

    assert '<option value="U1">দোকান</option>' in page_of(client, "/bn/property-tax/assess/unit-area/")
    assert '<p class="amount">₹4,800.00</p>' in page_of(client, "/en/property-tax/assess/unit-area/", **asked)


def test_preview_asks_the_database_once(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/en/property-tax/assess/annual-value/", {"monthly_rent_rupees": "3000"})


def test_ward_brings_its_howrah_bridge_tax_and_says_who_says_so(db):
    rows = shipped()["rules"]
    known = [row for row in rows if row["kind"] != "howrah_bridge_tax"]
    half = {
        "kind": "howrah_bridge_tax", "code": "bridge_half", "valid_from": "2017-04-01", "wards": ["1-50"], "percent": "0.5",
        "source": "a test", "confidence": "official",
    }  # fmt: skip
    put_in_force({"rules": [*known, half]})
    asked = {"method": "annual_value", "annual_value_rupees": "20000", "on": "2026-11-23"}

    def bridge_tax(**more):
        figures = assessment.assess({**asked, **more}, today=date(2026, 11, 23)).figures
        return [(figure.value, figure.grounds.code) for figure in figures if figure.name == "howrah_bridge_tax"]

    assert bridge_tax(ward="26") == [(10_000, "bridge_half")]
    assert bridge_tax(ward="26", howrah_bridge_tax_percent="0.25") == [(5_000, "given")]
    assert bridge_tax(ward="51") == []


def test_unknown_rate_of_a_ward_is_shown_as_an_assumption(db):
    found = assessment.assess(
        {"method": "annual_value", "annual_value_rupees": "20000", "ward": "26"}, today=date(2026, 11, 23)
    )

    (figure,) = (figure for figure in found.figures if figure.name == "howrah_bridge_tax")
    assert (figure.value, figure.grounds.confidence) == (0, "assumption")
