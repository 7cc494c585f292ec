"""A checker of papers that also asks ClamAV: set `UPLOAD_CHECKER` to `kmc_portal.common.upload_scan.with_clamd`."""

from __future__ import annotations

import socket
import struct

import structlog
from django.conf import settings

from kmc_portal.common.upload_checks import built_in
from kmc_portal.common.uploads import Checked, PaperInfected, PaperUnchecked

log = structlog.get_logger()
TIMEOUT_SECONDS = 20
CHUNK = 64 * 1024
LONGEST_ANSWER = 4096
# man clamd: a command that begins with z ends with a zero byte, as does its answer.
COMMAND = b"zINSTREAM\0"
CLEAN, FOUND = b"stream: OK", b"FOUND"


def with_clamd(content: bytes) -> Checked:
    """Check a paper as the built-in checker does, and have the clamd at `CLAMD_ADDRESS` look at the bytes that came.

    :raises PaperInfected: it found something
    :raises PaperUnchecked: nobody answered, or not as clamd does; what was not looked at is not kept
    """
    checked = built_in(content)
    try:
        answer = _ask(content)
    except OSError as fault:
        log.error("clamd_away", kind=type(fault).__name__)
        raise PaperUnchecked from fault
    if answer == CLEAN:
        return checked
    if answer.endswith(FOUND):
        log.warning("paper_infected")
        raise PaperInfected
    log.error("clamd_refused", answer=answer[:80].decode(errors="replace"))
    raise PaperUnchecked


def _ask(content: bytes) -> bytes:
    with _connected() as line:
        line.sendall(COMMAND)
        for start in range(0, len(content), CHUNK):
            part = content[start : start + CHUNK]
            line.sendall(struct.pack("!L", len(part)) + part)
        line.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
            part = line.recv(LONGEST_ANSWER)
            if not part:
                break
            answer += part
    return answer.rstrip(b"\0").strip()


def _connected() -> socket.socket:
    """Return a line to `/run/clamd.sock` or `127.0.0.1:3310`. :raises OSError:"""
    address = settings.CLAMD_ADDRESS
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(TIMEOUT_SECONDS)
        try:
            line.connect(address)
        except OSError:
            line.close()
            raise
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=TIMEOUT_SECONDS)
