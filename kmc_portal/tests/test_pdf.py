"""Paper that can be read by eye and by machine, in three scripts."""

from __future__ import annotations

import multiprocessing
import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest

from kmc_portal.common import pdf

NOON = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)

ENGLISH: dict[str, Any] = {
    "issuer": "Kolkata Municipal Corporation",
    "subtitle": "Property tax",
    "title": "RECEIPT",
    "number_label": "Receipt number",
    "number": "PT-WEB/2026-27/0000123",
    "status": "PAID",
    "particulars": [["Assessee number", "11-026-01-0005-1"], ["Premises", "4A, Bidhan Sarani"]],
    "payment": [["Paid on", "23 November 2026, 12:00 PM"], ["Bank reference", "632700112233"]],
    "columns": ["Bill", "Period", "Heading", "Charges", "Deductions", "Amount"],
    "rows": [["PD/26/000001", "2026-27, October to December", "PD", "₹1,499.00", "-₹75.00", "₹1,424.00"]],
    "heads": [["Property tax", "₹1,458.00"], ["Howrah Bridge tax", "₹41.00"], ["Rebate", "-₹75.00"]],
    "total_label": "Total",
    "total": "₹1,424.00",
    "words_label": "In words",
    "words": "Rupees one thousand four hundred and twenty-four only",
    "notes": ["Computer generated. No signature is needed."],
    "qr": "https://pay.example.org/verify/4K7QXM2P9RTB/",
    "verify_label": "Scan the code, or open this address, to see whether this receipt is genuine.",
    "verify_url": "pay.example.org/verify/",
    "code_label": "Code",
    "code": "4K7Q-XM2P-9RTB",
}
BENGALI = ENGLISH | {
    "issuer": "কলকাতা পৌরসংস্থা",
    "subtitle": "সম্পত্তি কর",
    "title": "রসিদ",
    "number_label": "রসিদ নম্বর",
    "particulars": [["অ্যাসেসি নম্বর", "১১-০২৬-০১-০০০৫-১"], ["মালিক", "শ্রী ক্ষিতীশচন্দ্র ভট্টাচার্য্য"]],
    "columns": ["বিল", "সময়কাল", "খাত", "ধার্য", "ছাড়", "টাকা"],
    "total": "₹১,৪২৪.০০",
    "words": "এক হাজার চারশো চব্বিশ টাকা মাত্র।",
}
HINDI = ENGLISH | {
    "issuer": "कोलकाता नगर निगम",
    "subtitle": "संपत्ति कर",
    "title": "रसीद",
    "particulars": [["असेसी नंबर", "11-026-01-0005-1"], ["स्वामी", "श्री क्षितीशचंद्र"]],
    "words": "एक हज़ार चार सौ चौबीस रुपये मात्र।",
}
LANGUAGES = [("en", ENGLISH), ("bn", BENGALI), ("hi", HINDI)]


def printed(values: dict[str, Any], language: str) -> bytes:
    return pdf.render("receipt", values, language=language, timestamp=NOON)


def text_of(paper: bytes) -> str:
    read = subprocess.run(["pdftotext", "-", "-"], input=paper, capture_output=True, check=True)
    return "".join(read.stdout.decode().split())


def texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [text for part in value for text in texts(part)]


@pytest.mark.parametrize(("language", "values"), LANGUAGES)
def test_receipt_can_be_copied_exactly(language, values):
    read = text_of(printed(values, language))

    said = [text for key, value in values.items() if key not in ("qr", "columns") for text in texts(value)]
    assert [text for text in said if "".join(text.split()) not in read] == []


@pytest.mark.parametrize("rows", [1, 6, 28])
def test_receipt_is_one_page(rows):
    paper = printed(BENGALI | {"rows": ENGLISH["rows"] * rows}, "bn")

    about = subprocess.run(["pdfinfo", "-"], input=paper, capture_output=True, check=True).stdout.decode()
    assert [line for line in about.splitlines() if line.startswith("Pages:")] == ["Pages:           1"]


def test_receipt_is_the_same_bytes_for_the_same_values():
    assert printed(ENGLISH, "en") == printed(ENGLISH, "en")


def test_a_name_is_never_read_as_markup():
    name = '#panic("x") *bold* $1$ @ref <tag>'

    assert "".join(name.split()) in text_of(printed(ENGLISH | {"particulars": [["Owner", name]]}, "en"))


@pytest.mark.parametrize(
    ("name", "read"), [("漢 Das", "?Das"), ("محمد", "????"), ("a\u0000\u0984b", "a??b"), ("José Öz", "JoséÖz")]
)
def test_a_letter_that_no_font_has_is_a_question_mark(name, read):
    assert f"Owner{read}" in text_of(printed(ENGLISH | {"particulars": [["Owner", name]], "payment": []}, "en"))


@pytest.mark.parametrize("letter", ["ৰ", "ৱ", "ৎ", "়", "।", "॥", "ऑ", "ॐ", "₹", "—", "…", "“", "•", "ş", "\u09fe"])
def test_every_letter_kept_can_be_drawn(letter):
    assert printed(ENGLISH | {"status": letter}, "en")


def test_a_child_of_a_process_that_has_rendered_refuses_to_hang():
    printed(ENGLISH, "en")

    child = multiprocessing.get_context("fork").Process(target=_render_and_leave)
    child.start()
    child.join(20)
    assert child.exitcode == 7


def _render_and_leave() -> None:
    try:
        printed(ENGLISH, "en")
    except RuntimeError:
        raise SystemExit(7) from None
