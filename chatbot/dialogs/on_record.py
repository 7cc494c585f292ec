"""What stands on record, as a message may show it."""

from __future__ import annotations

# WhatsApp takes these for bold, italic, struck through and fixed width.
MARKS = str.maketrans("*_~`", "    ")


def without_marks(text: str) -> str:
    """Return a name or an address without the characters that a channel would take for marks."""
    return text.translate(MARKS)
