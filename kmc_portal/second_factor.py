"""The second factor of a clerk: a phone whose app shows a new code every half minute, each good once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import segno
import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from kmc_portal.common import digits
from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = structlog.get_logger()


class SecondFactorWrong(ServiceError):
    code = "second_factor_wrong"
    message = _(
        "This is not the code that the app shows now. Please type the six digits that it shows, before they change."
    )
    field = "code"


class SecondFactorRests(ServiceError):
    code = "second_factor_rests"
    message = _("Too many wrong codes. Please wait a minute and try once more.")
    field = "code"
    http_status = 429


def device_of(user: User) -> TOTPDevice:
    """Return the phone that a clerk has enrolled, or the one that waits to be."""
    enrolled = TOTPDevice.objects.filter(user=user).order_by("-confirmed", "pk").first()
    return enrolled or TOTPDevice.objects.create(user=user, name="phone", confirmed=False)


def check(device: TOTPDevice, typed: str) -> None:
    """Accept the code that a phone shows, once, and enrol the phone by its first. :raises SecondFactorWrong, SecondFactorRests:"""
    if not device.verify_is_allowed()[0]:
        raise SecondFactorRests
    if not _is_accepted(device, digits.only_digits(typed)):
        raise SecondFactorWrong
    device.refresh_from_db()


@transaction.atomic
def _is_accepted(device: TOTPDevice, code: str) -> bool:
    """Try a code under a lock, so that two who send the same one do not both come in. A wrong one is counted."""
    locked = TOTPDevice.objects.select_for_update().get(pk=device.pk)
    is_right = bool(locked.verify_token(code or "-"))
    if is_right and not locked.confirmed:
        locked.confirmed = True
        locked.save(update_fields=["confirmed"])
        log.info("second_factor_enrolled", user=locked.user_id)
    return is_right


def square_of(device: TOTPDevice) -> str:
    """Return the drawing that an authenticator app scans."""
    return str(segno.make(device.config_url, micro=False).svg_inline(scale=4, border=4, omitsize=True))


def secret_of(device: TOTPDevice) -> str:
    """Return the secret in groups of four, for who cannot scan it."""
    plain = device.config_url.split("secret=")[1].split("&")[0]
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))
