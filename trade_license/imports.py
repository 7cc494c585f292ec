"""The registers of certificates and of their demands, as CSV: columns, what makes a row a misfit, and which record it becomes.

A demand is told in several rows, one for each section of the Act.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

from kmc_portal.common.csv_checks import (
    YEARS,
    day,
    day_of,
    email,
    mobile,
    not_before,
    paise,
    repeated,
    seen_earlier,
    yes_or_no,
)
from kmc_portal.common.csv_import import Check, Layout
from trade_license.rules.facts import CREDIT, SECTIONS

KEY = "trade_license_key(s.ce_number)"
LICENSES = Layout(
    table="trade_license_license",
    columns=(
        "ce_number",
        "trade_name",
        "holder_name",
        "address",
        "ward",
        "nature_of_trade",
        "food",
        "area_sq_ft",
        "air_conditioned",
        "mobile",
        "email",
        "issued_on",
        "valid_until",
        "closed_on",
    ),
    optional=("assessee_number",),
    known=f"known.search_key = {KEY}",
    values={
        "ce_number": "s.ce_number",
        "trade_name": "s.trade_name",
        "holder_name": "s.holder_name",
        "address": "s.address",
        "ward": "s.ward::int",
        "nature_of_trade": "s.nature_of_trade",
        "is_food": "s.food = 'yes'",
        "area_sq_ft": "nullif(s.area_sq_ft, '')::int",
        "is_air_conditioned": "s.air_conditioned = 'yes'",
        "mobile": "replace(replace(s.mobile, '-', ''), ' ', '')",
        "email": "s.email",
        "assessee_number": "coalesce(nullif(replace(replace(s.assessee_number, '-', ''), ' ', ''), ''), known.assessee_number, '')",
        "wants_reminders": "coalesce(known.wants_reminders, false)",
        "is_for_life": "coalesce(known.is_for_life, false)",
        # What was issued or closed here stays so, whatever an older register says.
        "issued_on": f"coalesce(known.issued_on, {day_of('issued_on')})",
        "valid_until": day_of("valid_until"),
        "closed_on": f"coalesce(known.closed_on, {day_of('closed_on')})",
    },
    seen=seen_earlier("first", KEY),
    checks=(
        Check(
            "ce_number",
            "ce_number_malformed",
            f"length(s.ce_number) > 30 OR {KEY} !~ '[0-9]' OR s.ce_number ~ '[^ -~]'",
            gettext_noop("A certificate number has at most 30 Latin letters, digits and marks, a digit among them."),
        ),
        repeated("ce_number"),
        Check(
            "trade_name", "trade_name_missing", "s.trade_name = ''", gettext_noop("The name of the trade is missing.")
        ),
        Check("holder_name", "holder_missing", "s.holder_name = ''", gettext_noop("The holder's name is missing.")),
        Check("address", "address_missing", "s.address = ''", gettext_noop("The address is missing.")),
        Check(
            "ward",
            "ward_invalid",
            "s.ward !~ '^[0-9]{1,3}$' OR s.ward::int NOT BETWEEN 1 AND 144",
            gettext_noop("It must be a ward, 1 to 144."),
        ),
        Check(
            "nature_of_trade",
            "nature_of_trade_missing",
            "trade_license_trade_key(s.nature_of_trade) = ''",
            gettext_noop("The nature of trade is missing, or has no letters of the Latin alphabet."),
        ),
        yes_or_no("food"),
        Check(
            "area_sq_ft",
            "area_invalid",
            "s.area_sq_ft !~ '^[0-9]{0,7}$'",
            gettext_noop("It must be a whole number of square feet, or empty."),
        ),
        yes_or_no("air_conditioned"),
        mobile(),
        email(),
        Check(
            "assessee_number",
            "assessee_number_invalid",
            "replace(replace(s.assessee_number, '-', ''), ' ', '') !~ '^([0-9]{12})?$'",
            gettext_noop("An assessee number has 12 digits."),
        ),
        day("issued_on", may_be_empty=True),
        day("valid_until", may_be_empty=True),
        day("closed_on", may_be_empty=True),
        not_before(
            "valid_until",
            "issued_on",
            "valid_before_issue",
            gettext_noop("A certificate cannot end before it is issued."),
        ),
        not_before(
            "closed_on",
            "issued_on",
            "closed_before_issue",
            gettext_noop("A certificate cannot be closed before it is issued."),
        ),
    ),
)

AMOUNT = "^-?[0-9]{1,13}(\\.[0-9][0-9]?)?$"
SOUND = f"s.amount_rupees ~ '{AMOUNT}'"
YEAR = f"CASE WHEN s.financial_year IN ({YEARS}) THEN left(s.financial_year, 4)::int END"
SAME = f"ROW({KEY}, s.financial_year, s.last_date_without_fine, s.paid_on)"
DEMANDS = Layout(
    table="trade_license_licensedemand",
    columns=(
        "demand_number",
        "ce_number",
        "financial_year",
        "section",
        "amount_rupees",
        "last_date_without_fine",
        "paid_on",
    ),
    joins=f"LEFT JOIN trade_license_license l ON l.search_key = {KEY}",
    known="known.demand_number = s.demand_number",
    unit="demand_number",
    gathered=f"""min(s.ce_number) AS ce_number, min(s.financial_year) AS financial_year,
       min(s.last_date_without_fine) AS last_date_without_fine, min(s.paid_on) AS paid_on,
       jsonb_object_agg(s.section, {paise("amount_rupees")}) AS heads""",
    values={
        "demand_number": "s.demand_number",
        "license_id": "l.id",
        "financial_year": "left(s.financial_year, 4)::int",
        "years": "coalesce(known.years, 1)",
        "issued_on": "coalesce(known.issued_on, make_date(left(s.financial_year, 4)::int, 4, 1))",
        "last_date": day_of("last_date_without_fine"),
        "heads": "s.heads",
        # What was paid here stays paid, whatever an older register says.
        "paid_on": f"coalesce(known.paid_on, {day_of('paid_on')})",
        "cancel_reason": "coalesce(known.cancel_reason, '')",
    },
    frozen="known.cancelled_on IS NOT NULL OR (known.paid_on IS NOT NULL AND known.heads <> s.heads)",
    seen=f"""
    LEFT JOIN (SELECT s.demand_number, count(*) AS rows, count(DISTINCT {SAME}) AS variants,
                      sum(CASE WHEN {SOUND} THEN {paise("amount_rupees")} ELSE 0 END) AS total
                 FROM staged s WHERE s.broken = '' GROUP BY s.demand_number) d ON d.demand_number = s.demand_number
    LEFT JOIN (SELECT s.demand_number, s.section, min(s.row) AS row FROM staged s WHERE s.broken = ''
                GROUP BY s.demand_number, s.section HAVING count(*) > 1) first
           ON first.demand_number = s.demand_number AND first.section = s.section
    LEFT JOIN (SELECT {KEY} AS key, s.financial_year, min(s.demand_number) AS number FROM staged s WHERE s.broken = ''
                GROUP BY 1, 2 HAVING count(DISTINCT s.demand_number) > 1) twin
           ON twin.key = {KEY} AND twin.financial_year = s.financial_year
    LEFT JOIN LATERAL (SELECT o.demand_number FROM trade_license_licensedemand o
                        WHERE o.license_id = l.id AND o.cancelled_on IS NULL AND o.demand_number <> s.demand_number
                          AND int4range(o.financial_year, o.financial_year + o.years) @> ({YEAR}) LIMIT 1) other ON true""",
    checks=(
        Check(
            "demand_number",
            "demand_number_invalid",
            "length(s.demand_number) NOT BETWEEN 1 AND 40",
            gettext_noop("A demand number has 1 to 40 characters."),
        ),
        Check(
            "ce_number",
            "license_not_found",
            "l.id IS NULL",
            gettext_noop("No licence is registered under this certificate number. Import the licences first."),
        ),
        Check(
            "financial_year",
            "financial_year_invalid",
            f"s.financial_year NOT IN ({YEARS})",
            gettext_noop("It must be a financial year such as 2026-27."),
        ),
        Check(
            "section",
            "section_unknown",
            f"s.section NOT IN ({', '.join(repr(section) for section in (*SECTIONS, CREDIT))})",
            gettext_noop("It must be a section of the schedule, such as s199, processing_fee or credit."),
        ),
        Check(
            "section",
            "duplicate_in_file",
            "s.row > first.row",
            gettext_noop("An earlier row of this file has the same number and section."),
        ),
        Check(
            "amount_rupees",
            "amount_invalid",
            f"NOT ({SOUND})",
            gettext_noop("It must be an amount in rupees with at most two decimals."),
        ),
        Check(
            "amount_rupees",
            "sign_invalid",
            f"(s.amount_rupees LIKE '-%%') <> (s.section = '{CREDIT}')",
            gettext_noop("Credits are negative, and nothing else is."),
        ),
        day("last_date_without_fine", may_be_empty=True),
        day("paid_on", may_be_empty=True),
        Check(
            "last_date_without_fine",
            "last_date_too_early",
            "s.last_date_without_fine <> '' AND s.last_date_without_fine < left(s.financial_year, 4) || '-04-01'",
            gettext_noop("The last date without fine cannot lie before the financial year."),
        ),
        Check(
            "demand_number",
            "rows_differ",
            "d.variants > 1",
            gettext_noop("The rows of this demand name different licences, years or days."),
        ),
        Check(
            "amount_rupees",
            "sum_negative",
            "d.total < 0",
            gettext_noop("The credits of this demand are more than its charges."),
        ),
        Check(
            "ce_number",
            "license_closed",
            "l.closed_on IS NOT NULL AND s.paid_on = '' AND known.paid_on IS NULL",
            gettext_noop("The licence is closed and cannot be renewed; this demand is unpaid."),
        ),
        Check(
            "ce_number",
            "demand_of_another_license",
            "known.license_id <> l.id",
            gettext_noop("This demand number belongs to another licence."),
        ),
        Check(
            "financial_year",
            "year_demanded_already",
            "other.demand_number IS NOT NULL OR twin.number <> s.demand_number",
            gettext_noop("Another demand of this licence covers the same year."),
        ),
        Check(
            "demand_number",
            "demand_cancelled",
            "known.cancelled_on IS NOT NULL",
            gettext_noop(
                "This demand was cancelled; what was issued in its place is to be imported under its own number."
            ),
        ),
        Check(
            "demand_number",
            "bill_paid_already",
            f"""known.paid_on IS NOT NULL AND ((known.heads ->> s.section)::bigint IS DISTINCT FROM {paise("amount_rupees")}
                OR d.rows <> (SELECT count(*) FROM jsonb_object_keys(known.heads)))""",
            gettext_noop("This demand has been paid; its amounts cannot change any more."),
        ),
    ),
)
