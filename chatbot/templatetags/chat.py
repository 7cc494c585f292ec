"""Bubbles in templates."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from chatbot.channels.markup import as_html

register = template.Library()


@register.filter
def bubble(text: str) -> SafeString:
    """Return a message with its bold, monospace and links drawn."""
    return as_html(text)
