"""The field in which a clerk hands over a file for a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from kmc_portal.common.uploads import MEGABYTE

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile


class SentFileTooLarge(ServiceError):
    code = "sent_file_too_large"
    message = _(
        "This file is larger than {most} MB. Please send it in parts, or have whoever runs the portal take it in by command."
    )
    field = "file"


class SentFileField(forms.FileField):
    """A file of at most `settings.DESK_FILE_MOST_BYTES`; larger ones are stopped while they come in and are empty here."""

    def clean(self, *values: object, **named: object) -> UploadedFile[bytes]:
        uploaded: UploadedFile[bytes] = super().clean(*values, **named)
        if (uploaded.size or 0) > settings.DESK_FILE_MOST_BYTES:
            refusal = SentFileTooLarge(most=settings.DESK_FILE_MOST_BYTES // MEGABYTE)
            raise ValidationError(refusal.user_message, code=refusal.code)
        return uploaded
