"""Writing: files that were not taken in, or not whole. The refusal is kept, so that somebody gets a good file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from payments.models import GatewayAccount, RefusedFile, SettlementFile
from payments.reconciliation import refusals
from payments.states import FileSort

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from payments.models import BankFile

ABOUT_THE_FILE = (
    refusals.FileTooLarge,
    refusals.FileEmpty,
    refusals.FileTypeUnknown,
    refusals.FileLocked,
    refusals.FileDamaged,
    refusals.LayoutUnknown,
    refusals.TotalsWrong,
)


class Sent(NamedTuple):
    """A file as it was sent in; `account` is a code that need not exist."""

    sort: FileSort
    account: str
    name: str
    sha256: str
    maker: str


@contextmanager
def kept_when_refused(sent: Sent, *, now: datetime) -> Iterator[None]:
    """Let a file be taken in; should it be refused as a bad file, write that down and let the refusal go on.

    To be entered outside of the transaction that takes it in. Another account's file is a slip of who sent it, and not kept.
    """
    try:
        yield
    except ABOUT_THE_FILE as refusal:
        if GatewayAccount.objects.filter(code=sent.account).exists():
            detail = "; ".join(f"{name}: {value}" for name, value in refusal.details.items())
            _keep(sent, now, code=refusal.code, detail=detail)
        raise


def keep_rows_set_aside(file: SettlementFile | BankFile) -> None:
    """Write down that some rows of a file were set aside. In the transaction that takes it in."""
    if file.rejected:
        sort = FileSort.SETTLEMENT if isinstance(file, SettlementFile) else FileSort.STATEMENT
        sent = Sent(sort, file.account.code, file.name, file.sha256, file.maker)
        _keep(sent, file.taken_in_at, rows=file.rejected)


def _keep(sent: Sent, now: datetime, **what: object) -> None:
    account = GatewayAccount.objects.get(code=sent.account)
    values = {"name": sent.name, "maker": sent.maker, "refused_at": now, **what}
    RefusedFile.objects.get_or_create(account=account, sort=sent.sort, sha256=sent.sha256, defaults=values)
