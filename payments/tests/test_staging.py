"""Rows on their way into the database by COPY: what a bank wrote arrives as it wrote it."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.reconciliation.rows import BankRow, Misfit
from payments.reconciliation.staging import BLOCK_ROWS, stage
from payments.reconciliation.taking_in import BANK

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 24)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from("\t\n\r\\N.,\"'"))


def staged_rows(rows):
    with transaction.atomic(), connection.cursor() as cursor:
        staged = stage(iter(rows), BANK)
        cursor.execute(f"SELECT {', '.join(BANK)} FROM staged ORDER BY place")
        return staged, [BankRow(*row) for row in cursor.fetchall()]


@given(narrations=st.lists(TEXTS, max_size=5))
@settings(deadline=None)
def test_text_arrives_as_it_was_written(narrations):
    rows = [BankRow(place, DAY, -100, "", text) for place, text in enumerate(narrations)]

    assert staged_rows(rows)[1] == rows


@pytest.mark.parametrize("text", ["\\N", "\\.", "a\tb", "a\nb", "a\r\nb", "\\", "NULL", ""])
def test_text_that_means_something_to_copy_arrives_as_it_was_written(text):
    assert staged_rows([BankRow(1, DAY, 5, text, text)])[1] == [BankRow(1, DAY, 5, text, text)]


def test_block_of_nothing_but_misfits_ends_nothing():
    misfits = [Misfit(place, "utr", "missing", "") for place in range(BLOCK_ROWS)]
    last = BankRow(BLOCK_ROWS, DAY, 5, "U", "paid")

    staged, rows = staged_rows([*misfits, last])

    assert rows == [last]
    assert (staged.read_rows, staged.rejected, len(staged.misfits)) == (BLOCK_ROWS + 1, BLOCK_ROWS, BLOCK_ROWS)
