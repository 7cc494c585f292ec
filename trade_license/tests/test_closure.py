"""Closing a certificate: only with the code on the mobile on record, and once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connection

from citizens.codes import unsealed
from citizens.services import CodeExpired, CodeTooManyTries, CodeUsed
from citizens.tests.conftest import another
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.financial_year import FinancialYear
from payments.models import OutboxMessage
from payments.posting import apply_report
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from payments.verifiables import verification
from trade_license import closure, services
from trade_license.demand_run import raise_demands
from trade_license.models import Application, Certificate, License
from trade_license.queries import LicenseClosed
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER, KEY, MOBILE = "CE/26/000051", "CE26000051", "98300 12345"
PAGE, API = "/en/trade-licence", "/api/v1/trade-licences/closures"


@pytest.fixture(autouse=True)
def on_that_day(now):
    """The doors read the clock; here it shows 23 November 2026."""
    with time_machine.travel(now, tick=False) as clock:
        yield clock


@pytest.fixture
def license(db):
    found = LicenseFactory(ce_number=NUMBER, mobile=MOBILE)
    LicenseDemandFactory(license=found, demand_number="TLD-2026")
    return found


def ask(now, key=KEY, client=""):
    closure.ask_for_code(ce_number=key, client=client, now=now, language="en", source=Source.WEB)
    return last_code()


def last_code() -> str:
    return unsealed(OutboxMessage.objects.filter(topic="code_asked").latest("id").payload)["code"]


def close(code, now, key=KEY, client=""):
    return closure.close_license(ce_number=key, code=code, client=client, now=now, source=Source.WEB)


def closed_on(number=NUMBER):
    return License.objects.get(ce_number=number).closed_on


# --- By the code ------------------------------------------------------------------------------------------------------


def test_right_code_closes_today_and_leaves_an_application(license, now):
    done = close(ask(now), now)

    application = Application.objects.get()
    assert (done.ce_number, done.closed_on, closed_on()) == (NUMBER, date(2026, 11, 23), date(2026, 11, 23))
    assert (application.application_number, application.kind) == (done.application_number, "closure")
    assert (application.state, application.mobile, application.license) == ("approved", "+919830012345", license)


@pytest.mark.parametrize("kept", ["9830012345", "+919830012345", "09830012345", "98300 12345"])
def test_code_goes_to_the_mobile_on_record_however_it_was_written_down(now, kept):
    LicenseFactory(ce_number=NUMBER, mobile=kept)

    ask(now)

    assert unsealed(OutboxMessage.objects.get().payload)["mobile"] == "+919830012345"


def test_wrong_code_closes_nothing(license, now):
    code = ask(now)

    with pytest.raises(ServiceError, match="code_wrong"):
        close(another(code), now)

    assert (closed_on(), Application.objects.count()) == (None, 0)


def test_five_wrong_codes_end_the_right_one(license, now):
    code = ask(now)
    for _ in range(5):
        with pytest.raises(ServiceError, match="code_wrong"):
            close(another(code), now)

    with pytest.raises(CodeTooManyTries):
        close(code, now)
    assert closed_on() is None


def test_old_code_closes_nothing(license, now):
    code = ask(now)

    with pytest.raises(CodeExpired):
        close(code, now + timedelta(minutes=10))
    assert closed_on() is None


def test_code_of_another_licence_closes_nothing(license, now):
    LicenseFactory(ce_number="CE/26/000062", mobile=MOBILE)
    code = ask(now)

    with pytest.raises(ServiceError, match="code_expired"):
        close(code, now, key="CE26000062")
    assert (closed_on(), closed_on("CE/26/000062")) == (None, None)


def test_code_ends_when_the_mobile_on_record_changes(license, now):
    code = ask(now)
    License.objects.update(mobile="9830054321")

    with pytest.raises(CodeExpired):
        close(code, now)
    assert closed_on() is None


def test_used_code_of_a_licence_that_was_opened_again_by_hand_closes_nothing(license, now):
    code = ask(now)
    close(code, now)
    License.objects.update(closed_on=None)

    with pytest.raises(CodeUsed):
        close(code, now)
    assert closed_on() is None


def test_second_code_at_once_has_to_wait(license, now):
    ask(now)

    with pytest.raises(ServiceError, match="code_wait"):
        ask(now + timedelta(seconds=59))
    ask(now + timedelta(seconds=60))


def test_one_of_many_at_the_same_moment_closes(license, now):
    code, start = ask(now), Barrier(6)

    def run(_: int) -> str:
        try:
            start.wait()
            close(code, now)
        except ServiceError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(6) as pool:
        said = Counter(pool.map(run, range(6)))

    # Who comes when it is closed already finds no mobile on record any more, and no code for that.
    assert (said.pop("done"), sum(said.values())) == (1, 5)
    assert set(said) <= {"code_used", "code_expired"}
    assert Application.objects.count() == 1


def test_licence_closed_by_others_meanwhile_is_not_closed_twice(license, now, monkeypatch):
    code = ask(now)
    believed = closure.confirm_code

    def and_then_closed(**asked):
        believed(**asked)
        License.objects.update(closed_on=date(2026, 11, 1))

    monkeypatch.setattr(closure, "confirm_code", and_then_closed)

    with pytest.raises(LicenseClosed):
        close(code, now)
    assert (closed_on(), Application.objects.count()) == (date(2026, 11, 1), 0)


# --- What follows -----------------------------------------------------------------------------------------------------


def test_closed_licence_gets_no_new_demand(license, now):
    LicenseFactory(ce_number="CE/26/000062", issued_on=date(2019, 6, 3))
    close(ask(now), now)

    raise_demands(financial_year=FinancialYear(2027))

    assert list(License.objects.filter(demands__financial_year=2027).values_list("ce_number", flat=True)) == [
        "CE/26/000062"
    ]


def test_certificate_of_a_closed_licence_says_since_when(license, now, client):
    order = services.open_payment(ce_number=KEY, source=Source.WEB, now=now)
    attempt = AttemptFactory(order=order)
    apply_report(account=attempt.account, report=report(attempt, happened_at=now), now=now)
    code = Certificate.objects.get().code
    before = client.get(f"/en/verify/{code}/").text

    close(ask(now), now)

    after = client.get(f"/en/verify/{code}/").text
    assert ("Closed on 23 November 2026" in before, "losed on 23 November 2026" in after) == (False, True)
    assert verification(code=code, on=now.date()).status == "closed"


def test_unpaid_demand_stays_owed_and_is_not_paid_here(license, now, client):
    close(ask(now), now)

    assert license.demands.get().cancelled_on is None
    assert "was closed on 23 November 2026" in client.get(f"{PAGE}/", {"ce_number": NUMBER}).text
