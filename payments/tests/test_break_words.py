"""What is known of a break is kept as values and told in the language of whoever reads it."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from payments.reconciliation.break_words import FACTS, known_of
from payments.reconciliation.findings import FINDINGS

SETTLED = {
    "transaction": "T1",
    "reference": "KP1",
    "settled_paise": 12_345_600,
    "settled_on": "2026-11-24",
    "ours_paise": 12_345_700,
}


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "transaction T1, reference KP1, settled ₹1,23,456.00, ours ₹1,23,457.00, settled on 24 November 2026"),
        ("bn", "লেনদেন T1, রেফারেন্স KP1, নিষ্পত্তি ₹১,২৩,৪৫৬.০০, আমাদের খাতায় ₹১,২৩,৪৫৭.০০, নিষ্পত্তির তারিখ ২৪ নভেম্বর ২০২৬"),
        ("hi", "लेनदेन T1, संदर्भ KP1, निपटान ₹1,23,456.00, हमारे यहाँ ₹1,23,457.00, निपटान की तारीख 24 नवंबर 2026"),
    ],
)
def test_facts_are_told_in_the_readers_words_and_digits(language, told):
    with translation.override(language):
        assert known_of(SETTLED) == told


def test_sentence_of_an_older_break_is_told_as_it_is():
    assert known_of({"said": "order KP1: asked ₹10.00, came {9}"}) == "order KP1: asked ₹10.00, came {9}"


def test_every_fact_that_reconciliation_finds_has_words():
    found = {
        name
        for finding in FINDINGS
        for built in re.findall(r"jsonb_build_object\((.*?)\)\)", finding.sql)
        for name in re.findall(r"'(\w+)', ", built)
    }

    assert {"transaction", "credited_paise", "rows_set_aside"} <= found <= set(FACTS)
