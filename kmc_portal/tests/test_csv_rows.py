"""Whatever way a block takes, its rows come out as a CSV reader reads them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kmc_portal.common.csv_rejects import harmless
from kmc_portal.common.csv_rows import BLOCK, NotACsv, RowStream, WrongHeader

COLUMNS = ("a", "b", "c")
CELLS = st.text(st.sampled_from("x1 ,\"\n\t;ক\u200cé\xa0\u3000\\'"), max_size=4)


def stream(content: bytes) -> RowStream:
    return RowStream(io.BytesIO(b"a,b,c\n" + content), COLUMNS)


def rows_of(found: RowStream, size: int = BLOCK) -> list[list[str]]:
    content = b"".join(iter(lambda: found.read(size), b"")).decode()
    return list(csv.reader(io.StringIO(content, newline="")))


def written(rows: list[list[str]], **how) -> bytes:
    out = io.StringIO()
    csv.writer(out, **how).writerows(rows)
    return out.getvalue().encode()


@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@example([["x", " x", "x"]], "\n", csv.QUOTE_MINIMAL)
@example([[" x", "1", "x "]], "\r\n", csv.QUOTE_MINIMAL)
def test_any_row_is_numbered_and_stripped(rows, end, quoting):
    found = rows_of(stream(written(rows, lineterminator=end, quoting=quoting)))

    assert found == [[str(place), "", *(cell.strip() for cell in row)] for place, row in enumerate(rows, start=2)]


@pytest.mark.parametrize("size", [1, 7, BLOCK])
def test_long_file_is_read_in_blocks_of_both_kinds(size):
    rows = [[str(number), "রাম, শ্যাম" if number % 997 == 0 else "x", "y"] for number in range(BLOCK // 50)]
    found = stream(written(rows))

    assert rows_of(found, size) == [[str(place), "", *row] for place, row in enumerate(rows, start=2)]
    assert found.count == len(rows)


def test_quoted_cell_may_run_over_the_end_of_a_block():
    rows = [["x" * 100, "y", "z"]] * (BLOCK // 105) + [["before", "line\n" * 2_000 + "end", "after"], ["1", "2", "3"]]

    assert rows_of(stream(written(rows)))[-2:] == [
        [str(len(rows)), "", *rows[-2]],
        [str(len(rows) + 1), "", *rows[-1]],
    ]


@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b"\n" * (2 * BLOCK)], ids=["one", "crlf", "blocks of them"])
def test_empty_line_has_a_place_and_is_no_row(blank):
    found = stream(b"1,2,3\n" + blank + b"4,5,6")

    assert rows_of(found) == [["2", "", "1", "2", "3"], [str(3 + blank.count(b"\n")), "", "4", "5", "6"]]
    assert found.count == 2


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (b"caf\xe9,2,3", ["not_utf8", "caf?", "2", "3"]),
        (b"nul\0,2,3", ["not_utf8", "nul?", "2", "3"]),
        (b"1,2", ["wrong_number_of_fields", "1", "2", ""]),
        (b"1,2,3,4", ["wrong_number_of_fields", "1", "2", "3,4"]),
        (b"1,\xe9", ["not_utf8", "1", "?", ""]),
    ],
)
def test_broken_row_is_marked_and_spoils_no_other(line, row):
    assert rows_of(stream(b"x,y,z\n" + line + b"\nx,y,z\n")) == [
        ["2", "", "x", "y", "z"],
        ["3", *row],
        ["4", "", "x", "y", "z"],
    ]


def test_byte_order_mark_and_old_line_ends_are_read():
    found = RowStream(io.BytesIO(b"\xef\xbb\xbfa,b,c\r1,2,3\r4,5,6"), COLUMNS)

    assert rows_of(found) == [["2", "", "1", "2", "3"], ["3", "", "4", "5", "6"]]


def test_optional_columns_are_read_when_they_are_there():
    found = RowStream(io.BytesIO(b"a,b,c,d\n1,2,3,4\n"), COLUMNS, ("d",))

    assert (found.columns, rows_of(found)) == (["a", "b", "c", "d"], [["2", "", "1", "2", "3", "4"]])


def test_other_columns_are_refused():
    with pytest.raises(WrongHeader):
        RowStream(io.BytesIO(b"a,b\n"), COLUMNS)


def test_cell_without_an_end_is_a_fault():
    found = stream(b'1,"' + b"x" * 200_000)

    assert rows_of(found) == []
    assert isinstance(found.fault, NotACsv)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3+cmd", "'-2+3+cmd"),
        ("\t=1", "'\t=1"),
        ("+91 98300-12345", "+91 98300-12345"),
        ("-12.50", "-12.50"),
        ("12A/1", "12A/1"),
        ("", ""),
    ],
)
def test_cell_that_a_spreadsheet_would_run_is_made_text(cell, shown):
    assert harmless(cell) == shown
