"""What each kind of clerk may look at and do. Written as groups whenever the database is migrated; people are put into groups.

Whoever asks for something that moves money or law is of another role than who decides it, and the database refuses one person
both for the same record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.apps import AppConfig

# Who has changed what, seen whom and taken which list away is nobody's daily work.
FOR_AUDITORS = frozenset({"auditlog.logentry"})
OURS = ("kmc_portal", "payments", "property_tax", "trade_license", "chatbot", "auditlog")


@dataclass(frozen=True, slots=True)
class Role:
    """A group: the tables it looks at (`app` for all of an app but those for auditors, or `app.model`), and its acts."""

    name: str
    looks_at: tuple[str, ...]
    acts: tuple[str, ...] = ()

    def permissions_in(self, app: str) -> Iterator[str]:
        """Yield the code names of its permissions in one app."""
        for table in self.looks_at:
            label, _dot, model = table.partition(".")
            if label == app:
                yield from (f"view_{name}" for name in ([model] if model else _tables(app)))
        for act in self.acts:
            label, _dot, code = act.partition(".")
            if label == app:
                yield code


_TAX_REGISTERS = ("property_tax.assessee", "property_tax.demand", "property_tax.ward")
_LICENSE_REGISTERS = ("trade_license.license", "trade_license.licensedemand", "trade_license.certificate")
_WHAT_WAS_PAID = (
    "payments.paymentorder",
    "payments.paymentattempt",
    "payments.gatewaytransaction",
    "payments.payment",
    "payments.receipt",
    "payments.receiptprint",
    "payments.reversal",
    "payments.reversalrequest",
    "payments.handedover",
    "payments.realisation",
    "payments.refund",
)

ROLES = (
    Role(
        "Cashier",
        (*_TAX_REGISTERS, *_LICENSE_REGISTERS, *_WHAT_WAS_PAID, "payments.shift", "payments.counter"),
        ("payments.add_shift", "payments.add_receiptprint", "payments.add_reversalrequest"),
    ),
    Role(
        "Collection clerk",
        ("property_tax", "trade_license", *_WHAT_WAS_PAID),
        ("property_tax.add_waiverapplication", "payments.add_receiptprint", "payments.add_reversalrequest"),
    ),
    Role(
        "Licence inspector",
        (*_LICENSE_REGISTERS, "trade_license.application", "trade_license.applicationpaper"),
        ("trade_license.inspect_application",),
    ),
    Role(
        "Licence officer",
        ("trade_license", "kmc_portal.registerfile"),
        ("trade_license.decide_application", "kmc_portal.add_registerfile"),
    ),
    Role("Licence committee", ("trade_license",), ("trade_license.vote_on_application",)),
    Role("Assessor", ("property_tax", "kmc_portal.registerfile"), ("kmc_portal.add_registerfile",)),
    Role(
        "Accounts",
        ("payments", *_TAX_REGISTERS, *_LICENSE_REGISTERS),
        (
            "payments.add_reversalrequest",
            "payments.add_refund",
            "payments.add_placement",
            "payments.add_dispute",
            "payments.add_realisation",
            "payments.change_reconbreak",
            "payments.add_breaknote",
            "payments.add_settlementfile",
            "payments.add_bankfile",
            "payments.add_creditrequest",
        ),
    ),
    Role(
        "Supervisor",
        ("payments", "property_tax", "trade_license", "kmc_portal.registerfile"),
        (
            "kmc_portal.change_registerfile",
            "payments.change_shift",
            "payments.change_reversalrequest",
            "payments.change_refund",
            "payments.change_placement",
            "payments.change_dispute",
            "payments.change_closingrequest",
            "payments.add_breaknote",
            "payments.change_creditrequest",
            "payments.add_counter",
            "payments.change_counter",
            "property_tax.change_waiverapplication",
            "property_tax.change_rulebookversion",
            "trade_license.change_licenserulebookversion",
        ),
    ),
    Role("Auditor", (*OURS, *FOR_AUDITORS)),
    Role(
        "Help desk",
        ("chatbot", *_TAX_REGISTERS, *_LICENSE_REGISTERS, *_WHAT_WAS_PAID),
        (
            "payments.add_receiptprint",
            "chatbot.change_handover",
            "chatbot.change_parkedmessage",
            "chatbot.change_numberwalk",
        ),
    ),
    Role(
        "Rule keeper",
        ("property_tax.rulebookversion", "trade_license.licenserulebookversion"),
        ("property_tax.add_rulebookversion", "trade_license.add_licenserulebookversion"),
    ),
)


def write_roles(*, app_config: AppConfig, **_: Any) -> None:
    """Give each role's group exactly its permissions in an app that was just migrated. What a person has besides is left."""
    if app_config.label not in OURS:
        return
    from django.contrib.auth.models import Group, Permission  # noqa: PLC0415 - no model before the apps are ready

    app, given = app_config.label, Group.permissions.through.objects
    Group.objects.bulk_create([Group(name=role.name) for role in ROLES], ignore_conflicts=True)
    groups = dict(Group.objects.filter(name__in=[role.name for role in ROLES]).values_list("name", "pk"))
    codes = dict(Permission.objects.filter(content_type__app_label=app).values_list("codename", "pk"))
    wanted = {(groups[role.name], codes[code]) for role in ROLES for code in role.permissions_in(app)}
    rows = given.filter(group_id__in=groups.values(), permission_id__in=codes.values())
    standing = {(row.group_id, row.permission_id): row.pk for row in rows}
    given.filter(pk__in=[pk for pair, pk in standing.items() if pair not in wanted]).delete()
    given.bulk_create([given.model(group_id=group, permission_id=code) for group, code in wanted - set(standing)])


def _tables(app: str) -> Iterator[str]:
    for model in apps.get_app_config(app).get_models():
        if f"{app}.{model._meta.model_name}" not in FOR_AUDITORS:
            yield str(model._meta.model_name)
