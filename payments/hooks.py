"""Where gateways' servers post. The bytes are kept first and read at once; what fails to be read is read again later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments import inbox
from payments.gateways.base import WireMessage
from payments.models import GatewayAccount
from payments.states import MessageState

if TYPE_CHECKING:
    from django.http import HttpRequest

log = structlog.get_logger()
LARGEST = 64 * 1024


@csrf_exempt
@require_POST
def gateway_webhook(request: HttpRequest, account: str) -> HttpResponse:
    """200 once the message is stored, 400 when it is not the gateway's, 503 when it could not be stored."""
    if len(request.body) > LARGEST:
        return HttpResponse(status=413)
    try:
        message_id = keep(request, account, source="webhook")
    except (OperationalError, InterfaceError):
        return HttpResponse(status=503)
    try:
        message = inbox.read(message_id, now=timezone.now())
    except Exception:  # it is stored: the drain reads it again, and parks what it cannot read either
        log.exception("message_unread", message_id=message_id)
        return HttpResponse(status=200)
    return HttpResponse(status=400 if message.state == MessageState.REJECTED else 200)


def keep(request: HttpRequest, account: str, *, source: str) -> int:
    """Store a request's bytes and return the message's id. :raises Http404: no such gateway account"""
    found = get_object_or_404(GatewayAccount, code=account)
    message = WireMessage(source=source, content_type=request.content_type or "", body=request.body)
    return inbox.keep(found, message, peer=request.META.get("REMOTE_ADDR"), now=timezone.now())
