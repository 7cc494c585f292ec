"""WhatsApp's marks for bold, italic and monospace, drawn as HTML for the browser and the demo phone."""

from __future__ import annotations

import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

# Links come first, so that an underscore in an address is no italic.
MARKS = re.compile(
    r"(?P<link>https?://[^\s<>\"]+[^\s<>\".,;:!?।])"
    r"|```(?P<mono>[^`\n]+)```"
    r"|(?<!\w)\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?!\w)"
    r"|(?<!\w)_(?P<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?!\w)"
)
SHAPES = {
    "link": '<a href="{0}" target="_blank" rel="noopener">{0}</a>',
    "mono": "<code>{0}</code>",
    "bold": "<b>{0}</b>",
    "italic": "<i>{0}</i>",
}


def as_html(text: str) -> SafeString:
    """Return a message as HTML with everything in it escaped; line breaks are left to the style sheet."""
    parts, end = [], 0
    for found in MARKS.finditer(text):
        name = found.lastgroup or "bold"
        parts += [escape(text[end : found.start()]), SHAPES[name].format(escape(found[name]))]
        end = found.end()
    parts.append(escape(text[end:]))
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped above
