"""Writing: what one person asks for and another decides. The refusals that all such requests share."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from payments.decisions.models import Decided

if TYPE_CHECKING:
    from datetime import datetime

    Asked = TypeVar("Asked", bound=Decided)


class DecidedAlready(ServiceError):
    code = "decided_already"
    message = _("This has been decided already. A decision is not changed.")
    field = "request"
    http_status = 409


class ApproverIsMaker(ServiceError):
    code = "decided_by_asker"
    message = _("This is decided by somebody other than who asked for it. Please ask a colleague.")
    field = "approver"
    http_status = 409


class RefusalUnexplained(ServiceError):
    code = "refusal_unexplained"
    message = _("Please say why it is refused: whoever asked will want to know.")
    field = "refusal"


class ReasonMissing(ServiceError):
    code = "reason_missing"
    message = _("Please say why, so that a colleague can decide it.")
    field = "detail"


def check_another(maker: str, approver: str) -> None:
    """:raises ApproverIsMaker: who asked for something wants to decide it"""
    if maker == approver:
        raise ApproverIsMaker


def approve(model: type[Asked], request: int, *, approver: str, now: datetime) -> Asked:
    """Lock a request, write down that it is approved, and return it: the caller does what was asked for.

    :raises DecidedAlready, ApproverIsMaker: nothing is decided
    """
    found = _to_decide(model, request, approver)
    found.approver, found.approved_at = approver, now
    found.save(update_fields=["approver", "approved_at"])
    return found


def refuse(model: type[Asked], request: int, *, approver: str, refusal: str, now: datetime) -> Asked:
    """Lock a request and write down why it is refused.

    :raises RefusalUnexplained, DecidedAlready, ApproverIsMaker: nothing is decided
    """
    why = refusal_reason(refusal)
    found = _to_decide(model, request, approver)
    found.approver, found.refused_at, found.refusal = approver, now, why
    found.save(update_fields=["approver", "refused_at", "refusal"])
    return found


def reason(text: str) -> str:
    """Return why something is asked for. :raises ReasonMissing: it does not say"""
    if not text.strip():
        raise ReasonMissing
    return text.strip()


def refusal_reason(text: str) -> str:
    """Return why something is refused. :raises RefusalUnexplained: it does not say"""
    if not text.strip():
        raise RefusalUnexplained
    return text.strip()


def _to_decide(model: type[Asked], request: int, approver: str) -> Asked:
    found = model._default_manager.select_for_update().get(pk=request)
    if found.approver:
        raise DecidedAlready
    check_another(found.maker, approver)
    return found
