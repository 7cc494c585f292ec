"""Papers written byte by byte: PDFs with what a test wants in them, and pictures."""

from __future__ import annotations

import zlib
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

PAGE = [b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"]


def pdf(*more: bytes, catalogue: bytes = b"") -> bytes:
    """A PDF of one page; `catalogue` goes into its root, `more` are objects 4, 5, …"""
    objects = [b"<< /Type /Catalog /Pages 2 0 R " + catalogue + b" >>", *PAGE, *more]
    written, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, rows)
    return (
        written
        + table
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (
            len(objects) + 1,
            len(written),
        )
    )


def packed_pdf(hidden: bytes, *, blanks: int = 0) -> bytes:
    """A PDF whose fourth object lies in a compressed stream of objects, as PDF 1.5 allows, with `blanks` behind it."""
    packed = zlib.compress(b"4 0 " + hidden + b" " * blanks)
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R /OpenAction 4 0 R >>",
        2: PAGE[0],
        3: PAGE[1],
        5: b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream"
        % (len(packed), packed),
    }
    written, places = b"%PDF-1.7\n", {}
    for number, body in objects.items():
        places[number] = len(written)
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    places[6] = len(written)
    rows = b"".join(
        bytes([2]) + (5).to_bytes(4, "big") + b"\0"
        if number == 4
        else bytes([number > 0]) + places.get(number, 0).to_bytes(4, "big") + b"\0"
        for number in range(7)
    )
    table = b"<< /Type /XRef /Size 7 /W [1 4 1] /Root 1 0 R /Length %d >>\nstream\n%s\nendstream" % (len(rows), rows)
    return written + b"6 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, places[6])


def picture(name: str, *, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: object) -> bytes:
    written = BytesIO()
    Image.new(mode, size).save(written, name, **options)
    return written.getvalue()


def sent(content: bytes, name: str = "paper.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")
