"""Trade licence over chat. Nothing can be done here yet, and it says so."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chatbot.engine.steps import Dialog, Say

TRADE_LICENSE = Dialog(
    name="trade_license",
    version=1,
    title=_("Trade licence"),
    words="""
        trade licence; trade license; licence; license; lisens; certificate of enlistment
        ; ট্রেড লাইসেন্স; লাইসেন্স; ट्रेड लाइसेंस; लाइसेंस
    """,
    steps=(
        Say(
            _(
                "Renewing a trade licence in this chat opens soon. Until then please renew at the Licence department of "
                "your borough office or at the corporation's headquarters, 5 S. N. Banerjee Road, with your last "
                "certificate of enlistment.\n\n"
                "Send 0 for the menu."
            )
        ),
    ),
)
