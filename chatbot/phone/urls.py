"""Addresses of the demo phone, and of the part of Twilio that it plays."""

from __future__ import annotations

from django.urls import path

from chatbot.phone import content_rest, rest, views

urlpatterns = [
    path("", views.phone, name="phone"),
    path("screen/", views.screen, name="phone_screen"),
    path("papers/<int:pk>/", views.paper, name="phone_paper"),
    path("twilio/2010-04-01/Accounts/<str:account_sid>/Messages.json", rest.messages, name="phone_messages"),
    path("twilio/v1/Content", content_rest.contents, name="phone_contents"),
    path("twilio/v1/Content/<str:sid>/ApprovalRequests/whatsapp", content_rest.ask_approval, name="phone_approval"),
    path("twilio/v1/Content/<str:sid>/ApprovalRequests", content_rest.approvals, name="phone_approvals"),
]
