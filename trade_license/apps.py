from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TradeLicenseConfig(AppConfig):
    name = "trade_license"
    verbose_name = _("Trade licence")

    def ready(self) -> None:
        from payments import invariants, payables, verifiables  # noqa: PLC0415 - models are not loaded before
        from trade_license.certificates import VerifiableLicense  # noqa: PLC0415 - models are not loaded before
        from trade_license.payable import DEMAND_INVARIANT, LicensePayable  # noqa: PLC0415 - models are not loaded before

        payables.register(LicensePayable())
        verifiables.register(VerifiableLicense())
        invariants.add(DEMAND_INVARIANT)
