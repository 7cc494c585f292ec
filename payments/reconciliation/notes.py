"""What clerks write beside a break, with a paper where there is one. Nothing of it is changed or taken away again."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from kmc_portal.common.uploads import kept_papers
from payments.models import BreakNote, BreakPaper

if TYPE_CHECKING:
    from datetime import datetime

    from kmc_portal.common.uploads import Paper

log = structlog.get_logger()


class NoteMissing(ServiceError):
    code = "note_missing"
    message = _("Please write what there is to know; what a paper shows should be said in words too.")
    field = "detail"


def write_note(recon_break: int, *, detail: str, paper: Paper | None, maker: str, now: datetime) -> BreakNote:
    """Write a note on a break, open or closed, and keep the paper that goes with it: both or neither.

    :raises NoteMissing: it says nothing
    """
    said = detail.strip()
    if not said:
        raise NoteMissing
    with kept_papers([paper] if paper else []) as papers, transaction.atomic():
        note = BreakNote.objects.create(recon_break_id=recon_break, detail=said, maker=maker, noted_at=now)
        for kept in papers:
            BreakPaper.objects.create(note=note, **asdict(kept))
    log.info("break_noted", recon_break=recon_break, note=note.pk, has_paper=bool(paper))
    return note
