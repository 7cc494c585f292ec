"""BillDesk's two ways to seal a message, one a scheme: signed (`hmac`), or encrypted and then signed (`jose`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, Self

from payments.gateways import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payments.gateways.base import Credentials

ENCRYPTION_KEY_BYTES = 32


class Seal(Protocol):
    """Closes what goes out and opens what comes in, for one client."""

    def close(self, content: object, /) -> str:
        """Return `content` as BillDesk wants it to travel."""

    def open(self, token: bytes, /) -> Any:
        """Return the JSON of a token that BillDesk made for our client. :raises ValueError:"""


class Signed:
    """One JWS, HS256: everybody can read it, nobody can change it. A secret of the account is the signing key."""

    def __init__(self, credentials: Credentials) -> None:
        self._client = {"clientid": credentials.client_id}
        self._secrets = credentials.secrets
        self._keys = [secret.encode() for secret in credentials.secrets]

    def close(self, content: object, /) -> str:
        return wire.signed(content, header=self._client, key=self._secrets[0])

    def open(self, token: bytes, /) -> Any:
        header, body = wire.verified(token.strip(), keys=self._keys)
        _check(header, self._client)
        return wire.parsed(body)


@dataclass(frozen=True, slots=True)
class KeySet:
    """The three parts of a key in the `jose` scheme, which BillDesk hands out together."""

    key_id: str
    encryption: str = field(repr=False)
    signing: str = field(repr=False)

    @classmethod
    def parsed(cls, secret: str) -> Self:
        """Return the key set of a secret `key-id:encryption-key:signing-key`. :raises ValueError:"""
        key_id, _, keys = secret.partition(":")
        encryption, _, signing = keys.partition(":")
        if not (key_id and signing) or len(encryption.encode()) != ENCRYPTION_KEY_BYTES:
            raise ValueError("A key of this scheme is key-id:encryption-key:signing-key; the second has 32 characters.")
        return cls(key_id, encryption, signing)


class Encrypted:
    """A JWE (`dir`, A256GCM) inside a JWS (HS256). The first key set closes; the one that a token names opens it.

    Opening goes from the outside in: nothing is decrypted that was not signed, nothing parsed that was not decrypted.
    """

    def __init__(self, credentials: Credentials) -> None:
        self._client_id = credentials.client_id
        self._key_sets = [KeySet.parsed(secret) for secret in credentials.secrets]

    def close(self, content: object, /) -> str:
        keys = self._key_sets[0]
        hidden = wire.encrypted(content, header=self._header(keys), key=keys.encryption)
        return wire.signed(hidden.encode(), header=self._header(keys), key=keys.signing)

    def open(self, token: bytes, /) -> Any:
        header, _ = wire.verified(token.strip(), keys=[keys.signing.encode() for keys in self._key_sets])
        keys = self._named(header)
        header, hidden = wire.verified(token.strip(), keys=[keys.signing.encode()])
        _check(header, self._header(keys))
        header, body = wire.decrypted(hidden, key=keys.encryption)
        _check(header, self._header(keys))
        return wire.parsed(body)

    def _named(self, header: Mapping[str, Any]) -> KeySet:
        for keys in self._key_sets:
            if keys.key_id == header.get("kid"):
                return keys
        raise wire.BadToken("The token names another key.")

    def _header(self, keys: KeySet) -> dict[str, str]:
        return {"kid": keys.key_id, "clientid": self._client_id}


SEALS: dict[str, Callable[[Credentials], Seal]] = {"hmac": Signed, "jose": Encrypted}


def _check(header: Mapping[str, Any], wanted: Mapping[str, str]) -> None:
    """:raises wire.BadToken: when the token was made for somebody else, or with another key than it names"""
    for name, value in wanted.items():
        if header.get(name) != value:
            raise wire.BadToken(f"The token has another {name}, or none.")
