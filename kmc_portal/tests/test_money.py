import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kmc_portal.common import money


@pytest.mark.parametrize(
    ("paise", "language", "text"),
    [
        (0, "en", "₹0.00"),
        (5, "en", "₹0.05"),
        (99_999, "en", "₹999.99"),
        (100_000, "en", "₹1,000.00"),
        (9_999_900, "en", "₹99,999.00"),
        (123_456_700, "en", "₹12,34,567.00"),
        (123_456_700, "hi", "₹12,34,567.00"),
        (123_456_700, "bn", "₹১২,৩৪,৫৬৭.০০"),
        (123_456_789_012, "en", "₹1,23,45,67,890.12"),
        (-50, "en", "-₹0.50"),
        (-123_456_700, "bn", "-₹১২,৩৪,৫৬৭.০০"),
    ],
)
def test_rupee_text(paise, language, text):
    assert money.rupee_text(paise, language) == text


def test_rupee_text_takes_the_active_language():
    with translation.override("bn"):
        assert money.rupee_text(1_245_000) == "₹১২,৪৫০.০০"
    with translation.override(None):
        assert money.rupee_text(1_245_000) == "₹12,450.00"


@pytest.mark.parametrize(("paise", "text"), [(1_245_000, "12450.00"), (7, "0.07"), (-7, "-0.07"), (0, "0.00")])
def test_rupees_for_wires(paise, text):
    assert money.rupees(paise) == text


@pytest.mark.parametrize(
    ("text", "paise"),
    [
        ("12450", 1_245_000),
        ("12450.5", 1_245_050),
        ("12,450.50", 1_245_050),
        ("1,234,567.00", 123_456_700),
        ("₹ 12,34,567.00", 123_456_700),
        ("  ₹12450\u00a0", 1_245_000),
        ("১২,৪৫০.৫০", 1_245_050),
        ("१२४५०", 1_245_000),
        ("１２４５０．５", 1_245_050),
        ("0", 0),
    ],
)
def test_paise_from_rupees(text, paise):
    assert money.paise_from_rupees(text) == paise


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "₹",
        "1.2.3",
        "1.234",
        "1.",
        ".5",
        "1e3",
        "NaN",
        "Infinity",
        "12,50",
        "1,2345",
        "12 450",
        "0x1F",
        "1²",
        "-5",
        "--5",
        "٣",
    ],
)
def test_paise_from_rupees_refuses(text):
    with pytest.raises(ValueError, match="not an amount"):
        money.paise_from_rupees(text)


@pytest.mark.parametrize("text", ["-₹5.05", "-5.05", " - ৫.০৫"])
def test_paise_from_rupees_takes_negative_amounts_with_leave(text):
    assert money.paise_from_rupees(text, allow_negative=True) == -505


@given(st.integers(-(10**17), 10**17), st.sampled_from(["en", "bn", "hi"]))
def test_amounts_survive_both_ways(paise, language):
    assert money.paise_from_rupees(money.rupee_text(paise, language), allow_negative=True) == paise
    assert money.paise_from_rupees(money.rupees(paise), allow_negative=True) == paise


@pytest.mark.parametrize(
    ("paise", "rounded"), [(149, 100), (150, 200), (250, 300), (-149, -100), (-150, -200), (49, 0)]
)
def test_round_half_up_to_rupee(paise, rounded):
    assert money.round_half_up_to_rupee(paise) == rounded
