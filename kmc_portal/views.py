"""The front page."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import segno
from django.conf import settings
from django.shortcuts import render

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def front_page(request: HttpRequest) -> HttpResponse:
    return render(request, "front_page.html", {"whatsapp_qr": whatsapp_qr()})


@lru_cache(maxsize=1)
def whatsapp_qr() -> str:
    """Return, as an image address, the code that opens a chat with the portal's number."""
    code = segno.make(f"https://wa.me/{settings.WHATSAPP_NUMBER}?text=Hi", error="m", micro=False)
    return code.svg_data_uri(border=1)
