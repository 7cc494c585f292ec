from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        from payments import checks, outbox, verifiables  # noqa: PLC0415 - models are not loaded before
        from payments.arrivals import digests  # noqa: PLC0415 - models are not loaded before
        from payments.queries import VerifiableReceipt  # noqa: PLC0415 - models are not loaded before

        outbox.subscribe(digests.TOPIC, digests.send_digest)
        register(checks.accounts_are_real, Tags.database)
        verifiables.register(VerifiableReceipt())
