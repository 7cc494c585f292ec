"""The page of control totals: a day ties out or shows why not, as a picture and a table that say the same, and as a file."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from dataclasses import replace
from datetime import date

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, User
from openpyxl import load_workbook

from kmc_portal.common import exports
from payments.reconciliation.break_kinds import KINDS
from payments.reconciliation.totals import ControlTotals, Difference, Stage, Sum
from payments.tests.factories import AccountFactory
from payments.tests.recon_desk import PAID_ON, Desk, about, at, posted, settled
from payments.totals import files, flow, words
from payments.totals.lines import lines_of, steps_of

PAGE = "/admin/payments/daytotals/"
DAY = date(2026, 11, 23)
FAIR = ControlTotals(
    account="billdesk",
    day=DAY,
    ordered=Sum(2, 400_000),
    paid=Sum(2, 400_000),
    settled=Sum(2, 400_000),
    charges_paise=2_000,
    gst_paise=360,
    net=Sum(2, 397_640),
    other_days=Sum(),
    refunds=Sum(1, 50_000),
    chargebacks=Sum(),
    paid_out=Sum(1, 347_640),
    credited=Sum(1, 347_640),
)
SHORT = replace(
    FAIR,
    credited=Sum(1, 340_000),
    differences=(Difference(Stage.PAID_OUT_CREDITED, "BATCH_SHORT", 1, -7_640, (7,), 1),),
)


def shown(totals):
    return [(line.name, line.paise) for line in lines_of(totals)]


class TestLines:
    def test_day_that_ties_out_shows_what_leads_from_sum_to_sum(self):
        assert shown(FAIR) == [
            ("ordered", 400_000),
            ("paid", 400_000),
            ("settled", 400_000),
            ("charges", -2_000),
            ("gst", -360),
            ("net", 397_640),
            ("refunds", -50_000),
            ("paid_out", 347_640),
            ("credited", 347_640),
        ]

    def test_difference_stands_where_it_arose_and_is_open(self):
        *_, paid_out, short, credited = lines_of(SHORT)
        assert (paid_out.name, short.name, short.paise, short.is_open, credited.paise) == (
            "paid_out",
            "BATCH_SHORT",
            -7_640,
            True,
            340_000,
        )

    def test_what_nothing_explains_is_shown_and_not_hidden(self):
        assert ("unexplained", -100) in shown(replace(FAIR, credited=Sum(1, 347_540)))

    @pytest.mark.parametrize("totals", [FAIR, SHORT, replace(FAIR, paid=Sum(1, 1))])
    def test_every_sum_and_its_changes_come_to_the_next_one(self, totals):
        steps = steps_of(totals)
        for step, following in zip(steps, steps[1:], strict=False):
            assert step.total.paise + sum(line.paise for line in step.changes) == following.total.paise

    def test_every_line_has_a_name_in_words(self):
        assert set(KINDS) <= set(words.LINES)


class TestPicture:
    def test_tallest_bar_is_the_largest_sum_and_the_others_are_in_proportion(self):
        heights = [bar.height for bar in flow.flow_of(steps_of(FAIR)).bars]
        assert heights == [flow.TALLEST, flow.TALLEST, flow.TALLEST, 178, 156, 156]

    def test_what_is_tiny_is_still_drawn(self):
        marks = {branch.line.name: branch.mark.height for branch in flow.flow_of(steps_of(FAIR)).branches}
        assert marks == {"charges": flow.THINNEST, "gst": flow.THINNEST, "refunds": 22}

    def test_name_of_what_moves_no_money_stands_without_a_mark(self):
        fee = Difference(Stage.SETTLED_NET, "FEE_DIFF", 1, 0, (1,), 1)
        branches = flow.flow_of(steps_of(replace(FAIR, differences=(fee,)))).branches
        assert [branch.mark for branch in branches if branch.line.name == "FEE_DIFF"] == [None]

    @pytest.mark.parametrize(
        "totals",
        [
            FAIR,
            SHORT,
            replace(FAIR, **{name: Sum() for name in ("ordered", "paid", "settled", "net", "paid_out", "credited", "refunds")}),
            replace(FAIR, paid_out=Sum(1, -5_000), chargebacks=Sum(2, 352_640), credited=Sum(1, -5_000)),
            replace(FAIR, settled=Sum(), net=Sum(), charges_paise=0, gst_paise=0,
                    differences=(Difference(Stage.PAID_SETTLED, "NOT_SETTLED", 2, -400_000, (1, 2), 2),)),
        ],
    )  # fmt: skip
    def test_nothing_is_drawn_outside_of_the_picture(self, totals):
        drawn = flow.flow_of(steps_of(totals))
        for branch in drawn.branches:
            assert 0 <= branch.x <= drawn.width - drawn.name_width
            assert branch.y + drawn.name_height <= drawn.height
            if branch.mark:
                assert drawn.top <= branch.mark.y
                assert branch.mark.y + branch.mark.height <= drawn.floor + 4 * flow.THINNEST
        for bar in drawn.bars:
            assert (bar.name_x >= -10, bar.right <= drawn.width, 0 <= bar.height <= flow.TALLEST) == (True, True, True)


@pytest.fixture
def desk(db, tmp_path):
    """One payment of the 23rd, settled and credited in full, and reconciled."""
    made = Desk(tmp_path)
    payment = posted()
    made.report(settled(about(payment)))
    made.statement(("24-11-2026", "UTR1", 192_400 - 1_180))
    made.round(at(25))
    return made


def texts(page):
    """Return what stands in the rows of the table, tags left out."""
    rows = re.findall(r'<tr class="(?:sum|change)[^>]*>(.*?)</tr>', page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def test_day_that_ties_out_says_so(desk, admin_client):
    page = admin_client.get(f"{PAGE}?account=billdesk&day={PAID_ON}").text

    assert "<strong>Ties out.</strong>" in page
    assert texts(page) == [
        "Ordered 1 ₹1,924.00",
        "Paid, in our books 1 ₹1,924.00",
        "Settled by the gateway 1 ₹1,924.00",
        "Charges of the gateway -₹10.00",
        "GST on charges -₹1.80",
        "Net of charges 1 ₹1,912.20",
        "Paid out 1 ₹1,912.20",
        "In the bank 1 ₹1,912.20",
    ]


def test_day_that_differs_names_the_break_and_leads_to_it(desk, admin_client):
    posted()
    desk.round(at(27))

    page = admin_client.get(f"{PAGE}?account=billdesk&day={PAID_ON}").text
    assert "<strong>Differs.</strong>" in page
    (row,) = [text for text in texts(page) if "NOT_SETTLED" in text]
    assert row.startswith("! Not settled in time NOT_SETTLED 1 -₹1,924.00")
    assert 'href="/admin/payments/reconbreak/' in page


def test_picture_tells_those_who_do_not_see_it(desk, admin_client):
    page = admin_client.get(f"{PAGE}?account=billdesk&day={PAID_ON}").text

    (said,) = re.findall(r'<desc id="flow-says">(.*?)</desc>', page, re.DOTALL)
    assert said.startswith("Ties out. Ordered: ₹1,924.00. Paid, in our books: ₹1,924.00.")
    assert 'aria-labelledby="flow-title flow-says"' in page


def test_page_begins_with_the_last_day_that_is_over(desk, admin_client):
    assert admin_client.get(PAGE).status_code == 200


@pytest.mark.parametrize("query", ["?account=nobody", "?day=yesterday", "?account=billdesk&day=2026-13-01"])
def test_question_that_makes_no_sense_is_told_so(desk, admin_client, query):
    page = admin_client.get(f"{PAGE}{query}")

    assert (page.status_code, "errorlist" in page.text) == (200, True)


def test_number_of_queries_does_not_grow_with_the_payments(desk, admin_client, django_assert_max_num_queries):
    for _ in range(10):
        posted()
    with django_assert_max_num_queries(12):
        admin_client.get(f"{PAGE}?account=billdesk&day={PAID_ON}")


# --- the way out ----------------------------------------------------------------------------------------------------------


def take(client, form="csv", **changes):
    asked = {"account": "billdesk", "first_day": "2026-11-23", "last_day": "2026-11-24", "form": form, **changes}
    return client.post(f"{PAGE}take-out/", asked)


def taken_away() -> list[dict]:
    return list(LogEntry.objects.filter(additional_data__has_key="taken").values_list("additional_data", flat=True))


def test_totals_are_taken_out_as_csv_and_it_is_written_down(desk, admin_client):
    response = take(admin_client)

    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[:3] == [
        list(files.COLUMNS),
        ["billdesk", "2026-11-23", "ties_out", "sum", "ordered", "1", "1924.00", "", ""],
        ["billdesk", "2026-11-23", "ties_out", "sum", "paid", "1", "1924.00", "", ""],
    ]
    assert {row[1] for row in rows[1:]} == {"2026-11-23"}
    assert taken_away() == [
        {
            "taken": "csv",
            "rows": len(rows) - 1,
            "query": "account=billdesk&first_day=2026-11-23&last_day=2026-11-24&form=csv",
            "sha256": hashlib.sha256(response.content).hexdigest(),
        }
    ]
    assert LogEntry.objects.get(additional_data__has_key="taken").actor.username == "admin"


def test_totals_are_taken_out_as_a_workbook_with_amounts_that_add_up(desk, admin_client):
    sheet = load_workbook(io.BytesIO(take(admin_client, "xlsx").content)).active

    rows = list(sheet.iter_rows(values_only=True))
    assert (rows[0], rows[1][6], rows[4][4:7]) == (files.COLUMNS, 1924, ("charges", None, -10))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_f73_no_text_is_a_formula(form, db):
    rows = [("=HYPERLINK(1)", "2026-11-23", "+x", "-y", "@z", 1, 5, "", "")]

    content = exports.file_of(form, files.COLUMNS, rows)
    if form == "csv":
        cells = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1]
    else:
        cells = [cell.value for cell in list(load_workbook(io.BytesIO(content)).active.rows)[1]]
    assert [cells[at] for at in (0, 2, 3, 4)] == ["'=HYPERLINK(1)", "'+x", "'-y", "'@z"]


def test_all_accounts_are_taken_out_when_none_is_chosen(desk, admin_client):
    AccountFactory(code="other", merchant_id="KMC2")
    take(admin_client, account="")

    (taken,) = taken_away()
    assert taken["query"].startswith("account=&")


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("2026-11-24", "2026-11-23", "The last day is before the first one. Please choose the days anew."),
        ("2026-10-01", "2026-11-01", "At most 31 days are taken out at once. Please choose a shorter time."),
    ],
)
def test_days_that_make_no_sense_are_refused_and_nothing_is_taken(desk, admin_client, first, last, sentence):
    response = take(admin_client, first_day=first, last_day=last)

    assert (response.status_code, sentence in response.text, taken_away()) == (200, True, [])


@pytest.mark.parametrize(("role", "page"), [("Accounts", 200), ("Auditor", 200), ("Cashier", 403)])
def test_who_may_look_and_take_out(desk, client, role, page):
    user = User.objects.create_user("somebody", is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
    client.force_login(user)

    assert client.get(PAGE).status_code == page
    assert take(client).status_code == page
