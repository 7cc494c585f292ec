"""What a browser remembers by its reader's consent: numbers he pays for, in a signed cookie, and nothing here (ADR 0048).

A remembered number proves nothing: it opens what anybody sees who types it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse

from citizens import web

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django_stubs_ext import StrPromise

COOKIE = "remembered"
KEPT_SECONDS = 365 * 24 * 60 * 60
# A house, a shop and those of the family; more do not fit on a page that is about one thing.
MOST = 8


@dataclass(frozen=True, slots=True)
class Rememberable:
    """A kind of number: how it is cleaned and printed, which page it opens, and what the page calls it when it asks."""

    kind: str
    label: StrPromise
    clean: Callable[[str], str]
    printed: Callable[[str], str]
    page: str
    field: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """One number of this browser's reader, or one that could become so."""

    kind: str
    label: StrPromise
    reference: str
    printed: str
    address: str
    is_kept: bool = True


_registered: dict[str, Rememberable] = {}


def register(kind: Rememberable) -> None:
    """Make a kind of number rememberable. Called once, from an app's `ready`."""
    _registered[kind.kind] = kind


def of(request: HttpRequest) -> list[Remembered]:
    """Return what the reader's browser remembers, the last first."""
    return [_shown(_registered[kind], reference) for kind, reference in _pairs(request) if kind in _registered]


def offer(request: HttpRequest, kind: str, reference: str) -> Remembered:
    """Return a number that the reader may have remembered, and whether it is already."""
    return _shown(_registered[kind], reference, is_kept=(kind, reference) in _pairs(request))


def remember(request: HttpRequest, response: HttpResponse, *, kind: str, text: str) -> str:
    """Have the browser remember a number and return the address of its page, empty for no kind of ours.

    :raises ServiceError: it is no number of this kind
    """
    found = _registered.get(kind)
    if found is None:
        return ""
    one = (kind, found.clean(text))
    _keep(response, [one, *(pair for pair in _pairs(request) if pair != one)][:MOST])
    return _shown(found, one[1]).address


def forget(request: HttpRequest, response: HttpResponse, *, kind: str, reference: str) -> None:
    """Have the browser forget a number; with the last one the cookie goes."""
    _keep(response, [pair for pair in _pairs(request) if pair != (kind, reference)])


def _shown(kind: Rememberable, reference: str, *, is_kept: bool = True) -> Remembered:
    address = f"{reverse(kind.page)}?{urlencode({kind.field: reference})}"
    return Remembered(kind.kind, kind.label, reference, kind.printed(reference), address, is_kept)


def _pairs(request: HttpRequest) -> list[tuple[str, str]]:
    kept = request.get_signed_cookie(COOKIE, default="[]", salt=COOKIE, max_age=KEPT_SECONDS)
    return [(kind, reference) for kind, reference in json.loads(str(kept))]


def _keep(response: HttpResponse, pairs: list[tuple[str, str]]) -> None:
    if pairs:
        web.set_cookie(response, COOKIE, json.dumps(pairs), max_age=KEPT_SECONDS)
    else:
        response.delete_cookie(COOKIE)
