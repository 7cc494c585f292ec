"""BillDesk's tokens, written out by hand: the portal reads them with a library, so that each checks the other."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from payments.sandbox.records import Merchant

FOREIGN_KEY = "a-key-that-no-merchant-was-given"
NONCE_BYTES, TAG_BYTES = 12, 16


class KeySet(NamedTuple):
    """The three parts of a key of a merchant whose messages are encrypted."""

    key_id: str
    encryption: str
    signing: str


class Token(NamedTuple):
    """A token taken apart; nothing of it may be believed before `is_signed_by`."""

    signing_input: bytes
    header: dict[str, Any]
    payload: bytes
    signature: bytes

    @property
    def content(self) -> Any:
        """:raises ValueError: when the payload is no JSON"""
        return json.loads(self.payload)

    def is_signed_by(self, merchant: Merchant) -> bool:
        return self.is_signed_with(merchant.secrets)

    def is_signed_with(self, keys: tuple[str, ...]) -> bool:
        plain = self.header.get("alg") == "HS256" and "crit" not in self.header
        return plain and any(hmac.compare_digest(_mac(self.signing_input, key), self.signature) for key in keys)


def seal(content: Any, merchant: Merchant, *, forged: bool = False) -> str:
    """Return `content` in the merchant's scheme, or, `forged`, by somebody who does not have the key."""
    if merchant.scheme == "jose":
        keys = _key_sets(merchant)[0]
        return encrypt_and_sign(
            content, client_id=merchant.client_id, keys=keys._replace(signing=FOREIGN_KEY) if forged else keys
        )
    return sign(content, client_id=merchant.client_id, secret=FOREIGN_KEY if forged else merchant.secrets[0])


def seal_for_somebody(content: Any, merchant: Merchant) -> str:
    """Return `content` sealed with the merchant's key, but addressed to another client."""
    return seal(content, replace(merchant, client_id="somebody"))


def unseal(token: bytes, merchant: Merchant) -> Any:
    """Return what a merchant says. :raises ValueError: when it is not the merchant, or not in its scheme"""
    outer = take_apart(token)
    if merchant.scheme != "jose":
        if not outer.is_signed_by(merchant):
            raise ValueError("The token is not signed by the merchant.")
        return outer.content
    for keys in _key_sets(merchant):
        named = {"alg": "HS256", "kid": keys.key_id, "clientid": merchant.client_id}
        if outer.header == named and outer.is_signed_with((keys.signing,)):
            return json.loads(_decrypted(outer.payload, keys, merchant))
    raise ValueError("The token is not signed with a key of the merchant.")


def sign(content: Any, *, client_id: str, secret: str) -> str:
    """Return `content` as a compact JWS of a client."""
    return signed(_json(content), header={"alg": "HS256", "clientid": client_id}, secret=secret)


def encrypt_and_sign(content: Any, *, client_id: str, keys: KeySet) -> str:
    """Return `content` as a JWE inside a JWS, both with the key's name and the client's."""
    named = {"kid": keys.key_id, "clientid": client_id}
    hidden = encrypted(_json(content), header={"alg": "dir", "enc": "A256GCM", **named}, secret=keys.encryption)
    return signed(hidden, header={"alg": "HS256", **named}, secret=keys.signing)


def signed(payload: bytes, *, header: dict[str, Any], secret: str) -> str:
    """Return any bytes under any header as a compact JWS."""
    signing_input = b".".join((_encoded(_json(header)), _encoded(payload)))
    return b".".join((signing_input, _encoded(_mac(signing_input, secret)))).decode()


def encrypted(payload: bytes, *, header: dict[str, Any], secret: str) -> bytes:
    """Return any bytes under any header as a compact JWE; its second part, the wrapped key, is empty."""
    protected, nonce = _encoded(_json(header)), os.urandom(NONCE_BYTES)
    hidden = AESGCM(secret.encode()).encrypt(nonce, payload, protected)
    parts = (protected, b"", _encoded(nonce), _encoded(hidden[:-TAG_BYTES]), _encoded(hidden[-TAG_BYTES:]))
    return b".".join(parts)


def take_apart(token: bytes) -> Token:
    """Return the parts of a compact JWS. :raises ValueError: when it is none"""
    signing_input, _, signature = token.strip().rpartition(b".")
    header, payload = (_decoded(part) for part in signing_input.split(b"."))
    return Token(signing_input, _object(header), payload, _decoded(signature))


def _decrypted(token: bytes, keys: KeySet, merchant: Merchant) -> bytes:
    protected, wrapped, nonce, hidden, tag = token.split(b".")
    header = _object(_decoded(protected))
    wanted = {"alg": "dir", "enc": "A256GCM", "kid": keys.key_id, "clientid": merchant.client_id}
    if wrapped or header != wanted:
        raise ValueError("The inner token is not encrypted as agreed.")
    try:
        return AESGCM(keys.encryption.encode()).decrypt(_decoded(nonce), _decoded(hidden) + _decoded(tag), protected)
    except InvalidTag as problem:
        raise ValueError("The inner token is not encrypted with the merchant's key.") from problem


def _key_sets(merchant: Merchant) -> list[KeySet]:
    return [KeySet(*secret.split(":", 2)) for secret in merchant.secrets]


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except RecursionError as problem:
        raise ValueError("The header is nested too deep.") from problem
    if not isinstance(found, dict):
        raise ValueError("The header is no object.")
    return found


def _json(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _mac(signing_input: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), signing_input, hashlib.sha256).digest()


def _encoded(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


def _decoded(text: bytes) -> bytes:
    try:
        return urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error as problem:
        raise ValueError("Not base64url.") from problem
