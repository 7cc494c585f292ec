"""Documents on paper, set by typst from the templates in `documents/`.

A template holds the layout and no words. What it prints comes in as values, already in the reader's language, and is
never read as markup. All stand in one frame (`frame.typ`) and take:

    issuer, subtitle, title           who issues what, at the head
    number_label, number, status      `status` stands in a frame; may be empty
    particulars                       [[label, value], ...] whom and what it is for
    notes                             sentences at the foot
    qr, verify_label, verify_url      what the QR code holds, and the sentence and the short address beside it
    code_label, code                  the code to type instead; may be empty

`receipt` takes besides:

    columns, rows                     the table: six names, and six texts a row, the last three of them amounts
    heads                             [[label, amount], ...] the same money by head
    total_label, total                the sum below the table
    words_label, words                the same in words
    payment                           [[label, value], ...] how and when it was paid

`certificate`: `sentence`, what it certifies, and `details`, more pairs.

`license`: `sentence`, `details`; `heads_label, amount_label`, `heads`, [[label, amount], ...]; `total_label, total`.

`statement`: `details`; `columns, rows`, six texts a row, the last two of them amounts; `opening_label, opening, closing_label,
closing`; `added`, [[label, amount], ...]; `due_label, due`.

`bill`: `details`; `amount_label, bill_label`; `bills`, each with `period, number, amount` and `lines` of [label, reason, amount];
`total_label, total`; `clock`, a sentence or nothing.
"""

from __future__ import annotations

import io
import json
import os
import re
import unicodedata
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import segno

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import typst

DOCUMENTS = Path(__file__).parent / "documents"
STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
# What the fonts beside the templates can draw, unassigned code points aside: Latin, Devanagari, Bengali, punctuation.
DRAWN = re.compile(r"[\u0020-\u024F\u0900-\u097F\u0980-\u09FF\u1E00-\u1EFF\u200C\u200D\u2010-\u2027\u20B9]")


class _Renderer:
    """Whether this process has rendered, or is a child of one that had and would hang for ever."""

    has_rendered = False
    is_barred = False

    @classmethod
    def bar_child(cls) -> None:
        cls.is_barred = cls.has_rendered


# typst's threads do not survive a fork: the first page of such a child would never end.
os.register_at_fork(after_in_child=_Renderer.bar_child)


def render(document: str, values: Mapping[str, object], *, language: str, timestamp: datetime) -> bytes:
    """Return the document as PDF/A-2a and PDF/UA-1. Equal values and `timestamp` (aware) give equal bytes.

    A letter outside Latin, Bengali and Devanagari is printed as a question mark: whoever has paid gets
    a receipt, whatever the name on the bill is written in.

    :raises RuntimeError: the template needs what is not there, or this is a child of a process that has rendered.
    """
    import typst  # noqa: PLC0415 - nine megabytes, which only a process that draws papers needs

    if _Renderer.is_barred:
        raise RuntimeError("this process was forked after its parent had rendered a document; start it fresh")
    _Renderer.has_rendered = True
    inputs = {
        "language": language,
        "values": json.dumps({name: _drawable(value) for name, value in values.items()}),
        "qr": qr_svg(str(values["qr"])),
    }
    compiler = typst.Compiler(DOCUMENTS / f"{document}.typ", root=DOCUMENTS, font_paths=_fonts(), sys_inputs=inputs)
    made, warnings = compiler.compile_with_warnings(
        format="pdf", pdf_standards=STANDARDS, timestamp=timestamp.astimezone(UTC).replace(microsecond=0)
    )
    if warnings:
        raise RuntimeError("; ".join(warning.message for warning in warnings))
    assert isinstance(made, bytes)
    return made


def qr_svg(text: str) -> str:
    """Return a QR code of level M as an SVG document."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="svg", border=0, xmldecl=False, svgns=True, scale=4)
    return drawn.getvalue().decode()


def _drawable(value: object) -> object:
    """Return texts, alone, in lists or by name, with a question mark for each letter that no font has."""
    if isinstance(value, str):
        return "".join(char if _is_drawn(char) else "?" for char in value)
    if isinstance(value, dict):
        return {name: _drawable(part) for name, part in value.items()}
    return [_drawable(part) for part in value] if isinstance(value, list | tuple) else value


def _is_drawn(char: str) -> bool:
    return DRAWN.match(char) is not None and unicodedata.category(char) not in ("Cc", "Cn")


@cache
def _fonts() -> typst.Fonts:
    import typst  # noqa: PLC0415 - as above

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[DOCUMENTS / "fonts"])
