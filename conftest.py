"""What every test may rely on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection

from kmc_portal.common.clock import IST

GUARDED = (
    "payments_payment",
    "payments_allocation",
    "payments_journal",
    "payments_journalline",
    "payments_receipt",
    "payments_reversal",
    "payments_handedover",
    "payments_receiptprint",
    "payments_refund",
    "payments_journalseal",
    "payments_placement",
    "payments_closingrequest",
    "payments_breakclosing",
    "payments_dispute",
    "payments_settlementfile",
    "payments_settlementline",
    "payments_settlementchange",
    "payments_settlementmatch",
    "payments_bankfile",
    "payments_bankline",
    "auditlog_logentry",
    "property_tax_demandcredit",
    "property_tax_noduescertificate",
    "trade_license_certificate",
    "trade_license_applicationpaper",
    "trade_license_inspection",
    "trade_license_committeevote",
    "chatbot_consent",
)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let the test database be emptied between tests: the guard against TRUNCATE is the only one taken off."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only_truncate")


@pytest.fixture
def now() -> datetime:
    """A Monday in the third quarter of 2026-27, within the rebate of the factory's bill."""
    return datetime(2026, 11, 23, 11, 30, tzinfo=IST)


@pytest.fixture
def shelf(settings, tmp_path) -> Path:
    """Where the papers of one test are kept."""
    papers = {**settings.STORAGES["papers"]}
    papers["OPTIONS"] = {**papers["OPTIONS"], "location": str(tmp_path / "papers")}
    settings.STORAGES = {**settings.STORAGES, "papers": papers}
    return tmp_path / "papers"
