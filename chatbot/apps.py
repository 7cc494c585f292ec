from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatbotConfig(AppConfig):
    name = "chatbot"
    verbose_name = _("Chat")

    def ready(self) -> None:
        from chatbot import code_messages, outgoing  # noqa: PLC0415 - apps are loaded before what they subscribe
        from citizens.services import TOPIC as CODE_ASKED  # noqa: PLC0415 - as above
        from payments import outbox  # noqa: PLC0415 - as above

        outbox.subscribe("receipt_issued", outgoing.send_receipt)
        outbox.subscribe(CODE_ASKED, code_messages.send_code, forget=True)
        outbox.subscribe("receipt_reversed", outgoing.send_reversal)
        outbox.subscribe("refund_done", outgoing.send_refund)
        outbox.subscribe("refund_failed", outgoing.send_failed_refund)
        outbox.subscribe("money_moved", outgoing.send_move)
