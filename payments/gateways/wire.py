"""What travels: tokens signed (JWS, HS256) or encrypted (JWE, dir, A256GCM), rupees as text, times in India."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from joserfc import jwe, jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OctKey

if TYPE_CHECKING:
    from collections.abc import Sequence

IST = timezone(timedelta(hours=5, minutes=30), "IST")
RUPEES = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2}))?")

# One allowed algorithm is the defence against `alg: none` and against a public key used as a secret. Header names are
# not checked against the standard's list, because vendors add their own (`clientid`).
REGISTRY = jws.JWSRegistry(algorithms=["HS256"], strict_check_header=False)
# No compression is allowed either, so that a small token cannot hold a large one.
ENCRYPTION = jwe.JWERegistry(algorithms=["dir", "A256GCM"], strict_check_header=False)
# A day's settlement is one token; the usual limits would stop at some three hundred rows.
REGISTRY.max_payload_length = ENCRYPTION.max_ciphertext_length = 32 * 1024 * 1024


class BadToken(ValueError):
    """Not a token that was made with one of our keys."""


def signed(content: object, *, header: dict[str, Any], key: str) -> str:
    """Return `content`, JSON or bytes as they are, as a compact JWS; the key is the secret's UTF-8 bytes."""
    return jws.serialize_compact({"alg": "HS256", **header}, _body(content), _key(key.encode()), registry=REGISTRY)


def verified(token: str | bytes, *, keys: Sequence[bytes]) -> tuple[dict[str, Any], bytes]:
    """Return header and body of a token that one of `keys` signed. :raises BadToken:"""
    for key in keys:
        try:
            found = jws.deserialize_compact(token, _key(key), registry=REGISTRY)
        except BadSignatureError:
            continue
        except (JoseError, RecursionError, TypeError, ValueError) as problem:
            raise BadToken(f"The token cannot be read: {type(problem).__name__}.") from problem
        return dict(found.protected), found.payload
    raise BadToken("None of the keys signed this token.")


def encrypted(content: object, *, header: dict[str, Any], key: str) -> str:
    """Return `content` as a compact JWE; the key is used as it is and has 32 bytes in UTF-8."""
    header = {"alg": "dir", "enc": "A256GCM", **header}
    return jwe.encrypt_compact(header, _body(content), _key(key.encode()), registry=ENCRYPTION)


def decrypted(token: bytes, *, key: str) -> tuple[dict[str, Any], bytes]:
    """Return header and body of a token that was encrypted with `key`. :raises BadToken:"""
    try:
        found = jwe.decrypt_compact(token, _key(key.encode()), registry=ENCRYPTION)
    except (JoseError, RecursionError, TypeError, ValueError) as problem:
        raise BadToken(f"The token cannot be decrypted: {type(problem).__name__}.") from problem
    assert found.plaintext is not None
    return dict(found.protected), found.plaintext


def parsed(body: bytes) -> Any:
    """Return JSON with its fractions kept as text, so that no amount passes through a float. :raises ValueError:"""
    try:
        return json.loads(body, parse_float=str)
    except RecursionError as problem:
        raise ValueError("The JSON is nested too deep.") from problem


def rupees(paise: int) -> str:
    """Return an amount as a gateway reads it: 1245000 is "12450.00"."""
    return f"{paise // 100}.{paise % 100:02}"


def paise(text: object) -> int:
    """Return the paise of a plain decimal. :raises ValueError: for signs, exponents, commas and third decimals"""
    found = RUPEES.fullmatch(str(text))
    if not found:
        raise ValueError(f"Not an amount in rupees: {text!r}")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def moment(text: str) -> datetime:
    """Return an ISO time as an aware datetime; one without an offset is Indian time. :raises ValueError:"""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=IST)


def new_trace_id() -> str:
    """Return 32 letters and digits that were never used before."""
    return uuid4().hex


def _body(content: object) -> bytes:
    if isinstance(content, bytes):
        return content
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def _key(secret: bytes) -> OctKey:
    return OctKey.import_key(secret)
