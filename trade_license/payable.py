"""What payments calls when money for a trade licence arrives: the paid demand becomes the certificate."""

from __future__ import annotations

import json
import secrets
from itertools import accumulate
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_noop

from kmc_portal.common.codes import new_code
from kmc_portal.common.dues import per_bill
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.financial_year import FinancialYear
from payments.invariants import Invariant
from payments.payables import Paper, Share, Whose, shares_of
from trade_license import counter
from trade_license.inputs import ce_number
from trade_license.models import Certificate, License, LicenseDemand
from trade_license.order_lines import further_of, order_lines
from trade_license.queries import key_of, license_dues, particulars, summary_of
from trade_license.services import TITLE, YEARS, open_payment
from trade_license.states import KIND

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime

    from payments.models import PaymentOrder
    from payments.payables import Lines, Offers
    from payments.states import Source

CERTIFICATE = gettext_noop("Trade licence (certificate of enlistment)")
# Locked in one order whoever comes, so that two payments of the same demands wait for each other and never in a circle.
MARK_PAID = """
WITH locked AS (
    SELECT id FROM trade_license_licensedemand
     WHERE demand_number = ANY(%s) AND paid_on IS NULL AND cancelled_on IS NULL ORDER BY id FOR UPDATE
)
UPDATE trade_license_licensedemand d SET paid_on = %s FROM locked WHERE d.id = locked.id RETURNING d.id, d.demand_number
"""
# Years that were demanded or paid for meanwhile are not sold a second time. Sold before and taken back, they are sold anew.
SELL = """
INSERT INTO trade_license_licensedemand
       (demand_number, license_id, financial_year, years, issued_on, heads, paid_on, cancel_reason, is_further)
SELECT %(number)s, %(license)s, %(first)s, %(years)s, %(on)s, %(heads)s::jsonb, %(on)s, '', true WHERE NOT EXISTS (
       SELECT FROM trade_license_licensedemand d WHERE d.license_id = %(license)s AND d.cancelled_on IS NULL
          AND int4range(d.financial_year, d.financial_year + d.years) && int4range(%(first)s, %(first)s + %(years)s))
ON CONFLICT ON CONSTRAINT license_demand_number_once DO UPDATE
   SET paid_on = excluded.paid_on, issued_on = excluded.issued_on, heads = excluded.heads, cancelled_on = NULL, cancel_reason = ''
RETURNING id
"""
CERTIFY = """
INSERT INTO trade_license_certificate (demand_id, issued_on, valid_until, holder_name, particulars, paid_by, token, code)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
BEGIN = """
UPDATE trade_license_license SET issued_on = coalesce(issued_on, %s), is_for_life = is_for_life OR %s WHERE id = %s
"""
# What was sold beside a demand goes with it: nobody was asked for those years.
MARK_UNPAID = """
UPDATE trade_license_licensedemand d SET paid_on = NULL,
       cancelled_on = CASE WHEN d.is_further THEN d.paid_on END, cancel_reason = CASE WHEN d.is_further THEN 'reversed' ELSE '' END
 WHERE d.demand_number = ANY(%s) AND d.paid_on IS NOT NULL RETURNING d.is_further
"""


class LicensePayable:
    """Demands of one certificate; `reference` is its number."""

    kind: ClassVar[str] = KIND
    title: ClassVar[str] = TITLE

    def still_costs(self, *, reference: str, lines: Lines, on: date, source: Source) -> bool:
        try:
            found = license_dues(ce_number=key_of(reference), on=on)
        except ServiceError:
            return False
        due, sold = per_bill(found.dues.lines), further_of(lines)
        return all(share.bill in sold or share.amount_paise == due.get(share.bill) for share in shares_of(lines))

    def offers(self, *, text: str, on: date) -> Offers:
        return counter.offers(text=text, on=on)

    def open_order(self, *, reference: str, scope: str, source: Source, now: datetime, language: str) -> PaymentOrder:
        years = scope.removeprefix(YEARS)
        return open_payment(ce_number=key_of(reference), years=years, source=source, now=now, language=language)

    def on_paid(self, *, reference: str, lines: Lines, paid_on: date, paid_by: str) -> Sequence[Share]:
        license = License.objects.select_for_update().get(search_key=key_of(reference))
        if license.closed_on or license.deleted_on:
            return []
        shares = {share.bill: share for share in shares_of(lines)}
        sold = further_of(lines)
        taken = _mark_paid([bill for bill in shares if bill not in sold], paid_on)
        # Further years are sold with the demand that they follow, never without it.
        if taken:
            taken |= {bill: pk for bill, asked in sold.items() if (pk := _sell(license.pk, bill, asked, paid_on))}
        for_life = any(line.get("for_life") and line["bill"] in taken for line in lines)
        _certify(license, taken, for_life=for_life, paid_on=paid_on, paid_by=paid_by)
        return [shares[bill] for bill in shares if bill in taken]

    def on_reversed(self, *, reference: str, shares: Sequence[Share], paid_by: str) -> Collection[str]:
        """A demand is paid by one payment: none of another loses its place."""
        license = License.objects.select_for_update().get(search_key=key_of(reference))
        with connection.cursor() as cursor:
            cursor.execute(MARK_UNPAID, [[share.bill for share in shares]])
            unpaid = cursor.fetchall()
        if license.is_for_life and any(is_further for (is_further,) in unpaid):
            License.objects.filter(pk=license.pk).update(is_for_life=False)
        return ()

    def lines_for(self, *, reference: str, amount_paise: int, on: date) -> Lines:
        """A demand is paid whole or not at all, and by its holder's own choice: money kept for one is not used unasked."""
        return []

    def lines_to_place(
        self, *, reference: str, amount_paise: int, on: date, bills: Collection[str]
    ) -> list[dict[str, Any]]:
        """Demands whole, the oldest first, none over an older one. Further years are not sold for kept money."""
        try:
            dues = license_dues(ce_number=key_of(reference), on=on).dues
        except ServiceError:
            return []
        lines, sums = order_lines(dues, None), per_bill(dues.lines)
        wanted = sorted({(line["period"], line["bill"]) for line in lines if not bills or line["bill"] in bills})
        reached = accumulate(sums[bill] for _period, bill in wanted)
        taken = {bill for (_period, bill), paise in zip(wanted, reached, strict=True) if paise <= amount_paise}
        return [line for line in lines if line["bill"] in taken]

    def whose(self, *, text: str, on: date) -> Whose:
        found = license_dues(ce_number=ce_number(text), on=on).license
        return Whose(found.ce_number, particulars(found))

    def owed(self, *, reference: str, on: date) -> int:
        try:
            return license_dues(ce_number=key_of(reference), on=on).dues.total_paise
        except ServiceError:
            return 0

    def papers(self, *, paid_by: str) -> Sequence[Paper]:
        """Return the certificates that are of use on the day of the payment: those of past years are not."""
        in_use = Q(valid_until=None) | Q(valid_until__gte=F("issued_on"))
        issued = Certificate.objects.filter(in_use, paid_by=paid_by).select_related("demand").order_by("pk")
        return [Paper(CERTIFICATE, one.years_text, _address(one.token)) for one in issued]


def _address(token: str) -> str:
    return reverse("trade_license:certificate_pdf", args=[token])


def _mark_paid(numbers: Sequence[str], paid_on: date) -> dict[str, int]:
    """Mark the unpaid ones of these demands paid, and return their ids."""
    with connection.cursor() as cursor:
        cursor.execute(MARK_PAID, [list(numbers), paid_on])
        return {number: pk for pk, number in cursor.fetchall()}


def _sell(license: int, number: str, asked: tuple[int, int, Mapping[str, int]], paid_on: date) -> int | None:
    """Write the demand for further years, paid; return its id, None when one of the years is taken."""
    first, years, heads = asked
    values: dict[str, Any] = {
        "number": number, "license": license, "first": first, "years": years, "on": paid_on, "heads": json.dumps(heads),
    }  # fmt: skip
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(SELL, values)
            row = cursor.fetchone()
    except IntegrityError:  # the year was demanded in this very moment
        return None
    return row[0] if row else None


def _certify(license: License, taken: Mapping[str, int], *, for_life: bool, paid_on: date, paid_by: str) -> None:
    """Issue a certificate for each demand that was paid, as holder and trade stand today; one of them is for life."""
    if not taken:
        return
    said = json.dumps(particulars(summary_of(license)))
    demands = LicenseDemand.objects.filter(pk__in=taken.values()).order_by("financial_year")
    with connection.cursor() as cursor:
        for demand in demands:
            if for_life and demand.is_further:
                continue
            last = _last_day(demand.financial_year, demand.years)
            until = None if for_life and last >= paid_on else last
            paper: list[Any] = [demand.pk, paid_on, until, license.holder_name, said, paid_by]
            cursor.execute(CERTIFY, [*paper, secrets.token_urlsafe(16), new_code()])
        cursor.execute(BEGIN, [paid_on, for_life, license.pk])


def _last_day(financial_year: int, years: int) -> date:
    return FinancialYear(financial_year + years - 1).last_day


# Numbered among the invariants of the books: payments cannot see demands. What was moved off a demand, or reversed, counts no more;
# a demand of which everything was taken back may have been paid elsewhere since.
DEMAND_INVARIANT = Invariant(
    4,
    "a licence demand is paid once, by a payment that was allocated to it",
    """SELECT count(*) FROM payments_allocation
        WHERE kind = 'bill' AND bill IN (SELECT demand_number FROM trade_license_licensedemand)""",
    f"""
    SELECT 'licence demand ' || a.bill FROM payments_allocation a
      JOIN payments_payment p ON p.id = a.payment_id
      JOIN payments_paymentorder o ON o.id = p.order_id AND o.kind = '{KIND}'
      LEFT JOIN payments_reversal v ON v.payment_id = p.id
      LEFT JOIN trade_license_licensedemand d ON d.demand_number = a.bill
     WHERE a.kind = 'bill'
     GROUP BY a.bill, d.id
    HAVING sum(CASE WHEN v.id IS NOT NULL THEN 0 WHEN a.amount_paise < 0 THEN -1 ELSE 1 END) NOT BETWEEN
           (NOT bool_or(v.id IS NOT NULL OR a.amount_paise < 0))::int AND (d.paid_on IS NOT NULL)::int OR d.id IS NULL
     ORDER BY a.bill
    """,
)
