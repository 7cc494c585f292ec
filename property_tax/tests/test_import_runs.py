"""An import is recorded, and can be taken back while nothing rests on it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from payments.posting import apply_report
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from property_tax import import_runs
from property_tax.imports import ASSESSEES, DEMANDS
from property_tax.models import Assessee, Demand, ImportedRow, ImportRun, WaiverApplication
from property_tax.services import open_payment
from property_tax.tests.factories import AssesseeFactory

pytestmark = pytest.mark.django_db
NUMBER = "110260100051"
PERSON = f"{NUMBER},Sukumar Das,12A,Rashbehari Avenue,700006,,,active,no,20000,0,40,0.5"
BILL = f"PD-1,{NUMBER},PD,2026-27,3,2026-10-01,2026-10-20,2026-11-30,2000,25.5,0,,"
COLUMNS = {"assessees": ASSESSEES.columns, "demands": DEMANDS.columns}


@pytest.fixture
def take_in(tmp_path, now):
    def take_in(register: str, *rows: str, **changes) -> ImportRun:
        path = tmp_path / f"{register}.csv"
        path.write_text("\n".join([",".join(COLUMNS[register]), *rows]))
        values = {"path": path, "register": register, "maker": "clerk", "now": now}
        return import_runs.import_register(**{**values, **changes})[1]

    return take_in


@pytest.fixture
def undo(now):
    return lambda run: import_runs.undo_import(run=run.pk, maker="head clerk", now=now + timedelta(hours=1))


def refusal_of(undo, run) -> tuple[str, str]:
    with pytest.raises(import_runs.ServiceError) as refused, transaction.atomic():
        undo(run)
    return refused.value.code, str(refused.value.details.get("record", ""))


def test_import_is_recorded_with_file_counts_and_maker(take_in, now, tmp_path):
    take_in("assessees", PERSON, PERSON)

    found = ImportRun.objects.values().get()
    del found["id"]
    assert found == {
        "register": "assessees",
        "file_name": "assessees.csv",
        "sha256": hashlib.sha256((tmp_path / "assessees.csv").read_bytes()).hexdigest(),
        "read": 2,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": 1,
        "maker": "clerk",
        "imported_at": now,
        "state": "landed",
        "undone_by": "",
        "undone_at": None,
    }


def test_dry_run_records_nothing(take_in):
    assert take_in("assessees", PERSON, dry_run=True) is None
    assert (ImportRun.objects.count(), Assessee.objects.count()) == (0, 0)


def test_undone_import_leaves_no_trace_but_its_record(take_in, undo, now):
    people, bills = take_in("assessees", PERSON), take_in("demands", BILL)

    undo(bills)
    undone = undo(people)

    assert (Demand.objects.count(), Assessee.objects.count()) == (0, 0)
    assert (undone.state, undone.undone_by, undone.undone_at) == ("undone", "head clerk", now + timedelta(hours=1))


def test_undone_change_restores_every_field(take_in, undo):
    take_in("assessees", PERSON)
    before = Assessee.objects.values().get()
    later = take_in("assessees", f"{NUMBER},Sukanya Das,1,Lake Road,,9830012345,s@example.org,closed,yes,1,1,11.5,0.25")

    undo(later)

    assert Assessee.objects.values().get() == before


def test_undone_file_can_be_imported_again(take_in, undo):
    take_in("assessees", PERSON)
    undo(take_in("demands", BILL))

    assert take_in("demands", BILL).created == 1


def test_same_file_twice_is_undone_without_a_change(take_in, undo):
    take_in("assessees", PERSON)
    undo(take_in("assessees", PERSON))

    assert Assessee.objects.count() == 1


def test_import_is_undone_once(take_in, undo):
    run = take_in("assessees", PERSON)
    undo(run)

    assert refusal_of(undo, run) == ("import_undone_already", "")


def test_unknown_import_is_refused(undo):
    assert refusal_of(undo, ImportRun(pk=999)) == ("import_not_found", "")


def test_import_stays_when_a_bill_has_been_paid(take_in, undo, now):
    take_in("assessees", PERSON)
    bills = take_in("demands", BILL)
    order = open_payment(assessee_number=NUMBER, heading="ALL", source=Source.WEB, now=now)
    attempt = AttemptFactory(order=order)
    apply_report(account=attempt.account, report=report(attempt, happened_at=now), now=now)

    assert refusal_of(undo, bills) == ("import_paid_since", "PD-1")
    assert Demand.objects.count() == 1


def test_import_stays_while_a_bill_is_being_paid(take_in, undo, now):
    take_in("assessees", PERSON)
    bills = take_in("demands", BILL)
    AttemptFactory(order=open_payment(assessee_number=NUMBER, heading="ALL", source=Source.WEB, now=now))

    assert refusal_of(undo, bills) == ("import_being_paid", "PD-1")


def test_import_stays_when_a_later_one_changed_what_it_created(take_in, undo):
    first = take_in("assessees", PERSON)
    second = take_in("assessees", PERSON.replace("Sukumar", "Sukanya"))

    assert refusal_of(undo, first) == ("import_changed_since", NUMBER)
    undo(second)
    undo(first)
    assert Assessee.objects.count() == 0


def test_import_stays_when_what_it_changed_is_not_as_it_left_it(take_in, undo):
    take_in("assessees", PERSON)
    take_in("demands", BILL)
    run = take_in("demands", BILL.replace("2026-11-30", "2026-12-07"))
    Demand.objects.update(presented_on="2026-10-21")

    assert refusal_of(undo, run) == ("import_changed_since", "PD-1")


def test_assessees_stay_while_they_have_bills(take_in, undo):
    people = take_in("assessees", PERSON)
    take_in("demands", BILL)

    assert refusal_of(undo, people) == ("import_in_use", NUMBER)


def test_assessees_stay_while_any_other_record_hangs_on_them(take_in, undo, now):
    people = take_in("assessees", PERSON)
    WaiverApplication.objects.create(
        assessee=Assessee.objects.get(), scheme="2024", applied_on=now.date(), maker="clerk"
    )

    assert refusal_of(undo, people) == ("import_in_use", "property_tax_waiverapplication")


def test_what_was_before_an_import_is_never_rewritten(take_in):
    take_in("assessees", PERSON)
    take_in("assessees", PERSON.replace("Sukumar", "Sukanya"))

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ImportedRow.objects.update(before={})


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"register": "licences"}, "import_run_register_known"),
        ({"read": 7}, "import_run_counts_add_up"),
        ({"state": "undone"}, "import_run_undone_is_whole"),
    ],
)
def test_record_of_an_import_that_cannot_be_is_refused(take_in, change, name):
    run = take_in("assessees", PERSON)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ImportRun.objects.filter(pk=run.pk).update(**change)


def test_record_is_changed_once_by_an_import(take_in):
    take_in("assessees", PERSON)
    take_in("assessees", PERSON.replace("Sukumar", "Sukanya"))
    row = ImportedRow.objects.get()

    with pytest.raises(IntegrityError, match="imported_row_once_per_run"), transaction.atomic():
        ImportedRow.objects.create(run=row.run, record_id=row.record_id, before={}, after={})


# --- The commands -----------------------------------------------------------------------------------------------------


def run_command(*words: str) -> tuple[int, dict]:
    out = io.StringIO()
    status = 0
    try:
        call_command(*words, "--json", stdout=out, stderr=io.StringIO())
    except SystemExit as end:
        status = end.code
    return status, json.loads(out.getvalue())


def test_command_reports_as_the_contract_says_and_undo_takes_it_back(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("\n".join([",".join(ASSESSEES.columns), PERSON]))

    assert run_command("import_assessees", str(path)) == (
        0,
        {"read": 1, "created": 1, "updated": 0, "unchanged": 0, "rejected": 0, "rejects": []},
    )
    run = ImportRun.objects.get().pk
    assert run_command("undo_import", str(run)) == (
        0,
        {"run": run, "register": "assessees", "deleted": 1, "restored": 0},
    )
    status, document = run_command("undo_import", str(run))
    assert (status, document["error"]["code"], document["error"]["field"]) == (1, "import_undone_already", "run")


def test_command_writes_all_misfits_for_a_clerk(tmp_path):
    AssesseeFactory(assessee_number=NUMBER)
    path, misfits = tmp_path / "bills.csv", tmp_path / "misfits.csv"
    bad = ["=HYPERLINK(x)," + BILL.partition(",")[2].replace(",PD,", ",XX,"), "short,row", BILL]
    path.write_text("\n".join([",".join(DEMANDS.columns), *bad]))

    status, document = run_command("import_demands", str(path), "--rejects", str(misfits))

    assert (status, document["rejected"], document["created"]) == (1, 2, 1)
    header, *rows = csv.reader(misfits.read_text(encoding="utf-8-sig").splitlines())
    assert header == ["row", "field", "code", "message", *DEMANDS.columns]
    assert [row[:3] for row in rows] == [["2", "kind", "kind_invalid"], ["3", "", "wrong_number_of_fields"]]
    assert [row[4] for row in rows] == ["'=HYPERLINK(x)", "short"]


def test_misfits_that_cannot_be_written_are_wrong_usage(tmp_path):
    path = tmp_path / "bills.csv"
    path.write_text(",".join(DEMANDS.columns))

    with pytest.raises(SystemExit) as end:
        call_command("import_demands", str(path), "--rejects", str(tmp_path), stderr=io.StringIO())
    assert end.value.code == 2
