"""A mobile number, somebody's subject, and the reader of what would be sent."""

from __future__ import annotations

import pytest

from citizens import services
from citizens.codes import unsealed
from citizens.states import Purpose
from payments.models import OutboxMessage
from payments.states import Source

MOBILE, OTHER, SUBJECT = "+919830012345", "+919830054321", "CE-1"
CLIENT = "203.0.113.7"


def sent() -> list[dict[str, str]]:
    """What lies in the outbox, opened, oldest first."""
    return [unsealed(message.payload) for message in OutboxMessage.objects.order_by("id")]


@pytest.fixture
def ask(now):
    """Ask for a code and return the one that would be sent."""

    def send(*, at=None, purpose=Purpose.CLOSE_LICENSE, mobile=MOBILE, subject=SUBJECT, client=CLIENT, language="en"):
        services.send_code(
            purpose=purpose,
            mobile=mobile,
            subject=subject,
            client=client,
            now=at or now,
            language=language,
            source=Source.WEB,
        )
        return sent()[-1]["code"]

    return send


@pytest.fixture
def confirm(now):
    def try_code(code, *, at=None, purpose=Purpose.CLOSE_LICENSE, mobile=MOBILE, subject=SUBJECT, client=CLIENT):
        services.confirm_code(purpose=purpose, mobile=mobile, subject=subject, code=code, client=client, now=at or now)

    return try_code


def another(code: str) -> str:
    """A code that is certainly not this one."""
    return f"{(int(code) + 1) % 10**6:06}"
