"""Who banks with the sandbox: what the configuration lists, or one corporation."""

from __future__ import annotations

import json

from payments.sandbox.records import Merchant

DEVELOPMENT_KEY = "0123456789abcdef0123456789abcdef"
WEBHOOK_PATH = "/hooks/billdesk/billdesk/"


def merchants_from(listed: str, *, key: str, webhook_base: str) -> list[Merchant]:
    """Return the merchants of a JSON list of objects with the fields of `Merchant`, or the usual one for no list.

    A row may leave out `secrets` and `webhook_url`; it then has `key` and the portal's own address.
    :raises ValueError: when the text is not such a list
    """
    rows = json.loads(listed) if listed else [{"merchant_id": "KMCSIM", "client_id": "kmcsim"}]
    usual = {"secrets": [key], "webhook_url": f"{webhook_base.rstrip('/')}{WEBHOOK_PATH}"}
    try:
        return [Merchant(**{**usual, **row, "secrets": tuple({**usual, **row}["secrets"])}) for row in rows]
    except TypeError as problem:
        raise ValueError(f"A merchant needs merchant_id and client_id: {problem}") from problem
