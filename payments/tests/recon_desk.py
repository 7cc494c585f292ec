"""What tests of reconciliation share: payments of a day, the report and the statement that follow, and a round at the desk."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from kmc_portal.common.clock import IST
from payments.gateways.base import ReportStatus
from payments.models import BankLine, BreakClosing, Payment, ReconBreak, Settlement
from payments.payables import payable_of
from payments.posting import apply_report
from payments.reconciliation.crediting import approve_match, ask_to_match
from payments.reconciliation.running import reconcile
from payments.reconciliation.taking_in import take_in_settlement, take_in_statement
from payments.sandbox.mis import IDENTIFIERS, REFUNDED, SETTLED
from payments.tests.factories import KIND, NOW, AccountFactory, AttemptFactory
from payments.tests.factories import report as said

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from payments.models import PaymentAttempt

PAID = 192_400
# Monday 23 November 2026; settled and credited on Tuesday.
PAID_ON, SETTLED_ON = NOW.date(), NOW.date() + timedelta(days=1)
CHARGED = ["SETTLED TRANSACTIONS"], [*IDENTIFIERS, *SETTLED]
GIVEN_BACK = ["REFUND TRANSACTIONS"], [*IDENTIFIERS, *REFUNDED]
ASKED_BACK = (
    ["CHARGEBACK TRANSACTIONS"],
    [*IDENTIFIERS, "Date of Txn", "Settlement Date", "Gross Amount(Rs.Ps)", "Chargeback Amount", "Chargeback Id"],
)


def at(day: int, hour: int = 9) -> datetime:
    """Return a moment of November 2026."""
    return datetime(2026, 11, day, hour, tzinfo=IST)


def posted(**changes: object) -> Payment:
    """Post a payment of 1,924 rupees on bills of its own."""
    payable_of(KIND).paid.clear()
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=said(attempt, **{"method": "netbanking", **changes}), now=NOW)
    return Payment.objects.select_related("transaction__attempt", "receipt").latest("pk")


def refused_by_the_gateway() -> PaymentAttempt:
    attempt = AttemptFactory()
    failed = said(attempt, status=ReportStatus.FAILED, raw_status="0399", method="netbanking")
    apply_report(account=attempt.account, report=failed, now=NOW)
    return attempt


def rupees(paise: int) -> str:
    return f"{paise // 100}.{paise % 100:02}"


def refs(transaction: str, order: str, bank: str = "431198765432", merchant: str = "KMCSIM") -> list[str]:
    return [merchant, "SBI", bank, transaction, order, *["NA"] * 7]


def about(payment: Payment, **changes: str) -> list[str]:
    one = payment.transaction
    values = {"transaction": one.transaction_ref, "order": one.attempt.order_ref, "bank": one.bank_ref, **changes}
    return refs(**values)


def settled(
    named: list[str],
    gross: int = PAID,
    charge: int = 1_000,
    gst: int = 180,
    net: int | None = None,
    on: date = SETTLED_ON,
) -> list[str]:
    """One row of what was settled; the net amount is what is left unless it is given."""
    net = gross - charge - gst if net is None else net
    return [*named, f"{PAID_ON:%d-%m-%Y}", f"{on:%d-%m-%Y}", *map(rupees, (gross, charge, gst, net))]


def went_back(named: list[str], paise: int, number: str, on: date = SETTLED_ON) -> list[str]:
    day = f"{on:%d-%m-%Y}"
    return [*named, f"{PAID_ON:%d-%m-%Y}", day, rupees(PAID), number, day, rupees(paise)]


def asked_back(named: list[str], paise: int, case: str, on: date = SETTLED_ON) -> list[str]:
    return [*named, f"{PAID_ON:%d-%m-%Y}", f"{on:%d-%m-%Y}", rupees(PAID), rupees(paise), case]


class Desk:
    """Files that come in, and rounds of reconciliation. `now` is the moment of the last round."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.account, self.numbers = folder, AccountFactory(), count(1)

    def file(self, *rows: list[str], name: str = "") -> Path:
        path = self.folder / (name or f"{next(self.numbers)}.csv")
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        return path

    def report(
        self, *rows: list[str], refunds: tuple = (), chargebacks: tuple = (), name: str = "", **options: object
    ) -> None:
        sections = [*CHARGED, *rows, *(GIVEN_BACK if refunds else ()), *refunds]
        sections += [*(ASKED_BACK if chargebacks else ()), *chargebacks]
        self.take_in(self.file(*sections, name=name), **options)

    def take_in(self, path: Path, **options: object) -> None:
        values = {"account": "billdesk", "maker": "a.clerk", "now": at(24), **options}
        take_in_settlement(path, **values)

    def statement(self, *lines: tuple[str, str, int], now: datetime | None = None) -> None:
        """Take in lines of day, UTR and paise."""
        rows = [[day, f"NEFT CR {utr} BILLDESK", utr, "", rupees(paise)] for day, utr, paise in lines]
        path = self.file(["Value Date", "Narration", "UTR", "Debit", "Credit"], *rows)
        take_in_statement(path, account="billdesk", maker="a.clerk", now=now or at(24))

    def match(self, paise: int, *, pay_out: int = 0, line: int = 0) -> None:
        """Have two people match so much of the bank line of this amount, or of another, with the first pay-out or another one."""
        asked = ask_to_match(
            settlement=Settlement.objects.order_by("pk")[pay_out].pk,
            line=BankLine.objects.get(amount_paise=line or paise).pk,
            amount_paise=paise,
            detail="The bank's letter of 24 November",
            maker="clerk",
            now=at(24),
        )
        approve_match(asked.pk, approver="approver", now=at(24))

    def round(self, now: datetime) -> None:
        reconcile(self.account, now=now)


def open_breaks() -> dict[str, int]:
    """Return the open breaks: kind and paise."""
    return dict(ReconBreak.objects.filter(closing=None).order_by("kind").values_list("kind", "amount_paise"))


def ends() -> dict[str, str]:
    """Return how each kind of break came to its end."""
    return dict(BreakClosing.objects.order_by("pk").values_list("recon_break__kind", "how"))
