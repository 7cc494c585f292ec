from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class PropertyTaxConfig(AppConfig):
    name = "property_tax"
    verbose_name = _("Property tax")

    def ready(self) -> None:
        from citizens import remembered  # noqa: PLC0415 - models are not loaded before
        from payments import invariants, payables, verifiables  # noqa: PLC0415 - models are not loaded before
        from property_tax import inputs, wards  # noqa: PLC0415 - models are not loaded before
        from property_tax.certificates import VerifiableCertificate  # noqa: PLC0415 - models are not loaded before
        from property_tax.payable import BILL_INVARIANT, DemandPayable  # noqa: PLC0415 - models are not loaded before
        from property_tax.states import KIND  # noqa: PLC0415 - models are not loaded before

        remembered.register(
            remembered.Rememberable(
                kind=KIND,
                label=_("Property tax"),
                clean=inputs.assessee_number,
                printed=inputs.printed,
                page="property_tax:enquiry",
                field="assessee_number",
            )
        )
        payables.register(DemandPayable())
        verifiables.register(VerifiableCertificate())
        invariants.add(BILL_INVARIANT)
        post_migrate.connect(wards.write_wards, sender=self)
