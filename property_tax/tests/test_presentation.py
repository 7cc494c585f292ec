"""The table of ward groups: which bills are presented, until when their rebate runs, and what a wrong table says."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.core.management import call_command

from property_tax.models import Demand, Ward
from property_tax.presentation import PresentationTableRefused, WardGroup, present_demands, ward_groups
from property_tax.queries import assessee_dues
from property_tax.tests.books import COMMON, document, put_in_force
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = pytest.mark.django_db
ISSUED = date(2026, 4, 15)
HEADER = "ward_group,wards,presented_on"


def bill(ward: int = 26, **values) -> Demand:
    assessee = AssesseeFactory(ward=Ward.objects.get(number=ward))
    unpresented = {"issued_on": ISSUED, "presented_on": None, "rebate_date": None}
    return DemandFactory(assessee=assessee, **unpresented | values)


def present(*groups: tuple[str, tuple[int, ...], date]) -> list[tuple]:
    presented = present_demands([WardGroup(*group) for group in groups])
    return [(each.group.name, each.rebate_date, each.bills) for each in presented]


def days(demand: Demand) -> tuple[date | None, date | None]:
    demand.refresh_from_db()
    return demand.presented_on, demand.rebate_date


def table(*rows: str) -> list[str]:
    return [HEADER, *rows]


# --- Presenting -------------------------------------------------------------------------------------------------------


def test_each_group_has_its_own_days():
    north, south, elsewhere = bill(1), bill(100), bill(50)

    made = present(("north", (1, 2), date(2026, 4, 20)), ("south", (100,), date(2026, 5, 28)))

    assert made == [("north", date(2026, 5, 11), 1), ("south", date(2026, 6, 18), 1)]
    assert days(north) == (date(2026, 4, 20), date(2026, 5, 11))
    assert days(south) == (date(2026, 5, 28), date(2026, 6, 18))
    assert days(elsewhere) == (None, None)


def test_bill_says_the_day_and_the_sunday_is_seen_to_where_dues_are_computed():
    made = bill()

    present(("all", (26,), date(2026, 4, 19)))

    assert days(made)[1] == date(2026, 5, 10)
    change = assessee_dues(assessee_number=made.assessee.assessee_number, on=date(2026, 5, 1)).dues.next_change
    assert (change.on, change.because) == (date(2026, 5, 12), "rebate ends")


def test_ward_with_a_notified_day_gets_it():
    put_in_force(
        document(
            {**COMMON, "kind": "rebate_days", "code": "days", "days": 21},
            {**COMMON, "kind": "rebate_date", "code": "group", "wards": [26], "rebate_date": "2026-05-31"},
        )
    )
    own, other = bill(26), bill(27)

    presented = present(("all", (26, 27), date(2026, 4, 20)))

    assert presented == [("all", date(2026, 5, 11), 2)]
    assert (days(own)[1], days(other)[1]) == (date(2026, 5, 31), date(2026, 5, 11))


def test_second_time_changes_nothing():
    made = bill()
    present(("all", (26,), date(2026, 4, 20)))

    assert present(("all", (26,), date(2026, 5, 20))) == [("all", date(2026, 6, 10), 0)]
    assert days(made) == (date(2026, 4, 20), date(2026, 5, 11))


@pytest.mark.parametrize(
    "values",
    [
        {"paid_on": date(2026, 4, 18)},
        {"rebate_date": date(2026, 6, 30)},
        {"issued_on": date(2026, 4, 21)},
        {"issued_on": date(2026, 3, 31)},
    ],
    ids=["paid", "dated", "issued later", "of last year"],
)
def test_bill_that_is_not_to_be_presented_stays_as_it_is(values):
    made = bill(**values)
    before = days(made)

    assert present(("all", (26,), date(2026, 4, 20))) == [("all", date(2026, 5, 11), 0)]
    assert days(made) == before


@pytest.mark.parametrize("presented_on", [date(2027, 3, 31), date(2028, 2, 29)])
def test_bill_may_be_presented_until_the_last_day_of_its_year(presented_on):
    bill(issued_on=presented_on)

    assert present(("all", (26,), presented_on))[0][2] == 1


# --- The table --------------------------------------------------------------------------------------------------------


def test_table_is_read():
    groups = ward_groups(table("north,1-3 9,2026-04-20", "", "south, 100 ,2026-05-28"))

    assert groups == [
        WardGroup("north", (1, 2, 3, 9), date(2026, 4, 20)),
        WardGroup("south", (100,), date(2026, 5, 28)),
    ]


@pytest.mark.parametrize(
    ("rows", "row"),
    [
        ([], 1),
        (["group,wards,day"], 1),
        (table(), 2),
        (table("a,1,2026-04-20", "b,2,2026-02-29"), 3),
        (table("a,1,20-04-2026"), 2),
        (table("a,0,2026-04-20"), 2),
        (table("a,140-145,2026-04-20"), 2),
        (table("a,9-3,2026-04-20"), 2),
        (table("a,one,2026-04-20"), 2),
        (table("a,1"), 2),
        (table("a,1-9,2026-04-20", "b,9,2026-04-21"), 3),
    ],
)
def test_table_with_a_wrong_row_is_refused_whole(rows, row):
    with pytest.raises(PresentationTableRefused) as refused:
        ward_groups(rows)

    assert refused.value.details["row"] == row


def test_command_reports_each_group(tmp_path, capsys):
    bill()
    path = tmp_path / "groups.csv"
    path.write_text("\n".join(table("south,20-30,2026-04-20")))

    call_command("present_demands", str(path), "--json")

    assert json.loads(capsys.readouterr().out) == {
        "presented": 1,
        "ward_groups": [
            {"ward_group": "south", "presented_on": "2026-04-20", "rebate_date": "2026-05-11", "presented": 1}
        ],
    }


def test_command_presents_nothing_of_a_wrong_table(tmp_path, capsys):
    made = bill()
    path = tmp_path / "groups.csv"
    path.write_text("\n".join(table("a,26,2026-04-20", "b,145,2026-04-20")))

    with pytest.raises(SystemExit, match="1"):
        call_command("present_demands", str(path), "--json")

    assert json.loads(capsys.readouterr().out)["error"]["code"] == "presentation_table_refused"
    assert days(made) == (None, None)


def test_command_without_its_file_is_wrong_usage(tmp_path):
    with pytest.raises(SystemExit, match="2"):
        call_command("present_demands", str(tmp_path / "none.csv"))
