"""Papers that citizens send: believed by their content, kept under a name of ours outside of the web's reach (ADR 0027)."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from django.core.files import File

LONGEST_NAME = 40
MEGABYTE = 1024 * 1024


class PaperMissing(ServiceError):
    code = "paper_missing"
    message = _("Please add this paper: a PDF, or a photo as JPEG or PNG.")
    field = "paper"


class PaperTooLarge(ServiceError):
    code = "paper_too_large"
    message = _("This file is too large. A paper has at most {most} MB; a smaller photo or a scan in grey will do.")
    field = "paper"
    http_status = 413


class PaperTooMany(ServiceError):
    code = "paper_too_many"
    message = _("These are too many files. Please send at most {most}; several pages can be one PDF.")
    field = "paper"


class PaperTypeRefused(ServiceError):
    code = "paper_type_refused"
    message = _("This is no PDF, JPEG or PNG, whatever its name says. Please send the paper as one of these.")
    field = "paper"


class PaperDamaged(ServiceError):
    code = "paper_damaged"
    message = _("This file is damaged or incomplete and cannot be opened. Please make the scan or photo anew.")
    field = "paper"


class PaperLocked(ServiceError):
    code = "paper_locked"
    message = _("This PDF needs a password. Please save or print it as a PDF without one and send that.")
    field = "paper"


class PaperActive(ServiceError):
    code = "paper_active"
    message = _("This PDF holds a program or another file. Please print it as a plain PDF, or send a photo of it.")
    field = "paper"


class PaperInfected(ServiceError):
    code = "paper_infected"
    message = _("A virus was found in this file. Please check your device and send the paper from another one.")
    field = "paper"


class PaperUnchecked(ServiceError):
    code = "paper_unchecked"
    message = _("The file could not be checked for viruses just now. Please try again in some minutes.")
    field = "paper"
    http_status = 503


class Kind(StrEnum):
    """What a paper may be. The value is the end of its name."""

    PDF = "pdf"
    JPEG = "jpg"
    PNG = "png"


CONTENT_TYPES = {Kind.PDF: "application/pdf", Kind.JPEG: "image/jpeg", Kind.PNG: "image/png"}


@dataclass(frozen=True, slots=True)
class Checked:
    """Content that a checker lets pass: what it is, and the bytes to keep, which may differ from those that came."""

    kind: Kind
    content: bytes


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that may be kept. `shown_name` is the sender's name for it, shortened: to be shown, never to be a path."""

    kind: Kind
    content: bytes
    shown_name: str


@dataclass(frozen=True, slots=True)
class KeptPaper:
    """What an app writes down of a paper that the shelf keeps. `stored_as` finds it again; size and hash prove it."""

    stored_as: str
    shown_name: str
    content_type: str
    size: int
    sha256: str


def read_paper(sent: File[Any] | None) -> Paper:
    """Return what was sent as a paper that may be kept, by `settings.UPLOAD_CHECKER`.

    :raises PaperMissing, PaperTooLarge: nothing, or more than `settings.PAPER_MOST_BYTES`
    :raises PaperTypeRefused, PaperDamaged, PaperLocked, PaperActive, PaperInfected, PaperUnchecked:
    """
    if not sent:
        raise PaperMissing
    content = b"" if sent.size > settings.PAPER_MOST_BYTES else sent.read(settings.PAPER_MOST_BYTES + 1)
    if sent.size > settings.PAPER_MOST_BYTES or len(content) > settings.PAPER_MOST_BYTES:
        raise PaperTooLarge(most=settings.PAPER_MOST_BYTES // MEGABYTE)
    checked: Checked = import_string(settings.UPLOAD_CHECKER)(content)
    return Paper(checked.kind, checked.content, shown_name(sent.name or ""))


def read_papers(sent: Sequence[File[Any]], *, at_most: int) -> list[Paper]:
    """Return all that was sent under one name. :raises PaperTooMany, PaperMissing: and what `read_paper` raises"""
    if not sent:
        raise PaperMissing
    if len(sent) > at_most:
        raise PaperTooMany(most=at_most)
    return [read_paper(each) for each in sent]


def keep_paper(paper: Paper) -> KeptPaper:
    """Write a paper under a name drawn by chance, which `open_paper` and `forget_paper` take."""
    drawn = secrets.token_hex(20)
    stored_as = storages["papers"].save(f"{drawn[:2]}/{drawn}.{paper.kind}", ContentFile(paper.content))
    sha256 = hashlib.sha256(paper.content).hexdigest()
    return KeptPaper(stored_as, paper.shown_name, CONTENT_TYPES[paper.kind], len(paper.content), sha256)


@contextmanager
def kept_papers(papers: Iterable[Paper]) -> Iterator[list[KeptPaper]]:
    """Keep papers, in their sequence, while the block writes down whose they are; if it fails, all are forgotten.

    A file knows no transaction, so the transaction belongs inside of the block.
    """
    kept: list[KeptPaper] = []
    try:
        for paper in papers:
            kept.append(keep_paper(paper))  # noqa: PERF401 - those before one that fails are to be known
        yield kept
    except BaseException:
        for each in kept:
            forget_paper(each.stored_as)
        raise


def open_paper(name: str) -> File[Any]:
    """Return a kept paper, opened to be read. :raises FileNotFoundError: there is none of this name"""
    return storages["papers"].open(name, "rb")


def forget_paper(name: str) -> None:
    """Delete a kept paper; one that is gone already stays gone."""
    storages["papers"].delete(name)


def shown_name(name: str) -> str:
    """Return the last part of a file's name, without what cannot be seen, at most 40 characters long, its end kept."""
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(char for char in last if unicodedata.category(char)[0] != "C").strip()
    if len(seen) <= LONGEST_NAME:
        return seen
    return f"{seen[: LONGEST_NAME - 10]}…{seen[-9:]}"
