"""The trail: who of the corporation changed what, saw whom, and took a list away. Append-only, in `auditlog_logentry`.

Changes are written by django-auditlog wherever a table named in the settings is saved; looks and exports are written from here.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import User
    from django.db.models import Model

SCREEN, TAKEN = "screen", "taken"


class Actor(NamedTuple):
    """Whoever acts, and from which IP address."""

    user: User
    address: str


_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)


@contextmanager
def acting(actor: Actor | None) -> Iterator[None]:
    """Have everything that is written meanwhile carry the name of who acts."""
    token = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(token)


def name_actor(sender: Any, instance: LogEntry, **_: Any) -> None:
    """Write who acts into an entry that is about to be saved. A worker's has nobody."""
    actor = _acting.get()
    if actor and instance.actor_id is None:
        instance.actor, instance.remote_addr = actor.user, actor.address or None


def note_look(record: Model, *, screen: str) -> None:
    """Write that whoever acts sees a person in full, on a page of the desk."""
    LogEntry.objects.log_create(
        record, force_log=True, action=LogEntry.Action.ACCESS, additional_data={SCREEN: screen}, serialized_data=None
    )


def note_export(model: type[Model], *, rows: int, file_type: str, query: str, sha256: str) -> None:
    """Write that whoever acts takes a list away: how many rows, as what, what was asked for, and the digest of the file."""
    LogEntry.objects.create(
        content_type=ContentType.objects.get_for_model(model, for_concrete_model=False),
        object_pk="",
        object_repr=str(model._meta.verbose_name_plural),
        action=LogEntry.Action.ACCESS,
        additional_data={TAKEN: file_type, "rows": rows, "query": query, "sha256": sha256},
    )
