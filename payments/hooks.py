"""Where gateways' servers post. The bytes are kept first and read at once; what fails to be read is read again later."""

from __future__ import annotations

from dataclasses import replace
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
# Enough to see what it was; a flood of large messages must not fill the disk.
BEGINNING = 2 * 1024
# Razorpay signs beside the body; BillDesk inside it.
SIGNATURE = "X-Razorpay-Signature"


class TooLarge(Exception):
    """More bytes than any gateway sends."""


@csrf_exempt
@require_POST
def gateway_webhook(request: HttpRequest, account: str) -> HttpResponse:
    """200 once it is stored, 400 when it is not the gateway's, 413 when it is too large, 503 when it could not be stored."""
    try:
        message_id = keep(request, account, source="webhook")
    except TooLarge:
        return HttpResponse(status=413)
    except (OperationalError, InterfaceError):
        return HttpResponse(status=503)
    try:
        message = inbox.read(message_id, now=timezone.now())
    except Exception:  # it is stored: the drain reads it again, and parks what it cannot read either
        log.exception("message_unread", message_id=message_id)
        return HttpResponse(status=200)
    return HttpResponse(status=400 if message.state == MessageState.REJECTED else 200)


def keep(request: HttpRequest, account: str, *, source: str) -> int:
    """Store a request's bytes and return the message's id.

    :raises Http404: no such gateway account
    :raises TooLarge: no gateway sends so much; its beginning is stored
    """
    found = get_object_or_404(GatewayAccount, code=account)
    content_type, signature = request.content_type or "", request.headers.get(SIGNATURE, "")
    message = WireMessage(source, content_type, request.read(LARGEST + 1), signature)
    peer, now = request.META.get("REMOTE_ADDR"), timezone.now()
    if len(message.body) <= LARGEST:
        return inbox.keep(found, message, peer=peer, now=now)
    size = request.headers.get("Content-Length") or f"more than {LARGEST}"
    inbox.keep_beginning(found, replace(message, body=message.body[:BEGINNING]), size=size, peer=peer, now=now)
    raise TooLarge
