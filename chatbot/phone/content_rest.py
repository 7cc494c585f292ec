"""The part of Twilio's Content API that the portal uses, as strict as the published limits. What was made is drawn by the phone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from chatbot.models import PhoneContent
from chatbot.phone.content_rules import check_content, check_template
from chatbot.phone.drawing import drawn
from chatbot.phone.rest import check_caller
from chatbot.phone.rules import RuleBroken
from chatbot.phone.wire import new_sid

if TYPE_CHECKING:
    from django.http import HttpRequest


@csrf_exempt
@require_POST
def contents(request: HttpRequest) -> JsonResponse:
    """Make a content, or say which rule it breaks."""
    try:
        check_caller(request, settings.TWILIO_ACCOUNT_SID)
        asked = json.loads(request.body)
        check_content(asked)
    except RuleBroken as broken:
        return _refused(broken)
    shown = drawn(asked["types"])
    made = PhoneContent.objects.create(
        sid=new_sid("HX"), language=asked["language"], created_at=timezone.now(), **shown._asdict()
    )
    return JsonResponse({"sid": made.sid, **asked}, status=201)


@csrf_exempt
@require_POST
def ask_approval(request: HttpRequest, sid: str) -> JsonResponse:
    """Take a content in for approval; here everything is approved that may be asked for."""
    try:
        check_caller(request, settings.TWILIO_ACCOUNT_SID)
        made, asked = get_object_or_404(PhoneContent, sid=sid), json.loads(request.body)
        check_template(made.body, asked)
    except RuleBroken as broken:
        return _refused(broken)
    PhoneContent.objects.filter(pk=made.pk).update(approval="approved")
    return JsonResponse({"name": asked["name"], "category": asked["category"], "status": "received"}, status=201)


@require_GET
def approvals(request: HttpRequest, sid: str) -> JsonResponse:
    try:
        check_caller(request, settings.TWILIO_ACCOUNT_SID)
    except RuleBroken as broken:
        return _refused(broken)
    made = get_object_or_404(PhoneContent, sid=sid)
    return JsonResponse({"sid": sid, "whatsapp": {"status": made.approval or "unsubmitted"}})


def _refused(broken: RuleBroken) -> JsonResponse:
    return JsonResponse({"code": broken.code, "message": str(broken), "status": broken.status}, status=broken.status)
