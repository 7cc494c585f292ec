"""What citizens type for an assessee number, and what they are told."""

from __future__ import annotations

import pytest

from property_tax import inputs

NUMBER = "110260100051"


@pytest.mark.parametrize(
    "typed",
    [
        NUMBER,
        "11-026-01-0005-1",
        " 11 026 01 0005 1 ",
        "11.026.01.0005.1",
        "11/026/01/0005/1",
        "১১০২৬০১০০০৫১",
        "११०२६०१०००५१",
        "১১-০২৬-০১-০০০৫-১",
        "１１０２６０１０００５１",
        "11\u200b026\u200d01\u00a00005\u20131",
    ],
)
def test_number_is_read_however_it_is_typed(typed):
    assert inputs.assessee_number(typed) == NUMBER


@pytest.mark.parametrize(
    ("typed", "refusal", "told"),
    [
        ("", inputs.AssesseeNumberMissing, "12-digit assessee number"),
        ("  ", inputs.AssesseeNumberMissing, "12-digit assessee number"),
        ("hello", inputs.AssesseeNumberMissing, "12-digit assessee number"),
        ("1102601000AB", inputs.AssesseeNumberMissing, "12-digit assessee number"),
        (NUMBER[:11], inputs.AssesseeNumberTooShort, "you sent 11"),
        ("1", inputs.AssesseeNumberTooShort, "you sent 1"),
        (NUMBER + "7", inputs.AssesseeNumberTooLong, "you sent 13"),
        ("110000100051", inputs.AssesseeNumberBadWard, "yours say 000"),
        ("111450100051", inputs.AssesseeNumberBadWard, "yours say 145"),
    ],
)
def test_number_that_cannot_be_is_refused_with_the_next_step(typed, refusal, told):
    with pytest.raises(refusal) as refused:
        inputs.assessee_number(typed)

    assert told in refused.value.user_message
    assert refused.value.field == "assessee_number"


@pytest.mark.parametrize("ward", ["001", "144"])
def test_first_and_last_ward_are_accepted(ward):
    assert inputs.assessee_number(f"11{ward}0100051") == f"11{ward}0100051"


@pytest.mark.parametrize(("typed", "heading"), [("all", "ALL"), (" pd ", "PD"), ("FS", "FS"), ("loi", "LOI")])
def test_heading_is_read(typed, heading):
    assert inputs.heading(typed) == heading


def test_unknown_heading_is_refused():
    with pytest.raises(inputs.HeadingUnknown):
        inputs.heading("interest")
