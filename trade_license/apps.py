from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TradeLicenseConfig(AppConfig):
    name = "trade_license"
    verbose_name = _("Trade licence")

    def ready(self) -> None:
        from citizens import remembered  # noqa: PLC0415 - models are not loaded before
        from payments import invariants, payables, verifiables  # noqa: PLC0415 - models are not loaded before
        from trade_license import inputs  # noqa: PLC0415 - models are not loaded before
        from trade_license.certificates import VerifiableLicense  # noqa: PLC0415 - models are not loaded before
        from trade_license.payable import DEMAND_INVARIANT, LicensePayable  # noqa: PLC0415 - models are not loaded before
        from trade_license.states import KIND  # noqa: PLC0415 - models are not loaded before

        remembered.register(
            remembered.Rememberable(
                kind=KIND,
                label=_("Trade licence"),
                clean=inputs.ce_number_as_written,
                printed=str,
                page="trade_license:enquiry",
                field="ce_number",
            )
        )
        payables.register(LicensePayable())
        verifiables.register(VerifiableLicense())
        invariants.add(DEMAND_INVARIANT)
