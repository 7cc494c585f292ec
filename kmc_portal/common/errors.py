"""What a service says when it will not do what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import get_language

from kmc_portal.common.digits import localise

if TYPE_CHECKING:
    from collections.abc import Mapping


class ServiceError(Exception):
    """A refusal: one object for the web form, the chat step and the REST answer.

    A subclass sets `code` (stable, listed in docs/errors.md), `message` (a lazy translation, with `{placeholders}` that
    the keyword arguments fill, whole numbers in the reader's digits) and `field`, which names the form field, the chat
    step and the JSON field at once.
    `instead` lists what may have been meant, as (value, label), where a door can offer it.
    `http_status` is what REST answers: 404 for what does not exist, 409 for what has been overtaken, 422 for the rest.
    """

    code: ClassVar[str]
    message: ClassVar[str | Promise]
    field: str = ""
    http_status: ClassVar[int] = 422

    def __init__(self, **details: object) -> None:
        super().__init__(self.code)
        self.details: Mapping[str, object] = details
        self.instead: tuple[tuple[str, str], ...] = ()

    @property
    def user_message(self) -> str:
        """The sentence for the citizen, in the language that is active now."""
        language = get_language() or ""
        shown = {
            name: localise(str(value), language) if isinstance(value, int) else value
            for name, value in self.details.items()
        }
        return str(self.message).format(**shown)

    def as_json(self) -> dict[str, Any]:
        """Return the refusal as commands print it: `{"error": {"code", "message", "field"}}`."""
        return {"error": {"code": self.code, "message": self.user_message, "field": self.field}}
