"""The built-in checker of papers: what a file is by its bytes, whether it opens, and that nothing in it acts by itself."""

from __future__ import annotations

import re
import time
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageOps
from pypdf import PdfReader, apply_configuration
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from kmc_portal.common.errors import ServiceError
from kmc_portal.common.uploads import Checked, Kind, PaperActive, PaperDamaged, PaperLocked, PaperTypeRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC = {b"%PDF-": Kind.PDF, b"\xff\xd8\xff": Kind.JPEG, b"\x89PNG\r\n\x1a\n": Kind.PNG}
# A photo of 30 megapixels takes some 90 MB while it is opened; phones take 12.
MOST_PIXELS = 30_000_000
JPEG_QUALITY = 90
MOST_OBJECTS = 20_000
MOST_SECONDS = 5
# pypdf's own limits, 75 MB, let seventy kilobytes cost twenty seconds. We open streams of objects alone, never pages or pictures.
MOST_UNPACKED_BYTES = 4_000_000
LIMITS: dict[str, Any] = {
    f"{packing}_maximum_output_length": MOST_UNPACKED_BYTES for packing in ("zlib", "lzw", "run_length", "brotli")
}
# ISO 32000-1: 12.6.4 actions, 7.11.4 embedded files, 12.7.8 forms in XFA, 13.6 and Adobe's extension level 3 for 3D and rich media.
# Links (URI, GoTo) do nothing until a reader follows them.
ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/EF", "/EmbeddedFiles", "/XFA", "/RichMediaContent"})
ACTIVE_NAMES = frozenset(
    {
        "/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition", "/Movie", "/Sound", "/EmbeddedFile",
        "/FileAttachment", "/RichMedia", "/3D", "/Screen",
    }
)  # fmt: skip
NAMED_BY = ("/S", "/Type", "/Subtype")
# What a damaged table of objects hides from us, another reader may find again. Long words only: short ones occur by chance.
ACTIVE_BYTES = re.compile(rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia)\b")


def built_in(content: bytes) -> Checked:
    """Return what the content is and what of it to keep: an image is drawn anew, without place, camera and hidden parts.

    :raises PaperTypeRefused: neither PDF nor JPEG nor PNG
    :raises PaperDamaged: it does not open, or costs more to open than a paper may
    :raises PaperLocked, PaperActive: a PDF with a password, or with a program or a file in it
    """
    kind = next((kind for magic, kind in MAGIC.items() if content.startswith(magic)), None)
    if kind is None:
        raise PaperTypeRefused
    try:
        if kind is not Kind.PDF:
            return Checked(kind, _drawn_anew(content, kind))
        with apply_configuration(**LIMITS):
            _check_pdf(content)
    except ServiceError:
        raise
    except Exception as fault:  # whatever a parser stumbles over, the file is not fit to be kept
        raise PaperDamaged from fault
    return Checked(kind, content)


def _drawn_anew(content: bytes, kind: Kind) -> bytes:
    name = kind.name
    with Image.open(BytesIO(content), formats=[name]) as sent:
        if sent.width * sent.height > MOST_PIXELS:
            raise PaperDamaged
        upright = ImageOps.exif_transpose(sent)
        plain = upright if upright.mode in ("L", "RGB") else upright.convert("RGB" if kind is Kind.JPEG else "RGBA")
    plain.info.clear()
    written = BytesIO()
    plain.save(written, name, quality=JPEG_QUALITY) if kind is Kind.JPEG else plain.save(written, name)
    return written.getvalue()


def _check_pdf(content: bytes) -> None:
    reader = PdfReader(BytesIO(content))
    if reader.is_encrypted:
        raise PaperLocked
    if ACTIVE_BYTES.search(content) or any(_acts(each) for each in _dictionaries(reader)):
        raise PaperActive
    if not len(reader.pages):
        raise PaperDamaged


def _acts(found: DictionaryObject) -> bool:
    """Say whether a dictionary does something; a name that stands elsewhere is looked up."""
    return not ACTIVE_KEYS.isdisjoint(found) or any(
        key in found and str(found[key]) in ACTIVE_NAMES for key in NAMED_BY
    )


def _dictionaries(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Yield every dictionary of a PDF. :raises PaperDamaged: more objects than a paper has, or too slow to read"""
    deadline = time.monotonic() + MOST_SECONDS
    plain = [(number, generation) for generation, objects in reader.xref.items() for number in objects]
    numbers = {*plain, *((number, 0) for number in reader.xref_objStm)}
    if len(numbers) > MOST_OBJECTS:
        raise PaperDamaged
    yield from _inside(reader.trailer)
    for number, generation in sorted(numbers):
        if time.monotonic() > deadline:
            raise PaperDamaged
        yield from _inside(reader.get_object(IndirectObject(number, generation, reader)))


def _inside(thing: Any) -> Iterator[DictionaryObject]:
    """Yield the dictionaries of one object; what it refers to has its own turn."""
    left = [thing]
    while left:
        each = left.pop()
        if isinstance(each, DictionaryObject):
            yield each
            left += [each.raw_get(key) for key in each]
        elif isinstance(each, ArrayObject):
            left += list.__iter__(each)
