"""Uploads are stopped while they come in: what is too large fills neither memory nor disk."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

DESK = "/admin/"


class StopAtLimit(FileUploadHandler):
    """Let each file through to the handlers behind until it has all that is taken at its address, and throw the rest away.

    What was cut stands among the files empty, with the size it had, so that `read_paper` refuses it by its size.
    """

    def new_file(self, *args: Any, **options: Any) -> None:
        super().new_file(*args, **options)
        self.seen = 0
        is_for_desk = self.request is not None and self.request.path_info.startswith(DESK)
        self.most = settings.DESK_FILE_MOST_BYTES if is_for_desk else settings.PAPER_MOST_BYTES

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.seen += len(raw_data)
        return raw_data if self.seen <= self.most else None

    def file_complete(self, file_size: int) -> UploadedFile[bytes] | None:
        if self.seen <= self.most:
            return None
        self._close_the_others()
        return UploadedFile(file=BytesIO(), name=self.file_name, size=self.seen)

    def _close_the_others(self) -> None:
        """Have what they wrote of a file that was cut off deleted now, and not some day."""
        for handler in self.request.upload_handlers if self.request else []:
            written = getattr(handler, "file", None)
            if written is not None:
                written.close()
