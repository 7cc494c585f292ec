"""Writing: loading a rule book, looking at what it would change, and putting it in force with a second pair of eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from property_tax import rulebook, whole_book
from property_tax.models import RuleBookVersion
from property_tax.rules import book
from property_tax.rules.faults import BookRefused

if TYPE_CHECKING:
    from datetime import date, datetime

    from property_tax.rules.book import RuleBook

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


def parsed(document: Any) -> RuleBook:
    """Return the book of a document. :raises RuleBookRefused: with every fault of every row"""
    try:
        return book.parse(document)
    except BookRefused as refused:
        raise RuleBookRefused(refused) from refused


def load_rules(document: Any, *, maker: str, now: datetime) -> RuleBookVersion:
    """Store a rule book as a new version, not yet in force.

    :raises RuleBookRefused: with every fault of every row; nothing is stored
    :raises RuleBookKnown: the same book is in force; an earlier one may be loaded again
    """
    parsed(document)
    sha256 = rulebook.digest(document)
    in_force = RuleBookVersion.objects.exclude(approved_at=None).order_by("-pk").first()
    if in_force and in_force.sha256 == sha256:
        raise RuleBookKnown(version=in_force.pk)
    return RuleBookVersion.objects.create(content=document, sha256=sha256, maker=maker, loaded_at=now)


@transaction.atomic
def approve_rules(version: int, *, approver: str, now: datetime) -> RuleBookVersion:
    """Put a version in force from now on.

    :raises ApproverIsMaker: nobody approves what he loaded himself
    :raises RuleBookNotPreviewed: what it would change has not been computed
    """
    found = RuleBookVersion.objects.select_for_update().get(pk=version)
    if found.maker == approver:
        raise ApproverIsMaker
    if found.preview is None:
        raise RuleBookNotPreviewed(version=found.pk)
    if found.approved_at is None:
        found.approver, found.approved_at = approver, now
        found.save(update_fields=["approver", "approved_at"])
        log.info("rules_approved", version=found.pk)
    return found


def preview_version(version: int, *, now: datetime) -> dict[str, int]:
    """Compute and keep what a version would change of today's dues; see `preview_rules`. Done again, it is computed anew."""
    found = RuleBookVersion.objects.get(pk=version)
    found.preview, found.previewed_at = preview_rules(found.content, on=day_of(now)), now
    found.save(update_fields=["preview", "previewed_at"])
    return found.preview


def preview_waiting(*, now: datetime) -> int:
    """Preview the versions that wait for approval and have no preview yet, oldest first. Returns how many."""
    waiting = list(RuleBookVersion.objects.filter(previewed_at=None, approved_at=None).values_list("pk", flat=True))
    for version in sorted(waiting):
        preview_version(version, now=now)
    return len(waiting)


def preview_rules(document: Any, *, on: date) -> dict[str, int]:
    """Return what a book would change of today's dues: `{"checked", "changed", "before_paise", "after_paise"}`.

    `checked` counts assessees with an unpaid bill, `changed` those whose total would be another.

    :raises RuleBookRefused: the book has faults
    """
    return whole_book.difference(on=on, before=rulebook.current(), after=parsed(document))
