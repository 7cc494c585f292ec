"""A list of the desk over all bills, beside the same list over a page of them, and beside the bare query for its rows.

A list over a million rows is owed in 100 ms on the machine of docs/performance.md. There, with nothing else running, the bare query
takes half a millisecond: so a page is owed within 200 of it. Both are slowed alike by what else runs.
"""

from __future__ import annotations

from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client

from bench.measure import Count, Ratio, interleaved, queries
from property_tax.models import Demand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.measure import Size

LIST = "/admin/property_tax/demand/"
# A million in the full city: its bills of twelve quarters, and as many of older ones as make twenty for each assessee.
BILLS_OF_EACH = 20
OLDER = """
INSERT INTO property_tax_demand ({columns}) SELECT {values} FROM property_tax_demand ORDER BY id LIMIT %s
"""
AS_OLDER = {"demand_number": "'OLD-' || demand_number", "financial_year": "financial_year - 40"}
BARE = """
SELECT d.*, a.* FROM property_tax_demand d JOIN property_tax_assessee a ON a.id = d.assessee_id ORDER BY d.id DESC LIMIT 51
"""
FEW = """
DROP SCHEMA IF EXISTS few CASCADE; CREATE SCHEMA few;
CREATE TABLE few.property_tax_demand (LIKE public.property_tax_demand INCLUDING ALL);
INSERT INTO few.property_tax_demand SELECT * FROM public.property_tax_demand ORDER BY id DESC LIMIT 120;
ANALYZE few.property_tax_demand
"""
PAGES, WARM = 5, 2
# The same page whatever the size of the table, give or take the noise of a shared machine.
TO_FEW = 1.35
PAGE_TO_BARE = 200
# A page's statements are the list, the words of its filter, and who asks: session, clerk, desk.
STATEMENTS, STATEMENTS_TO_BARE = 5, 5


def measure(size: Size) -> Iterator[Ratio | Count]:
    settings.STAFF_TWO_FACTOR, settings.ALLOWED_HOSTS = False, ["*"]
    call_command("collectstatic", interactive=False, verbosity=0)
    _make_older(size.assessees * BILLS_OF_EACH - Demand.objects.count())
    desk = Client()
    desk.force_login(User.objects.create_superuser("bench-desk"))
    middle = Demand.objects.order_by("-pk")[Demand.objects.count() // 2].pk
    number = Demand.objects.order_by("pk").values_list("demand_number", flat=True)[0]
    pages = {"first page": "", "page in the middle": f"?after={middle}", "search": f"?q={number}"}
    for name, asked in pages.items():
        yield _to_few(f"list of bills, {name}", lambda asked=asked: _got(desk, asked), size)
        ways = {
            "page": lambda asked=asked: _milliseconds(lambda: _got(desk, asked)),
            "bare": lambda: _milliseconds(_bare),
        }
        yield interleaved(ways, size.rounds).ratio(
            f"list of bills, {name}, to the bare query", "ms", ("page", "bare"), PAGE_TO_BARE
        )
    ways = {"list": lambda: _in_database(lambda: _got(desk, "")), "bare": lambda: _in_database(_bare)}
    yield interleaved(ways, size.rounds).ratio(
        "list of bills, in the database", "ms", ("list", "bare"), STATEMENTS_TO_BARE
    )
    yield Count("list of bills: queries", queries(lambda: _got(desk, "")), STATEMENTS)


def _make_older(bills: int) -> None:
    columns = [
        field.column for field in Demand._meta.local_concrete_fields if not (field.primary_key or field.generated)
    ]
    values = ", ".join(AS_OLDER.get(column, column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(OLDER.format(columns=", ".join(columns), values=values), [max(bills, 0)])
        cursor.execute("ANALYZE property_tax_demand")


def _to_few(name: str, ask: Callable[[], None], size: Size) -> Ratio:
    def among_few() -> float:
        with _few():
            return _milliseconds(ask)

    return interleaved({"all": lambda: _milliseconds(ask), "few": among_few}, size.rounds).ratio(
        f"{name}, to a list of few", "ms", ("all", "few"), TO_FEW
    )


@contextmanager
def _few() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(FEW)
        cursor.execute("SET search_path = few, public")
        yield
        cursor.execute("RESET search_path; DROP SCHEMA few CASCADE")


def _got(desk: Client, asked: str) -> None:
    answer = desk.get(f"{LIST}{asked}")
    assert answer.status_code == 200, answer.status_code


def _bare() -> None:
    with connection.cursor() as cursor:
        cursor.execute(BARE)
        cursor.fetchall()


def _milliseconds(act: Callable[[], None]) -> float:
    for _ in range(WARM):
        act()
    started = perf_counter()
    for _ in range(PAGES):
        act()
    return (perf_counter() - started) * 1000 / PAGES


def _in_database(act: Callable[[], None]) -> float:
    """Return the time that the statements of an act take, in ms."""
    spent = 0.0

    def watch(execute, sql, parameters, many, context):
        nonlocal spent
        started = perf_counter()
        found = execute(sql, parameters, many, context)
        spent += perf_counter() - started
        return found

    for _ in range(WARM):
        act()
    with connection.execute_wrapper(watch):
        for _ in range(PAGES):
            act()
    return spent * 1000 / PAGES
