import pytest
from django.utils.translation import override

from kmc_portal.common import digits
from kmc_portal.common.templatetags.portal import particular

NUMBER = "110260100051"


@pytest.mark.parametrize(
    "typed",
    [
        "১১০২৬০১০০০৫১",
        "११०२६०१०००५१",
        "１１０２６０１０００５１",
        "1\ufe0f\u20e31\ufe0f\u20e30\u20e3260100051",
        "𝟏𝟏𝟎𝟐𝟔𝟎𝟏𝟎𝟎𝟎𝟓𝟏",
        "\u200e11\u200b026\u200c01\u200d0005\ufeff1\u2060",
        "১1०２60100051",
    ],
)
def test_to_ascii(typed):
    assert digits.to_ascii(typed) == NUMBER


@pytest.mark.parametrize("other", ["²", "₂", "②", "Ⅱ", "½", "٢", "௨"])
def test_to_ascii_leaves_other_numbers_alone(other):
    assert digits.to_ascii(other) == other


def test_to_ascii_leaves_words_alone():
    assert digits.to_ascii("ওয়ার্ড २৬, ward") == "ওয়ার্ড 26, ward"


@pytest.mark.parametrize("separator", [*"- ./\\·•‐‑‒–—―−⁄∙⋅‧\u00a0\u2009\u202f\t\n", "－", "．", "／", " - "])
def test_only_digits_drops_separators(separator):
    assert digits.only_digits(separator.join(["11", "026", "01", "0005", "1"])) == NUMBER


@pytest.mark.parametrize("text", ["", "ward 26", "11²", "1,2", "+91", "٢٢"])
def test_only_digits_is_empty_for_anything_else(text):
    assert digits.only_digits(text) == ""


def test_localise():
    assert digits.localise("2026-27 Q3", "bn") == "২০২৬-২৭ Q৩"
    assert digits.localise("2026-27 Q3", "hi") == "2026-27 Q3"


def test_ascii_is_left_as_it_is():
    every = "".join(map(chr, range(128)))

    assert digits.to_ascii(every) == every
    assert "".join(map(digits._plain, every)) == every


@pytest.mark.parametrize(
    ("value", "shown"),
    [("26", "২৬"), ("063", "৬৩"), ("4/1 Ripon Street", "4/1 Ripon Street"), ("110260100051", "110260100051")],
)
def test_ward_on_a_paper_is_in_the_readers_digits_and_a_number_as_it_is_typed(value, shown):
    with override("bn"):
        assert particular(value) == shown
