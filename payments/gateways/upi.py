"""Links for UPI apps. Who is paid, how much and under which reference the gateway has written; we only pass them on."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from payments.gateways import wire

START = "upi://pay?"


class App(NamedTuple):
    """A UPI app: how a page opens it on Android and on an iPhone."""

    name: str
    package: str
    scheme: str


# Packages and Google Pay's path are in the apps' own guides; the other paths are as integrators use them.
APPS = (
    App("Google Pay", "com.google.android.apps.nbu.paisa.user", "gpay://upi/pay"),
    App("PhonePe", "com.phonepe.app", "phonepe://pay"),
    App("Paytm", "net.one97.paytm", "paytmmp://pay"),
    App("BHIM", "in.org.npci.upiapp", "bhim://pay"),
)


def checked(link: str, *, amount_paise: int) -> str:
    """Return a link that pays exactly this amount to somebody. :raises ValueError:"""
    fields = parse_qs(urlsplit(link).query)
    if not link.startswith(START) or not link.isascii() or not link.isprintable() or " " in link:
        raise ValueError("Not a link for a UPI app.")
    if not fields.get("pa") or wire.paise(fields.get("am", [""])[0]) != amount_paise:
        raise ValueError("The link pays nobody, or another amount.")
    return link


def for_app(link: str, app: App, *, platform: str) -> str:
    """Return the link that opens one app with the payment of `link`; `platform` is android or ios."""
    query = link.removeprefix(START)
    if platform == "android":
        return f"intent://pay?{query}#Intent;scheme=upi;package={app.package};end"
    return f"{app.scheme}?{query}"


def platform_of(user_agent: str) -> str:
    """Return android, ios, or nothing for what is no telephone."""
    if "Android" in user_agent:
        return "android"
    return "ios" if "iPhone" in user_agent or "iPad" in user_agent else ""
