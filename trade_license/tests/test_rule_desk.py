"""What a new fee schedule would change, before anybody puts it in force."""

from __future__ import annotations

from datetime import date

import pytest

from kmc_portal.common.rulebook.keeping import ApproverIsMaker, RuleBookNotPreviewed
from trade_license.models import License
from trade_license.queries import license_dues
from trade_license.rule_services import KEEPING
from trade_license.rules import book
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = pytest.mark.django_db


def shipped_with(kind: str, **terms):
    """The shipped book with other terms in the rows of one kind."""
    document = book.shipped()
    for row in document["rules"]:
        if row["kind"] == kind:
            row.update(terms)
    return document


@pytest.fixture(autouse=True)
def town(db):
    """Two parlours, one of which is late with 3,900 rupees; a band supplier; one that is closed."""
    LicenseDemandFactory(license=LicenseFactory(ce_number="CE/1"))
    LicenseFactory(ce_number="CE/2")
    LicenseFactory(ce_number="CE/3", nature_of_trade="Band supplier")
    LicenseFactory(ce_number="CE/4", closed_on=date(2026, 5, 1))


def test_same_book_changes_nothing(now):
    found = KEEPING.preview_rules(book.shipped(), on=now.date())

    total = 395_000 + 2 * 390_000 + 10_000
    assert found == {"checked": 3, "changed": 0, "before_paise": total, "after_paise": total}


def test_other_fine_changes_who_is_late(now):
    document = shipped_with("late_fine", bands=[{"after_days": 0, "percent": "50"}])

    found = KEEPING.preview_rules(document, on=now.date())
    assert (found["changed"], found["after_paise"] - found["before_paise"]) == (1, 20_000)


def test_other_fee_changes_the_next_year_of_each_trade(now):
    document = book.shipped()
    for row in document["rules"]:
        if row["code"] == "band_supplier":
            row.update(heads=[{"section": "s199", "rupees": "250"}], printed_total_rupees="250")

    found = KEEPING.preview_rules(document, on=now.date())
    assert (found["changed"], found["after_paise"] - found["before_paise"]) == (1, 15_000)


def test_schedule_needs_a_preview_and_a_second_clerk(now):
    document = shipped_with("late_fine", bands=[{"after_days": 0, "percent": "50"}])
    version = KEEPING.load_rules(document, maker="anita", now=now)
    with pytest.raises(RuleBookNotPreviewed):
        KEEPING.approve_rules(version.pk, approver="bimal", now=now)
    KEEPING.preview_waiting(now=now)
    with pytest.raises(ApproverIsMaker):
        KEEPING.approve_rules(version.pk, approver="anita", now=now)

    KEEPING.approve_rules(version.pk, approver="bimal", now=now)
    assert license_dues(ce_number="CE1", on=now.date()).dues.total_paise == 390_000 + 25_000


def test_order_that_moves_the_last_date_takes_the_fine_off(now):
    document = book.shipped()
    order = {
        "kind": "last_date_order",
        "code": "order",
        "valid_from": "2026-08-01",
        "source": "a test",
        "confidence": "official",
    }
    document["rules"].append({**order, "financial_year": "2026-27", "last_date": "2026-11-30"})
    version = KEEPING.load_rules(document, maker="anita", now=now)
    KEEPING.preview_version(version.pk, now=now)
    KEEPING.approve_rules(version.pk, approver="bimal", now=now)

    dues = [license_dues(ce_number="CE1", on=on).dues.total_paise for on in (date(2026, 11, 30), date(2026, 12, 1))]
    assert dues == [390_000, 395_000]
    assert License.objects.count() == 4
