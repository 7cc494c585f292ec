from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatbotConfig(AppConfig):
    name = "chatbot"
    verbose_name = _("Chat")

    def ready(self) -> None:
        from chatbot import outgoing  # noqa: PLC0415 - apps are loaded before what they subscribe
        from payments import outbox  # noqa: PLC0415 - as above

        outbox.subscribe("receipt_issued", outgoing.send_receipt)
        outbox.subscribe("receipt_reversed", outgoing.send_reversal)
