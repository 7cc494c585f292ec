"""The calendar of banks in West Bengal, and what is due by it. November 2026: the 14th and 28th are closed Saturdays."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, nullcontext
from datetime import date

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from payments.models import BankHoliday
from payments.reconciliation.bank_days import BankDays
from payments.reconciliation.holidays import bank_days
from payments.reconciliation.terms import gst_percent
from payments.tests.factories import NOW

PLAIN = BankDays()
HEADER = "day,name,source,confidence\n"
PUJA = "2026-10-19,Mahanavami,Notice on the branch's door,assumption\n"


def november(day: int) -> date:
    return date(2026, 11, day)


@pytest.mark.parametrize(
    ("day", "is_open"),
    [(7, True), (14, False), (21, True), (28, False), (1, False), (29, False), (2, True), (27, True)],
)
def test_sundays_and_second_and_fourth_saturdays_are_closed(day, is_open):
    assert PLAIN.is_open(november(day)) is is_open


def test_fifth_saturday_is_open():
    assert PLAIN.is_open(date(2026, 10, 31))


@pytest.mark.parametrize(
    ("paid", "count", "due"),
    [(23, 1, 24), (27, 1, 30), (28, 1, 30), (29, 1, 30), (20, 1, 21), (23, 5, 30), (23, 0, 23), (29, 0, 30)],
)
def test_due_day_is_counted_in_banking_days(paid, count, due):
    assert PLAIN.after(november(paid), count) == november(due)


def test_holiday_puts_the_due_day_off():
    days = BankDays(frozenset({november(24)}))

    assert days.after(november(23), 1) == november(25)


@pytest.mark.parametrize(("today", "late"), [(24, 22), (25, 23), (30, 26), (29, 26)])
def test_last_day_of_which_something_is_late(today, late):
    assert PLAIN.overdue(november(today), 1) == november(late)


@pytest.mark.parametrize("count", range(6))
@pytest.mark.parametrize("today", range(1, 31))
def test_late_is_exactly_what_was_due_before_today(today, count):
    late = PLAIN.overdue(november(today), count)

    assert PLAIN.after(late, count) < november(today)
    assert PLAIN.after(date.fromordinal(late.toordinal() + 1), count) >= november(today)


def test_day_before_undoes_a_day_after():
    assert PLAIN.before(november(30), 5) == november(23)


def test_gst_of_a_day_before_the_tax_is_not_known():
    assert gst_percent(november(23)) == 18
    with pytest.raises(LookupError):
        gst_percent(date(2017, 6, 30))


# --- Loading ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def load(tmp_path, capsys, db):
    def made(*rows: str, ends: AbstractContextManager | None = None) -> dict:
        path = tmp_path / "holidays.csv"
        path.write_text(HEADER + "".join(rows))
        with ends or nullcontext():
            call_command("load_bank_holidays", str(path), maker="a.clerk", json=True)
        return json.loads(capsys.readouterr().out)

    return made


def test_holidays_are_loaded_once_with_their_source(load):
    assert load(PUJA) == {"read": 1, "created": 1, "updated": 0}
    assert load(PUJA.replace("assumption", "official")) == {"read": 1, "created": 0, "updated": 1}

    found = BankHoliday.objects.get()
    assert (found.name, found.confidence, found.loaded_by) == ("Mahanavami", "official", "a.clerk")
    assert not bank_days().is_open(date(2026, 10, 19))


@pytest.mark.parametrize(
    "row", ["19-10-2026,Mahanavami,x,official\n", "2026-10-20,Dashami,,official\n", "2026-10-20,Dashami,x,certain\n"]
)
def test_one_wrong_row_refuses_the_file(load, row):
    refused = load(PUJA, row, ends=pytest.raises(SystemExit, match="1"))

    assert refused["error"]["code"] == "bank_holiday_row_wrong"
    assert "Row 3" in refused["error"]["message"]
    assert not BankHoliday.objects.exists()


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"source": ""}, "bank_holiday_names_its_source"),
        ({"name": ""}, "bank_holiday_names_its_source"),
        ({"confidence": "certain"}, "bank_holiday_confidence_known"),
    ],
)
def test_database_refuses_holiday(db, values, constraint):
    right = {"day": NOW.date(), "name": "x", "source": "x", "confidence": "official", "loaded_at": NOW}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        BankHoliday.objects.create(**{**right, **values})
