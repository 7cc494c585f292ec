"""Reading: the conversations of a citizen, for other parts of the portal that know a mobile number only."""

from __future__ import annotations

from chatbot.models import Conversation


def told_at(mobile: str) -> list[str]:
    """Return the conversations of a mobile number (`+91` and ten digits), as orders keep whom they are told to. One query."""
    found = Conversation.objects.filter(address=f"whatsapp:{mobile}").values_list("pk", flat=True)
    return [str(pk) for pk in found]
