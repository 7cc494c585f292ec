"""Papers at the doors: a field of a form that takes one, and the answer that hands one out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404

from kmc_portal.common.errors import ServiceError
from kmc_portal.common.uploads import CONTENT_TYPES, Kind, open_paper, read_paper

if TYPE_CHECKING:
    from django.core.files import File

    from kmc_portal.common.uploads import Paper

ACCEPTED = ",".join(CONTENT_TYPES.values())


class PaperField(forms.Field):
    """One paper; its value is a `Paper` that may be kept, None where none is needed or came.

    The form needs `enctype="multipart/form-data"`.
    """

    widget = forms.FileInput(attrs={"accept": ACCEPTED})

    def __init__(self, *, is_needed: bool = True, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.is_needed = is_needed

    def clean(self, value: File[Any] | None) -> Paper | None:
        if not value and not self.is_needed:
            return None
        try:
            return read_paper(value)
        except ServiceError as refusal:
            raise ValidationError(refusal.user_message, code=refusal.code) from refusal


def handed_out(name: str, *, called: str, may_see: bool) -> FileResponse:
    """Return a kept paper to be saved under a name of ours, `called` and the end of its kind; never to be shown in a page.

    The view says whether its reader may see it. Who may not gets what is answered for a paper that does not exist.
    """
    if not may_see:
        raise Http404
    kind = Kind(name.rpartition(".")[2])
    try:
        paper = open_paper(name)
    except FileNotFoundError as missing:
        raise Http404 from missing
    answer = FileResponse(paper, as_attachment=True, filename=f"{called}.{kind}", content_type=CONTENT_TYPES[kind])
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
