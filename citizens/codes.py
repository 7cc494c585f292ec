"""A code and what hides it: pure functions of their arguments, chance and the portal's key."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from django.utils.crypto import salted_hmac
from joserfc import jwe
from joserfc.jwk import OctKey

from citizens.inputs import CODE_LENGTH

if TYPE_CHECKING:
    from collections.abc import Mapping

SEAL = {"alg": "dir", "enc": "A256GCM"}


def new_code() -> str:
    """Return six digits that nobody can foresee."""
    return f"{secrets.randbelow(10**CODE_LENGTH):0{CODE_LENGTH}}"


def hidden(purpose: str, *parts: str) -> str:
    """Return a hash of the parts under the portal's key; equal for equal parts in equal order only."""
    return salted_hmac(f"citizens.{purpose}", json.dumps(parts), algorithm="sha256").hexdigest()


def sealed(message: Mapping[str, str]) -> dict[str, str]:
    """Return a payload that the portal's key opens and nobody reads: a clerk who sees the outbox sees no code."""
    return {"sealed": jwe.encrypt_compact(SEAL, json.dumps(dict(message)).encode(), _key())}


def unsealed(payload: Mapping[str, object]) -> dict[str, str]:
    """Return what was sealed. :raises ValueError: by another key, or changed since"""
    try:
        opened = jwe.decrypt_compact(str(payload["sealed"]).encode(), _key()).plaintext
    except Exception as error:  # the library's errors have no common class but this one
        raise ValueError(type(error).__name__) from None
    return dict(json.loads(opened or b"{}"))


def _key() -> OctKey:
    return OctKey.import_key(salted_hmac("citizens.seal", "", algorithm="sha256").digest())
