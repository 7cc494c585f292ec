"""Writing: which bank credit each pay-out has become. Matches are appended, never changed, and booked in the same transaction.

By the bank's reference first, whatever the amount: what is short or over is for a break to say. Then by the exact amount within
three banking days, only where one pay-out and one line fit each other and no others. Everything else is for two people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from payments.decisions import services as decisions
from payments.models import BankLine, CreditRequest, Settlement, SettlementCredit
from payments.reconciliation.bank_days import CREDIT_WINDOW
from payments.reconciliation.matching import LOCK
from payments.reconciliation.settling import COME_TO, book_credits
from payments.states import CreditKey

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from payments.models import GatewayAccount
    from payments.reconciliation.bank_days import BankDays

log = structlog.get_logger()
# Pay-outs with what they come to and what of that has been credited; lines with what of them is not matched yet.
PAY_OUTS = f"""
SELECT s.id, s.settled_on, s.utr, coalesce(r.net, 0) AS net, coalesce(c.credited, 0) AS credited, coalesce(c.lines, 0) AS lines
  FROM payments_settlement s LEFT JOIN ({COME_TO}) r ON r.id = s.id
  LEFT JOIN (SELECT settlement_id, sum(amount_paise)::bigint AS credited, count(*) AS lines
               FROM payments_settlementcredit GROUP BY settlement_id) c ON c.settlement_id = s.id
 WHERE s.account_id = %(account)s
"""
OPEN_LINES = """
SELECT b.id, b.value_on, b.utr, b.narration, b.amount_paise - coalesce(c.matched, 0) AS paise, coalesce(c.matched, 0) AS matched
  FROM payments_bankline b
  LEFT JOIN (SELECT line_id, sum(amount_paise)::bigint AS matched FROM payments_settlementcredit GROUP BY line_id) c
         ON c.line_id = b.id
 WHERE b.account_id = %(account)s AND b.amount_paise <> coalesce(c.matched, 0)
"""
BY_UTR = f"""
SELECT min(s.id) AS settlement, b.id AS line, min(b.paise) AS paise
  FROM ({OPEN_LINES}) b JOIN payments_settlement s
    ON s.account_id = %(account)s AND s.utr <> '' AND (b.utr = s.utr OR (b.utr = '' AND position(s.utr IN b.narration) > 0))
 WHERE b.matched = 0 GROUP BY b.id HAVING count(*) = 1
"""
BY_AMOUNT = f"""
SELECT settlement, line, paise FROM (
    SELECT s.id AS settlement, b.id AS line, b.paise,
           count(*) OVER (PARTITION BY s.id) AS lines, count(*) OVER (PARTITION BY b.id) AS settlements
      FROM ({PAY_OUTS}) s
      JOIN unnest(%(settled)s::date[], %(until)s::date[]) AS due (settled_on, until) ON due.settled_on = s.settled_on
      JOIN ({OPEN_LINES}) b ON b.paise = s.net AND b.matched = 0 AND b.value_on BETWEEN s.settled_on AND due.until
     WHERE s.lines = 0 AND (b.utr = s.utr OR '' IN (b.utr, s.utr))) AS pairs
 WHERE lines = 1 AND settlements = 1
"""
FOUND = {CreditKey.UTR: BY_UTR, CreditKey.AMOUNT: BY_AMOUNT}
WRITE = """
INSERT INTO payments_settlementcredit (settlement_id, line_id, amount_paise, key, maker, approver, matched_at)
SELECT settlement, line, paise, %(key)s, '', '', %(now)s FROM ({found}) AS found
"""
DAYS = """
SELECT DISTINCT s.settled_on FROM payments_settlement s WHERE s.account_id = %(account)s
   AND NOT EXISTS (SELECT FROM payments_settlementcredit c WHERE c.settlement_id = s.id)
"""


class CreditLeavesNothing(ServiceError):
    code = "credit_too_large"
    message = _("Of this bank line {left} is not matched yet. Please match that or less.")
    field = "amount_paise"


class CreditAsked(ServiceError):
    code = "credit_asked"
    message = _("This match has been made, or it waits for a colleague's decision.")
    field = "request"
    http_status = 409


class CreditOfAnotherAccount(ServiceError):
    code = "credit_of_another_account"
    message = _("This bank line and this pay-out are not of the same account. Please choose another line.")
    field = "line"


def match_credits(account: GatewayAccount, *, days: BankDays, now: datetime) -> Mapping[str, int]:
    """Match bank credits of an account with its pay-outs and book them. Returns how many were matched by each key.

    In the caller's transaction, under its lock.
    """
    values: dict[str, Any] = {"account": account.pk, "days": None, "now": now}
    matched: dict[str, int] = {}
    with connection.cursor() as cursor:
        for key, found in FOUND.items():
            if key == CreditKey.AMOUNT:
                values |= _windows(cursor, values, days)
            cursor.execute(WRITE.format(found=found), {**values, "key": key.value})
            matched[key.value] = cursor.rowcount
    book_credits(account, now=now)
    log.info("credits_matched", account=account.code, **matched)
    return matched


def _windows(cursor: Any, values: dict[str, Any], days: BankDays) -> dict[str, list[date]]:
    """Return the days of pay-outs that have no credit, and for each the last day on which one may come."""
    cursor.execute(DAYS, values)
    settled = [day for (day,) in cursor.fetchall()]
    return {"settled": settled, "until": [days.after(day, CREDIT_WINDOW) for day in settled]}


def ask_to_match(
    *, settlement: int, line: int, amount_paise: int | None, detail: str, maker: str, now: datetime
) -> CreditRequest:
    """Write down that a bank line, or a part of it, is a pay-out. It stays unmatched until somebody else has approved it.

    Without an amount it is what the line has left, but no more than the pay-out lacks.

    :raises ReasonMissing, CreditOfAnotherAccount, CreditLeavesNothing, CreditAsked: nothing is asked for
    """
    why = decisions.reason(detail)
    amount_paise = _fitting(settlement, line) if amount_paise is None else amount_paise
    _check(settlement, line, amount_paise)
    try:
        with transaction.atomic():
            return CreditRequest.objects.create(
                settlement_id=settlement,
                line_id=line,
                amount_paise=amount_paise,
                detail=why,
                maker=maker,
                asked_at=now,
            )
    except IntegrityError as error:
        raise CreditAsked from error


@transaction.atomic
def approve_match(request: int, *, approver: str, now: datetime) -> SettlementCredit:
    """Match and book it. :raises DecidedAlready, ApproverIsMaker, CreditLeavesNothing, CreditAsked: it stays unmatched"""
    found = decisions.approve(CreditRequest, request, approver=approver, now=now)
    account = Settlement.objects.select_related("account").get(pk=found.settlement_id).account
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [account.pk])
    _check(found.settlement_id, found.line_id, found.amount_paise)
    made = SettlementCredit.objects.create(
        settlement_id=found.settlement_id,
        line_id=found.line_id,
        amount_paise=found.amount_paise,
        key=CreditKey.PERSON,
        maker=found.maker,
        approver=approver,
        matched_at=now,
    )
    book_credits(account, now=now)
    log.info("credit_matched", account=account.code, amount_paise=found.amount_paise)
    return made


@transaction.atomic
def refuse_match(request: int, *, approver: str, refusal: str, now: datetime) -> CreditRequest:
    """Leave it unmatched. :raises RefusalUnexplained, DecidedAlready, ApproverIsMaker: nothing is decided"""
    return decisions.refuse(CreditRequest, request, approver=approver, refusal=refusal, now=now)


def _fitting(settlement: int, line: int) -> int:
    """Return what of a line fits a pay-out, in paise; all that is left of it where the pay-out lacks nothing."""
    found = BankLine.objects.get(pk=line)
    with connection.cursor() as cursor:
        sql = f"SELECT s.net - s.credited FROM ({PAY_OUTS}) s WHERE s.id = %(settlement)s"
        cursor.execute(sql, {"account": found.account_id, "days": None, "settlement": settlement})
        row = cursor.fetchone()
    lacks, left = (row[0] if row else 0), _left_of(found)
    return min(lacks, left) if lacks > 0 else left


def _left_of(line: BankLine) -> int:
    return int(line.amount_paise - sum(line.credits.values_list("amount_paise", flat=True)))


def _check(settlement: int, line: int, amount_paise: int) -> None:
    """Refuse more than a line has left, in its own direction, and a second match of the same two."""
    pay_out, found = Settlement.objects.get(pk=settlement), BankLine.objects.get(pk=line)
    if pay_out.account_id != found.account_id:
        raise CreditOfAnotherAccount
    if SettlementCredit.objects.filter(settlement=settlement, line=line).exists():
        raise CreditAsked
    left = _left_of(found)
    sign = -1 if left < 0 else 1
    if not 0 < sign * amount_paise <= sign * left:
        raise CreditLeavesNothing(left=rupee_text(left))
