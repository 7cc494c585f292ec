"""Having a task done at once. The schedule does it a little later where no broker can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from kombu.exceptions import OperationalError as BrokerAway

if TYPE_CHECKING:
    from celery import Task

log = structlog.get_logger()


def hurry(task: Task[..., Any], **arguments: object) -> None:
    """Put a task in front of a worker; without a broker nothing happens here."""
    try:
        task.delay(**arguments)
    except (BrokerAway, OSError) as fault:
        log.warning("broker_away", kind=type(fault).__name__)
