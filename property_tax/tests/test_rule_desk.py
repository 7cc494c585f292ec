"""The rule desk in the admin: a book is loaded by one clerk, previewed by the portal, approved by another."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kmc_portal.common.rulebook import documents
from property_tax import rulebook
from property_tax.models import RuleBookVersion
from property_tax.rule_services import KEEPING
from property_tax.rules import book
from property_tax.tests.books import PENALTY, REBATE, document
from property_tax.tests.factories import DemandFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/property_tax/rulebookversion/"


def clerk(name: str, *rights: str) -> Client:
    user = User.objects.create_user(name, password="a", is_staff=True)
    codes = [f"{right}_rulebookversion" for right in ("view", *rights)]
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def keeper():
    return clerk("keeper", "add")


@pytest.fixture
def approver():
    return clerk("approver", "change")


def load(client: Client, content, name="book.json"):
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    return client.post(f"{LIST}load/", {"file": SimpleUploadedFile(name, content)}, follow=True)


def approve(client: Client, *versions: RuleBookVersion):
    asked = {"action": "approve", "_selected_action": [version.pk for version in versions]}
    return client.post(LIST, asked, follow=True)


def test_book_goes_from_one_clerk_to_another(keeper, approver, now):
    DemandFactory(property_tax_paise=200_000, howrah_bridge_tax_paise=0)

    page = load(keeper, document({**REBATE, "percent": "10"}))
    version = RuleBookVersion.objects.get()
    assert (version.maker, f"Rule book {version.pk} is loaded" in page.text) == ("keeper", True)
    assert "is being computed" in page.text

    assert "Nobody has seen yet what rule book" in approve(approver, version).text
    KEEPING.preview_waiting(now=now)
    page = approver.get(f"{LIST}{version.pk}/change/").text
    assert "Of 1 assessees with an unpaid bill 1 would owe another sum: ₹1,900.00 now, ₹1,800.00 then." in page
    assert "added</b> rebate <b>rebate_5</b>" in page
    assert "removed</b> penalty <b>penalty_not_yet_given</b>" in page

    approve(approver, version)
    assert list(rulebook.current().rules) == ["rebate", "rounding"]


def test_faulty_book_is_refused_whole_with_every_fault(keeper):
    page = load(keeper, document({**REBATE, "percent": "101"}, {**PENALTY, "source": ""}))

    assert "The rule book has 2 faults and was not loaded." in page.text
    assert [row in page.text for row in ("<td>1</td><td>percent</td>", "<td>2</td><td>source</td>")] == [True, True]
    assert not RuleBookVersion.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"no json", "This file is no JSON in UTF-8."),
        ('{"rules": "ছাড়"}'.encode("utf-16"), "This file is no JSON in UTF-8."),
        (b"[" * 200_000, "This file is no JSON in UTF-8."),
        (b" " * (1024 * 1024 + 1), "A rule book has at most 1024 kilobytes."),
        (b"{}", "The rule book has 1 faults and was not loaded."),
        (b"", "The submitted file is empty."),
    ],
    ids=["words", "utf-16", "deep", "large", "no rules", "empty"],
)
def test_file_that_is_no_book_is_refused(keeper, content, sentence):
    assert sentence in load(keeper, content).text
    assert not RuleBookVersion.objects.exists()


def test_book_in_force_is_not_loaded_again(keeper, now):
    version = KEEPING.load_rules(book.shipped(), maker="anita", now=now)
    KEEPING.preview_version(version.pk, now=now)
    KEEPING.approve_rules(version.pk, approver="bimal", now=now)

    assert "This rule book is the one in force" in load(keeper, book.shipped()).text


def test_nobody_approves_what_he_loaded(now):
    both = clerk("both", "add", "change")
    load(both, document(REBATE))
    KEEPING.preview_waiting(now=now)

    page = approve(both, RuleBookVersion.objects.get())

    assert "A rule book is approved by somebody other than who loaded it." in page.text
    assert rulebook.current() is book.BOOK


def test_who_may_only_look_neither_loads_nor_approves(now):
    onlooker = clerk("onlooker")
    version = KEEPING.load_rules(document(REBATE), maker="anita", now=now)
    KEEPING.preview_version(version.pk, now=now)

    assert onlooker.get(f"{LIST}load/").status_code == 403
    assert load(onlooker, document(REBATE)).status_code == 403
    approve(onlooker, version)

    assert "Load a rule book" not in onlooker.get(LIST).text
    assert rulebook.current() is book.BOOK


def test_assumption_is_marked_in_the_list_of_rules(keeper, now):
    version = KEEPING.load_rules(book.shipped(), maker="anita", now=now)

    page = keeper.get(f"{LIST}{version.pk}/change/").text

    assert "<span class='badge'>assumption: newspaper</span>" in page
    assert "<span class=''>official</span>" in page


def test_differences_name_the_terms_that_differ():
    before = document(REBATE, PENALTY)
    after = document({**REBATE, "percent": "6", "source": "another test"}, {**PENALTY, "code": "other"})

    assert documents.changes(before, after) == [
        (
            "changed",
            "rebate",
            "rebate_5",
            "2010-04-01",
            ("percent: 5 → 6", f"source: {REBATE['source']} → another test"),
        ),
        ("added", "penalty", "other", "2010-04-01", ()),
        ("removed", "penalty", "penalty_15", "2010-04-01", ()),
    ]
