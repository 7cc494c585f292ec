"""What is read of a gateway's settlement report, and what is said of one that cannot be read. No database."""

from __future__ import annotations

import csv
import random
import tracemalloc
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupees
from payments.reconciliation import refusals, sheets
from payments.reconciliation.cells import day_of_cell, exact, paise_of, text_of
from payments.reconciliation.mis import Report, settlement_rows
from payments.reconciliation.rows import Misfit, RowKind, SettlementRow
from payments.sandbox.clock import Clock
from payments.sandbox.mis import IDENTIFIERS, REFUNDED, SETTLED, settlement_report
from payments.sandbox.records import Merchant
from payments.sandbox.world import World

RECORDED = Path(__file__).parent / "recorded"
HEADER = [*IDENTIFIERS, *SETTLED]
REFUND_HEADER = [*IDENTIFIERS, *REFUNDED]
REFS = ["KMC1", "SBI", "RRN1", "TXN1", "ORD1", *["NA"] * 7]
ROW = [*REFS, "26-11-2026 10:15:00", "27-11-2026", "1250.50", "10.00", "1.80", "1238.70"]
REFUND = [*REFS, "26-11-2026", "27/11/2026", "1250.50", "TXN101", "27-11-2026", "50.00"]
READ = SettlementRow(
    3,
    RowKind.SETTLED,
    "KMC1",
    "TXN1",
    "ORD1",
    "RRN1",
    "",
    date(2026, 11, 26),
    date(2026, 11, 27),
    125050,
    1000,
    180,
    123870,
)


def settled(*rows, header=HEADER):
    return [["SETTLED TRANSACTIONS"], header, *rows]


@pytest.fixture
def as_csv(tmp_path):
    def written(rows):
        path = tmp_path / "report.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        return path

    return written


@pytest.fixture
def as_xlsx(tmp_path):
    def written(rows):
        path, book = tmp_path / "report.xlsx", Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
        return path

    return written


def changed(column, value):
    return [value if name == column else cell for name, cell in zip(HEADER, ROW, strict=True)]


def refused(path, refusal):
    with pytest.raises(refusal) as caught:
        list(settlement_rows(path))
    return caught.value


# --- What is read -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["as_csv", "as_xlsx"])
def test_three_sections_and_the_net_credit(kind, request):
    chargeback = [*IDENTIFIERS, "Date of Txn", "Settlement Date", "Gross Amount(Rs.Ps)", "Chargeback Amount (Rs.Ps)"]
    rows = [
        *[*settled(ROW), ["REFUND TRANSACTIONS"], REFUND_HEADER, REFUND],
        *[["CHARGEBACK TRANSACTIONS"], chargeback, [*REFS, "26-11-2026", "27-11-2026", "1250.50", "1250.50"]],
        ["NET CREDIT", "-61.80"],
    ]

    read = list(settlement_rows(request.getfixturevalue(kind)(rows)))

    assert read[0] == READ
    assert [(row.kind, row.credit_paise, row.own_ref) for row in read] == [
        ("settled", 123870, ""),
        ("refund", -5000, "TXN101"),
        ("chargeback", -125050, ""),
    ]


def test_cells_of_a_workbook_are_numbers_and_dates(as_xlsx):
    cells = [datetime.fromisoformat("2026-11-26T10:15"), date(2026, 11, 27), 1250.5, 10, 1.8, 1238.7]

    assert list(settlement_rows(as_xlsx(settled([*REFS, *cells])))) == [READ]


def test_old_workbook():
    assert list(settlement_rows(RECORDED / "billdesk_report.xls")) == [READ]


def test_report_of_the_sandbox_is_read(tmp_path):
    clock = Clock(lambda: datetime(2026, 11, 26, 12, tzinfo=UTC))
    merchant = Merchant("KMC1", "kmc1", ("0" * 32,), "http://shop.example/")
    world = World([merchant], clock=clock, rng=random.Random(7))
    order = world.register(
        merchant, order_id="ORD1", amount_paise=125050, ru="http://shop.example/", ordered_at=clock()
    )
    transaction = world.pay(order, method="card")
    world.give_back(merchant, transaction, refund_ref="R1", amount_paise=5000)
    clock.advance(timedelta(days=1))
    (path := tmp_path / "report.csv").write_text(settlement_report(world, merchant, date(2026, 11, 27)))

    read = list(settlement_rows(path))

    assert [(row.kind, row.transaction_ref, row.order_ref, row.gross_paise) for row in read] == [
        ("settled", transaction.transaction_id, "ORD1", 125050),
        ("refund", transaction.transaction_id, "ORD1", 125050),
    ]


@pytest.mark.parametrize(
    ("official", "variant"),
    [
        ("Gross Amount(Rs.Ps)", "GROSS  AMOUNT (Rs. Ps.)"),
        ("Ref. 1", "Ref.1 (Order No)"),
        ("GST (Rs Ps)", "GST(Rs.Ps)"),
        ("Date of Txn", "Date of Transaction"),
    ],
)
def test_header_variant_is_known(as_csv, official, variant):
    header = [variant if name == official else name for name in HEADER]

    assert list(settlement_rows(as_csv(settled(ROW, header=header)))) == [READ]


def test_letterhead_is_passed_over(as_csv):
    (row,) = settlement_rows(as_csv([["BillDesk"], ["Report of", "27-11-2026"], *settled(ROW)]))

    assert row == READ._replace(place=5)


@pytest.mark.parametrize(
    "text",
    ["27-11-2026", "27/11/2026", "27-11-2026 10:15:00", "27/11/2026 10:15 PM", "27-Nov-2026", "2026-11-27", "27-11-26"],
)
def test_day_in_every_form(text):
    assert day_of_cell(text) == date(2026, 11, 27)


@pytest.mark.parametrize("text", ["11-27-2026", "30-02-2026", "tomorrow", "", "=TODAY()"])
def test_day_that_is_none(text):
    with pytest.raises(ValueError):  # noqa: PT011
        day_of_cell(text)


@pytest.mark.parametrize(
    ("cell", "paise"),
    [("12,34,567.50", 123456750), ("Rs. 10", 1000), ("'45.5", 4550), (" NA ", 0), (None, 0), (7, 700)],
)
def test_amount_as_people_write_it(cell, paise):
    assert paise_of(cell) == paise


@pytest.mark.parametrize("cell", ["=A1*2", "-5.00", "1.005", "1e5", True, exact(0.125), exact(-1.0), "12,50"])
def test_amount_that_is_none(cell):
    with pytest.raises(ValueError):  # noqa: PT011
        paise_of(cell)


@given(st.integers(min_value=0, max_value=10**14 - 1))
def test_number_of_a_spreadsheet_is_exact(paise):
    assert paise_of(exact(float(rupees(paise)))) == paise


def test_long_reference_kept_as_a_number_keeps_its_digits():
    assert text_of(exact(412345678901.0)) == "412345678901"


# --- Rows that are set aside ------------------------------------------------------------------------------------------


def test_f58_one_bad_row_in_ten_thousand_is_set_aside(as_csv):
    rows = [ROW] * 10_000
    rows[4_999] = changed("Net Amount(Rs.Ps)", "12 38.70")

    read = list(settlement_rows(as_csv([*settled(*rows), ["NET CREDIT", "1.00"]])))

    assert len(read) == 10_000
    assert [row for row in read if isinstance(row, Misfit)] == [
        Misfit(5_002, "net_paise", "unreadable", "not an amount in rupees: '12 38.70'")
    ]


@pytest.mark.parametrize(
    ("column", "value", "field", "code"),
    [
        ("Gross Amount(Rs.Ps)", "", "gross_paise", "unreadable"),
        ("Charges (Rs.Ps)", "=1+1", "charge_paise", "unreadable"),
        ("Settlement Date", "soon", "settled_on", "unreadable"),
        ("PGI Ref. No.", "NA", "transaction_ref", "missing"),
        ("Biller Id", "", "merchant_id", "missing"),
        ("Ref. 1", "9" * 61, "order_ref", "too_long"),
        ("Gross Amount(Rs.Ps)", "9" * 30, "gross_paise", "unreadable"),
    ],
)
def test_f58_bad_cell_names_its_field(as_csv, column, value, field, code):
    (bad, good) = settlement_rows(as_csv(settled(changed(column, value), ROW)))

    assert (bad.place, bad.field, bad.code) == (3, field, code)
    assert good == READ._replace(place=4)


def test_f58_formula_in_a_workbook_is_not_computed(as_xlsx):
    (bad,) = settlement_rows(as_xlsx(settled(changed("Net Amount(Rs.Ps)", "=1250.50-11.80"))))

    assert (bad.field, bad.code) == ("net_paise", "unreadable")


def test_second_header_row_is_set_aside(as_csv):
    (bad, good) = settlement_rows(as_csv(settled(HEADER, ROW)))

    assert (bad.place, bad.field, good.place) == (3, "happened_on", 4)


# --- Files that are refused -------------------------------------------------------------------------------------------


def test_f58_missing_column_is_named_with_what_was_found(as_csv):
    header = [name for name in HEADER if name != "Net Amount(Rs.Ps)"]

    refusal = refused(as_csv(settled(ROW[:-1], header=header)), refusals.LayoutUnknown)

    assert refusal.details["expected"] == "settled: netamount"
    assert refusal.details["found"] == ", ".join(header)


def test_f58_unknown_header_is_refused(as_csv):
    refused(as_csv(settled(ROW, header=[f"Column {n}" for n in range(len(HEADER))])), refusals.LayoutUnknown)


@pytest.mark.parametrize("rows", [[HEADER, ROW], [["Date", "Amount"]], [*settled(ROW), ["NET CREDIT", "1238.70"], ROW]])
def test_rows_outside_of_a_section_are_refused(as_csv, rows):
    refused(as_csv(rows), refusals.LayoutUnknown)


def test_f58_wrong_total_is_refused(as_csv):
    refusal = refused(as_csv([*settled(ROW), ["NET CREDIT", "1238.71"]]), refusals.TotalsWrong)

    assert refusal.details == {"stated": "1238.71", "counted": "1238.70"}


@pytest.mark.parametrize("content", [b"", b" " * 5_000, b"\n\n,,,\n"])
def test_f58_empty_file_is_refused(tmp_path, content):
    (path := tmp_path / "report.csv").write_bytes(content)

    refused(path, refusals.FileEmpty)


def test_spaces_without_end_are_refused(tmp_path):
    (path := tmp_path / "report.csv").write_bytes(b"x" + b" " * 40_000_000)

    refused(path, refusals.FileDamaged)


@pytest.mark.parametrize("content", [b"%PDF-1.7", b'{"a": 1}', b"<html>", b"a\0b"])
def test_file_of_another_kind_is_refused(tmp_path, content):
    (path := tmp_path / "report.csv").write_bytes(content)

    refused(path, refusals.FileTypeUnknown)


def test_truncated_workbook_is_refused(as_xlsx):
    path = as_xlsx(settled(ROW))
    path.write_bytes(path.read_bytes()[:-400])

    refused(path, refusals.FileDamaged)


def test_broken_xls_is_refused(tmp_path):
    (path := tmp_path / "report.xls").write_bytes(sheets.OLE + b"\0" * 600)

    refused(path, refusals.FileDamaged)


@pytest.mark.parametrize("name", ["report.xls", "report.xlsx"])
def test_workbook_with_a_password_is_refused(tmp_path, name):
    (path := tmp_path / name).write_bytes(sheets.OLE + b"\0" * 600 + sheets.LOCKED + b"\0" * 600)

    refused(path, refusals.FileLocked)


def test_zip_bomb_is_refused_before_it_unpacks(tmp_path, monkeypatch):
    monkeypatch.setattr(sheets, "MOST_UNPACKED_BYTES", 1_000_000)
    with zipfile.ZipFile(path := tmp_path / "report.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * 2_000_000)

    refused(path, refusals.FileTooLarge)


@pytest.mark.parametrize(("limit", "value"), [("MOST_BYTES", 10), ("MOST_ROWS", 2)])
def test_too_large_a_file_is_refused(as_csv, monkeypatch, limit, value):
    monkeypatch.setattr(sheets, limit, value)

    refused(as_csv(settled(ROW)), refusals.FileTooLarge)


def test_memory_does_not_grow_with_the_file(as_csv):
    def peak(rows):
        path = as_csv(settled(*[ROW] * rows))
        tracemalloc.start()
        assert sum(1 for _ in settlement_rows(path)) == rows
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak(100)

    assert peak(20_000) < 1.5 * peak(1_000) + 100_000


# What a report may hold in any sequence: good rows, rows with a fault, short and long ones, titles, headers, trailers.
PARTS = [
    ROW,
    [*ROW[:3], "TXN2", *ROW[4:]],
    [*ROW[:14], " 1,250.50 ", *ROW[15:]],
    [*ROW[:14], "12x", *ROW[15:]],
    ["", *ROW[1:]],
    ROW[:12],
    [*ROW, "a remark"],
    REFUND,
    ["SETTLED TRANSACTIONS"],
    ["Settled transactions", *ROW[1:]],
    HEADER,
    ["REFUND TRANSACTIONS"],
    REFUND_HEADER,
    ["NET CREDIT", "1238.70"],
    ["A remark"],
]


@given(st.lists(st.sampled_from(PARTS), max_size=12), st.integers(1, 6))
def test_rows_read_together_are_the_rows_read_one_by_one(parts, together):
    rows = list(enumerate(settled(*parts), 1))

    def outcome(read):
        report, found = Report(), []
        try:
            found += read(report)
            report.check()
        except ServiceError as refusal:
            return type(refusal), str(refusal)
        return found

    blocks = [rows[at : at + together] for at in range(0, len(rows), together)]
    one_by_one = outcome(
        lambda report: [row for place, cells in rows if (row := report.read(place, cells)) is not None]
    )
    assert outcome(lambda report: [row for block in blocks for row in report.read_block(block)]) == one_by_one
