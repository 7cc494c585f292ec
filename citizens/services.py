"""One-time codes: sent to a mobile number, good once, for one act on one thing (ADR 0026)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from citizens import codes, limits
from citizens.inputs import CodeWrong
from citizens.models import CodeAllowance, OneTimeCode
from kmc_portal.common.errors import ServiceError
from payments import outbox

if TYPE_CHECKING:
    from citizens.states import Purpose
    from payments.states import Source

log = structlog.get_logger()
TOPIC = "code_asked"
KEPT = timedelta(days=1)


class CodeExpired(ServiceError):
    code = "code_expired"
    message = _("This code is no longer good. Please ask for a new one.")
    field = "code"


class CodeUsed(ServiceError):
    code = "code_used"
    message = _("This code was used already; a code is good once. Please ask for a new one.")
    field = "code"


class CodeTooManyTries(ServiceError):
    code = "code_too_many_tries"
    message = _("A wrong code was typed too often. Please ask for a new one.")
    field = "code"
    http_status = 429


@dataclass(frozen=True, slots=True)
class CodeSent:
    """What whoever asked is told; it is the same whether there was anybody to send to or not."""

    ends_at: datetime


def send_code(
    *, purpose: Purpose, mobile: str, subject: str, client: str, now: datetime, language: str, source: Source
) -> CodeSent:
    """Write a code to a mobile number, which ends the last one for the same purpose, number and subject.

    `mobile` is as `inputs.mobile` returns it, and empty when nobody is known by what was asked: then the same work is
    done and the same answer given, nothing is sent, and no code will ever be right. `subject` is what the act is about
    and `client` the asker's address; a code to sign in has no subject but the number.

    :raises CodeWait: asked for too often, about this subject or by this client
    """
    code, ends_at = codes.new_code(), now + settings.CODE_LASTS
    with transaction.atomic():
        limits.spend_code(subject=_about(purpose, mobile, subject), client=client, now=now)
        is_sent = limits.may_reach(mobile or f"{purpose}:{subject}", now=now) and bool(mobile)
        _keep(purpose, mobile, subject, code if mobile else secrets.token_hex(), now, ends_at)
        reference = f"code:{secrets.token_hex(16)}"
        message = {
            "reference": reference,
            "mobile": mobile if is_sent else "",
            "code": code,
            "purpose": str(purpose),
            "language": language,
            "ends_at": ends_at.isoformat(),
        }
        outbox.write(topic=TOPIC, key=reference, payload=codes.sealed(message), now=now)
    log.info("code_asked", purpose=str(purpose), source=str(source))
    return CodeSent(ends_at)


def confirm_code(*, purpose: Purpose, mobile: str, subject: str, code: str, client: str, now: datetime) -> None:
    """Use up the code that was sent for exactly this; of two who come with it at the same moment one is refused.

    Called outside of any transaction: a wrong try must stay counted whatever becomes of the caller's work.

    :raises CodeWrong: not the last code; after five such tries no code is right any more
    :raises CodeExpired: never asked for, or more than ten minutes old
    :raises CodeUsed, CodeTooManyTries, CodeWait:
    """
    limits.spend_try(client=client, now=now)
    with transaction.atomic(durable=True):
        bound_to = _bound_to(purpose, mobile, subject)
        found = OneTimeCode.objects.select_for_update().filter(bound_to=bound_to).first()
        refusal = _verdict(found, code, now) if found else CodeExpired()
    if refusal is not None:
        raise refusal
    # Afterwards: sending takes the allowances before the code, and two who wait for each other would both fail.
    limits.forgive(subject=_about(purpose, mobile, subject), mobile=mobile)


def forget_codes(*, now: datetime) -> int:
    """Delete codes and allowances that no longer say anything. Returns how many."""
    old = OneTimeCode.objects.filter(sent_at__lte=now - KEPT), CodeAllowance.objects.filter(last_at__lte=now - KEPT)
    return sum(rows.delete()[0] for rows in old)


def _verdict(found: OneTimeCode, code: str, now: datetime) -> ServiceError | None:
    """Return why a code is not good, its try counted; None when it was, and is used up now."""
    if found.used_at is not None:
        return CodeUsed()
    if now >= found.ends_at:
        return CodeExpired()
    if found.tries >= settings.CODE_TRIES:
        return CodeTooManyTries()
    found.tries += 1
    is_right = constant_time_compare(found.code_hash, _hash_of(found.bound_to, code))
    found.used_at = now if is_right else None
    found.save(update_fields=["tries", "used_at"])
    return None if is_right else CodeWrong()


def _keep(purpose: Purpose, mobile: str, subject: str, code: str, now: datetime, ends_at: datetime) -> None:
    bound_to = _bound_to(purpose, mobile, subject)
    fresh = {
        "purpose": purpose,
        "code_hash": _hash_of(bound_to, code),
        "sent_at": now,
        "ends_at": ends_at,
        "tries": 0,
        "used_at": None,
    }
    OneTimeCode.objects.update_or_create(bound_to=bound_to, defaults=fresh)


def _bound_to(purpose: Purpose, mobile: str, subject: str) -> str:
    return codes.hidden("bound_to", purpose, mobile, subject)


def _hash_of(bound_to: str, code: str) -> str:
    return codes.hidden("code", bound_to, code)


def _about(purpose: Purpose, mobile: str, subject: str) -> str:
    """Return what the asker typed: waits depend on nothing else, so that they tell nothing."""
    return f"{purpose}:{subject or mobile}"
