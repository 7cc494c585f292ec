"""The form for a gateway account: what would fail with the first payer is refused in words, and no key is ever shown."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from payments.accounts import health
from payments.models import AccountHealth, AccountLimit, GatewayAccount
from payments.tests.billdesk_bench import KEY
from payments.tests.factories import NOW, AccountFactory

pytestmark = pytest.mark.django_db
ADD = reverse("admin:payments_gatewayaccount_add")
LIST = reverse("admin:payments_gatewayaccount_changelist")


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    monkeypatch.setenv("GOOD_KEY", KEY)
    monkeypatch.setenv("GOOD_KEY_NEW", f"{KEY}-new")
    monkeypatch.setenv("GOOD_KEY_SET", f"kmc-2026:{KEY}:{KEY}")
    monkeypatch.setenv("SHORT_KEY", "short")
    monkeypatch.setenv("PLACEHOLDER", "change-me-before-production")


def limits(*rows):
    found = {"limits-TOTAL_FORMS": len(rows), "limits-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        found |= {f"limits-{number}-{name}": value for name, value in row.items()}
    return found


def form(*rows, **changes):
    values = {
        "code": "billdesk-tax",
        "gateway": "billdesk",
        "scheme": "hmac",
        "merchant_id": "KMCTAX",
        "client_id": "kmctax",
        "base_url": "https://api.billdesk.com",
        "secret_names": "GOOD_KEY",
        "service": "property_tax",
        "rank": "10",
        "is_active": "on",
    }
    return {**values, **changes, **limits(*rows)}


LIMIT = {
    "method": "upi",
    "at_least_paise": "1",
    "at_most_paise": "5,00,000",
    "valid_from": "2024-09-16",
    "source": "contract",
}


def test_account_with_its_limit_is_saved(admin_client):
    assert admin_client.post(ADD, form(LIMIT)).status_code == 302

    account = GatewayAccount.objects.get()
    assert (account.scheme, account.service, account.rank) == ("hmac", "property_tax", 10)
    assert list(AccountLimit.objects.values_list("method", "at_least_paise", "at_most_paise")) == [
        ("upi", 100, 50_000_000)
    ]


@pytest.mark.parametrize(
    ("field", "changes", "sentence"),
    [
        ("scheme", {"scheme": "jose", "gateway": "billdesk_legacy"}, "It speaks: checksum."),
        ("scheme", {"scheme": "rot13"}, "is not one of the available choices"),
        ("gateway", {"gateway": "paypal"}, "is not one of the available choices"),
        ("service", {"service": "water"}, "is not one of the available choices"),
        ("secret_names", {"secret_names": "NOT_THERE"}, "The environment holds no NOT_THERE."),
        ("secret_names", {"secret_names": "GOOD_KEY,NOT_THERE"}, "The environment holds no NOT_THERE."),
        ("secret_names", {"secret_names": "SHORT_KEY"}, "SHORT_KEY is too short or still a placeholder."),
        ("secret_names", {"secret_names": "PLACEHOLDER"}, "PLACEHOLDER is too short or still a placeholder."),
        ("secret_names", {"secret_names": "GOOD_KEY", "scheme": "jose"}, "GOOD_KEY is no key of this scheme"),
        ("secret_names", {"secret_names": "A_KEY,B_KEY,C_KEY"}, "Please name one environment variable"),
        ("secret_names", {"secret_names": KEY}, "Please name one environment variable"),
        ("secret_names", {"secret_names": "A KEY"}, "Please name one environment variable"),
        ("base_url", {"base_url": "api.billdesk.com"}, "Enter a valid URL."),
        ("base_url", {"base_url": "javascript:alert(1)"}, "Enter a valid URL."),
        ("active_to", {"active_from": "2026-02-01", "active_to": "2026-01-31"}, "The last day is before the first."),
        ("rank", {"rank": "first"}, "Enter a whole number."),
    ],
)
def test_account_that_would_fail_is_refused_beside_its_field(admin_client, field, changes, sentence):
    answer = admin_client.post(ADD, form(**changes))

    assert answer.status_code == 200
    (errors,) = answer.context["adminform"].form.errors[field]
    assert sentence in errors
    assert GatewayAccount.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"at_most_paise": "a lakh"}, "at_most_paise", "Please give the amount in rupees"),
        ({"at_most_paise": "1e5"}, "at_most_paise", "Please give the amount in rupees"),
        ({"at_most_paise": "-5"}, "at_most_paise", "Please give the amount in rupees"),
        ({"at_most_paise": "0.50"}, "at_most_paise", "less than the least amount"),
        ({"at_least_paise": "0"}, "at_most_paise", "or the least amount is zero"),
        ({"at_most_paise": ""}, "at_most_paise", "This field is required."),
        ({"method": "cheque"}, "method", "is not one of the available choices"),
        ({"valid_from": "soon"}, "valid_from", "Enter a valid date."),
    ],
)
def test_limit_that_is_none_is_refused_beside_its_field(admin_client, changes, field, sentence):
    answer = admin_client.post(ADD, form({**LIMIT, **changes}))

    (formset,) = answer.context["inline_admin_formsets"]
    assert [sentence in error for error in formset.formset.forms[0].errors[field]] == [True]
    assert GatewayAccount.objects.count() == 0


def test_amount_in_bengali_digits_is_read(admin_client):
    admin_client.post(ADD, form({**LIMIT, "at_most_paise": "১,০০,০০০"}))
    assert AccountLimit.objects.get().at_most_paise == 10_000_000


def test_two_keys_are_taken_while_one_is_changed(admin_client):
    admin_client.post(ADD, form(secret_names=" GOOD_KEY_NEW , GOOD_KEY "))
    assert GatewayAccount.objects.get().secret_names == "GOOD_KEY_NEW,GOOD_KEY"


def test_key_set_is_a_key_of_the_encrypted_scheme(admin_client):
    assert admin_client.post(ADD, form(scheme="jose", secret_names="GOOD_KEY_SET")).status_code == 302


def test_address_without_tls_is_refused_in_production(admin_client, settings):
    settings.DEBUG = False
    answer = admin_client.post(ADD, form(base_url="http://api.billdesk.com"), secure=True)
    assert answer.context["adminform"].form.errors["base_url"] == ["Enter a valid URL."]


def test_retired_account_needs_no_key(admin_client):
    account = AccountFactory(code="old", secret_names="GONE_KEY")
    address = reverse("admin:payments_gatewayaccount_change", args=[account.pk])
    values = form(secret_names="GONE_KEY")
    del values["is_active"]

    assert admin_client.post(address, values).status_code == 302
    account.refresh_from_db()
    assert (account.is_active, account.code, account.merchant_id) == (False, "old", "KMCSIM")


def test_no_page_shows_a_key(admin_client):
    account = AccountFactory(secret_names="GOOD_KEY")
    pages = [
        LIST,
        reverse("admin:payments_gatewayaccount_change", args=[account.pk]),
    ]
    assert [KEY in admin_client.get(page).content.decode() for page in pages] == [False, False]


def test_account_that_is_set_aside_shows_and_can_be_asked_again(admin_client):
    account = AccountFactory()
    for _ in range(3):
        health.note_failure(account.pk, reason="MaybeSent: no answer", now=NOW)
    page = admin_client.get(LIST).content.decode()
    assert ("23 Nov 2026, 11:31" in page, "MaybeSent: no answer" in page) == (True, True)

    admin_client.post(LIST, {"action": "ask_again", "_selected_action": [account.pk]})

    assert not AccountHealth.objects.exists()


def test_who_may_only_look_cannot_ask_again(client, django_user_model):
    clerk = django_user_model.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_gatewayaccount"))
    client.force_login(clerk)
    account = AccountFactory()
    health.note_failure(account.pk, reason="test", now=NOW)

    client.post(LIST, {"action": "ask_again", "_selected_action": [account.pk]})

    assert AccountHealth.objects.count() == 1


def test_who_may_only_look_sees_the_account_and_no_form(client, django_user_model):
    clerk = django_user_model.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_gatewayaccount"))
    client.force_login(clerk)
    account = AccountFactory(merchant_id="KMCTAX")

    page = client.get(reverse("admin:payments_gatewayaccount_change", args=[account.pk])).content.decode()

    assert ("KMCTAX" in page, 'name="service"' in page) == (True, False)
