"""The same sound in another script or spelling has the same skeleton, and the database reads as Python does."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from kmc_portal.common.skeleton import house, one_slip_from, skeleton

LATIN, BENGALI, DEVANAGARI, PUNCTUATION = (0x20, 0x17F), (0x980, 0x9FF), (0x900, 0x97F), (0x2000, 0x206F)
LETTERS = st.one_of(
    *(st.characters(min_codepoint=a, max_codepoint=b) for a, b in (LATIN, BENGALI, DEVANAGARI, PUNCTUATION))
)
ALIKE = [
    "Sukumar Sookumar Sukumer সুকুমার सुकुमार",
    "Anjali Anjolee Onjali অঞ্জলি अंजलि",
    "Debabrata Devavrata দেবব্রত",
    "Lakshmi Laxmi লক্ষ্মী लक्ष्मी",
    "Krishna কৃষ্ণ कृष्णा",
    "Khudiram Kshudiram ক্ষুদিরাম",
    "Rafiqul Rafikul রফিকুল",
    "Wahid Waheed ওয়াহিদ",
    "Joseph জোসেফ",
    "Shankar Sankar শংকর শঙ্কর",
    "Das Dass দাস दास",
    "Dey De দে",
    "Roy Ray Rai রায় राय",
    "Bose Basu Bosu বসু",
    "Ghosh Ghose ঘোষ घोष",
    "Saha সাহা साहा",
    "Mukherjee Mukharji Mukherji মুখার্জী মুখার্জি मुखर्जी",
    "Mukhopadhyay Mukhopadhyaya মুখোপাধ্যায়",
    "Banerjee ব্যানার্জী বানার্জি",
    "Bandyopadhyay Bandopadhyay বন্দ্যোপাধ্যায়",
    "Chakraborty Chakravarti Chakrabarty চক্রবর্তী",
    "Chowdhury Chaudhuri Choudhury চৌধুরী",
    "Bhattacharya ভট্টাচার্য",
    "Biswas Viswas Bishwas বিশ্বাস",
    "Hossain Hussain Hosen হোসেন हुसैन",
    "Khatun Khatoon খাতুন",
    "Mondal Mandal মণ্ডল মন্ডল",
    "Agarwal Aggarwal আগরওয়াল अग्रवाल",
    "Ganguly Ganguli গাঙ্গুলী",
    "Yadav Jadab যাদব यादव",
    "Singh সিং",
    "D'Souza DSouza ডি'সুজা",
    "Rashbehari Rasbihari রাসবিহারী",
    "Avenue এভিনিউ অ্যাভিনিউ",
    "Street স্ট্রিট স্ট্রীট",
    "Road Rd. রোড रोड",
    "Sarani সরণি",
    "College কলেজ",
    "Tollygunge Tolligunge টালিগঞ্জ",
    "Shyambazar শ্যামবাজার",
    "Ultadanga Ultodanga উল্টাডাঙা উল্টোডাঙ্গা",
    "Cossipore কাশীপুর",
    "Beliaghata বেলেঘাটা",
    "Behala বেহালা",
    "Chowrasta চৌরাস্তা",
    "Garia গড়িয়া",
    "Station স্টেশন",
    "Circular সার্কুলার",
]


@pytest.mark.parametrize("spellings", ALIKE)
def test_spellings_of_a_word_have_one_skeleton(spellings):
    assert len({skeleton(spelling) for spelling in spellings.split()}) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sukumar Das", "skmr ds"),
        ("SUKUMAR  DAS,Anjali-Das", "skmr ds anjl ds"),
        ("Sukumar & Anjali Das", "skmr anjl ds"),
        ("Sukumar and Anjali Das", "skmr anjl ds"),
        ("A.J.C. Bose Road", "ajk bs rd"),
        ("সুকু\u200dমার", "skmr"),
        ("গড\u09bcিয়া", "gr"),
        ("৩ নম্বর", "3 nmbr"),
        ("سکمار", ""),
        ("", ""),
    ],
)
def test_skeleton_of_a_name(text, expected):
    assert skeleton(text) == expected


@pytest.mark.parametrize("pair", ["Das Dey", "Roy Ray Saha", "Mita Mukul", "Park Lake", "Ghosh Gupta"])
def test_other_words_stay_apart(pair):
    first, *_others, last = pair.split()

    assert skeleton(first) != skeleton(last)


@pytest.mark.parametrize(
    ("text", "expected"), [("12A", "12a"), ("12/1 A", "12x1a"), ("১২/১এ", "12x1a"), ("12-13", "12x13"), ("", "")]
)
def test_premises_number_is_one_word(text, expected):
    assert house(text) == expected


@pytest.mark.parametrize("typed", ["sknr", "smkr", "skm", "skmrn", "kmr", "sakmr"])
def test_a_slip_leads_back(typed):
    assert "skmr" in one_slip_from(typed)


@pytest.mark.parametrize("typed", ["sknd", "mrsk", "ks"])
def test_two_slips_do_not(typed):
    assert "skmr" not in one_slip_from(typed)


@pytest.mark.django_db
@settings(deadline=None, max_examples=150)
@given(owner=st.text(LETTERS, max_size=30), street=st.text(LETTERS, max_size=30), premises=st.text(LETTERS, max_size=8))
def test_the_database_reads_as_python_does(owner, street, premises):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tsvector_to_array(property_tax_search_words(26::smallint, %s, %s, %s))", [owner, street, premises]
        )
        (found,) = cursor.fetchone()

    words = {
        *(f"o{word}" for word in skeleton(owner).split()),
        *(f"s{word}" for word in skeleton(street).split()),
        "O" + skeleton(owner).replace(" ", ""),
        "S" + skeleton(street).replace(" ", ""),
        "w26",
        "h" + house(premises),
    }
    # The number that a premises number begins with, and a bare mark where there is no word or a gap.
    assert words <= set(found)
    assert {word for word in set(found) - words if not word.startswith("h")} <= {"o", "s"}
