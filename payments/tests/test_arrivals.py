"""Files that were sent in: taken in by a worker whole or not at all, followed on a page, begun anew after a worker died."""

from __future__ import annotations

import csv
import io
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, close_old_connections, connection, connections, transaction
from django.utils.translation import override

from kmc_portal.common.arrivals import intake as reading
from kmc_portal.common.arrivals.intake import sentence
from payments.arrivals import intake
from payments.arrivals.intake import ARRIVALS
from payments.models import Arrival, SettlementFile, SettlementLine
from payments.reconciliation.matching import LOCK
from payments.sandbox.mis import IDENTIFIERS, SETTLED
from payments.states import FileSort
from payments.tests.factories import NOW, AccountFactory

pytestmark = pytest.mark.usefixtures("shelf")
COUNTS = {"read": 2, "created": 2, "updated": 0, "unchanged": 0, "rejected": 0}


def report(*transactions, title="SETTLED TRANSACTIONS"):
    refs = ["SBI", "RRN"]
    file = io.StringIO()
    rows = [
        [
            "KMCSIM",
            *refs,
            one,
            f"KP{one}",
            *["NA"] * 7,
            "23-11-2026",
            "24-11-2026",
            "1000.00",
            "10.00",
            "1.80",
            "988.20",
        ]
        for one in transactions
    ]
    csv.writer(file).writerows([[title], [*IDENTIFIERS, *SETTLED], *rows])
    return file.getvalue().encode()


def sent(content=None, sort=FileSort.SETTLEMENT, **options):
    file = ContentFile(report("T1", "T2") if content is None else content)
    return ARRIVALS.keep(
        file, account=AccountFactory(), sort=sort, name="november.csv", maker="a.clerk", now=NOW, **options
    )


@pytest.mark.django_db
class TestEndings:
    def test_file_waits_until_the_worker_comes_round(self):
        arrival = sent()

        assert (arrival.state, arrival.tries, SettlementLine.objects.count()) == ("waiting", 0, 0)
        assert ARRIVALS.take_in_waiting(now=NOW) == 1
        arrival.refresh_from_db()
        assert (arrival.state, arrival.report, arrival.tries, arrival.finished_at) == ("taken_in", COUNTS, 1, NOW)

    def test_refusal_is_kept_in_the_language_of_every_reader(self):
        arrival = ARRIVALS.take_in_now(sent(b"x"), now=NOW)

        assert (arrival.state, arrival.report, arrival.refusal["code"]) == (
            "refused",
            None,
            "settlement_layout_unknown",
        )
        with override("bn"):
            assert sentence(arrival.refusal) == arrival.refusal["bn"] != arrival.refusal["en"]

    def test_f56_same_file_sent_in_twice_is_taken_in_once(self):
        ARRIVALS.take_in_now(sent(), now=NOW)

        again = ARRIVALS.take_in_now(sent(), now=NOW)
        assert again.report == {**COUNTS, "created": 0, "unchanged": 2}
        assert SettlementFile.objects.count() == 1

    def test_file_that_has_ended_is_not_touched_again(self):
        arrival = ARRIVALS.take_in_now(sent(), now=NOW)

        assert ARRIVALS.take_in_now(arrival, now=NOW + timedelta(days=1)).finished_at == NOW
        assert ARRIVALS.take_in_waiting(now=NOW) == 0

    def test_file_over_which_workers_die_is_given_up(self):
        arrival = sent()
        Arrival.objects.filter(pk=arrival.pk).update(tries=reading.MOST_TRIES)

        assert ARRIVALS.take_in_now(arrival, now=NOW).refusal["code"] == "file_gave_up"

    def test_fault_of_the_portal_leaves_the_file_waiting_and_nothing_half_done(self, monkeypatch):
        arrival = sent()
        with monkeypatch.context() as broken, pytest.raises(ZeroDivisionError):
            broken.setattr(intake, "take_in_settlement", lambda *_, **__: 1 // 0)
            ARRIVALS.take_in_waiting(now=NOW)

        arrival.refresh_from_db()
        assert (arrival.state, arrival.tries, SettlementLine.objects.count()) == ("waiting", 1, 0)
        assert ARRIVALS.take_in_waiting(now=NOW) == 1

    @pytest.mark.parametrize(
        ("content", "expected"), [(b"a\nb\nc\n", 3), (b"PK\x03\x04\n\n", 0), (b"\xd0\xcf\x11\xe0\n", 0)]
    )
    def test_rows_are_guessed_from_the_lines_of_a_text_only(self, tmp_path, content, expected):
        (path := tmp_path / "file").write_bytes(content)
        assert reading._expected(path) == expected

    @pytest.mark.parametrize(
        "changes", [{"state": "taken_in"}, {"state": "refused"}, {"maker": ""}, {"sort": "other"}, {"finished_at": NOW}]
    )
    def test_arrival_that_says_two_things_is_refused_by_the_database(self, changes):
        arrival = sent()
        with pytest.raises(IntegrityError), transaction.atomic():
            Arrival.objects.filter(pk=arrival.pk).update(**changes)


@contextmanager
def somebody_else_works_on_the_account(account):
    """Hold what an import needs before it writes anything; the value lets go."""
    other = connections["default"].copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute(LOCK, [account])
    try:
        yield other.close
    finally:
        other.close()


@contextmanager
def worker():
    def work():
        ARRIVALS.take_in_waiting(now=NOW)
        close_old_connections()
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    thread.join(timeout=30)
    assert not thread.is_alive()


def until(holds):
    for _ in range(200):
        if holds():
            return
        threading.Event().wait(0.05)
    raise AssertionError("never came true")


@pytest.mark.django_db(transaction=True)
class TestSeenFromOutside:
    def test_page_follows_a_file_until_it_is_taken_in(self, admin_client):
        arrival = sent()
        address = f"/admin/payments/arrival/{arrival.pk}/follow/"

        waiting = admin_client.get(address)
        assert ("waits for its turn" in waiting.text, waiting.headers["Refresh"]) == (True, "2")
        assert "Refresh" not in admin_client.get(f"{address}?by_hand").headers
        with somebody_else_works_on_the_account(arrival.account_id) as let_go, worker():
            until(lambda: "The file is being read" in admin_client.get(address).text)
            assert ARRIVALS.take_in_waiting(now=NOW) == 0
            let_go()
        ended = admin_client.get(address)
        assert ("has been taken in" in ended.text, "Refresh" in ended.headers) == (True, False)
        assert "/admin/payments/settlementfile/" in ended.text

    def test_page_shows_how_far_the_reading_is_before_anything_is_committed(self, admin_client, monkeypatch):
        monkeypatch.setattr(reading, "ROWS_BETWEEN_NOTES", 1)
        arrival = sent(report("T1", "T2", "T3"))
        with monkeypatch.context() as slow:
            seen = []
            real = intake.take_in_settlement

            def watched(path, **told):
                try:
                    return real(path, **told)
                finally:
                    seen.append(admin_client.get(f"/admin/payments/arrival/{arrival.pk}/follow/").text)

            slow.setattr(intake, "take_in_settlement", watched)
            ARRIVALS.take_in_now(arrival, now=NOW)

        assert Arrival.objects.get().rows_read == 3
        assert ('value="60"' in seen[0], "3 rows so far" in seen[0]) == (True, True)

    def test_two_workers_share_the_files(self):
        first, second = sent(), sent(report("T3"))
        with somebody_else_works_on_the_account(first.account_id) as let_go, worker(), worker():
            until(lambda: set(Arrival.objects.values_list("tries", flat=True)) == {1})
            let_go()

        assert list(Arrival.objects.order_by("pk").values_list("pk", "state", "tries")) == [
            (first.pk, "taken_in", 1),
            (second.pk, "taken_in", 1),
        ]


@pytest.mark.django_db
def test_clerk_without_the_right_follows_nothing(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("somebody", is_staff=True))
    assert client.get(f"/admin/payments/arrival/{sent().pk}/follow/").status_code == 403


@pytest.mark.django_db
def test_files_are_listed_in_a_constant_number_of_queries(admin_client, django_assert_max_num_queries):
    for number in range(20):
        sent(report(f"T{number}"))
    with django_assert_max_num_queries(9):
        assert admin_client.get("/admin/payments/arrival/").status_code == 200
