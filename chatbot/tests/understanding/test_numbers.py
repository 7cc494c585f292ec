"""Which numbers of a message may be assessee numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.understanding.numbers import numbers_in
from kmc_portal.common import digits

ONE, TWO = "110260100051", "110260100062"


@pytest.mark.parametrize(
    "text",
    [
        ONE,
        "11-026-01-0005-1",
        "11 026 01 0005 1",
        "1102 6010 0051",
        "1 1 0 2 6 0 1 0 0 0 5 1",
        "11/026/01/0005/1",
        "11.026.01.0005.1",
        "11–026—01‐0005−1",
        "১১০২৬০১০০০৫১",
        "११ ०२६ ०१ ०००५ १",
        "１１０２６０１０００５１",
        "11026010005\ufe0f\u20e31\ufe0f\u20e3",
        "11026\u200d0100051",
        "my assessee no is 11-026-01-0005-1, please tell the dues",
        "assessee:110260100051",
        "no110260100051",
        "11O26O1OOO51",
        "1l0260100051",
        "আমার অ্যাসেসি নম্বর ১১-০২৬-০১-০০০৫-১ এর কর কত",
        "मेरा नंबर 110260100051 है",
        "ward 26 110260100051",
        "110260100051 12/05/2025",
        "bill of 2025 11-026-01-0005-1",
        "receipt 110260100051",
        "110260100051 110260100051",
        "call me at 9830012345 about 110260100051",
        "110260100051 98300 12345",
        "₹4,449.00 paid for 110260100051 on 3-11-2026",
    ],
)
def test_number_is_found_in(text):
    assert numbers_in(text).candidates == (ONE,)


@pytest.mark.parametrize(
    "text",
    [
        "110260100051, 110260100062",
        "110260100051 110260100062",
        "110260100051\n110260100062",
        "11-026-01-0005-1 and 11-026-01-0006-2",
        "11-026-01-0005-1 11-026-01-0006-2",
        "11 026 01 0005 1 / 11 026 01 0006 2",
        "110260 100051 110260 100062",
        "১১০২৬০১০০০৫১ আর ১১০২৬০১০০০৬২",
        "110260100051 9830012345 110260100062",
    ],
)
def test_two_numbers_are_found_in(text):
    assert numbers_in(text).candidates == (ONE, TWO)


@pytest.mark.parametrize(
    "text",
    [
        "9830012345",
        "+91 98300 12345",
        "919830012345",
        "098300-12345",
        "call 98300 12345",
        "033 2286 1000",
        "+91 33 2286-1000",
        "receipt PT-026/2026-27/000001",
        "no-dues ND-026/2026-27/000001",
        "IFSC SBIN0001234",
        "২৩/১১/২০২৬ তারিখে ৪,৪৪৯ টাকা",
        "4449.50 INR",
        "A-42",
        "10:45 am 3 nov",
        "paid 4449.00 rupees on 03/11/2026",
        "₹1,10,260",
        "Rs. 110260100",
        "৪৪৪৯ টাকা দিয়েছি",
        "4449/- cut",
        "2026-27",
        "23.11.2026 10:45",
        "UTR 611026010005",
        "utr no: 611026010005",
        "Aadhaar 2345 6789 0123",
        "order no KP2611230000001",
        "receipt no. 110260100051",
        "KP261123ABCDEFG",
        "PIN 700026",
        "3 days",
        "কর",
        "",
    ],
)
def test_no_number_is_found_in(text):
    assert numbers_in(text).candidates == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("11026010005", "11026010005"),
        ("1102601000512", "1102601000512"),
        ("11-026-01-0005", "11026010005"),
        ("my assessee number is 11026", "11026"),
        ("110000100051", "110000100051"),
    ],
)
def test_number_of_the_wrong_form_is_found_as_it_is(text, expected):
    assert numbers_in(text).candidates == (expected,)


def test_words_keep_the_place_of_numbers():
    found = numbers_in("paid ₹4,449 for 110260100051 on 3/11/2026, call 9830012345, UTR 611026010005 ok 7")

    expected = "paid ANAMOUNT for ANUMBER on ADAY , call APHONE , ACODE ok"
    assert found.words.split() == expected.split()


@given(
    words=st.sampled_from(["", "amar kor koto ", "please see ", "কর ", "कर "]),
    number=st.integers(0, 999_9999).map(lambda rest: f"11{1 + rest % 144:03d}{rest:07d}"),
    separator=st.sampled_from(["", " ", "-", ".", "/"]),
    script=st.sampled_from([digits.ASCII, digits.BENGALI, digits.DEVANAGARI]),
)
def test_every_way_of_writing_a_number_is_read(words, number, separator, script):
    parts = separator.join([number[:2], number[2:5], number[5:7], number[7:11], number[11:]])

    assert numbers_in(words + parts.translate(str.maketrans(digits.ASCII, script))).candidates == (number,)


SENTENCES = [
    "{}",
    "amar assessee number {} koto baki",
    "{} er tax dite chai",
    "assessee no: {}",
    "Assessee No.{} dues please",
    "my number is {}. thanks",
    "hi {} pls check, ward 26",
    "আমার নম্বর {}",
    "অ্যাসেসি নম্বর {} এর কত বাকি?",
    "{} নম্বর বাড়ির ট্যাক্স, ফোন ৯৮৩০০১২৩৪৫",
    "বিলটা ৪,৪৪৯ টাকার, নম্বর {}",
    "मेरा असेसी नंबर {} है",
    "{} का टैक्स कितना है 🙏",
    "mera number {} hai bhai",
    "{} ka kitna baki hai 31/03/2026 tak",
    "Rs 4449 for {}",
    "({})",
]
WRITTEN = [
    "{0}{1}{2}{3}{4}",
    "{0}-{1}-{2}-{3}-{4}",
    "{0} {1} {2} {3} {4}",
    "{0}/{1}/{2}/{3}/{4}",
    "{0}.{1}.{2}.{3}.{4}",
    "{0} - {1} - {2} - {3} - {4}",
    "{0}_{1}_{2}_{3}_{4}",
    "{0}\u200b{1}\u200d{2}\u00a0{3}{4}",
]
SCRIPTS = [digits.ASCII, digits.BENGALI, digits.DEVANAGARI, "０１２３４５６７８９"]
PARTS = ("11", "026", "01", "0005", "1")


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_number_is_read_however_it_is_written(sentence, written, script):
    number = written.format(*PARTS).translate(str.maketrans(digits.ASCII, script))

    assert numbers_in(sentence.format(number)).candidates == (ONE,)


@pytest.mark.parametrize(
    "sentence", ["{} {}", "{}, {}", "{} and {}", "{} আর {} এর কর", "{}\n{}", "{} aur {} ka tax", "1) {} 2) {}"]
)
@pytest.mark.parametrize("written", WRITTEN[:5])
def test_two_numbers_are_read_however_they_are_written(sentence, written):
    numbers = [written.format(*PARTS), written.format("11", "026", "01", "0006", "2")]

    assert numbers_in(sentence.format(*numbers)).candidates == (ONE, TWO)
