"""How loudly the log says that a gateway failed: an error is for a person's eyes at once, a warning for whoever looks."""

from __future__ import annotations

import structlog

from payments.gateways.base import OTHER_ANSWER, GatewayError

log = structlog.get_logger()


def gateway_failed(event: str, *, order_ref: str, error: GatewayError) -> None:
    """Log a call that failed. A signed answer about something else than the question is no failure of the line: an error."""
    say = log.error if getattr(error, "code", "") == OTHER_ANSWER else log.warning
    say(event, order_ref=order_ref, kind=type(error).__name__, reason=str(error))
