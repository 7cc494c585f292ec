"""One valid assessee, one valid bill."""

from __future__ import annotations

from datetime import date

import factory
from factory.django import DjangoModelFactory

from property_tax.models import Assessee, Demand, Ward


class WardFactory(DjangoModelFactory):
    class Meta:
        model = Ward
        django_get_or_create = ("number",)

    number = 26
    borough = 4


class AssesseeFactory(DjangoModelFactory):
    class Meta:
        model = Assessee

    assessee_number = factory.Sequence(lambda n: f"11{26:03d}01{n:04d}1")
    ward = factory.SubFactory(WardFactory)
    owner_name = "Sukumar Das"
    premises_number = "12A"
    street_name = "Rashbehari Avenue"
    pin = "700006"


class DemandFactory(DjangoModelFactory):
    """A current PD of 2,025 rupees: 1,924 within the rebate."""

    class Meta:
        model = Demand

    demand_number = factory.Sequence(lambda n: f"PD-{n:06d}")
    assessee = factory.SubFactory(AssesseeFactory)
    kind = "PD"
    financial_year = 2026
    quarter = 3
    issued_on = date(2026, 10, 1)
    presented_on = date(2026, 10, 20)
    rebate_date = date(2026, 11, 30)
    property_tax_paise = 200_000
    howrah_bridge_tax_paise = 2_500
