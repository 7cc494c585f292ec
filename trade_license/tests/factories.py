"""One valid certificate, one valid demand."""

from __future__ import annotations

from datetime import date

import factory
from factory.django import DjangoModelFactory

from trade_license.models import License, LicenseDemand

PARLOUR_AC = {
    "s199": 50_000, "s238_2": 100_000, "s307": 25_000, "collateral_1": 50_000, "collateral_2": 160_000, "processing_fee": 5_000,
}  # fmt: skip


class LicenseFactory(DjangoModelFactory):
    """An air-conditioned beauty parlour of 620 sq ft, valid until 31 March 2026."""

    class Meta:
        model = License

    ce_number = factory.Sequence(lambda n: f"CE/99/{n:06d}")
    trade_name = "Rupasree"
    holder_name = "Mita Sarkar"
    address = "14 Rashbehari Avenue"
    ward = 26
    nature_of_trade = "Beauty parlour"
    is_air_conditioned = True
    area_sq_ft = 620
    issued_on = date(2019, 6, 3)
    valid_until = date(2026, 3, 31)


class LicenseDemandFactory(DjangoModelFactory):
    """The demand of 2026-27, 3,900 rupees, without fine until 30 July 2026."""

    class Meta:
        model = LicenseDemand

    license = factory.SubFactory(LicenseFactory)
    financial_year = 2026
    demand_number = factory.LazyAttribute(lambda demand: f"TLD-{demand.license.pk}-{demand.financial_year}")
    issued_on = factory.LazyAttribute(lambda demand: date(demand.financial_year, 4, 1))
    last_date = factory.LazyAttribute(lambda demand: date(demand.financial_year, 7, 30))
    heads = factory.LazyFunction(lambda: dict(PARLOUR_AC))
