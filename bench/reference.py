"""The reference of `chat_turn`: the same message stored, the same dues answered, by three statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse, HttpResponseForbidden
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from twilio.request_validator import RequestValidator

from bench.dues import one_sql

if TYPE_CHECKING:
    from django.http import HttpRequest

VALIDATOR = RequestValidator(settings.TWILIO_AUTH_TOKEN)
LOCK = """
INSERT INTO chatbot_conversation AS held (address, channel, language, state, turns, last_inbound_at, created_at)
VALUES (%s, 'whatsapp', 'bn', %s, 1, %s, %s)
ON CONFLICT (address) DO UPDATE
   SET last_inbound_at = excluded.last_inbound_at, state = excluded.state, turns = held.turns + 1
RETURNING id
"""
STORE = """
INSERT INTO chatbot_inboundmessage (provider_id, conversation_id, body, reply, options, received_at)
VALUES (%s, %s, %s, %s, '[]', %s) ON CONFLICT (provider_id) DO NOTHING
"""


@csrf_exempt
def bare(request: HttpRequest) -> HttpResponse:
    """Nothing but Django and its usual middleware."""
    return HttpResponse(status=204)


@csrf_exempt
def raw_turn(request: HttpRequest) -> HttpResponse:
    form = request.POST
    signature = request.headers.get("X-Twilio-Signature", "")
    if not VALIDATOR.validate(settings.PUBLIC_BASE_URL + request.path, form, signature):
        return HttpResponseForbidden()
    now, number = timezone.now(), form["Body"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK, [form["From"], f'{{"answers": {{"assessee_number": "{number}"}}}}', now, now])
        (conversation,) = cursor.fetchone()
        dues = one_sql(cursor, number, timezone.localdate(now))
        lines = "\n".join(f"{heading}: {paise // 100}" for heading, paise in dues.items())
        reply = f"{number}\n{sum(dues.values()) // 100}\n{lines}"
        cursor.execute(STORE, [form["MessageSid"], conversation, number, reply, now])
    xml = f'<?xml version="1.0" encoding="UTF-8"?><Response><Message>{reply}</Message></Response>'
    return HttpResponse(xml, content_type="text/xml")
