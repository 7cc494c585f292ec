"""Addresses of the chat."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from chatbot import hooks, paper_views, views

app_name = "chatbot"
urlpatterns: list[URLPattern | URLResolver] = [
    path("hooks/twilio/inbound/", hooks.inbound, name="inbound"),
    path("hooks/twilio/fallback/", hooks.fallback, name="fallback"),
    path("hooks/twilio/status/", hooks.status, name="status"),
    path("chat/", views.chat, name="chat"),
    path("chat/papers/<slug:token>.pdf", paper_views.paper, name="paper"),
]
if settings.DEBUG or settings.TESTING:
    urlpatterns.append(path("demo/phone/", include("chatbot.phone.urls")))
