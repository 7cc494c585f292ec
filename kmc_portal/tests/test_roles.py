"""Who may do what at the desk: one row for each act, and every role tried at it."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client

from kmc_portal.roles import FOR_AUDITORS, OURS, ROLES, Role

pytestmark = pytest.mark.django_db
EVERYBODY = {role.name for role in ROLES}
TAX = {"Cashier", "Collection clerk", "Assessor", "Accounts", "Supervisor", "Auditor", "Help desk"}
LICENSES = (TAX - {"Assessor"}) | {"Licence inspector", "Licence officer", "Licence committee"}
PAID = {"Cashier", "Collection clerk", "Accounts", "Supervisor", "Auditor", "Help desk"}
BOOKS = {"Accounts", "Supervisor", "Auditor"}
MAY: dict[str, set[str]] = {
    "property_tax/assessee/": TAX,
    "property_tax/demand/": TAX,
    "property_tax/importrun/": {"Collection clerk", "Assessor", "Supervisor", "Auditor"},
    "auditlog/logentry/": {"Auditor"},
    "day/": BOOKS,
    "property_tax/waiverapplication/": {"Collection clerk", "Assessor", "Supervisor", "Auditor"},
    "property_tax/waiverapplication/apply/": {"Collection clerk"},
    "property_tax/waiverapplication/1/decide/": {"Supervisor"},
    "property_tax/rulebookversion/": {"Collection clerk", "Assessor", "Supervisor", "Auditor", "Rule keeper"},
    "property_tax/rulebookversion/load/": {"Rule keeper"},
    "trade_license/license/": LICENSES,
    "trade_license/application/": {
        "Collection clerk", "Licence inspector", "Licence officer", "Licence committee", "Supervisor", "Auditor",
    },
    "trade_license/application/1/vote/": {"Licence committee"},
    "trade_license/application/1/inspect/": {"Licence inspector"},
    "trade_license/application/1/officer/": {"Licence officer"},
    "trade_license/licenserulebookversion/load/": {"Rule keeper"},
    "payments/receipt/": PAID,
    "payments/receipt/1/print/": {"Cashier", "Collection clerk", "Help desk"},
    "payments/journal/": BOOKS,
    "payments/gatewaymessage/": BOOKS,
    "payments/gatewayaccount/": BOOKS,
    "payments/shift/desk/": {"Cashier"},
    "payments/shift/open/": {"Cashier"},
    "payments/shift/1/close/": {"Cashier"},
    "payments/shift/1/check/": {"Supervisor"},
    "payments/counter/act/": {"Supervisor"},
    "payments/counter/deposit/": {"Accounts"},
    "payments/reversalrequest/ask/": {"Cashier", "Collection clerk", "Accounts"},
    "payments/reversalrequest/1/decide/": {"Supervisor"},
    "payments/refund/": PAID,
    "payments/refund/ask/": {"Accounts"},
    "payments/refund/1/decide/": {"Supervisor"},
    "payments/refund/1/verdict/": {"Accounts"},
    "payments/refund/1/confirm/": {"Supervisor"},
    "payments/keptmoney/": BOOKS,
    "payments/placement/1/propose/": {"Accounts"},
    "payments/placement/1/decide/": {"Supervisor"},
    "payments/reconbreak/": BOOKS,
    "payments/reconbreak/1/close/": {"Accounts"},
    "payments/reconbreak/1/note/": {"Accounts", "Supervisor"},
    "payments/reconbreak/1/notes/1/paper/": BOOKS,
    "payments/closingrequest/1/decide/": {"Supervisor"},
    "payments/dispute/open/": {"Accounts"},
    "payments/dispute/1/decide/": {"Supervisor"},
    "payments/settlementfile/act/": {"Accounts"},
    "payments/bankfile/act/": {"Accounts"},
    "payments/settlementline/": BOOKS,
    "payments/arrival/": BOOKS,
    "payments/duty/": BOOKS,
    "payments/digest/": BOOKS,
    "payments/daytotals/": BOOKS,
    "payments/daytotals/take-out/": BOOKS,
    "payments/settlement/": BOOKS,
    "payments/creditrequest/1/ask/": {"Accounts"},
    "payments/creditrequest/1/decide/": {"Supervisor"},
    "chatbot/conversation/": {"Auditor", "Help desk"},
    "chatbot/inboundmessage/funnel/": {"Auditor", "Help desk"},
    "chatbot/handover/": {"Auditor", "Help desk"},
    "chatbot/handover/1/talk/": {"Help desk"},
    "chatbot/parkedmessage/": {"Auditor", "Help desk"},
    "chatbot/parkedmessage/1/see-to/": {"Help desk"},
    "chatbot/numberwalk/": {"Auditor", "Help desk"},
    "chatbot/numberwalk/1/see/": {"Help desk"},
    "kmc_portal/registerfile/": {"Licence officer", "Assessor", "Supervisor", "Auditor"},
    "kmc_portal/registerfile/act/": {"Licence officer", "Assessor"},
    "kmc_portal/registerfile/1/decide/": {"Supervisor"},
    "auth/user/": set(),
}  # fmt: skip


@pytest.fixture
def clerk():
    def made(role: Role) -> Client:
        user = User.objects.create_user(role.name, password="a", is_staff=True)
        user.groups.set(Group.objects.filter(name=role.name))
        client = Client()
        client.force_login(user)
        return client

    return made


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_role_reaches_its_desks_and_no_other(role, clerk):
    client = clerk(role)

    reached = {address for address in MAY if client.get(f"/admin/{address}").status_code != 403}
    assert reached == {address for address, roles in MAY.items() if role.name in roles}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_role_names_only_what_there_is(role):
    for app in OURS:
        codes = set(role.permissions_in(app))
        known = Permission.objects.filter(content_type__app_label=app, codename__in=codes)
        assert set(known.values_list("codename", flat=True)) == codes


def test_no_role_both_asks_and_decides():
    for role in ROLES:
        asks = {act.replace(".add_", ".") for act in role.acts if ".add_" in act and "counter" not in act}
        assert not asks & {act.replace(".change_", ".") for act in role.acts if ".change_" in act}


def test_auditor_sees_every_table_and_does_nothing():
    (auditor,) = [role for role in ROLES if role.name == "Auditor"]
    seen = {f"{app}.{code.removeprefix('view_')}" for app in OURS for code in auditor.permissions_in(app)}

    assert seen == {
        f"{app}.{model._meta.model_name}" for app in OURS for model in apps.get_app_config(app).get_models()
    }
    assert (auditor.acts, FOR_AUDITORS - seen) == ((), set())


def test_migrating_again_takes_back_what_a_role_has_not():
    cashier = Group.objects.get(name="Cashier")
    before = set(cashier.permissions.values_list("codename", flat=True))
    cashier.permissions.add(Permission.objects.get(codename="change_shift"))
    cashier.permissions.remove(Permission.objects.get(codename="add_shift"))

    call_command("migrate", verbosity=0)

    assert set(cashier.permissions.values_list("codename", flat=True)) == before
