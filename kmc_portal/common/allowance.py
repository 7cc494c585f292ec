"""How often one connection may do something in an hour. It is kept as a hash under the portal's key, not as an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.crypto import salted_hmac

from kmc_portal.common.clock import IST

if TYPE_CHECKING:
    from datetime import datetime

KEPT = timedelta(days=1)
ONE_HOUSEHOLD = 64  # the bits of an IPv6 address that a provider gives to one customer


@dataclass(frozen=True, slots=True)
class Allowance:
    """A table with `client`, `hour` (unique together) and a column that counts. `purpose` makes its hashes its own."""

    table: str
    column: str
    purpose: str

    def spend(self, *, address: str, now: datetime) -> tuple[int, datetime]:
        """Count one act of a connection, known by its IP address; return its acts in this hour, and when that ends."""
        hour = now.astimezone(IST).replace(minute=0, second=0, microsecond=0)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                INSERT INTO {self.table} AS spent (client, hour, {self.column}) VALUES (%s, %s, 1)
                ON CONFLICT (client, hour) DO UPDATE SET {self.column} = spent.{self.column} + 1
                RETURNING {self.column}
                """,
                [self._client(address), hour],
            )
            (acts,) = cursor.fetchone()
            if acts == 1:
                cursor.execute(f"DELETE FROM {self.table} WHERE hour < %s", [hour - KEPT])
        return acts, hour + timedelta(hours=1)

    def _client(self, address: str) -> str:
        try:
            ip = ip_address(address)
        except ValueError:
            ip = None
        household = str(ip_network((ip, ONE_HOUSEHOLD), strict=False)) if isinstance(ip, IPv6Address) else address
        return salted_hmac(self.purpose, household, algorithm="sha256").hexdigest()[:40]
