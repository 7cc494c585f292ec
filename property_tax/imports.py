"""The registers of assessees and bills, as CSV: columns, what makes a row a misfit, and which record a row becomes."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from kmc_portal.common.csv_checks import (
    YEARS,
    amount,
    day,
    day_of,
    email,
    mobile,
    not_before,
    paise,
    percent,
    repeated,
    seen_earlier,
    yes_or_no,
)
from kmc_portal.common.csv_import import Check, Layout

HISTORY = "property_tax_importedrow"
WRONG_WARD = gettext_noop("The portal holds this assessee under another ward than digits 3 to 5 of the number say.")

# The number without the hyphens and blanks it may be printed with.
NUMBER = "replace(replace(s.assessee_number, '-', ''), ' ', '')"
WARD = f"substr({NUMBER}, 3, 3)::int"

ASSESSEES = Layout(
    table="property_tax_assessee",
    history=HISTORY,
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
    known=f"known.assessee_number = {NUMBER}",
    values={
        "assessee_number": NUMBER,
        "ward_id": WARD,
        "owner_name": "s.owner_name",
        "premises_number": "s.premises_number",
        "street_name": "s.street_name",
        "pin": "s.pin",
        "mobile": "replace(replace(s.mobile, '-', ''), ' ', '')",
        "email": "s.email",
        "status": "s.status",
        "bills_by_email": "s.bills_by_email = 'yes'",
        "annual_value_paise": paise("annual_value_rupees"),
        "commercial_annual_value_paise": paise("commercial_annual_value_rupees"),
        "tax_rate_percent": "round(s.tax_rate_percent::numeric, 2)",
        "howrah_bridge_tax_percent": "round(s.howrah_bridge_tax_percent::numeric, 3)",
    },
    seen=seen_earlier("first", NUMBER),
    checks=(
        Check(
            "assessee_number",
            "assessee_number_invalid",
            f"{NUMBER} !~ '^[0-9]+$' OR length({NUMBER}) <> 12",
            gettext_noop("An assessee number has 12 digits."),
        ),
        Check(
            "assessee_number",
            "assessee_number_bad_ward",
            f"{WARD} NOT BETWEEN 1 AND 144",
            gettext_noop("Digits 3 to 5 must be a ward, 001 to 144."),
        ),
        repeated("assessee_number"),
        Check("assessee_number", "ward_mismatch", f"known.ward_id <> {WARD}", WRONG_WARD),
        Check("owner_name", "owner_missing", "s.owner_name = ''", gettext_noop("The owner's name is missing.")),
        Check("pin", "pin_invalid", "s.pin !~ '^([1-9][0-9]{5})?$'", gettext_noop("A PIN has six digits.")),
        mobile(),
        email(),
        Check(
            "status",
            "status_invalid",
            "s.status NOT IN ('active', 'closed')",
            gettext_noop("It must be active or closed."),
        ),
        yes_or_no("bills_by_email"),
        amount("annual_value_rupees"),
        amount("commercial_annual_value_rupees"),
        percent("tax_rate_percent"),
        percent("howrah_bridge_tax_percent"),
    ),
)

PAID_WITH_OTHER_AMOUNTS = f"""(known.paid_on IS NOT NULL OR known.credited_paise > 0)
    AND (known.property_tax_paise, known.howrah_bridge_tax_paise, known.commercial_surcharge_paise)
        <> ({paise("property_tax_rupees")}, {paise("howrah_bridge_tax_rupees")}, {paise("commercial_surcharge_rupees")})"""
SUM = "s.property_tax_rupees::numeric + s.howrah_bridge_tax_rupees::numeric + s.commercial_surcharge_rupees::numeric"

DEMANDS = Layout(
    table="property_tax_demand",
    history=HISTORY,
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
    optional=("total_rupees",),
    joins=f"LEFT JOIN property_tax_assessee a ON a.assessee_number = {NUMBER}",
    known="known.demand_number = s.demand_number",
    values={
        "demand_number": "s.demand_number",
        "assessee_id": "a.id",
        "kind": "s.kind",
        "financial_year": "left(s.financial_year, 4)::int",
        "quarter": "s.quarter::int",
        "issued_on": "s.issued_on::date",
        "presented_on": day_of("presented_on"),
        "rebate_date": day_of("rebate_date"),
        "property_tax_paise": paise("property_tax_rupees"),
        "howrah_bridge_tax_paise": paise("howrah_bridge_tax_rupees"),
        "commercial_surcharge_paise": paise("commercial_surcharge_rupees"),
        "penalised_on": day_of("penalised_on"),
        # What was paid here stays paid, whatever an older register says.
        "paid_on": f"coalesce(known.paid_on, {day_of('paid_on')})",
    },
    frozen=PAID_WITH_OTHER_AMOUNTS,
    seen=f"""
    {seen_earlier("first", "s.demand_number")}""",
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
            "a.id IS NULL",
            gettext_noop("No property is registered under this assessee number. Import the assessees first."),
        ),
        Check("assessee_number", "ward_mismatch", "a.ward_id <> substr(a.assessee_number, 3, 3)::int", WRONG_WARD),
        Check(
            "assessee_number",
            "assessee_closed",
            "a.status = 'closed' AND s.paid_on = '' AND known.paid_on IS NULL",
            gettext_noop("The assessee number is closed and cannot be paid under; this bill is unpaid."),
        ),
        Check("kind", "kind_invalid", "s.kind NOT IN ('PD', 'FS')", gettext_noop("It must be PD or FS.")),
        Check(
            "financial_year",
            "financial_year_invalid",
            f"s.financial_year NOT IN ({YEARS})",
            gettext_noop("It must be a financial year such as 2026-27."),
        ),
        Check(
            "quarter",
            "quarter_invalid",
            "s.quarter NOT IN ('1', '2', '3', '4')",
            gettext_noop("It must be 1, 2, 3 or 4."),
        ),
        day("issued_on", may_be_empty=False),
        day("presented_on", may_be_empty=True),
        day("rebate_date", may_be_empty=True),
        day("penalised_on", may_be_empty=True),
        day("paid_on", may_be_empty=True),
        # A bill may come late, but before its year it would count as arrears from its first day.
        Check(
            "issued_on",
            "issued_before_the_year",
            "s.issued_on < left(s.financial_year, 4) || '-04-01'",
            gettext_noop("A bill cannot be issued before its financial year begins."),
        ),
        not_before(
            "presented_on",
            "issued_on",
            "presented_before_issue",
            gettext_noop("A bill cannot be presented before it is issued."),
        ),
        not_before(
            "rebate_date",
            "presented_on",
            "rebate_before_presentation",
            gettext_noop("The rebate cannot end before the bill is presented."),
        ),
        not_before(
            "penalised_on",
            "issued_on",
            "penalised_before_issue",
            gettext_noop("A bill cannot be penalised before it is issued."),
        ),
        not_before(
            "penalised_on",
            "rebate_date",
            "penalised_before_rebate_date",
            gettext_noop("A bill cannot be penalised while its rebate runs."),
        ),
        not_before(
            "paid_on",
            "issued_on",
            "paid_before_issue",
            gettext_noop("A bill cannot be paid before it is issued."),
        ),
        amount("property_tax_rupees"),
        amount("howrah_bridge_tax_rupees"),
        amount("commercial_surcharge_rupees"),
        amount("total_rupees", may_be_empty=True),
        Check(
            "total_rupees",
            "sum_does_not_add_up",
            f"s.total_rupees <> '' AND s.total_rupees::numeric <> {SUM}",
            gettext_noop("The total is not the sum of property tax, Howrah Bridge tax and commercial surcharge."),
        ),
        Check(
            "assessee_number",
            "bill_of_another_assessee",
            "known.assessee_id <> a.id",
            gettext_noop("This bill number belongs to another assessee."),
        ),
        Check(
            "demand_number",
            "bill_paid_already",
            PAID_WITH_OTHER_AMOUNTS,
            gettext_noop("This bill has been paid, whole or in part; its amounts cannot change any more."),
        ),
    ),
)
