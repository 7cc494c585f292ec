"""The rules of this house that no linter knows. Every exception stands in a list here, with its reason."""

from __future__ import annotations

import ast
import importlib.util
import re
import runpy
import tomllib
from pathlib import Path

import polib
import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import get_commands
from django.db import models
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

from kmc_portal.celery import app as celery
from kmc_portal.common.csv_import import BROKEN_ROWS
from kmc_portal.common.errors import ServiceError
from payments import invariants, payables
from property_tax.imports import ASSESSEES, DEMANDS

ROOT = Path(__file__).resolve().parents[2]
APPS = ("kmc_portal", "property_tax", "trade_license", "citizens", "payments", "chatbot")
LANGUAGES = ("bn", "hi")
ERRORS, OPERATIONS = ROOT / "docs/errors.md", ROOT / "docs/operations.md"

FLOATS = {("payments/gateways/base.py", "10.0"): "seconds to wait for a gateway, no money"}
CLOCKS = {
    "payments/gateways/registry.py": "a gateway signs with the time of sending; tests build it with a clock of theirs",
    "kmc_portal/desk_middleware.py": "every page of the desk is a door",
    "property_tax/admin.py": "a page of the admin is a door",
    "property_tax/rule_admin.py": "the rule desk is a door",
    "payments/reversals/admin.py": "the reversal desk is a door",
    "payments/counter/admin.py": "the counter is a door",
    "payments/counter/handed_admin.py": "noting that a bank has paid is a door",
    "kmc_portal/rehearsal_town.py": "the rehearsal has put a clock of its own in its place",
    "payments/receipt_admin.py": "printing is a door",
    "payments/refunds/admin.py": "the refund desk is a door",
    "payments/decisions/admin.py": "a desk where requests are decided is a door",
    "payments/kept/admin.py": "the desk for kept money is a door",
    "payments/reconciliation/break_admin.py": "the desk for breaks is a door",
    "payments/reconciliation/note_admin.py": "notes on breaks are a part of that desk",
    "payments/disputes/admin.py": "the desk for chargebacks is a door",
    "payments/reconciliation/admin.py": "the desk of settlements is a door",
    "payments/reconciliation/payout_admin.py": "the desk of pay-outs is a door",
    "payments/totals/admin.py": "the page of control totals is a door",
    "kmc_portal/common/rulebook/desk_admin.py": "the rule desk is a door",
    "trade_license/admin.py": "a page of the admin is a door",
    "trade_license/application_admin.py": "a page of the admin is a door",
    "payments/forms.py": "a form is filled in at a door",
    "citizens/web.py": "whose browser this is, for the doors of every app",
    "chatbot/handover_admin.py": "the desk is a door",
    "chatbot/parked_admin.py": "the desk is a door",
    "chatbot/walk_admin.py": "the desk is a door",
    "kmc_portal/registers/admin.py": "the desk is a door",
    "chatbot/funnel_admin.py": "a page of the admin is a door",
    "chatbot/code_messages.py": "a consumer of the outbox is called with the payload alone",
    "chatbot/outgoing.py": "a consumer of the outbox is called with the payload alone",
}
# Only what comes from outside reads the clock; everything behind takes `now`.
DOORS = re.compile(r"/(\w+_)?(views|api|hooks|tasks)\.py$|/management/|/sandbox/|/phone/")
AMOUNTS_WITHOUT_PAISE = {
    "commercial_surcharge_percent": "a rate, no amount",
    "tax_rate_percent": "a rate, no amount",
    "howrah_bridge_tax_percent": "a rate, no amount",
}
OUTSIDE_HOSTS = {
    "creativecommons.org": "the licence of the wards' outlines, opened by the reader",
    "github.com": "where the wards' outlines are from, opened by the reader",
    "wa.me": "opens the chat on the reader's own phone",
    "www.kmcgov.in": "the corporation's own site, opened by the reader",
}
INLINE_ALLOWED = {"sandbox": "another process plays the bank: no static files, no policy of ours, only in development"}
SANDBOX_SETTINGS = {
    "BILLDESK_SANDBOX_KEY",
    "BILLDESK_SANDBOX_KEY_SET",
    "BILLDESK_SANDBOX_MERCHANTS",
    "RAZORPAY_SANDBOX_KEY",
}
NAMED_ELSEWHERE = {
    "BILLDESK_KEY": "named by the row of a gateway account",
    "BILLDESK_KEY_SET": "named by the row of a gateway account",
    "RAZORPAY_KEY": "named by the row of a gateway account",
    "PORT": "read by kmc_portal/demo.py",
}
WRITABLE_ADMINS = {
    "payments.GatewayAccount": "which account takes payments is for whoever runs the portal to say",
    "auth.User": "people and their rights",
    "auth.Group": "people and their rights",
}
REST_CODES = {"invalid", "malformed_json", "not_found", "method_not_allowed", "unsupported_media_type"}
EMPTY_WORDS = {"util", "utils", "helper", "helpers", "manager", "managers"}


def sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if not {"tests", "migrations"} & set(path.relative_to(ROOT).parts)]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


def calls(path: Path) -> list[str]:
    return [ast.unparse(node.func) for node in nodes(path) if isinstance(node, ast.Call)]


def refusals() -> list[type[ServiceError]]:
    """Every refusal of the portal, its modules loaded first."""
    for path in sources(*APPS):
        if "class " in path.read_text() and "ServiceError)" in path.read_text():
            importlib.import_module(named(path).removesuffix(".py").replace("/", "."))
    return [found for found in ServiceError.__subclasses__() if ".tests." not in found.__module__]


def table(page: Path, columns: int) -> list[list[str]]:
    """The rows of all tables of a page that begin with a `code`."""
    rows = [line.strip("|").split(" | ") for line in page.read_text().splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in rows if len(row) == columns]


def english(refusal: type[ServiceError]) -> str:
    with translation.override("en"):
        return str(refusal.message)


def catalogue(language: str) -> dict[str, polib.POEntry]:
    return {entry.msgid: entry for entry in polib.pofile(str(ROOT / f"locale/{language}/LC_MESSAGES/django.po"))}


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


# --- Money and time ---------------------------------------------------------------------------------------------------


def test_money_code_knows_no_float():
    found = set()
    for path in sources("payments", "property_tax", "trade_license", "kmc_portal/common"):
        if "/sandbox/" in named(path):
            continue
        found |= {
            (named(path), ast.unparse(node))
            for node in nodes(path)
            if (isinstance(node, ast.Constant) and isinstance(node.value, float))
            or (isinstance(node, ast.Call) and ast.unparse(node.func) == "float")
        }

    assert found == set(FLOATS)


def test_model_amounts_are_big_integers_named_paise():
    wrong = []
    for model in [model for label in APPS for model in apps.get_app_config(label).get_models()]:
        for field in model._meta.concrete_fields:
            is_amount = re.search(r"amount|debit|credit|(^|_)(tax|value|surcharge|price|fee|rebate)(_|$)", field.name)
            has_reason = field.name in AMOUNTS_WITHOUT_PAISE or isinstance(field, models.DateField)
            is_paise = field.name.endswith("_paise")
            kind = field.output_field if isinstance(field, models.GeneratedField) else field
            is_wrong = (is_paise and type(kind) is not models.BigIntegerField) or (
                is_amount and not is_paise and not has_reason
            )
            wrong += [f"{model.__name__}.{field.name}"] if is_wrong or isinstance(field, models.FloatField) else []

    assert wrong == []


def test_no_code_makes_a_naive_moment():
    naive = {"datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now", "time.time"}
    found = [
        f"{named(path)}: {ast.unparse(node)}"
        for path in sources(*APPS)
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and (ast.unparse(node.func) in naive or (ast.unparse(node.func) == "datetime.now" and not node.args))
    ]

    assert found == []


def test_clock_is_read_at_the_doors_only():
    readers = {
        named(path)
        for path in sources(*APPS)
        if not DOORS.search(named(path)) and {"timezone.now", "datetime.now", "timezone.localdate"} & set(calls(path))
    }

    assert readers == set(CLOCKS)


def test_every_app_that_is_paid_for_is_registered():
    kinds = {importlib.import_module(f"{named(path.parent)}.payable").KIND for path in ROOT.glob("*/payable.py")}

    assert set(payables.kinds()) == kinds


# --- Refusals ---------------------------------------------------------------------------------------------------------


def test_every_refusal_has_a_code_of_its_own_and_a_field():
    codes = [refusal.code for refusal in refusals()]

    assert sorted(codes) == sorted(set(codes))
    assert [refusal for refusal in refusals() if not (refusal.code and str(refusal.message) and refusal.field)] == []


def test_errors_page_lists_every_refusal_with_its_sentence():
    written = {row[0].strip("`"): row[2] for row in table(ERRORS, 4)}

    assert written == {refusal.code: english(refusal) for refusal in refusals()}


def test_errors_page_lists_every_reject_of_an_import():
    checks = [check for layout in (ASSESSEES, DEMANDS) for check in layout.checks]
    known = {check.code: check.message for check in checks} | BROKEN_ROWS

    assert {row[0].strip("`"): row[2] for row in table(ERRORS, 3)} == known


def test_errors_page_lists_what_rest_adds():
    written = {row[0].strip("`") for row in table(ERRORS, 2)}

    assert written == REST_CODES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_is_translated(language):
    translated = {msgid for msgid, entry in catalogue(language).items() if entry.translated()}

    assert {english(refusal) for refusal in refusals()} - translated == set()


# --- Texts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language):
    assert [msgid for msgid, entry in catalogue(language).items() if not entry.translated() or entry.obsolete] == []


@pytest.mark.parametrize("page", templates(), ids=lambda path: path.relative_to(ROOT / "templates").as_posix())
def test_template_loads_and_keeps_to_the_content_policy(page):
    name, text = page.relative_to(ROOT / "templates").as_posix(), page.read_text()
    inline = re.findall(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", text)
    hosts = set(re.findall(r"(?:https?:)?//([a-z0-9][\w.-]*\.[a-z]{2,})", text)) - set(OUTSIDE_HOSTS)

    get_template(name)
    assert hosts == set()
    assert inline == [] or name.split("/")[0] in INLINE_ALLOWED


def test_style_and_script_files_name_no_other_host():
    files = [*(ROOT / "static").rglob("*.css"), *(ROOT / "static").rglob("*.js")]

    assert [path.name for path in files if re.search(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}", path.read_text())] == []


# --- Papers -----------------------------------------------------------------------------------------------------------


def test_every_setting_is_in_the_example_file():
    settings = (ROOT / "kmc_portal/settings.py").read_text()
    read = set(re.findall(r"env(?:\.\w+)?\(\s*\"([A-Z_]+)\"", settings))
    listed = re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert sorted(listed) == sorted(read | SANDBOX_SETTINGS | set(NAMED_ELSEWHERE))


def test_law_page_is_what_the_tags_say():
    written = runpy.run_path(str(ROOT / "scripts/write_law.py"))

    assert written["PAGE"].read_text() == written["page"]()


@pytest.mark.parametrize("language", [*LANGUAGES, "en"])
def test_help_on_paper_is_what_the_portal_says(language):
    written = runpy.run_path(str(ROOT / "scripts/write_help.py"))

    assert (written["FOLDER"] / f"{language}.md").read_text() == written["page"](language)


def test_operations_page_describes_every_command():
    ours = {name for name, app in get_commands().items() if app in APPS}
    described = set(re.findall(r"^\| `([a-z_]+)", OPERATIONS.read_text(), re.MULTILINE))

    assert ours - described == set()


def test_operations_page_explains_every_invariant():
    known = [(str(each.number), each.name) for each in [*invariants.BOOKS, *invariants._added]]
    explained = re.findall(r"^\| ([0-9]+) \| ([^|]+?) \|", OPERATIONS.read_text(), re.MULTILINE)

    assert sorted(explained) == sorted(known)


def test_every_link_between_the_papers_leads_somewhere():
    papers = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    links = [(page, link) for page in papers for link in re.findall(r"\]\(([^)#:\s]+)[^):]*\)", page.read_text())]

    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []


# --- Wiring -----------------------------------------------------------------------------------------------------------


def test_only_one_driver_of_postgresql_is_installed():
    # Django would take psycopg 3 before psycopg2 without a word.
    assert importlib.util.find_spec("psycopg") is None


def test_scheduled_tasks_exist():
    celery.loader.import_default_modules()

    assert {entry["task"] for entry in celery.conf.beat_schedule.values()} - set(celery.tasks) == set()


def test_no_name_is_an_empty_word():
    found = []
    for path in sources(*APPS):
        functions = [node.name for node in nodes(path) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        words = {name: set(re.sub(r"([A-Z])", r"_\1", name).lower().split("_")) for name in (path.stem, *functions)}
        found += [f"{named(path)}: {name}" for name, parts in words.items() if parts & EMPTY_WORDS]

    assert found == []


def test_every_file_that_owes_its_branches_is_there():
    """A name that nothing bears is measured as complete."""
    report = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["coverage"]["report"]

    assert [name for name in report["include"] if not list(ROOT.glob(name))] == []


@pytest.mark.django_db
def test_clerks_change_nothing(admin_client):
    answers = {
        (model._meta.label, page): admin_client.post(
            reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{page}", args=args)
        ).status_code
        for model in admin.site._registry
        for page, args in (("add", []), ("change", ["1"]), ("delete", ["1"]))
        if model._meta.label not in WRITABLE_ADMINS
    }

    assert set(answers.values()) == {403}, answers


def test_every_app_is_listed_here():
    ours = {
        found.name
        for found in apps.get_app_configs()
        if Path(found.path).is_relative_to(ROOT) and ".venv" not in found.path
    }

    assert ours == set(APPS)
