"""What `manage.py check --database default`, and with it `migrate`, says of the accounts on a real system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import ProgrammingError

from payments.models import GatewayAccount

if TYPE_CHECKING:
    from collections.abc import Sequence


def accounts_are_real(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Refuse play money on a public system: an account whose address is not a bank's over TLS, such as the sandbox's."""
    if settings.DEBUG or not databases:
        return []
    try:
        found = list(
            GatewayAccount.objects.filter(is_active=True, counter=None).exclude(base_url__startswith="https://")
        )
    except ProgrammingError:  # before the first migration there is no account either
        return []
    return [
        Error(f"The gateway account {account.code} calls {account.base_url}, which is not a bank's address over TLS.",
              hint="Correct its address under /admin/, or switch the account off.", id="payments.E001")
        for account in found
    ]  # fmt: skip
