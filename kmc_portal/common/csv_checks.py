"""What makes a cell of an imported file a misfit, whatever register it belongs to, and how a sound one is read.

The checks are made on every row of registers of millions: a pattern with counted repetitions costs five times one without.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

from kmc_portal.common.csv_import import Check
from kmc_portal.common.financial_year import FinancialYear

AMOUNT, LONGEST_AMOUNT = r"^[0-9]+(\.[0-9][0-9]?)?$", 15
PERCENT = r"^[0-9][0-9]?(\.[0-9][0-9]?[0-9]?)?$|^100(\.00?0?)?$"
YEARS = ", ".join(f"'{FinancialYear(year)}'" for year in range(1900, 2100))
PHONE = r"^(\+?[0-9][0-9 -]{8,14})?$"
ADDRESS = r"^([^@[:space:]]+@[^@[:space:]]+\.[^@[:space:]]+)?$"
NOT_AN_AMOUNT = gettext_noop("It must be an amount in rupees, not negative, with at most two decimals.")
NOT_A_PERCENTAGE = gettext_noop("It must be a percentage between 0 and 100.")
NOT_A_DATE = gettext_noop("It must be a date that exists, written YYYY-MM-DD.")


def amount(field: str, *, may_be_empty: bool = False) -> Check:
    wrong = f"s.{field} !~ '{AMOUNT}' OR length(s.{field}) > {LONGEST_AMOUNT}"
    return Check(field, "amount_invalid", unless_empty(field, wrong, may_be_empty), NOT_AN_AMOUNT)


def percent(field: str) -> Check:
    return Check(field, "percentage_invalid", f"s.{field} !~ '{PERCENT}'", NOT_A_PERCENTAGE)


def day(field: str, *, may_be_empty: bool) -> Check:
    # A date reads back as it was written. The words that PostgreSQL takes for a date are longer or shorter, or do not.
    readable = f"length(s.{field}) = 10 AND pg_input_is_valid(s.{field}, 'date')"
    wrong = f"CASE WHEN {readable} THEN s.{field}::date::text <> s.{field} ELSE true END"
    return Check(field, "date_invalid", unless_empty(field, wrong, may_be_empty), NOT_A_DATE)


def yes_or_no(field: str) -> Check:
    return Check(field, "yes_or_no_invalid", f"s.{field} NOT IN ('yes', 'no')", gettext_noop("It must be yes or no."))


def mobile() -> Check:
    message = gettext_noop("It must be a telephone number of ten digits, or empty.")
    return Check("mobile", "mobile_invalid", f"s.mobile !~ '{PHONE}'", message)


def email() -> Check:
    message = gettext_noop("It must be an e-mail address, or empty.")
    return Check("email", "email_invalid", f"s.email !~ '{ADDRESS}'", message)


def not_before(field: str, earlier: str, code: str, message: str) -> Check:
    """Return the check that the day in `field`, where there is one, does not lie before another. Both are sound days."""
    wrong = f"s.{field} <> '' AND s.{earlier} <> '' AND s.{field} < s.{earlier}"
    return Check(field, code, wrong, message)


def repeated(field: str) -> Check:
    """Return the check for what `seen_earlier` has joined as `first`."""
    return Check(
        field,
        "duplicate_in_file",
        "s.row > first.row",
        gettext_noop("An earlier row of this file has the same number."),
    )


def seen_earlier(name: str, key: str) -> str:
    """Return the join that gives the first row, where several share a key."""
    return f"""
    LEFT JOIN (SELECT {key} AS key, min(s.row) AS row FROM staged s WHERE s.broken = ''
                GROUP BY {key} HAVING count(*) > 1) {name} ON {name}.key = {key}"""


def paise(column: str) -> str:
    return f"(s.{column}::numeric * 100)::bigint"


def day_of(column: str) -> str:
    return f"nullif(s.{column}, '')::date"


def unless_empty(field: str, wrong: str, may_be_empty: bool) -> str:
    return f"s.{field} <> '' AND ({wrong})" if may_be_empty else wrong
