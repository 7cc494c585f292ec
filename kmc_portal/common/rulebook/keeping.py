"""Writing: loading a rule book, looking at what it would change, and putting it in force with a second pair of eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.rulebook.documents import digest
from kmc_portal.common.rulebook.faults import BookRefused
from kmc_portal.common.rulebook.versions import Book, Versions

if TYPE_CHECKING:
    from datetime import date, datetime
    from typing import Protocol

    from kmc_portal.common.rulebook.records import RuleBookRecord

    class Difference(Protocol[Book]):  # type: ignore[misc]  # it only takes books
        def __call__(self, *, on: date, before: Book, after: Book) -> dict[str, int]: ...


log = structlog.get_logger()


class RuleBookRefused(ServiceError):
    code = "rule_book_refused"
    message = _("The rule book has {count} faults and was not loaded. Please correct the rows named and load it again.")
    field = "file"

    def __init__(self, refused: BookRefused) -> None:
        super().__init__(count=len(refused.faults))
        self.faults = refused.faults


class RuleBookKnown(ServiceError):
    code = "rule_book_known"
    message = _("This rule book is the one in force, version {version}. Nothing was changed.")
    field = "file"
    http_status = 409


class ApproverIsMaker(ServiceError):
    code = "approver_is_maker"
    message = _("A rule book is approved by somebody other than who loaded it. Please ask a colleague.")
    field = "approver"
    http_status = 409


class RuleBookNotPreviewed(ServiceError):
    code = "rule_book_not_previewed"
    message = _(
        "Nobody has seen yet what rule book {version} would change. Please wait for its preview, then approve it."
    )
    field = "version"
    http_status = 409


class Keeping(Generic[Book]):
    """The acts on one app's rule book.

    `difference` computes what a book would change of today's dues, set against another:
    `{"checked", "changed", "before_paise", "after_paise"}`.
    """

    def __init__(self, versions: Versions[Book], *, difference: Difference[Book]) -> None:
        self.versions = versions
        self.difference = difference

    def parsed(self, document: Any) -> Book:
        """Return the book of a document. :raises RuleBookRefused: with every fault of every row"""
        try:
            return self.versions.parse(document)
        except BookRefused as refused:
            raise RuleBookRefused(refused) from refused

    def load_rules(self, document: Any, *, maker: str, now: datetime) -> RuleBookRecord:
        """Store a rule book as a new version, not yet in force.

        :raises RuleBookRefused: with every fault of every row; nothing is stored
        :raises RuleBookKnown: the same book is in force; an earlier one may be loaded again
        """
        self.parsed(document)
        sha256, records = digest(document), self.versions.records
        in_force = records.objects.exclude(approved_at=None).order_by("-pk").first()
        if in_force and in_force.sha256 == sha256:
            raise RuleBookKnown(version=in_force.pk)
        return records.objects.create(content=document, sha256=sha256, maker=maker, loaded_at=now)

    def approve_rules(self, version: int, *, approver: str, now: datetime) -> RuleBookRecord:
        """Put a version in force from now on.

        :raises ApproverIsMaker: nobody approves what he loaded himself
        :raises RuleBookNotPreviewed: what it would change has not been computed
        """
        with transaction.atomic():
            found = self.versions.records.objects.select_for_update().get(pk=version)
            if found.maker == approver:
                raise ApproverIsMaker
            if found.preview is None:
                raise RuleBookNotPreviewed(version=found.pk)
            if found.approved_at is None:
                found.approver, found.approved_at = approver, now
                found.save(update_fields=["approver", "approved_at"])
                log.info("rules_approved", book=found._meta.app_label, version=found.pk)
        return found

    def preview_version(self, version: int, *, now: datetime) -> dict[str, int]:
        """Compute and keep what a version would change of today's dues; done again, it is computed anew."""
        found = self.versions.records.objects.get(pk=version)
        preview = self.preview_rules(found.content, on=day_of(now))
        found.preview, found.previewed_at = preview, now
        found.save(update_fields=["preview", "previewed_at"])
        return preview

    def preview_waiting(self, *, now: datetime) -> int:
        """Preview the versions that wait for approval and have no preview yet, oldest first. Returns how many."""
        waiting = self.versions.records.objects.filter(previewed_at=None, approved_at=None)
        found = sorted(waiting.values_list("pk", flat=True))
        for version in found:
            self.preview_version(version, now=now)
        return len(found)

    def preview_rules(self, document: Any, *, on: date) -> dict[str, int]:
        """Return what a book would change of today's dues. `checked` counts who owes, `changed` whose total would be another.

        :raises RuleBookRefused: the book has faults
        """
        return self.difference(on=on, before=self.versions.current(), after=self.parsed(document))
