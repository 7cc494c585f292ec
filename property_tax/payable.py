"""What payments calls when money for property tax arrives, or is kept for the next bill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import connection

from kmc_portal.common.dues import per_bill
from kmc_portal.common.errors import ServiceError
from payments.invariants import Invariant
from payments.payables import Share, Whose, shares_of
from payments.states import Source
from property_tax import counter, credits, revised
from property_tax.inputs import assessee_number
from property_tax.order_lines import order_lines
from property_tax.queries import AssesseeClosed, assessee_dues, particulars
from property_tax.rules.appropriation import appropriate
from property_tax.services import TITLE, open_payment
from property_tax.states import KIND

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    from payments.models import PaymentOrder
    from payments.payables import Lines, Offers, Paper

# Locked in one order whoever comes, so that two payments of the same bills wait for each other and never in a circle. A bill that
# asks for something else than it did when the order was opened is left: what the order knew of it is not the truth any more.
MARK_PAID = """
WITH locked AS (
    SELECT d.id FROM property_tax_demand d
      JOIN unnest(%s::text[], %s::bigint[]) AS asked (bill, paise) ON asked.bill = d.demand_number
     WHERE d.paid_on IS NULL AND d.property_tax_paise + d.howrah_bridge_tax_paise + d.commercial_surcharge_paise = asked.paise
     ORDER BY d.id FOR UPDATE OF d
)
UPDATE property_tax_demand d SET paid_on = %s FROM locked WHERE d.id = locked.id RETURNING d.demand_number, d.credited_paise
"""
# What a bill itself says; the rest of its lines comes from the rules and the day.
CHARGES = ("property_tax", "howrah_bridge_tax", "commercial_surcharge")
MARK_UNPAID = """
UPDATE property_tax_demand SET paid_on = NULL WHERE demand_number = ANY(%s) AND paid_on IS NOT NULL RETURNING demand_number
"""
# How many payments stand on a bill: what was moved off it, or reversed, counts no more.
STANDING = "coalesce(sum(CASE WHEN v.id IS NOT NULL THEN 0 WHEN a.amount_paise < 0 THEN -1 ELSE 1 END), 0)"
ALLOCATED = f"""
          FROM payments_allocation a
          JOIN payments_payment p ON p.id = a.payment_id
          JOIN payments_paymentorder o ON o.id = p.order_id AND o.kind = '{KIND}'
          LEFT JOIN payments_reversal v ON v.payment_id = p.id
         WHERE a.kind = 'bill'"""
# Who pays in part leaves a credit, who makes a bill whole does not: another payment made it whole if more stand on it, besides the
# one that is taken off, than it has credits. It may as well have been made whole at an office.
MADE_WHOLE = f"""
SELECT d.demand_number
  FROM (SELECT bill, count(*) AS shares FROM unnest(%(shares)s::text[]) AS bill WHERE bill = ANY(%(unpaid)s) GROUP BY bill) off
  JOIN property_tax_demand d ON d.demand_number = off.bill
 CROSS JOIN LATERAL (SELECT {STANDING} AS standing {ALLOCATED} AND a.bill = off.bill) paid
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(sign(c.amount_paise)), 0) AS standing FROM property_tax_demandcredit c WHERE c.demand_id = d.id) credit
 WHERE paid.standing - off.shares > credit.standing
"""


class DemandPayable:
    """Bills of one assessee; `reference` is the assessee number."""

    kind: ClassVar[str] = KIND
    title: ClassVar[str] = TITLE

    def still_costs(self, *, reference: str, lines: Lines, on: date, source: Source) -> bool:
        found = assessee_dues(assessee_number=reference, on=on, at_counter=source == Source.COUNTER)
        due = per_bill(found.dues.lines)
        part = _in_part(lines)
        return all(
            share.amount_paise < due.get(share.bill, 0)
            if share.bill in part
            else share.amount_paise == due.get(share.bill)
            for share in shares_of(lines)
        )

    def offers(self, *, text: str, on: date) -> Offers:
        return counter.offers(text=text, on=on)

    def open_order(self, *, reference: str, scope: str, source: Source, now: datetime, language: str) -> PaymentOrder:
        return open_payment(assessee_number=reference, heading=scope, source=source, now=now, language=language)

    def on_paid(self, *, reference: str, lines: Lines, paid_on: date, paid_by: str) -> Sequence[Share]:
        shares, part = {share.bill: share for share in shares_of(lines)}, _in_part(lines)
        if part:
            credits.lock(shares)
        whole = [bill for bill in shares if bill not in part]
        credited = _mark_paid(whole, lines, paid_on)
        counted = _counted(lines)
        taken = {bill: _rest(shares[bill], lines, credited[bill] - counted.get(bill, 0)) for bill in credited}
        for bill in whole:
            if bill not in credited and (share := revised.taken(reference, shares[bill], on=paid_on, paid_by=paid_by)):
                taken[bill] = share
        for bill in part:
            if shares[bill].amount_paise < _due(reference, bill, paid_on):
                credits.write(shares[bill], on=paid_on, paid_by=paid_by)
                taken[bill] = shares[bill]
        return [taken[bill] for bill in shares if bill in taken and taken[bill].heads]

    def on_reversed(self, *, reference: str, shares: Sequence[Share], paid_by: str) -> Collection[str]:
        bills = [share.bill for share in shares]
        credits.lock(bills)
        for share in shares:
            credits.take_back(share, paid_by=paid_by)
        with connection.cursor() as cursor:
            cursor.execute(MARK_UNPAID, [bills])
            unpaid = [bill for (bill,) in cursor.fetchall()]
            cursor.execute(MADE_WHOLE, {"shares": bills, "unpaid": unpaid})
            return [bill for (bill,) in cursor.fetchall()]

    def lines_for(self, *, reference: str, amount_paise: int, on: date) -> list[dict[str, Any]]:
        return self.lines_to_place(reference=reference, amount_paise=amount_paise, on=on, bills=())

    def lines_to_place(
        self, *, reference: str, amount_paise: int, on: date, bills: Collection[str]
    ) -> list[dict[str, Any]]:
        try:
            found = assessee_dues(assessee_number=reference, on=on)
        except AssesseeClosed:
            return []
        rule = found.book.appropriation(on)
        if rule is None:
            return []
        taking = credits.unpaid(bills) if bills else credits.bills_that_take_an_advance(reference, on)
        due = per_bill(found.dues.lines)  # less than nothing where credits have outlived a drop of the bill
        lines = [line for line in found.dues.lines if line.demand_number in taking and due[line.demand_number] >= 0]
        return order_lines(found.dues, appropriate(lines, amount_paise, rule))

    def whose(self, *, text: str, on: date) -> Whose:
        found = assessee_dues(assessee_number=assessee_number(text), on=on)
        return Whose(found.assessee.assessee_number, particulars(found.assessee))

    def owed(self, *, reference: str, on: date) -> int:
        try:
            return assessee_dues(assessee_number=reference, on=on).dues.total_paise
        except ServiceError:
            return 0

    def papers(self, *, paid_by: str) -> Sequence[Paper]:
        return []


def _in_part(lines: Lines) -> set[str]:
    return {line["bill"] for line in lines if line.get("is_part")}


def _counted(lines: Lines) -> dict[str, int]:
    """Return what an order knew to have been paid on its bills before."""
    counted: dict[str, int] = {}
    for line in lines:
        if line.get("against"):
            counted[line["bill"]] = counted.get(line["bill"], 0) - line["amount_paise"]
    return counted


def _mark_paid(bills: Sequence[str], lines: Lines, paid_on: date) -> dict[str, int]:
    """Mark the unpaid ones of these bills paid that still ask for the same, and return what had been paid on each before."""
    charged = dict.fromkeys(bills, 0)
    for line in lines:
        if line["bill"] in charged and line["head"] in CHARGES and not line.get("against"):
            charged[line["bill"]] += line["amount_paise"]
    with connection.cursor() as cursor:
        cursor.execute(MARK_PAID, [list(charged), list(charged.values()), paid_on])
        return dict(cursor.fetchall())


def _rest(share: Share, lines: Lines, unexpected: int) -> Share:
    """Return what a bill takes of its share when part of it was paid after the order was opened; no heads where that was all."""
    if unexpected <= 0:
        return share
    before = credits.by_head(share.bill)
    for line in lines:
        if line["bill"] == share.bill and line.get("against"):
            before[line["against"]] = before.get(line["against"], 0) + line["amount_paise"]
    heads = {head: share.heads.get(head, 0) - before.get(head, 0) for head in {**share.heads, **before}}
    rest = Share(share.bill, {head: paise for head, paise in heads.items() if paise})
    return rest if rest.amount_paise > 0 else Share(share.bill, {})


def _due(reference: str, bill: str, on: date) -> int:
    """Return what is due on one bill as of a day, less what was paid on it since: word of an older payment can come later.

    Nothing under a number that was closed meanwhile: the money is kept for the payer.
    """
    try:
        due = per_bill(assessee_dues(assessee_number=reference, on=on).dues.lines).get(bill, 0)
    except AssesseeClosed:
        return 0
    return due - credits.paid_since(bill, on)


# Numbered among the invariants of the books: payments cannot see bills. A bill of which everything was taken back may have been
# paid elsewhere since.
BILL_INVARIANT = Invariant(
    4,
    "a bill is paid once, by payments that were allocated to it and stand",
    "SELECT count(*) FROM payments_allocation WHERE kind = 'bill' AND bill IN (SELECT demand_number FROM property_tax_demand)",
    f"""
    SELECT 'bill ' || a.bill FROM (
        SELECT a.bill, {STANDING} AS standing, bool_or(v.id IS NOT NULL OR a.amount_paise < 0) AS was_taken_back
               {ALLOCATED} GROUP BY a.bill) a
      LEFT JOIN property_tax_demand d ON d.demand_number = a.bill
      CROSS JOIN LATERAL (
        SELECT coalesce(sum(sign(c.amount_paise)), 0) AS standing, coalesce(sum(c.amount_paise), 0) AS paise
          FROM property_tax_demandcredit c WHERE c.demand_id = d.id) credit
     WHERE d.id IS NULL OR d.credited_paise <> credit.paise
        OR a.standing - credit.standing NOT BETWEEN
           (d.credited_paise = 0 AND NOT a.was_taken_back)::int AND (d.paid_on IS NOT NULL)::int
     ORDER BY a.bill
    """,
)
