"""Why a file is not taken in: nothing of it is kept but the refusal. A single bad row is a `Misfit`, no refusal."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError


class FileTooLarge(ServiceError):
    code = "settlement_file_too_large"
    message = _(
        "This file is too large or has too many rows: at most {megabytes} MB and {rows} rows are read. Please ask for it in parts."
    )
    field = "file"


class FileEmpty(ServiceError):
    code = "settlement_file_empty"
    message = _("Nothing stands in this file. Please ask the sender for it again.")
    field = "file"


class FileTypeUnknown(ServiceError):
    code = "settlement_file_type_unknown"
    message = _("A file of this kind is not read. Please send it as {expected}.")
    field = "file"


class FileLocked(ServiceError):
    code = "settlement_file_locked"
    message = _("This workbook has a password. Please open it, save it without the password and send it again.")
    field = "file"


class FileDamaged(ServiceError):
    code = "settlement_file_damaged"
    message = _(
        "This file cannot be read to its end: it is damaged or was cut off. Please ask the sender for it again."
    )
    field = "file"


class LayoutUnknown(ServiceError):
    """The headers are those of no layout that is known, or one of the columns is missing."""

    code = "settlement_layout_unknown"
    message = _("The layout of this file is not known. Expected: {expected}. Found: {found}. Nothing was taken in.")
    field = "file"


class TotalsWrong(ServiceError):
    code = "settlement_totals_wrong"
    message = _(
        "The file gives {stated} as its total, but its rows come to {counted}. Please ask for a correct one; nothing was taken in."
    )
    field = "file"
