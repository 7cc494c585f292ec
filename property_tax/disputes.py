"""Writing: which bills are disputed. They are in no letter of intimation, and no F/S is made for their quarters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from property_tax.models import Demand

if TYPE_CHECKING:
    from datetime import date

log = structlog.get_logger()


class DemandNotFound(ServiceError):
    code = "demand_not_found"
    message = _("There is no bill {demand_number}. Please check the number on the bill.")
    field = "demand_number"
    http_status = 404


def mark_disputed(*, demand_number: str, since: date | None) -> None:
    """Note since when a bill is disputed; None when it no longer is. What is owed on it does not change.

    :raises DemandNotFound: no such bill
    """
    if not Demand.objects.filter(demand_number=demand_number).update(disputed_on=since):
        raise DemandNotFound(demand_number=demand_number)
    log.info("demand_disputed" if since else "dispute_settled", demand_number=demand_number)
