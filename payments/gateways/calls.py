"""What every gateway that speaks HTTP shares: one request that is never repeated, and reading what came back."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import httpx

from payments.gateways.base import MaybeSent, NotSent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payments.gateways.base import Credentials, GatewayError

MOST_FIELDS = 50
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def client_for(credentials: Credentials, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Return a client for an account's address.

    A kept connection may die under a request, and then nobody knows whether it was heard: each one is new.
    """
    return httpx.Client(
        base_url=credentials.base_url,
        timeout=credentials.timeout_seconds,
        transport=transport,
        limits=httpx.Limits(max_keepalive_connections=0),
    )


def send(http: httpx.Client, method: str, url: str, **parts: Any) -> httpx.Response:
    """Send one request with the `parts` that httpx knows, and return any answer. :raises NotSent, MaybeSent:"""
    try:
        return http.request(method, url, **parts)
    except NEVER_LEFT as problem:
        raise NotSent(f"The gateway could not be reached: {type(problem).__name__}.") from problem
    except httpx.HTTPError as problem:
        raise MaybeSent(f"The gateway did not answer: {type(problem).__name__}.") from problem


def form_of(body: bytes) -> dict[str, str]:
    """Return the fields of a form, each one's first value. :raises ValueError:"""
    return {name: values[0] for name, values in parse_qs(body.decode("ascii"), max_num_fields=MOST_FIELDS).items()}


@contextmanager
def reading(failure: type[GatewayError]) -> Iterator[None]:
    """Turn a missing or misshapen part of a message into `failure`."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, StopIteration, TypeError, ValueError) as problem:
        raise failure(f"The message cannot be read: {problem!r}") from problem
