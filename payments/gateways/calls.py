"""What every gateway that speaks HTTP shares: one request that is never repeated, and reading what came back."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from payments.gateways.base import MaybeSent, NotSent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payments.gateways.base import Credentials, GatewayError

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


def post(
    http: httpx.Client,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: str | None = None,
    form: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Send one request and return whatever was answered. :raises NotSent, MaybeSent:"""
    try:
        return http.post(path, headers=headers, content=content, data=form)
    except NEVER_LEFT as problem:
        raise NotSent(f"The gateway could not be reached: {type(problem).__name__}.") from problem
    except httpx.HTTPError as problem:
        raise MaybeSent(f"The gateway did not answer: {type(problem).__name__}.") from problem


@contextmanager
def reading(failure: type[GatewayError]) -> Iterator[None]:
    """Turn a missing or misshapen part of a message into `failure`."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, StopIteration, TypeError, ValueError) as problem:
        raise failure(f"The message cannot be read: {problem!r}") from problem
