"""Who banks with the sandbox: what the configuration lists, or the corporation with an account in every scheme."""

from __future__ import annotations

import json
from typing import NamedTuple

from payments.sandbox.records import Merchant

DEVELOPMENT_KEY = "0123456789abcdef0123456789abcdef"


class Account(NamedTuple):
    """One account of the corporation at the sandbox; `code` is the last part of its webhook's address."""

    code: str
    merchant_id: str
    client_id: str
    scheme: str

    @property
    def gateway(self) -> str:
        """Return the portal's word for who speaks this scheme."""
        return {"checksum": "billdesk_legacy", "razorpay": "razorpay"}.get(self.scheme, "billdesk")

    @property
    def secret_name(self) -> str:
        """Return the environment variable under which the portal finds the account's key."""
        names = {"jose": "BILLDESK_SANDBOX_KEY_SET", "razorpay": "RAZORPAY_SANDBOX_KEY"}
        return names.get(self.scheme, "BILLDESK_SANDBOX_KEY")

    def secret(self, key: str) -> str:
        """Return the account's key, made of the one key that portal and sandbox share (32 characters)."""
        if self.scheme == "jose":
            return f"sandbox-1:{key}:signing-{key}"
        if self.scheme == "razorpay":
            return f"rzp_test_sandbox:secret-{key}:webhook-{key}"
        return key


ACCOUNTS = (
    Account("billdesk", "KMCSIM", "kmcsim", "hmac"),
    Account("billdesk-tax-2", "KMCTAX2", "kmctax2", "jose"),
    Account("billdesk-tax-3", "KMCTAX3", "kmctax3", "checksum"),
    Account("billdesk-licence", "KMCLIC1", "kmclic1", "jose"),
    Account("billdesk-licence-2", "KMCLIC2", "kmclic2", "checksum"),
    Account("billdesk-spare", "KMCSPARE", "kmcspare", "hmac"),
    Account("razorpay", "acc_KMCSIM", "", "razorpay"),
)


def merchants_from(listed: str, *, key: str, webhook_base: str) -> list[Merchant]:
    """Return the merchants of a JSON list of objects with the fields of `Merchant`, or `ACCOUNTS` for no list.

    A row may leave out `secrets` and `webhook_url`; it then has `key` and the portal's own address.
    :raises ValueError: when the text is not such a list
    """
    if not listed:
        return [_merchant(account, key, webhook_base) for account in ACCOUNTS]
    usual = {"secrets": [key], "webhook_url": _webhook(webhook_base, "billdesk", "billdesk")}
    try:
        return [
            Merchant(**{**usual, **row, "secrets": tuple({**usual, **row}["secrets"])}) for row in json.loads(listed)
        ]
    except TypeError as problem:
        raise ValueError(f"A merchant needs merchant_id and client_id: {problem}") from problem


def _merchant(account: Account, key: str, webhook_base: str) -> Merchant:
    gateway = "razorpay" if account.scheme == "razorpay" else "billdesk"
    return Merchant(
        account.merchant_id,
        account.client_id,
        (account.secret(key),),
        _webhook(webhook_base, gateway, account.code),
        account.scheme,
    )


def _webhook(base: str, gateway: str, code: str) -> str:
    return f"{base.rstrip('/')}/hooks/{gateway}/{code}/"
