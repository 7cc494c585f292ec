"""Settlement reports and bank statements as they are taken in: once, newest word first, nothing changed in place."""

from __future__ import annotations

import csv
import json

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from kmc_portal.common.csv_import import Report
from payments.models import BankFile, BankLine, SettlementChange, SettlementFile, SettlementLine
from payments.reconciliation import staging, taking_in
from payments.reconciliation.judging import SettlementOfAnother
from payments.reconciliation.refusals import TotalsWrong
from payments.sandbox.mis import IDENTIFIERS, SETTLED
from payments.tests.factories import NOW, AccountFactory

pytestmark = pytest.mark.django_db
HEADER = [*IDENTIFIERS, *SETTLED]


@pytest.fixture(autouse=True)
def account():
    return AccountFactory()


def row(transaction="T1", *, net="988.20", merchant="KMCSIM", day="24-11-2026"):
    refs = [merchant, "SBI", "RRN", transaction, "KP1", *["NA"] * 7]
    return [*refs, "23-11-2026 11:30:00", day, "1000.00", "10.00", "1.80", net]


@pytest.fixture
def report(tmp_path):
    def written(*rows, name="report.csv"):
        with (path := tmp_path / name).open("w", newline="") as file:
            csv.writer(file).writerows([["SETTLED TRANSACTIONS"], HEADER, *rows])
        return path

    return written


@pytest.fixture
def statement(tmp_path):
    def written(*lines):
        path = tmp_path / "statement.csv"
        path.write_text("\n".join(["Value Date,Narration,UTR,Debit,Credit", *lines]))
        return path

    return written


def take_in(path, **options):
    return taking_in.take_in_settlement(path, account="billdesk", maker="a.clerk", now=NOW, **options)


def take_in_bank(path):
    return taking_in.take_in_statement(path, account="billdesk", maker="a.clerk", now=NOW)


def counting():
    """Transaction and net of the rows that count."""
    lines = SettlementLine.objects.filter(change=None).order_by("transaction_ref", "settled_on", "occurrence")
    return [(line.transaction_ref, line.net_paise) for line in lines]


def test_rows_are_taken_in(report):
    assert take_in(report(row("T1"), row("T2"))) == Report(read=2, created=2)
    assert counting() == [("T1", 98820), ("T2", 98820)]


def test_f56_same_file_twice_changes_nothing(report):
    take_in(report(row()))

    assert take_in(report(row())) == Report(read=1, unchanged=1)
    assert (SettlementFile.objects.count(), SettlementLine.objects.count()) == (1, 1)


def test_f56_overlapping_days_are_taken_in_once(report):
    take_in(report(row("T1"), row("T2")))

    assert take_in(report(row("T2"), row("T3", day="25-11-2026"))) == Report(read=2, created=1, unchanged=1)
    assert counting() == [("T1", 98820), ("T2", 98820), ("T3", 98820)]


def test_f57_other_values_replace_the_row_and_keep_it(report):
    take_in(report(row("T1"), row("T2")))

    assert take_in(report(row("T1", net="988.19"), row("T2"))) == Report(read=2, updated=1, unchanged=1)
    assert counting() == [("T1", 98819), ("T2", 98820)]
    (change,) = SettlementChange.objects.all()
    assert (change.line.net_paise, change.replaced_by.net_paise, change.replaced_by.version) == (98820, 98819, 2)


def test_f57_correction_withdraws_what_it_leaves_out_of_its_days(report):
    take_in(report(row("T1"), row("T2"), row("T9", day="20-11-2026")))

    assert take_in(report(row("T1")), is_correction=True) == Report(read=1, updated=1, unchanged=1)
    assert counting() == [("T1", 98820), ("T9", 98820)]


def test_report_that_is_no_correction_withdraws_nothing(report):
    take_in(report(row("T1"), row("T2")))
    take_in(report(row("T1"), row("T3")))

    assert [transaction for transaction, _ in counting()] == ["T1", "T2", "T3"]


def test_withdrawn_row_can_come_back(report):
    take_in(report(row("T1"), row("T2")))
    take_in(report(row("T1")), is_correction=True)
    take_in(report(row("T2"), row("T3")))

    assert [transaction for transaction, _ in counting()] == ["T1", "T2", "T3"]
    assert SettlementLine.objects.filter(transaction_ref="T2").order_by("id").values_list("version", flat=True)[1] == 2


def test_row_listed_twice_is_kept_twice(report):
    assert take_in(report(row(), row())) == Report(read=2, created=2)
    assert list(SettlementLine.objects.order_by("occurrence").values_list("occurrence", flat=True)) == [1, 2]


def test_f58_bad_row_is_listed_and_the_rest_is_taken_in(report):
    told = take_in(report(row("T1"), row("T2", net="soon"), row("T3")))

    assert (told.read, told.created, told.rejected) == (3, 2, 1)
    assert told.rejects == [
        {
            "row": 4,
            "field": "net_paise",
            "code": "unreadable",
            "message": "This cell cannot be read: not an amount in rupees: 'soon'.",
        }
    ]


def test_f58_refused_file_leaves_nothing_behind(report, monkeypatch):
    monkeypatch.setattr(staging, "BLOCK_ROWS", 1)

    with pytest.raises(TotalsWrong):
        take_in(report(row(), ["NET CREDIT", "1.00"]))

    assert (SettlementFile.objects.count(), SettlementLine.objects.count()) == (0, 0)


def test_correction_with_a_bad_row_is_refused(report):
    take_in(report(row("T1")))

    with pytest.raises(taking_in.CorrectionNotWhole):
        take_in(report(row("T1", net="soon")), is_correction=True)

    assert counting() == [("T1", 98820)]


def test_report_of_another_account_is_refused(report):
    with pytest.raises(SettlementOfAnother):
        take_in(report(row(merchant="OTHER")))


def test_row_of_another_merchant_is_kept_to_be_looked_at(report):
    take_in(report(row("T1"), row("T2", merchant="OTHER")))

    assert list(SettlementLine.objects.order_by("place").values_list("merchant_id", flat=True)) == ["KMCSIM", "OTHER"]


def test_unknown_account_is_refused_with_those_that_are(report):
    with pytest.raises(taking_in.SettlementAccountUnknown) as caught:
        taking_in.take_in_settlement(report(row()), account="nobody", maker="a.clerk", now=NOW)

    assert caught.value.details == {"account": "nobody", "known": "billdesk"}


def test_number_of_statements_does_not_grow_with_the_file(report, django_assert_max_num_queries):
    with django_assert_max_num_queries(27):
        take_in(report(*(row(f"T{number}") for number in range(5_000))))

    assert SettlementLine.objects.count() == 5_000


# --- Bank statements --------------------------------------------------------------------------------------------------

CREDIT, OTHER = "24-11-2026,NEFT,UTR1,,988.20", "24-11-2026,CHARGES,,5.00,"


def test_statement_is_taken_in(statement):
    assert take_in_bank(statement(CREDIT, OTHER)) == Report(read=2, created=2)
    assert list(BankLine.objects.order_by("place").values_list("utr", "amount_paise")) == [("UTR1", 98820), ("", -500)]


def test_overlapping_statements_are_taken_in_once(statement):
    take_in_bank(statement(CREDIT))

    assert take_in_bank(statement(CREDIT, OTHER)) == Report(read=2, created=1, unchanged=1)
    assert take_in_bank(statement(CREDIT, OTHER)) == Report(read=2, unchanged=2)
    assert (BankFile.objects.count(), BankLine.objects.count()) == (2, 2)


def test_two_lines_alike_are_two(statement):
    assert take_in_bank(statement(OTHER, OTHER)) == Report(read=2, created=2)


# --- Commands ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["import_settlement", "import_bank_statement"])
def test_command_reports_as_other_imports_do(command, report, statement, capsys):
    path = report(row()) if command == "import_settlement" else statement(CREDIT)

    call_command(command, str(path), account="billdesk", json=True)

    told = json.loads(capsys.readouterr().out)
    assert told == {"read": 1, "created": 1, "updated": 0, "unchanged": 0, "rejected": 0, "rejects": []}


def test_command_refuses_in_json(report, capsys):
    with pytest.raises(SystemExit, match="1"):
        call_command("import_settlement", str(report(row())), account="nobody", json=True)

    assert json.loads(capsys.readouterr().out)["error"]["code"] == "settlement_account_unknown"


# --- What the database refuses ----------------------------------------------------------------------------------------


@pytest.fixture
def taken_in(report, statement):
    take_in(report(row("T1")))
    take_in(report(row("T1", net="1.00"), row("T2")))
    take_in_bank(statement(CREDIT))


TABLES = ["settlementfile", "settlementline", "settlementchange", "bankfile", "bankline"]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["UPDATE payments_{} SET id = id", "DELETE FROM payments_{}"])
@pytest.mark.usefixtures("taken_in")
def test_what_was_taken_in_cannot_be_changed(table, change):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format(table))


@pytest.mark.parametrize(
    ("model", "constraint", "values"),
    [
        (SettlementFile, "settlement_file_once_per_account", {}),
        (SettlementFile, "settlement_file_names_who", {"sha256": "x", "maker": ""}),
        (SettlementFile, "settlement_file_withdraws_when_it_corrects", {"sha256": "x", "withdrawn": 1}),
        (SettlementLine, "settlement_line_once_per_version", {}),
        (SettlementLine, "settlement_line_kind_known", {"version": 9, "kind": "gift"}),
        (SettlementLine, "settlement_line_amounts_unsigned", {"version": 9, "gst_paise": -1}),
        (SettlementChange, "settlement_line_replaced_by_another", {}),
        (BankFile, "bank_file_once_per_account", {}),
        (BankFile, "bank_file_names_who", {"sha256": "x", "maker": ""}),
        (BankLine, "bank_line_once_per_account", {}),
        (BankLine, "bank_line_moves_money", {"fingerprint": "x", "amount_paise": 0}),
    ],
)
@pytest.mark.usefixtures("taken_in")
def test_database_refuses(model, constraint, values):
    record = model.objects.first()
    record.pk = None
    for name, value in values.items():
        setattr(record, name, value)
    if model is SettlementChange:
        record.line_id = record.replaced_by_id = SettlementLine.objects.get(transaction_ref="T2").pk

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        record.save(force_insert=True)
