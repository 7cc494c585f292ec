"""Finding one assessee among many, beside the same questions with the indexes switched off.

The questions are drawn from the names of the synthetic city, which has few: every name is a common one there and every street
a crowded one. The many stand in tables of their own, which the search path finds before the portal's, and are dropped again.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import partial
from random import Random
from statistics import quantiles
from time import perf_counter
from typing import TYPE_CHECKING

from django.db import connection

from bench.measure import Count, Ratio, queries
from kmc_portal import city
from property_tax import search
from property_tax.search import NothingFound, by_address, numbers_for_clerk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.measure import Size

    Question = Callable[[], object]

CROWD = 20  # times the city of the other benchmarks: 100,000 in a quick run, a million in a whole one
ASKED, ASKED_WITHOUT_INDEX = 60, 8
MILLISECONDS, MILLISECONDS_BY_NUMBER = 80, 5
CLERKS_PAGE = 201
EVERYBODY = 2_000_000
TABLES = ("property_tax_assessee", "property_tax_registerword")
LEARN = """
CREATE TRIGGER learn_new_words AFTER INSERT ON property_tax_assessee
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION property_tax_learn_words()
"""
IN_BENGALI = {"Sukumar": "সুকুমার", "Anjali": "অঞ্জলি", "Das": "দাস", "Ghosh": "ঘোষ", "Mukherjee": "মুখার্জী", "Roy": "রায়"}
MISSPELT = {
    "Sukumar": "Sukunar",
    "Debabrata": "Debabarta",
    "Mukherjee": "Mukerjje",
    "Banerjee": "Banarhee",
    "Mondal": "Mobdal",
}
MISSPELT_STREETS = {
    "Rashbehari": "Rasbegari",
    "Tollygunge": "Tolligange",
    "Shyambazar": "Shambajat",
    "Cossipore": "Kasipote",
}


def measure(size: Size) -> Iterator[Ratio | Count]:
    with crowd(size.assessees * CROWD):
        for name, ask in BY_NUMBER.items():
            yield within(f"search {name}", p95(asked(ask, ASKED)), MILLISECONDS_BY_NUMBER)
        for name, ask in BY_WORDS.items():
            figure = p95(asked(ask, ASKED))
            with no_index():
                reference = p95(asked(ask, ASKED_WITHOUT_INDEX))
            yield within(f"search {name}", figure, MILLISECONDS)
            yield Ratio(f"search {name}, to no index", "p95, ms", figure, reference, figure / reference, 0.25)
        most = max(queries(question) for ask in BY_WORDS.values() for question in asked(ask, 3))
        yield Count("search: queries", most, limit=5)


def within(name: str, figure: float, milliseconds: int) -> Ratio:
    """Return a figure beside the time that it may take."""
    return Ratio(name, "p95, ms", figure, milliseconds, figure / milliseconds, 1)


@contextmanager
def crowd(assessees: int) -> Iterator[None]:
    """Put a register of that many before the city's own."""
    names = {"first_names": city.FIRST_NAMES, "surnames": city.SURNAMES, "streets": city.STREETS}
    counts = {"first_count": len(city.FIRST_NAMES), "last_count": len(city.SURNAMES), "street_count": len(city.STREETS)}
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS crowd CASCADE; CREATE SCHEMA crowd")
        for table in TABLES:
            cursor.execute(f"CREATE TABLE crowd.{table} (LIKE public.{table} INCLUDING ALL)")
        try:
            cursor.execute("SET search_path = crowd, public")
            cursor.execute(LEARN)
            cursor.execute(city.ASSESSEES, {"assessees": assessees, "seed": 1, **names, **counts})
            cursor.execute("VACUUM ANALYZE property_tax_assessee")
            yield
        finally:
            cursor.execute("RESET search_path; DROP SCHEMA crowd CASCADE")


@contextmanager
def no_index() -> Iterator[None]:
    """Leave only whole scans; matches are sorted however many, since going by wards would scan once for each ward."""
    settings = ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan")
    few, search.FEW = search.FEW, EVERYBODY
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET {name} = off" for name in settings))
        yield
        cursor.execute("; ".join(f"RESET {name}" for name in settings))
    search.FEW = few


def asked(ask: Callable[[Random], Question], times: int) -> list[Question]:
    """Return the same questions every time; nobody found is an answer too."""
    random = Random(1)
    return [partial(answered, ask(random)) for _ in range(times)]


def answered(question: Question) -> None:
    with suppress(NothingFound):
        question()


def p95(questions: Sequence[Question]) -> float:
    """Return the time that nineteen of twenty questions stay within, in ms, after one to warm up."""
    questions[0]()
    times = []
    for question in questions:
        started = perf_counter()
        question()
        times.append(perf_counter() - started)
    return quantiles(times, n=20, method="inclusive")[-1] * 1000


def number(random: Random) -> str:
    """Return a number of the register, most likely one that nobody has asked for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT assessee_number FROM property_tax_assessee WHERE assessee_number >= %s ORDER BY 1 LIMIT 1",
            [f"{random.choice((11, 21, 31))}{random.randint(1, 140):03d}"],
        )
        return cursor.fetchone()[0]


def name(random: Random) -> str:
    return f"{random.choice(city.FIRST_NAMES)} {random.choice(city.SURNAMES)}"


def clerk(typed: str) -> Question:
    return partial(numbers_for_clerk, typed, limit=CLERKS_PAGE)


def citizen(**typed: object) -> Question:
    return partial(by_address, **{field: str(text) for field, text in typed.items()})


def misspelt(spellings: dict[str, str], random: Random) -> str:
    return spellings[random.choice(list(spellings))]


BY_NUMBER: dict[str, Callable[[Random], Question]] = {
    "number, exact": lambda draw: clerk(number(draw)),
    "number, first 7 digits": lambda draw: clerk(number(draw)[:7]),
    "number, last 5 digits": lambda draw: clerk(f"*{number(draw)[-5:]}"),
}
BY_WORDS: dict[str, Callable[[Random], Question]] = {
    "ward, street": lambda draw: citizen(ward=draw.randint(1, 144), street=draw.choice(city.STREETS)),
    "street, house": lambda draw: citizen(street=draw.choice(city.STREETS), premises=draw.randint(1, 180)),
    "street alone": lambda draw: citizen(street=draw.choice(city.STREETS)),
    "street, owner": lambda draw: citizen(street=draw.choice(city.STREETS), owner=name(draw)),
    "ward, owner": lambda draw: citizen(ward=draw.randint(1, 144), owner=name(draw)),
    "ward, owner in Bengali": lambda draw: citizen(ward=draw.randint(1, 144), owner=misspelt(IN_BENGALI, draw)),
    "misspelt street, owner": lambda draw: citizen(
        street=misspelt(MISSPELT_STREETS, draw), owner=misspelt(MISSPELT, draw)
    ),
    "of nobody": lambda draw: citizen(street=f"Nowhere {draw.choice('klmn')}xq Lane"),
    "by clerk, full name": lambda draw: clerk(name(draw)),
    "by clerk, surname": lambda draw: clerk(draw.choice(city.SURNAMES)),
    "by clerk, misspelt": lambda draw: clerk(misspelt(MISSPELT, draw)),
    "by clerk, name and house": lambda draw: clerk(f"{name(draw)} {draw.randint(1, 180)}"),
}
