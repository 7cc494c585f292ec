"""Writing: opening an order and sending it to a gateway. Money is believed elsewhere, in `posting`."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from payments import alarms
from payments.accounts import health
from payments.accounts.services import GatewayUnavailable, account_for, gateway_of
from payments.gateways.base import AlreadyOpened, Checkout, CheckoutRequest, GatewayError, TakesUpi
from payments.models import PaymentAttempt, PaymentOrder
from payments.payables import payable_of
from payments.polling import first_poll_at
from payments.states import LIVING, OPEN_ATTEMPTS, AttemptState, OrderState, Source, Way

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from payments.models import GatewayAccount

log = structlog.get_logger()
# A payer waits for two gateways at most, and once more for a reference that was lost on the way.
TRIES, ACCOUNTS_TRIED = 3, 2
# So many conversations are told of one payment; a link that more ask for has gone round, and its page tells the rest.
MOST_TOLD = 20
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class OrderNotFound(ServiceError):
    code = "order_not_found"
    message = _("This payment link is not ours, or it was copied incompletely. Please start again from the front page.")
    field = "token"
    http_status = 404


class OrderAlreadyPaid(ServiceError):
    code = "order_already_paid"
    message = _("This has been paid already. Nothing more is due for it.")
    field = "token"
    http_status = 409


class OrderExpired(ServiceError):
    code = "order_expired"
    message = _("This payment link has ended, because the amount may have changed. Please look up the dues again.")
    field = "token"
    http_status = 409


class PaymentInProgress(ServiceError):
    code = "payment_in_progress"
    message = _(
        "A payment for this is still being checked with the bank. Please wait a few minutes before you pay again."
    )
    field = "token"
    http_status = 409


class IdempotencyKeyReused(ServiceError):
    code = "idempotency_key_reused"
    message = _("This Idempotency-Key was used for another request. Please send a new key.")
    field = "idempotency_key"
    http_status = 409


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What is to be paid for. `snapshot` holds `title`, `particulars` and `lines`; the amount is the sum of the lines.

    `asked_paise` is the part that the payer named, if any.
    """

    kind: str
    reference: str
    scope: str
    snapshot: dict[str, Any]
    series: str
    priced_on: date
    expires_at: datetime
    asked_paise: int | None = None

    @property
    def amount_paise(self) -> int:
        return sum(line["amount_paise"] for line in self.snapshot["lines"])

    @property
    def dues_key(self) -> str:
        """Equal for the same dues: the same bills with the same lines at the same amounts."""
        what = [self.kind, self.reference, self.scope, self.snapshot["lines"]]
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def open_order(
    request: OrderRequest,
    *,
    source: Source,
    now: datetime,
    language: str,
    reply_to: str = "",
    idempotency_key: str = "",
) -> PaymentOrder:
    """Return an order for these dues, the one already open for the same dues if there is one.

    :raises IdempotencyKeyReused: the key stands for other dues, or for another part of them
    """
    if idempotency_key:
        found = PaymentOrder.objects.filter(idempotency_key=idempotency_key).first()
        if found:
            return _same_or_refuse(found, request)
    values = {
        "kind": request.kind,
        "reference": request.reference,
        "scope": request.scope,
        "amount_paise": request.amount_paise,
        "snapshot": {**request.snapshot, "asked_paise": request.asked_paise},
        "priced_on": request.priced_on,
        "series": request.series,
        "source": source,
        "language": language,
        "told_to": [reply_to] if reply_to else [],
        "idempotency_key": idempotency_key or None,
        "created_at": now,
        "expires_at": request.expires_at,
        "order_number": _order_number(day_of(now)),
        "token": secrets.token_urlsafe(16),
    }
    order, is_new = PaymentOrder.objects.get_or_create(
        dues_key=request.dues_key, state=OrderState.OPEN, defaults=values
    )
    if is_new:
        log.info("order_opened", order_number=order.order_number, kind=order.kind, amount_paise=order.amount_paise)
    else:
        order = _taken_up_again(order, request, reply_to=reply_to, language=language)
    return order


def _taken_up_again(order: PaymentOrder, request: OrderRequest, *, reply_to: str, language: str) -> PaymentOrder:
    """Let the price of an open order hold as long as it does today, and have all be told who asked in a conversation."""
    found = PaymentOrder.objects.select_for_update().get(pk=order.pk)
    found.expires_at = max(found.expires_at, request.expires_at)
    if reply_to:
        others = [one for one in found.told_to if one != reply_to]
        found.told_to, found.language = [*others, reply_to][-MOST_TOLD:], language
    found.save(update_fields=["expires_at", "told_to", "language"])
    return found


def _same_or_refuse(order: PaymentOrder, request: OrderRequest) -> PaymentOrder:
    before = (order.kind, order.reference, order.scope, order.snapshot.get("asked_paise"))
    if before != (request.kind, request.reference, request.scope, request.asked_paise):
        raise IdempotencyKeyReused
    return order


def _order_number(day: date) -> str:
    return f"KP{day:%y%m%d}" + "".join(secrets.choice(ALPHABET) for _ in range(7))


def start_attempt(
    *, token: str, now: datetime, return_url: str, payer_ip: str, user_agent: str, way: Way = Way.PAGE
) -> Checkout:
    """Register the order at a gateway and return where the payer goes next: a page, or a link for a UPI app.

    A page or link already opened for this order and still valid is returned again: two clicks are one attempt. An account
    that fails is followed by the next one, once. In `return_url`, `{account}` stands for the code of the account.

    :raises OrderNotFound, OrderAlreadyPaid, OrderExpired, PaymentInProgress:
    :raises NoGatewayAccount, AmountNotTaken, GatewayUnavailable:
    """
    failed: set[int] = set()
    for _try in range(TRIES):
        attempt = _claim_attempt(token=token, way=way, now=now, avoiding=failed)
        if attempt.state != AttemptState.CREATED:
            return _checkout_of(attempt)
        try:
            checkout = _open(attempt, _request(attempt, now, return_url, payer_ip, user_agent))
        except AlreadyOpened:
            # An earlier request did arrive, but its answer with the page's address is lost. Money cannot come on an order
            # whose page nobody saw; it is asked about all the same, and a new reference is opened.
            _expire(attempt)
        except GatewayError as error:
            _note_failure(attempt, error, now)
            failed.add(attempt.account_id)
            if len(failed) == ACCOUNTS_TRIED:
                break
        else:
            _note_registration(attempt, checkout)
            return checkout
    raise GatewayUnavailable


def _open(attempt: PaymentAttempt, request: CheckoutRequest) -> Checkout:
    gateway = gateway_of(attempt.account)
    if attempt.way == Way.PAGE:
        return gateway.open(request)
    assert isinstance(gateway, TakesUpi)
    return gateway.open_upi(request)


def _checkout_of(attempt: PaymentAttempt) -> Checkout:
    assert attempt.valid_until is not None
    return Checkout(**attempt.checkout, gateway_order_ref=attempt.gateway_order_ref, valid_until=attempt.valid_until)


def _request(
    attempt: PaymentAttempt, now: datetime, return_url: str, payer_ip: str, user_agent: str
) -> CheckoutRequest:
    return CheckoutRequest(
        order_ref=attempt.order_ref,
        amount_paise=attempt.amount_paise,
        order_at=now,
        return_url=return_url.replace("{account}", attempt.account.code),
        payer_ip=payer_ip,
        user_agent=user_agent,
        additional_info=(attempt.order.order_number, attempt.order.kind),
    )


@transaction.atomic
def _claim_attempt(*, token: str, way: Way, now: datetime, avoiding: Collection[int]) -> PaymentAttempt:
    """Return the attempt to work on, made here when there is none; the order is locked meanwhile."""
    order = _locked_payable(token, now, Source.WEB)
    current = order.attempts.select_related("account", "order").filter(state__in=OPEN_ATTEMPTS).first()
    if current and _lives(current, way, now):
        return current
    _refuse_while_pending(current)
    account = account_for(service=order.kind, amount_paise=order.amount_paise, way=way, now=now, avoiding=avoiding)
    if current and (current.state, current.way, current.account_id) == (AttemptState.CREATED, way, account.pk):
        return current
    if current:
        _expire(current)
    return _new_attempt(order, account, way, now, next_poll_at=first_poll_at(now))


def start_at_counter(*, token: str, account: GatewayAccount, now: datetime) -> PaymentAttempt:
    """Return a new attempt of an order that a cashier is paid for, in the caller's transaction. The order stays locked.

    A gateway's page that was open for it is given up: what still comes on it finds the bills paid, and is kept in advance.

    :raises OrderNotFound, OrderAlreadyPaid, OrderExpired, PaymentInProgress:
    """
    order = _locked_payable(token, now, Source.COUNTER)
    current = order.attempts.filter(state__in=OPEN_ATTEMPTS).first()
    _refuse_while_pending(current)
    if current:
        _expire(current)
    return _new_attempt(order, account, Way.DESK, now)


def _new_attempt(
    order: PaymentOrder, account: GatewayAccount, way: Way, now: datetime, *, next_poll_at: datetime | None = None
) -> PaymentAttempt:
    return PaymentAttempt.objects.create(
        order=order,
        account=account,
        way=way,
        order_ref=f"{order.order_number}{order.attempts.count() + 1:02d}",
        amount_paise=order.amount_paise,
        created_at=now,
        next_poll_at=next_poll_at,
    )


def _refuse_while_pending(attempt: PaymentAttempt | None) -> None:
    if attempt and attempt.state in (AttemptState.PENDING, AttemptState.UNKNOWN):
        raise PaymentInProgress


def _locked_payable(token: str, now: datetime, source: Source) -> PaymentOrder:
    """Lock an order that can be paid now at a door, and return it."""
    order = PaymentOrder.objects.select_for_update().filter(token=token).first()
    if order is None:
        raise OrderNotFound
    if order.state == OrderState.PAID:
        raise OrderAlreadyPaid
    if order.state == OrderState.CLOSED or order.expires_at <= now:
        raise OrderExpired
    lines, on = order.snapshot["lines"], day_of(now)
    if not payable_of(order.kind).still_costs(reference=order.reference, lines=lines, on=on, source=source):
        raise OrderExpired
    return order


def _lives(attempt: PaymentAttempt, way: Way, now: datetime) -> bool:
    """Say whether the payer can go on with the page or the link of this attempt."""
    is_open = attempt.state in LIVING[way] and attempt.way == way
    return is_open and attempt.valid_until is not None and attempt.valid_until > now


def _note_registration(attempt: PaymentAttempt, checkout: Checkout) -> None:
    PaymentAttempt.objects.filter(pk=attempt.pk, state=AttemptState.CREATED).update(
        state=AttemptState.REGISTERED,
        gateway_order_ref=checkout.gateway_order_ref,
        checkout={"url": checkout.url, "method": checkout.method, "fields": dict(checkout.fields)},
        valid_until=checkout.valid_until,
        last_error="",
    )
    health.note_success(attempt.account_id)
    log.info("attempt_registered", order_ref=attempt.order_ref)


def _expire(attempt: PaymentAttempt) -> None:
    """Make room for another attempt. Money may still come on this one, or has come meanwhile: it is asked about as before."""
    PaymentAttempt.objects.filter(pk=attempt.pk, state__in=OPEN_ATTEMPTS).update(state=AttemptState.EXPIRED)


def _note_failure(attempt: PaymentAttempt, error: GatewayError, now: datetime) -> None:
    """Keep the attempt open, for the gateway may have made the order, and count the failure against its account."""
    reason = f"{type(error).__name__}: {error}"
    alarms.gateway_failed("attempt_not_registered", order_ref=attempt.order_ref, error=error)
    PaymentAttempt.objects.filter(pk=attempt.pk).update(last_error=reason[:500])
    health.note_failure(attempt.account_id, reason=reason, now=now)


@transaction.atomic
def expire_orders(*, now: datetime) -> int:
    """Close open orders whose price no longer holds and which no attempt can still bring money for. Returns how many."""
    closable = PaymentOrder.objects.filter(state=OrderState.OPEN, expires_at__lte=now).exclude(
        attempts__state__in=OPEN_ATTEMPTS
    )
    return closable.update(state=OrderState.CLOSED)
