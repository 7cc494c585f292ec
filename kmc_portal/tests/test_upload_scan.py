"""ClamAV: asked over a real socket, and papers refused while it is away."""

from __future__ import annotations

import socketserver
import struct
from threading import Thread

import pytest

from kmc_portal.common.uploads import Kind, PaperInfected, PaperTypeRefused, PaperUnchecked, read_paper
from kmc_portal.tests.papers_by_hand import pdf, picture, sent

MEGABYTE = 1024 * 1024
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
