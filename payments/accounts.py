"""From a row in the database and keys in the environment to a gateway that can be called."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from kmc_portal.common.secrets import secret
from payments.gateways.base import Credentials, Gateway
from payments.gateways.registry import gateway_for
from payments.models import GatewayAccount


class NoGatewayAccount(ServiceError):
    code = "no_gateway_account"
    message = _("Online payment is not open just now. Please pay at a counter, or try again later.")
    field = "token"
    http_status = 503


def account_in_use() -> GatewayAccount:
    """Return the account that takes payments. :raises NoGatewayAccount: none is in use"""
    account = GatewayAccount.objects.filter(is_active=True).order_by("pk").first()
    if account is None:
        raise NoGatewayAccount
    return account


def gateway_of(account: GatewayAccount) -> Gateway:
    """Return the gateway that speaks for an account."""
    return gateway_for(account.gateway, credentials_of(account))


def credentials_of(account: GatewayAccount) -> Credentials:
    """Return the account's credentials; a key whose variable is unset is left out."""
    keys = (secret(name.strip()) for name in account.secret_names.split(","))
    return Credentials(
        account=account.code,
        merchant_id=account.merchant_id,
        client_id=account.client_id,
        base_url=account.base_url,
        secrets=tuple(key for key in keys if key),
        settlement_lob=account.settlement_lob,
        timeout_seconds=settings.GATEWAY_TIMEOUT_SECONDS,
    )
