"""Numbers and codes as people type them."""

from __future__ import annotations

import pytest

from citizens import inputs
from citizens.inputs import CodeWrong, MobileMalformed, MobileMissing


@pytest.mark.parametrize(
    "typed",
    ["9830012345", "+91 98300 12345", "91-9830012345", "09830012345", "৯৮৩০০১২৩৪৫", "९८३०० १२३४५", "(+91) 98300-12345"],
)
def test_mobile_is_read_however_it_is_written(typed):
    assert inputs.mobile(typed) == "+919830012345"


@pytest.mark.parametrize("typed", ["", "  ", "\u200b"])
def test_mobile_missing(typed):
    with pytest.raises(MobileMissing):
        inputs.mobile(typed)


@pytest.mark.parametrize(
    "typed", ["98300", "5830012345", "+449830012345", "98300123456", "98300O2345", "+", "<b>9830012345"]
)
def test_mobile_malformed(typed):
    with pytest.raises(MobileMalformed):
        inputs.mobile(typed)


@pytest.mark.parametrize("typed", ["012345", "012 345", "০১২৩৪৫", " ०१२-३४५ "])
def test_code_is_read_in_three_scripts(typed):
    assert inputs.one_time_code(typed) == "012345"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "²²²²²²"])
def test_code_that_cannot_be_one(typed):
    with pytest.raises(CodeWrong):
        inputs.one_time_code(typed)
