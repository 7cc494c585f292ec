"""What Razorpay's SDK is called with: a key of three parts, and a line that fails as this portal's gateways fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from payments.gateways import calls
from payments.gateways.base import MaybeSent, Refused
from payments.gateways.calls import reading

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class Keys:
    """A key of an account: the name that the API is called with, its secret, and the secret of the webhooks."""

    key_id: str
    secret: str = field(repr=False)
    webhook_secret: str = field(repr=False)

    @classmethod
    def parsed(cls, secret: str) -> Self:
        """Return the key of a secret `key-id:key-secret:webhook-secret`. :raises ValueError:"""
        parts = secret.split(":", 2)
        if len(parts) != 3 or not all(parts):
            raise ValueError("A key of this scheme is key-id:key-secret:webhook-secret.")
        return cls(*parts)


class Line:
    """What the SDK sends with. It brings what the SDK does not let us choose: a time limit, and errors that say what may follow.

    The SDK prints to standard output what it catches; it is given nothing to catch.
    """

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def get(self, url: str, **options: Any) -> httpx.Response:
        return self._send("GET", url, options)

    def post(self, url: str, **options: Any) -> httpx.Response:
        return self._send("POST", url, options)

    def _send(self, method: str, url: str, options: dict[str, Any]) -> httpx.Response:
        """Return an answer that holds JSON. :raises NotSent, MaybeSent, Refused:"""
        answer = calls.send(
            self._http,
            method,
            url,
            params=options.get("params"),
            content=options.get("data"),
            # The SDK's name ends in a space, which no header may.
            headers={name: value.strip() for name, value in options["headers"].items()},
            auth=options["auth"],
        )
        if 400 <= answer.status_code < 500:
            raise _refusal(answer)
        if not answer.is_success:
            raise MaybeSent(f"Razorpay answered {answer.status_code}.")
        with reading(MaybeSent):
            answer.json()
        return answer


def _refusal(answer: httpx.Response) -> Refused:
    try:
        said = answer.json()["error"]
        return Refused(said["description"], code=said["code"])
    except (KeyError, TypeError, ValueError):
        return Refused(f"Razorpay answered {answer.status_code} without a reason.", code=f"HTTP{answer.status_code}")
