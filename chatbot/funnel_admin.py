"""The messages for clerks, and how far citizens get in each service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext

from chatbot.funnel import funnel
from chatbot.models import InboundMessage
from kmc_portal.common.admin import ReadOnlyAdmin, ShowsPersons

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

FUNNEL = "chatbot_inboundmessage_funnel"


@admin.register(InboundMessage)
class InboundMessageAdmin(ShowsPersons, ReadOnlyAdmin):
    change_list_template = "admin/desk_list.html"
    list_display = ("provider_id", "conversation_id", "dialog", "step", "outcome", "received_at")
    list_filter = ("dialog", "outcome")
    search_fields = ("=provider_id", "=conversation__address")
    ordering = ("-id",)

    def get_urls(self) -> list[URLPattern]:
        return [path("funnel/", self.admin_site.admin_view(self.funnel), name=FUNNEL), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        more = {"act": gettext("How far citizens get"), "act_url": f"admin:{FUNNEL}"}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def funnel(self, request: HttpRequest) -> HttpResponse:
        """:raises PermissionDenied: whoever asks may not see messages"""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": gettext("How far citizens get"),
            "funnel": funnel(now=timezone.now()),
        }
        return render(request, "admin/funnel.html", context)
