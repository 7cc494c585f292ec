"""`load_rules`: one file may hold the rules of every app; all of it is put in force, or none."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from property_tax.models import RuleBookVersion
from property_tax.tests.books import PENALTY, REBATE, document
from property_tax.tests.factories import DemandFactory
from trade_license.models import LicenseRuleBookVersion

pytestmark = pytest.mark.django_db
TERMS = {
    "kind": "terms", "code": "terms", "valid_from": "2018-04-01", "source": "a test", "confidence": "assumption", "years": [1, 3],
}  # fmt: skip


def load(path, content, *flags) -> tuple[int, dict]:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    out = StringIO()
    try:
        call_command("load_rules", str(path), "--json", *flags, stdout=out)
    except SystemExit as end:
        return int(end.code), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_rows_go_to_the_book_of_their_kind(tmp_path):
    status, answer = load(tmp_path / "book.json", document(TERMS, REBATE))

    told = [(one["book"], one["rules"], one["loaded"]) for one in answer["books"]]
    assert (status, told) == (0, [("trade_license", 1, True), ("property_tax", 2, True)])
    assert LicenseRuleBookVersion.objects.get().content == {"rules": [TERMS]}


def test_book_that_is_in_force_is_left_as_it_is(tmp_path):
    load(tmp_path / "book.json", document(REBATE, PENALTY))

    status, answer = load(tmp_path / "book.json", document(REBATE, PENALTY))

    assert (status, answer["books"][0]["loaded"], RuleBookVersion.objects.count()) == (0, False, 1)


def test_fault_in_one_book_refuses_all(tmp_path):
    content = document(REBATE, {**TERMS, "years": [2, 1]}, {**PENALTY, "percent": "500"})

    status, answer = load(tmp_path / "book.json", content)

    assert (status, answer["error"]["code"]) == (1, "rule_book_refused")
    assert [(fault["row"], fault["field"]) for fault in answer["faults"]] == [(2, "years"), (3, "percent")]
    assert not RuleBookVersion.objects.exists()
    assert not LicenseRuleBookVersion.objects.exists()


@pytest.mark.parametrize("content", ["no json", "[]", '{"rules": []}', '{"rules": {}}'])
def test_file_without_rules_is_refused(tmp_path, content):
    status, answer = load(tmp_path / "book.json", content)

    assert (status, answer["faults"][0]["code"]) == (1, "no_rules")


def test_row_of_no_known_kind_is_refused_by_its_place(tmp_path):
    answer = load(tmp_path / "book.json", document(TERMS, {**REBATE, "kind": "rebat"}))[1]

    assert [(fault["row"], fault["field"]) for fault in answer["faults"]] == [(2, "kind")]


def test_preview_loads_nothing(tmp_path):
    DemandFactory()

    status, answer = load(tmp_path / "book.json", document(REBATE), "--preview")

    assert (status, answer["property_tax"]["checked"]) == (0, 1)
    assert not RuleBookVersion.objects.exists()
