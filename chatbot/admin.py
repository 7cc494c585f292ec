"""The chat for clerks: to find and to read, never to change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from chatbot.funnel_admin import InboundMessageAdmin as InboundMessageAdmin
from chatbot.handover_admin import HandoverAdmin as HandoverAdmin
from chatbot.models import (
    Consent,
    Conversation,
    OutboundMessage,
    PaperLink,
    PaymentQuestion,
    ProviderContent,
    SavedNumber,
    WebhookRejection,
)
from chatbot.parked_admin import ParkedMessageAdmin as ParkedMessageAdmin
from chatbot.queries import transcript
from chatbot.walk_admin import NumberWalkAdmin as NumberWalkAdmin
from kmc_portal.common.admin import ReadOnlyAdmin, ShowsPersons

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

# Exchanges on the page of a conversation: what can be read at a sitting.
SHOWN = 60


@admin.register(Conversation)
class ConversationAdmin(ShowsPersons, ReadOnlyAdmin):
    list_display = ("id", "channel", "language", "turns", "last_inbound_at", "created_at")
    list_filter = ("channel", "language")
    search_fields = ("=address", "=id")
    ordering = ("-id",)
    change_form_template = "admin/conversation.html"
    # Where it stands is the engine's own note, and no clerk's reading.
    exclude = ("state",)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        said = transcript(address=found.address)[-SHOWN:] if found else []
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "exchanges": said})


@admin.register(OutboundMessage)
class OutboundMessageAdmin(ShowsPersons, ReadOnlyAdmin):
    list_display = ("dedup_key", "conversation_id", "status", "error_code", "created_at")
    list_filter = ("status",)
    search_fields = ("=dedup_key", "=provider_id", "=conversation__address")
    ordering = ("-id",)


@admin.register(WebhookRejection)
class WebhookRejectionAdmin(ReadOnlyAdmin):
    list_display = ("day", "hook", "reason", "count")
    list_filter = ("hook", "reason")
    ordering = ("-day",)


@admin.register(PaymentQuestion)
class PaymentQuestionAdmin(ReadOnlyAdmin):
    list_display = ("order", "conversation_id", "asked_at", "answer", "answered_at")
    list_filter = ("answer",)
    list_select_related = ("order",)
    search_fields = ("=order__order_number", "=order__reference", "=conversation__address")
    ordering = ("-id",)


@admin.register(SavedNumber)
class SavedNumberAdmin(ShowsPersons, ReadOnlyAdmin):
    list_display = ("conversation_id", "kind", "is_reminded", "saved_at")
    list_filter = ("kind", "is_reminded")
    search_fields = ("=conversation__address", "=number")
    ordering = ("-id",)


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ("conversation_number", "purpose", "is_given", "language", "said_at")
    list_filter = ("purpose", "is_given")
    search_fields = ("=conversation_number",)
    ordering = ("-id",)


@admin.register(ProviderContent)
class ProviderContentAdmin(ReadOnlyAdmin):
    list_display = ("name", "sid", "approval", "synced_at")
    list_filter = ("approval",)
    search_fields = ("=name", "=sid")
    ordering = ("name",)


@admin.register(PaperLink)
class PaperLinkAdmin(ReadOnlyAdmin):
    list_display = ("message_id", "language", "made_at", "expires_at", "fetched", "asked_about")
    search_fields = ("=message__dedup_key",)
    # Who could read where a paper stands could open it.
    exclude = ("digest", "address")
    ordering = ("-id",)
