"""The registers of assessees and bills, as CSV: columns, what makes a row a misfit, and how the rest is merged."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from kmc_portal.common.csv_import import Check, Layout

AMOUNT = r"^[0-9]{1,12}(\.[0-9]{1,2})?$"
PERCENT = r"^[0-9]{1,2}(\.[0-9]{1,3})?$|^100(\.0{1,3})?$"
YES_OR_NO = gettext_noop("It must be yes or no.")
NOT_AN_AMOUNT = gettext_noop("It must be an amount in rupees, not negative, with at most two decimals.")
NOT_A_PERCENTAGE = gettext_noop("It must be a percentage between 0 and 100.")
NOT_A_DATE = gettext_noop("It must be a date that exists, written YYYY-MM-DD.")


def amount(field: str) -> Check:
    return Check(field, "amount_invalid", f"s.{field} !~ '{AMOUNT}'", NOT_AN_AMOUNT)


def percent(field: str) -> Check:
    return Check(field, "percentage_invalid", f"s.{field} !~ '{PERCENT}'", NOT_A_PERCENTAGE)


def day(field: str, *, may_be_empty: bool) -> Check:
    # The pattern first: what does not even look like a date must not reach the function that reads dates.
    wrong = f"s.{field} !~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$' OR NOT pg_input_is_valid(s.{field}, 'date')"
    return Check(field, "date_invalid", f"s.{field} <> '' AND ({wrong})" if may_be_empty else f"({wrong})", NOT_A_DATE)


def repeated(field: str) -> Check:
    wrong = f"EXISTS (SELECT 1 FROM staged t WHERE t.{field} = s.{field} AND t.row < s.row)"
    return Check(field, "duplicate_in_file", wrong, gettext_noop("An earlier row of this file has the same number."))


def digits_of(column: str) -> str:
    """Return the SQL for a number without the hyphens and blanks it may be printed with."""
    return f"regexp_replace({column}, '[ -]', '', 'g')"


def paise(column: str) -> str:
    return f"(nullif({column}, '')::numeric * 100)::bigint"


NUMBER = digits_of("s.assessee_number")
ASSESSEES = Layout(
    columns=(
        "assessee_number",
        "owner_name",
        "premises_number",
        "street_name",
        "pin",
        "mobile",
        "email",
        "status",
        "bills_by_email",
        "annual_value_rupees",
        "commercial_annual_value_rupees",
        "tax_rate_percent",
        "howrah_bridge_tax_percent",
    ),
    checks=(
        Check(
            "assessee_number",
            "assessee_number_invalid",
            f"{NUMBER} !~ '^[0-9]{{12}}$'",
            gettext_noop("An assessee number has 12 digits."),
        ),
        Check(
            "assessee_number",
            "assessee_number_bad_ward",
            f"substr({NUMBER}, 3, 3)::int NOT BETWEEN 1 AND 144",
            gettext_noop("Digits 3 to 5 must be a ward, 001 to 144."),
        ),
        repeated("assessee_number"),
        Check("owner_name", "owner_missing", "s.owner_name = ''", gettext_noop("The owner's name is missing.")),
        Check("pin", "pin_invalid", "s.pin !~ '^([1-9][0-9]{5})?$'", gettext_noop("A PIN has six digits.")),
        Check(
            "mobile",
            "mobile_invalid",
            r"s.mobile !~ '^(\+?[0-9][0-9 -]{8,14})?$'",
            gettext_noop("It must be a telephone number of ten digits, or empty."),
        ),
        Check(
            "email",
            "email_invalid",
            r"s.email !~ '^([^@[:space:]]+@[^@[:space:]]+\.[^@[:space:]]+)?$'",
            gettext_noop("It must be an e-mail address, or empty."),
        ),
        Check(
            "status",
            "status_invalid",
            "s.status NOT IN ('active', 'closed')",
            gettext_noop("It must be active or closed."),
        ),
        Check("bills_by_email", "yes_or_no_invalid", "s.bills_by_email NOT IN ('yes', 'no')", YES_OR_NO),
        amount("annual_value_rupees"),
        amount("commercial_annual_value_rupees"),
        percent("tax_rate_percent"),
        percent("howrah_bridge_tax_percent"),
    ),
    merge=f"""
    INSERT INTO property_tax_assessee AS known (assessee_number, ward_id, owner_name, premises_number, street_name, pin,
           mobile, email, status, bills_by_email, annual_value_paise, commercial_annual_value_paise, tax_rate_percent,
           howrah_bridge_tax_percent)
    SELECT {NUMBER}, substr({NUMBER}, 3, 3)::int, s.owner_name, s.premises_number, s.street_name, s.pin,
           regexp_replace(s.mobile, '[ -]', '', 'g'), s.email, s.status, s.bills_by_email = 'yes',
           {paise("s.annual_value_rupees")}, {paise("s.commercial_annual_value_rupees")},
           round(s.tax_rate_percent::numeric, 2), round(s.howrah_bridge_tax_percent::numeric, 3)
      FROM staged s
    ON CONFLICT (assessee_number) DO UPDATE
       SET owner_name = excluded.owner_name, premises_number = excluded.premises_number,
           street_name = excluded.street_name, pin = excluded.pin, mobile = excluded.mobile, email = excluded.email,
           status = excluded.status, bills_by_email = excluded.bills_by_email,
           annual_value_paise = excluded.annual_value_paise,
           commercial_annual_value_paise = excluded.commercial_annual_value_paise,
           tax_rate_percent = excluded.tax_rate_percent,
           howrah_bridge_tax_percent = excluded.howrah_bridge_tax_percent
     WHERE (known.owner_name, known.premises_number, known.street_name, known.pin, known.mobile, known.email,
            known.status, known.bills_by_email, known.annual_value_paise, known.commercial_annual_value_paise,
            known.tax_rate_percent, known.howrah_bridge_tax_percent)
           IS DISTINCT FROM
           (excluded.owner_name, excluded.premises_number, excluded.street_name, excluded.pin, excluded.mobile,
            excluded.email, excluded.status, excluded.bills_by_email, excluded.annual_value_paise,
            excluded.commercial_annual_value_paise, excluded.tax_rate_percent, excluded.howrah_bridge_tax_percent)
    RETURNING xmax = 0 AS is_new
    """,
)

FINANCIAL_YEAR = (
    "s.financial_year !~ '^[12][0-9]{3}-[0-9]{2}$' "
    "OR (substr(s.financial_year, 1, 4)::int + 1) % 100 <> substr(s.financial_year, 6, 2)::int"
)
KNOWN_BILL = (
    "SELECT 1 FROM property_tax_demand d JOIN property_tax_assessee a ON a.id = d.assessee_id "
    "WHERE d.demand_number = s.demand_number"
)
SAME_AMOUNTS = (
    f"(d.property_tax_paise, d.howrah_bridge_tax_paise, d.commercial_surcharge_paise) = "
    f"({paise('s.property_tax_rupees')}, {paise('s.howrah_bridge_tax_rupees')}, {paise('s.commercial_surcharge_rupees')})"
)
DEMANDS = Layout(
    columns=(
        "demand_number",
        "assessee_number",
        "kind",
        "financial_year",
        "quarter",
        "issued_on",
        "presented_on",
        "rebate_date",
        "property_tax_rupees",
        "howrah_bridge_tax_rupees",
        "commercial_surcharge_rupees",
        "penalised_on",
        "paid_on",
    ),
    checks=(
        Check(
            "demand_number",
            "demand_number_invalid",
            "length(s.demand_number) NOT BETWEEN 1 AND 40",
            gettext_noop("A bill number has 1 to 40 characters."),
        ),
        repeated("demand_number"),
        Check(
            "assessee_number",
            "assessee_not_found",
            f"NOT EXISTS (SELECT 1 FROM property_tax_assessee a WHERE a.assessee_number = {NUMBER})",
            gettext_noop("No property is registered under this assessee number. Import the assessees first."),
        ),
        Check("kind", "kind_invalid", "s.kind NOT IN ('PD', 'FS')", gettext_noop("It must be PD or FS.")),
        Check(
            "financial_year",
            "financial_year_invalid",
            FINANCIAL_YEAR,
            gettext_noop("It must be a financial year such as 2026-27."),
        ),
        Check("quarter", "quarter_invalid", "s.quarter !~ '^[1-4]$'", gettext_noop("It must be 1, 2, 3 or 4.")),
        day("issued_on", may_be_empty=False),
        day("presented_on", may_be_empty=True),
        day("rebate_date", may_be_empty=True),
        day("penalised_on", may_be_empty=True),
        day("paid_on", may_be_empty=True),
        Check(
            "presented_on",
            "presented_before_issue",
            "s.presented_on <> '' AND s.presented_on::date < s.issued_on::date",
            gettext_noop("A bill cannot be presented before it is issued."),
        ),
        Check(
            "rebate_date",
            "rebate_before_presentation",
            "s.rebate_date <> '' AND s.presented_on <> '' AND s.rebate_date::date < s.presented_on::date",
            gettext_noop("The rebate cannot end before the bill is presented."),
        ),
        amount("property_tax_rupees"),
        amount("howrah_bridge_tax_rupees"),
        amount("commercial_surcharge_rupees"),
        Check(
            "assessee_number",
            "bill_of_another_assessee",
            f"EXISTS ({KNOWN_BILL} AND a.assessee_number <> {NUMBER})",
            gettext_noop("This bill number belongs to another assessee."),
        ),
        Check(
            "demand_number",
            "bill_paid_already",
            f"EXISTS ({KNOWN_BILL} AND d.paid_on IS NOT NULL AND NOT {SAME_AMOUNTS})",
            gettext_noop("This bill has been paid; its amounts cannot change any more."),
        ),
    ),
    merge=f"""
    INSERT INTO property_tax_demand AS known (demand_number, assessee_id, kind, financial_year, quarter, issued_on,
           presented_on, rebate_date, property_tax_paise, howrah_bridge_tax_paise, commercial_surcharge_paise,
           penalised_on, paid_on)
    SELECT s.demand_number, a.id, s.kind, substr(s.financial_year, 1, 4)::int, s.quarter::int, s.issued_on::date,
           nullif(s.presented_on, '')::date, nullif(s.rebate_date, '')::date, {paise("s.property_tax_rupees")},
           {paise("s.howrah_bridge_tax_rupees")}, {paise("s.commercial_surcharge_rupees")},
           nullif(s.penalised_on, '')::date, nullif(s.paid_on, '')::date
      FROM staged s JOIN property_tax_assessee a ON a.assessee_number = {NUMBER}
    ON CONFLICT (demand_number) DO UPDATE
       SET kind = excluded.kind, financial_year = excluded.financial_year, quarter = excluded.quarter,
           issued_on = excluded.issued_on, presented_on = excluded.presented_on, rebate_date = excluded.rebate_date,
           property_tax_paise = excluded.property_tax_paise, howrah_bridge_tax_paise = excluded.howrah_bridge_tax_paise,
           commercial_surcharge_paise = excluded.commercial_surcharge_paise, penalised_on = excluded.penalised_on,
           -- What was paid here stays paid, whatever an older register says.
           paid_on = coalesce(known.paid_on, excluded.paid_on)
     WHERE (known.kind, known.financial_year, known.quarter, known.issued_on, known.presented_on, known.rebate_date,
            known.property_tax_paise, known.howrah_bridge_tax_paise, known.commercial_surcharge_paise,
            known.penalised_on, known.paid_on)
           IS DISTINCT FROM
           (excluded.kind, excluded.financial_year, excluded.quarter, excluded.issued_on, excluded.presented_on,
            excluded.rebate_date, excluded.property_tax_paise, excluded.howrah_bridge_tax_paise,
            excluded.commercial_surcharge_paise, excluded.penalised_on, coalesce(known.paid_on, excluded.paid_on))
    RETURNING xmax = 0 AS is_new
    """,
)
