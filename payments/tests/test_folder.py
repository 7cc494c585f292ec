"""The watched folder: whole files are taken in and moved on, halves are left alone, refusals are explained beside the file."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from kmc_portal.common.arrivals.intake import Intake
from payments.arrivals import folder
from payments.arrivals.intake import ARRIVALS
from payments.models import Arrival, BankLine, SettlementLine
from payments.tests.factories import NOW, AccountFactory
from payments.tests.test_arrivals import report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]
STATEMENT = b"Value Date,Narration,UTR,Debit,Credit\n24-11-2026,NEFT,UTR1,,988.20\n"
LONG_AGO = (NOW - timedelta(hours=1)).timestamp()


@pytest.fixture
def root(tmp_path):
    AccountFactory()
    return tmp_path / "in"


def put(root, name="november.csv", content=None, *, place="settlements", written=LONG_AGO):
    path = root / "billdesk" / place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(report("T1", "T2") if content is None else content)
    os.utime(path, (written, written))
    return path


def lying(root, place="settlements"):
    here = root / "billdesk" / place
    return sorted(str(path.relative_to(here)) for path in here.rglob("*") if path.is_file())


def watch(root):
    return folder.watch(root, now=NOW)


def test_file_is_taken_in_and_moved_to_done(root):
    put(root)

    assert watch(root) == 1
    assert (lying(root), SettlementLine.objects.count()) == (["done/november.csv"], 2)
    assert (Arrival.objects.get().maker, Arrival.objects.get().name) == ("folder", "november.csv")


def test_statement_has_a_folder_of_its_own(root):
    put(root, content=STATEMENT, place="statements")

    watch(root)
    assert (lying(root, "statements"), BankLine.objects.count()) == (["done/november.csv"], 1)


def test_refused_file_has_its_reason_beside_it(root):
    put(root, content=b"When,What\n1,2\n")

    watch(root)
    assert lying(root) == ["refused/november.csv", "refused/november.csv.txt"]
    reason = (root / "billdesk/settlements/refused/november.csv.txt").read_text()
    assert reason.startswith("settlement_layout_unknown\nThe layout of this file is not known. Expected: SETTLED")


@pytest.mark.parametrize(
    "name", [".november.csv", "november.csv.part", "november.csv.filepart", "november.TMP", "n.csv~"]
)
def test_name_of_a_half_is_left_alone(root, name):
    put(root, name)

    assert (watch(root), lying(root)) == (0, [name])


def test_file_that_was_written_to_a_moment_ago_is_left_alone(root):
    path = put(root, written=(NOW - timedelta(seconds=59)).timestamp())

    assert watch(root) == 0
    os.utime(path, (LONG_AGO, LONG_AGO))
    assert watch(root) == 1


def test_link_is_left_alone(root, tmp_path):
    put(root)
    (root / "billdesk/settlements/november.csv").rename(tmp_path / "elsewhere.csv")
    (root / "billdesk/settlements/link.csv").symlink_to(tmp_path / "elsewhere.csv")

    assert watch(root) == 0


def test_file_that_grows_while_it_is_copied_is_not_taken_in(root, monkeypatch):
    path = put(root)
    real = Intake.keep

    def slowly(intake, sent, **told):
        arrival = real(intake, sent, **told)
        path.write_bytes(report("T1", "T2", "T3"))
        return arrival

    with monkeypatch.context() as written:
        written.setattr(Intake, "keep", slowly)
        assert watch(root) == 0

    assert (Arrival.objects.count(), SettlementLine.objects.count(), lying(root)) == (0, 0, ["november.csv"])
    os.utime(path, (LONG_AGO, LONG_AGO))
    assert (watch(root), SettlementLine.objects.count()) == (1, 3)


def test_file_that_changes_after_it_was_taken_in_stays_and_is_taken_in_anew(root, monkeypatch):
    path = put(root)
    real = Intake.take_in_now

    def and_changed(intake, arrival, **told):
        ended = real(intake, arrival, **told)
        path.write_bytes(report("T1", "T2", "T3"))
        return ended

    with monkeypatch.context() as changed:
        changed.setattr(Intake, "take_in_now", and_changed)
        assert watch(root) == 0

    assert lying(root) == ["november.csv"]
    os.utime(path, (LONG_AGO, LONG_AGO))
    assert (watch(root), SettlementLine.objects.count()) == (1, 3)


def test_worker_that_died_before_it_moved_a_file_is_followed_by_one_that_does(root, monkeypatch):
    put(root)
    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setattr(folder, "_put_away", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        watch(root)

    assert (watch(root), lying(root), SettlementLine.objects.count()) == (1, ["done/november.csv"], 2)


def test_worker_that_died_before_it_read_a_file_leaves_it_to_the_others(root, monkeypatch):
    put(root)
    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setattr(Intake, "take_in_now", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        watch(root)

    assert ARRIVALS.take_in_waiting(now=NOW) == 1
    assert (watch(root), lying(root), SettlementLine.objects.count()) == (1, ["done/november.csv"], 2)


def test_two_files_of_one_name_are_both_kept(root):
    put(root)
    watch(root)
    put(root, content=report("T3"))
    watch(root)

    first, second = lying(root)
    assert (second, first.endswith("-november.csv")) == ("done/november.csv", True)


def test_file_that_somebody_else_moved_is_no_fault(root, monkeypatch):
    path = put(root)
    with monkeypatch.context() as other:
        other.setattr(folder, "_ripe", lambda folder, now: [path, path] if folder.name == "settlements" else [])
        assert watch(root) == 1


def test_folder_that_does_not_exist_is_empty(tmp_path):
    AccountFactory()
    assert watch(tmp_path / "nowhere") == 0
