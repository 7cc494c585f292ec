"""Papers over HTTP: how much is read, where it is kept, who may have it."""

from __future__ import annotations

import hashlib

import pytest
from django.test import RequestFactory

from kmc_portal.common import uploads
from kmc_portal.common.uploads import read_paper
from kmc_portal.tests.papers_by_hand import pdf, sent

MEGABYTE = 1024 * 1024
pytestmark = pytest.mark.usefixtures("shelf")


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
