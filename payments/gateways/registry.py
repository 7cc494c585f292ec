"""Every gateway of the portal, by the code that accounts and attempts are stored with."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from payments.gateways.billdesk import BillDesk

if TYPE_CHECKING:
    from collections.abc import Callable

    from payments.gateways.base import Credentials, Gateway


def _billdesk(credentials: Credentials) -> Gateway:
    return BillDesk(credentials, clock=lambda: datetime.now(UTC))


BUILDERS: dict[str, Callable[[Credentials], Gateway]] = {
    BillDesk.code: _billdesk,
}


# Loading the certificates for TLS costs more than a request, so a gateway is built once for each set of credentials.
@lru_cache(maxsize=64)
def gateway_for(code: str, credentials: Credentials) -> Gateway:
    """Return the gateway stored as `code`, speaking for one account; safe to share between threads.

    :raises KeyError: when no such gateway is part of the portal
    """
    return BUILDERS[code](credentials)
