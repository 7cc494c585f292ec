"""The database refuses a row that cannot be, and the city is whole."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from property_tax.models import Ward
from property_tax.tests.factories import AssesseeFactory, DemandFactory, WardFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("factory", "values", "name"),
    [
        (WardFactory, {"number": 145}, "ward_from_1_to_144"),
        (WardFactory, {"number": 1, "borough": 17}, "ward_borough_from_1_to_16"),
        (AssesseeFactory, {"assessee_number": "11026010005"}, "assessee_number_is_12_digits"),
        (AssesseeFactory, {"assessee_number": "১১০২৬০১০০০৫১"}, "assessee_number_is_12_digits"),
        (AssesseeFactory, {"annual_value_paise": -1}, "assessee_annual_value_not_negative"),
        (AssesseeFactory, {"commercial_annual_value_paise": -1}, "assessee_commercial_value_not_negative"),
        (AssesseeFactory, {"status": "gone"}, "assessee_status_known"),
        (DemandFactory, {"kind": "XX"}, "demand_kind_known"),
        (DemandFactory, {"quarter": 5}, "demand_quarter_from_1_to_4"),
        (DemandFactory, {"property_tax_paise": -1}, "demand_amounts_not_negative"),
        (DemandFactory, {"presented_on": date(2026, 9, 30)}, "demand_presented_after_issue"),
        (DemandFactory, {"rebate_date": date(2026, 10, 19)}, "demand_rebate_after_presentation"),
    ],
)
def test_row_that_breaks_a_rule_is_refused(factory, values, name):
    Ward.objects.filter(number=values.get("number")).delete()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        factory(**values)


def test_bill_number_is_given_once():
    DemandFactory(demand_number="PD-1")

    with pytest.raises(IntegrityError, match="demand_number_once"), transaction.atomic():
        DemandFactory(demand_number="PD-1")


def test_city_has_144_wards_in_16_boroughs():
    wards = dict(Ward.objects.values_list("number", "borough"))

    assert sorted(wards) == list(range(1, 145))
    counts = [list(wards.values()).count(borough) for borough in range(1, 17)]
    assert counts == [9, 9, 9, 10, 11, 10, 9, 11, 10, 12, 7, 7, 7, 7, 9, 7]
