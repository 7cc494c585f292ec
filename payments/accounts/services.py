"""From a row in the database and keys in the environment to a gateway that can be called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.secrets import secret
from payments.accounts import choice, health
from payments.accounts.choice import Candidate, Limit
from payments.accounts.circuit import Standing
from payments.gateways.base import Credentials, Gateway
from payments.gateways.registry import BUILDERS, UPI_GATEWAYS, gateway_for
from payments.models import GatewayAccount
from payments.states import Method, Way

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

# On the gateway's page the payer chooses the method.
METHOD = {Way.PAGE: "", Way.UPI: Method.UPI}


class GatewayUnavailable(ServiceError):
    code = "gateway_unavailable"
    message = _(
        "The payment service does not answer just now. No money has been taken. Please try again in a few minutes."
    )
    field = "token"
    http_status = 503


class AmountNotTaken(ServiceError):
    code = "amount_not_taken"
    message = _(
        "This amount cannot be paid online in one payment. Please pay at a counter, or pay the headings one by one."
    )
    field = "token"
    http_status = 409


class NoGatewayAccount(ServiceError):
    code = "no_gateway_account"
    message = _("Online payment is not open just now. Please pay at a counter, or try again later.")
    field = "token"
    http_status = 503


def account_for(
    *, service: str, amount_paise: int, way: Way = Way.PAGE, now: datetime, avoiding: Collection[int] = ()
) -> GatewayAccount:
    """Return the account that takes a payment now; the accounts in `avoiding` have just failed this payer.

    :raises NoGatewayAccount: none takes money for this service
    :raises AmountNotTaken: none takes this amount in one payment
    :raises GatewayUnavailable: those that would take it are set aside
    """
    on, candidates = day_of(now), _candidates(way)
    asked: dict[str, Any] = {"service": service, "amount_paise": amount_paise, "method": METHOD[way], "on": on}
    if not choice.serving(candidates, service=service, on=on):
        raise NoGatewayAccount
    if not choice.fitting(candidates, **asked):
        raise AmountNotTaken
    standings = health.standings(now=now) | dict.fromkeys(avoiding, Standing.RESTING)
    while chosen := choice.choose(candidates, **asked, health=standings):
        if standings.get(chosen.account) is not Standing.ON_TRIAL or health.take_trial(chosen.account, now=now):
            return GatewayAccount.objects.get(pk=chosen.account)
        standings[chosen.account] = Standing.RESTING
    raise GatewayUnavailable


def offers_upi(*, service: str, amount_paise: int, on: date) -> bool:
    """Say whether some account gives out UPI links for this amount. Two queries."""
    return bool(
        choice.fitting(_candidates(Way.UPI), service=service, amount_paise=amount_paise, method=METHOD[Way.UPI], on=on)
    )


def _candidates(way: Way) -> list[Candidate]:
    """Return every account in use that can send a payer this way, with its limits. Two queries."""
    rows = GatewayAccount.objects.filter(is_active=True, gateway__in=UPI_GATEWAYS if way == Way.UPI else BUILDERS)
    return [
        Candidate(
            account=row.pk,
            rank=row.rank,
            service=row.service,
            active_from=row.active_from,
            active_to=row.active_to,
            limits=tuple(
                Limit(one.method, one.at_least_paise, one.at_most_paise, one.valid_from) for one in row.limits.all()
            ),
        )
        for row in rows.prefetch_related("limits")
    ]


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
        scheme=account.scheme,
        settlement_lob=account.settlement_lob,
        timeout_seconds=settings.GATEWAY_TIMEOUT_SECONDS,
    )
