"""Writing: files that were not taken in, or not whole. The refusal is kept, so that somebody gets a good file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

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


@contextmanager
def kept_when_refused(
    sort: FileSort, *, account: str, name: str, sha256: str, maker: str, now: datetime
) -> Iterator[None]:
    """Let a file be taken in; should it be refused as a bad file, write that down and let the refusal go on.

    To be entered outside of the transaction that takes it in. Another account's file is a slip of who sent it, and not kept.
    """
    try:
        yield
    except ABOUT_THE_FILE as refusal:
        found = GatewayAccount.objects.filter(code=account).first()
        if found:
            _keep(found, sort, name, sha256, maker, now, code=refusal.code, detail=str(refusal))
        raise


def keep_rows_set_aside(file: SettlementFile | BankFile) -> None:
    """Write down that some rows of a file were set aside. In the transaction that takes it in."""
    if file.rejected:
        sort = FileSort.SETTLEMENT if isinstance(file, SettlementFile) else FileSort.STATEMENT
        _keep(file.account, sort, file.name, file.sha256, file.maker, file.taken_in_at, rows=file.rejected)


def _keep(
    account: GatewayAccount, sort: FileSort, name: str, sha256: str, maker: str, now: datetime, **what: object
) -> None:
    values = {"name": name, "maker": maker, "refused_at": now, **what}
    RefusedFile.objects.get_or_create(account=account, sort=sort, sha256=sha256, defaults=values)
