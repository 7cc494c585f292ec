"""Lists of the desk turn their pages from a row, count nothing, and search each column by its own index."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kmc_portal.common import keyset
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from trade_license.tests.factories import LicenseFactory

pytestmark = pytest.mark.django_db
BILLS, ASSESSEES = "/admin/property_tax/demand/", "/admin/property_tax/assessee/"


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr("kmc_portal.common.admin.ReadOnlyAdmin.list_per_page", 3)


@pytest.fixture
def assessees(small_pages) -> list[str]:
    return sorted(AssesseeFactory().assessee_number for _ in range(8))


def page(client, address: str) -> tuple[list[str], str, str]:
    """What stands on a page, and its links to the next and back."""
    found = client.get(address).context["cl"]
    return [str(row) for row in found.result_list], found.older, found.newer


def test_pages_go_on_from_the_last_row_to_the_end_and_back_to_the_beginning(admin_client, assessees):
    shown, addresses, address = [], [], "?"
    while address:
        rows, address_next, _back = page(admin_client, f"{ASSESSEES}{address}")
        shown.append(rows)
        addresses.append(address)
        address = address_next
    assert shown == [assessees[:3], assessees[3:6], assessees[6:]]

    rows, _older, back = page(admin_client, f"{ASSESSEES}{addresses[-1]}")
    rows, older, back = page(admin_client, f"{ASSESSEES}{back}")
    assert (rows, older) == (assessees[3:6], addresses[-1])
    assert page(admin_client, f"{ASSESSEES}{back}")[0] == assessees[:3]


def test_first_page_has_no_way_back_and_a_whole_list_no_way_at_all(admin_client, assessees):
    _rows, older, newer = page(admin_client, ASSESSEES)
    assert (bool(older), newer) == (True, "")

    assert page(admin_client, f"{ASSESSEES}?status__exact=closed") == ([], "", "")


def test_a_row_that_comes_meanwhile_does_not_move_the_next_page(admin_client, assessees):
    _rows, older, _newer = page(admin_client, ASSESSEES)

    AssesseeFactory(assessee_number="110010100011")

    assert page(admin_client, f"{ASSESSEES}{older}")[0] == assessees[3:6]


@pytest.mark.parametrize("key", ["999999", "x", ""])
def test_a_row_that_is_gone_begins_the_list_again(admin_client, assessees, key):
    assert page(admin_client, f"{ASSESSEES}?after={key}")[0] == assessees[:3]


def test_a_filter_is_kept_from_page_to_page(admin_client, assessees):
    AssesseeFactory(status="closed")

    _rows, older, _newer = page(admin_client, f"{ASSESSEES}?status__exact=active")

    assert older.startswith("?status__exact=active&after=")
    assert page(admin_client, f"{ASSESSEES}{older}")[0] == assessees[3:6]


@pytest.mark.parametrize("ordering", [("-issued_on", "pk"), ("issued_on", "-pk"), ("-pk",)])
def test_pages_together_are_the_whole_list_in_its_ordering(admin_client, small_pages, monkeypatch, ordering):
    assessee = AssesseeFactory()
    quarters = [(year, quarter) for year in (2023, 2024) for quarter in (1, 2, 3, 4)]
    for at, (year, quarter) in enumerate(quarters):
        issued = f"2026-0{1 + at % 3}-01"
        DemandFactory(assessee=assessee, financial_year=year, quarter=quarter, issued_on=issued, presented_on=issued)
    monkeypatch.setattr("property_tax.admin.DemandAdmin.ordering", ordering)

    shown, address = [], "?"
    while address:
        rows, address, _back = page(admin_client, f"{BILLS}{address}")
        shown += rows
    assert shown == [str(bill) for bill in assessee.demands.order_by(*ordering)]


@pytest.mark.parametrize(
    "table", ["property_tax/demand", "property_tax/assessee", "trade_license/license", "payments/payment"]
)
def test_no_list_counts_or_reads_a_whole_table(admin_client, table):
    DemandFactory()
    LicenseFactory()
    admin_client.get(f"/admin/{table}/")

    with CaptureQueriesContext(
        connection,
    ) as sent:
        admin_client.get(f"/admin/{table}/")

    name = table.replace("/", "_")
    asked = [query["sql"] for query in sent if f'FROM "{name}"' in query["sql"]]
    assert asked
    assert [sql for sql in asked if "COUNT(" in sql or not re.search(r"LIMIT (\d+)", sql)] == []


def test_words_of_a_filter_come_from_the_newest_rows(admin_client, monkeypatch):
    monkeypatch.setattr(keyset, "RECENT", 1)
    for year in (2020, 2026):
        DemandFactory(financial_year=year, quarter=1)

    spec = next(
        one for one in admin_client.get(BILLS).context["cl"].filter_specs if isinstance(one, keyset.RecentValues)
    )
    assert list(spec.lookup_choices) == [2026]


def test_numbers_of_a_filter_stand_in_their_order(admin_client):
    for ward in (26, 63, 100):
        AssesseeFactory(ward_id=ward)
    page = admin_client.get(ASSESSEES)

    boroughs = [one for one in page.context["cl"].filter_specs if one.field_path == "ward__borough"][0].lookup_choices

    assert list(boroughs) == sorted(boroughs)
    assert len(boroughs) > 1


def test_a_search_goes_by_the_index_of_each_column(admin_client):
    bill = DemandFactory(demand_number="PD-7")
    for _ in range(2):
        DemandFactory()

    with CaptureQueriesContext(connection) as sent:
        found = page(admin_client, f"{BILLS}?q=pd-7")[0]

    (sql,) = [query["sql"] for query in sent if "UNION" in query["sql"]]
    assert (found, "UPPER(" in sql) == ([bill.demand_number], False)
