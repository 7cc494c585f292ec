"""Signed tokens, written out by hand: the portal reads them with a library, so that each checks the other."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from payments.sandbox.records import Merchant

FOREIGN_KEY = "a-key-that-no-merchant-was-given"


class Token(NamedTuple):
    """A token taken apart; nothing of it may be believed before `is_signed_by`."""

    signing_input: bytes
    header: dict[str, Any]
    content: Any
    signature: bytes

    def is_signed_by(self, merchant: Merchant) -> bool:
        plain = self.header.get("alg") == "HS256" and "crit" not in self.header
        return plain and any(
            hmac.compare_digest(_mac(self.signing_input, secret), self.signature) for secret in merchant.secrets
        )


def seal(content: Any, merchant: Merchant, *, forged: bool = False) -> str:
    """Return `content` signed for a merchant, or, `forged`, by somebody who does not have the key."""
    return sign(content, client_id=merchant.client_id, secret=FOREIGN_KEY if forged else merchant.secrets[0])


def sign(content: Any, *, client_id: str, secret: str) -> str:
    """Return `content` as a compact JWS of a client."""
    header = {"alg": "HS256", "clientid": client_id}
    signing_input = b".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (header, content))
    return b".".join((signing_input, _encoded(_mac(signing_input, secret)))).decode()


def take_apart(token: bytes) -> Token:
    """Return the parts of a compact JWS. :raises ValueError: when it is none"""
    signing_input, _, signature = token.strip().rpartition(b".")
    header, content = (json.loads(_decoded(part)) for part in signing_input.split(b"."))
    if not isinstance(header, dict):
        raise ValueError("The header is no object.")
    return Token(signing_input, header, content, _decoded(signature))


def _mac(signing_input: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), signing_input, hashlib.sha256).digest()


def _encoded(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


def _decoded(text: bytes) -> bytes:
    try:
        return urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error as problem:
        raise ValueError("Not base64url.") from problem
