"""Every gateway of the portal, by the code that accounts and attempts are stored with."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from payments.gateways.billdesk import BillDesk
from payments.gateways.billdesk_legacy import BillDeskLegacy
from payments.gateways.razorpay import Razorpay
from payments.gateways.razorpay_line import Keys
from payments.gateways.seals import KeySet

if TYPE_CHECKING:
    from collections.abc import Callable

    from payments.gateways.base import Credentials, Gateway


def _now() -> datetime:
    return datetime.now(UTC)


BUILDERS: dict[str, Callable[[Credentials], Gateway]] = {
    BillDesk.code: lambda credentials: BillDesk(credentials, clock=_now),
    BillDeskLegacy.code: lambda credentials: BillDeskLegacy(credentials, clock=_now),
    Razorpay.code: Razorpay,
}
# Those that are `TakesUpi` too.
UPI_GATEWAYS = frozenset({BillDesk.code})
# Those that can be asked what they have paid out.
LIST_SETTLEMENTS = frozenset({BillDesk.code, Razorpay.code})
# How each gateway's messages can be signed, and what makes sure that a secret is a key of that scheme.
SCHEMES: dict[str, dict[str, Callable[[str], object]]] = {
    BillDesk.code: {"hmac": str, "jose": KeySet.parsed},
    BillDeskLegacy.code: {"checksum": str},
    Razorpay.code: {"razorpay": Keys.parsed},
}


# Loading the certificates for TLS costs more than a request, so a gateway is built once for each set of credentials.
@lru_cache(maxsize=64)
def gateway_for(code: str, credentials: Credentials) -> Gateway:
    """Return the gateway stored as `code`, speaking for one account; safe to share between threads.

    :raises KeyError: when no such gateway is part of the portal
    """
    return BUILDERS[code](credentials)
