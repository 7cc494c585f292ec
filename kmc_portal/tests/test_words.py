import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from kmc_portal.common.words import SPEECH, amount_in_words

# Where Kolkata spells or says a number otherwise than the oracle, which has the words of Dhaka.
OF_KOLKATA = {
    14: "চোদ্দো",
    15: "পনেরো",
    16: "ষোলো",
    17: "সতেরো",
    20: "কুড়ি",
    28: "আঠাশ",
    35: "পঁয়ত্রিশ",
    37: "সাঁইত্রিশ",
    44: "চুয়াল্লিশ",
    66: "ছেষট্টি",
    88: "অষ্টাশি",
}
HINDI_BY_LAST_DIGIT = """
    शून्य दस बीस तीस चालीस पचास साठ सत्तर अस्सी नब्बे
    एक ग्यारह इक्कीस इकतीस इकतालीस इक्यावन इकसठ इकहत्तर इक्यासी इक्यानवे
    दो बारह बाईस बत्तीस बयालीस बावन बासठ बहत्तर बयासी बानवे
    तीन तेरह तेईस तैंतीस तैंतालीस तिरपन तिरसठ तिहत्तर तिरासी तिरानवे
    चार चौदह चौबीस चौंतीस चौवालीस चौवन चौंसठ चौहत्तर चौरासी चौरानवे
    पाँच पंद्रह पच्चीस पैंतीस पैंतालीस पचपन पैंसठ पचहत्तर पचासी पंचानवे
    छह सोलह छब्बीस छत्तीस छियालीस छप्पन छियासठ छिहत्तर छियासी छियानवे
    सात सत्रह सत्ताईस सैंतीस सैंतालीस सत्तावन सड़सठ सतहत्तर सत्तासी सत्तानवे
    आठ अठारह अट्ठाईस अड़तीस अड़तालीस अट्ठावन अड़सठ अठहत्तर अट्ठासी अट्ठानवे
    नौ उन्नीस उनतीस उनतालीस उनचास उनसठ उनहत्तर उन्यासी नवासी निन्यानवे
"""


@pytest.mark.parametrize("language", SPEECH)
def test_the_hundred_words_are_distinct(language):
    words = SPEECH[language].below_hundred

    assert (len(words), len(set(words))) == (100, 100)
    assert all(unicodedata.is_normalized("NFC", word) for word in words)


def test_bengali_words():
    oracle = [unicodedata.normalize("NFC", num2words(number, lang="bn")) for number in range(100)]

    assert list(SPEECH["bn"].below_hundred) == [OF_KOLKATA.get(number, oracle[number]) for number in range(100)]


def test_hindi_words():
    words = SPEECH["hi"].below_hundred

    assert [words[number] for last in range(10) for number in range(last, 100, 10)] == HINDI_BY_LAST_DIGIT.split()


@pytest.mark.parametrize(
    ("paise", "language", "text"),
    [
        (12_345_600, "bn", "এক লক্ষ তেইশ হাজার চারশো ছাপ্পান্ন টাকা মাত্র"),
        (12_345_600, "hi", "एक लाख तेईस हज़ार चार सौ छप्पन रुपये मात्र"),
        (12_345_650, "en", "Rupees one lakh twenty-three thousand four hundred fifty-six and fifty paise only"),
        (12_345_650, "bn", "এক লক্ষ তেইশ হাজার চারশো ছাপ্পান্ন টাকা পঞ্চাশ পয়সা মাত্র"),
        (12_345_650, "hi", "एक लाख तेईस हज़ार चार सौ छप्पन रुपये पचास पैसे मात्र"),
        (0, "en", "Rupees zero only"),
        (0, "bn", "শূন্য টাকা মাত্র"),
        (0, "hi", "शून्य रुपये मात्र"),
        (5, "en", "Five paise only"),
        (5, "bn", "পাঁচ পয়সা মাত্র"),
        (5, "hi", "पाँच पैसे मात्र"),
        (101, "en", "Rupee one and one paisa only"),
        (101, "hi", "एक रुपया एक पैसा मात्र"),
        (10_000_00, "bn", "দশ হাজার টাকা মাত্র"),
        (100_000 * 10_000_000_00, "bn", "এক লক্ষ কোটি টাকা মাত্র"),
        (10**15 * 100, "hi", "दस करोड़ करोड़ रुपये मात्र"),
    ],
)
def test_amount_in_words(paise, language, text):
    assert amount_in_words(paise, language) == text


def test_amount_in_words_refuses_what_is_below_zero():
    with pytest.raises(ValueError, match="never negative"):
        amount_in_words(-1, "en")


@given(st.integers(2, 999_999_999))
def test_english_says_what_the_oracle_says(rupees):
    oracle = num2words(rupees, lang="en_IN").replace(",", "").replace(" and ", " ")

    assert amount_in_words(rupees * 100, "en") == f"Rupees {oracle} only"


@given(st.integers(2, 10**15), st.sampled_from(["en", "bn", "hi"]))
def test_words_mean_the_number(rupees, language):
    speech = SPEECH[language]
    before, after = (part.strip() for part in speech.only.format(speech.rupees).split("{}"))
    said = amount_in_words(rupees * 100, language).removeprefix(before.capitalize()).removesuffix(after)

    assert number_said(said.strip(), language) == rupees


def number_said(text, language):
    """Read a number back from its words, the largest unit first."""
    speech = SPEECH[language]
    for unit, name in ((10_000_000, speech.crore), (100_000, speech.lakh), (1_000, speech.thousand)):
        head, found, tail = text.rpartition(name)
        if found:
            return number_said(head.strip(), language) * unit + number_said(tail.strip(), language)
    for hundreds, name in enumerate(speech.hundreds, start=1):
        if text == name or text.startswith(f"{name} "):
            return hundreds * 100 + number_said(text.removeprefix(name).strip(), language)
    return speech.below_hundred.index(text) if text else 0
