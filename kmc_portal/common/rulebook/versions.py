"""Reading the versions of a rule book: which is in force, and what it says, read once per process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kmc_portal.common.rulebook.records import RuleBookRecord

Book = TypeVar("Book")
# A version never changes, so that a book once read stays right; this many are kept.
KEPT = 8


class Versions(Generic[Book]):
    """The versions of one app's rule book. The shipped book is in force until another has been approved."""

    def __init__(
        self,
        records: type[RuleBookRecord],
        *,
        parse: Callable[[Any], Book],
        shipped: Callable[[], dict[str, Any]],
        shipped_book: Book,
    ) -> None:
        self.records = records
        self.parse = parse
        self.shipped = shipped
        self.shipped_book = shipped_book
        self._read: dict[int, Book] = {}

    def current(self) -> Book:
        """Return the rule book in force. One query, and a second when this process has not read it yet."""
        return self.of_version(self._approved().values_list("pk", flat=True).first())

    def of_version(self, version: int | None) -> Book:
        """Return the book of a version, the shipped one for None."""
        if version is None:
            return self.shipped_book
        if version not in self._read:
            if len(self._read) >= KEPT:
                self._read.clear()
            self._read[version] = self.parse(self.records.objects.values_list("content", flat=True).get(pk=version))
        return self._read[version]

    def content_in_force(self) -> Mapping[str, Any]:
        """Return the document of the book in force."""
        content: Mapping[str, Any] | None = self._approved().values_list("content", flat=True).first()
        return content or self.shipped()

    def _approved(self) -> Any:
        return self.records.objects.exclude(approved_at=None).order_by("-pk")
