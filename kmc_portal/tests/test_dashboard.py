"""What a day brought, from the journal: every part adds up to the day, and the day to the books."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db.models import F, Q, Sum

from kmc_portal import dashboard
from kmc_portal.charts import chart
from kmc_portal.common.clock import IST
from payments.models import JournalLine, Payment, ReconBreak
from payments.posting import apply_report
from payments.reversals.services import approve_reversal, ask_for_reversal
from payments.states import ReversalReason, Source
from payments.tests.factories import AttemptFactory, report
from property_tax.services import open_payment
from property_tax.tests.factories import AssesseeFactory, DemandFactory, WardFactory
from trade_license import services as licenses
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
DAYS = dashboard.compared(TODAY)


def paid(order, now) -> Payment:
    attempt = AttemptFactory(order=order, amount_paise=order.amount_paise, created_at=now)
    apply_report(account=attempt.account, report=report(attempt, happened_at=now), now=now)
    return Payment.objects.latest("pk")


def tax_paid(now, *, ward: int = 26, source: Source = Source.WEB) -> Payment:
    number = f"11{ward:03d}01{Payment.objects.count():04d}1"
    assessee = AssesseeFactory(assessee_number=number, ward=WardFactory(number=ward))
    days = {"issued_on": date(now.year, 10, 1), "presented_on": date(now.year, 10, 20)}
    DemandFactory(assessee=assessee, financial_year=now.year, rebate_date=date(now.year, 11, 30), **days)
    return paid(open_payment(assessee_number=number, heading="ALL", source=source, now=now), now)


def license_paid(now) -> Payment:
    license = LicenseFactory(ward=90)
    LicenseDemandFactory(license=license)
    license.refresh_from_db()
    return paid(licenses.open_payment(ce_number=license.search_key, years="1", source=Source.CHAT, now=now), now)


def take_back(payment: Payment, now) -> None:
    number = payment.receipt.receipt_number
    asked = ask_for_reversal(
        receipt_number=number, reason=ReversalReason.BANK_REVERSED, detail="letter", maker="a", now=now
    )
    approve_reversal(asked.pk, approver="b", now=now)


@pytest.fixture
def three_days(now):
    """Money of today, of yesterday and of a year ago, some of it taken back; and of a day that nobody asks about."""
    for when, ward in ((now, 26), (now, 90), (now - timedelta(days=1), 26), (now - timedelta(days=2), 26)):
        tax_paid(when, ward=ward)
    license_paid(now)
    tax_paid(datetime(2025, 11, 23, 12, tzinfo=IST))
    take_back(tax_paid(now, source=Source.CHAT), now)
    return dashboard.collected(DAYS)


def test_days_are_compared_with_the_one_before_and_a_year_ago():
    assert (date(2026, 11, 23), date(2026, 11, 22), date(2025, 11, 23)) == DAYS
    assert dashboard.compared(date(2028, 2, 29))[-1] == date(2027, 2, 28)


def test_a_day_ties_to_the_journal(three_days):
    cash = Q(account__startswith="1200:") | Q(account="1100:treasury")
    for day in DAYS:
        lines = JournalLine.objects.filter(cash, journal__business_date=day)
        moved = lines.aggregate(moved=Sum(F("debit_paise") - F("credit_paise")))["moved"]
        accepted = Payment.objects.filter(business_date=day).aggregate(accepted=Sum("amount_paise"))["accepted"]

        sums = three_days.whole[day]
        assert (sums.received - sums.back, sums.received) == (moved, accepted)
    assert three_days.whole[TODAY].back > 0


@pytest.mark.parametrize("name", dashboard.DIMENSIONS)
def test_every_dimension_adds_up_to_the_day(three_days, name):
    for day in DAYS:
        parts = [sums[day] for sums in three_days.parts[name].values() if day in sums]

        assert dashboard.Sums(*map(sum, zip(*parts, strict=True))) == three_days.whole[day]


def test_money_stands_under_its_service_place_door_and_method(three_days):
    seen = {name: {word for word, sums in parts.items() if TODAY in sums} for name, parts in three_days.parts.items()}

    assert seen == {
        "kind": {"property_tax", "trade_license"},
        "borough": {"4", "8"},
        "ward": {"26", "90"},
        "source": {"web", "chat"},
        "method": {"upi"},
    }


def test_figures_are_read_in_one_query(three_days, django_assert_num_queries):
    with django_assert_num_queries(1):
        dashboard.collected(DAYS)


def test_forecast_counts_unpaid_bills_by_the_end_of_their_rebate_and_takes_last_years_share():
    end, then = date(2026, 11, 30), date(2025, 11, 30)
    for quarter in (1, 2):
        DemandFactory(rebate_date=end, quarter=quarter)
    DemandFactory(rebate_date=end, paid_on=TODAY)
    DemandFactory(rebate_date=date(2027, 3, 1))
    for paid_on in (then, then + timedelta(days=1), None, None):
        DemandFactory(rebate_date=then, presented_on=None, issued_on=date(2025, 10, 1), paid_on=paid_on)

    assert dashboard.expected(TODAY) == [dashboard.Expected(end, 2, 405_000, 101_250)]


def test_open_breaks_are_grouped_by_age(now):
    payment = tax_paid(now)
    for days in (0, 1, 40):
        ReconBreak.objects.create(
            kind="LATE",
            payment=payment,
            amount_paise=100,
            facts={"said": f"{days}"},
            opened_at=now - timedelta(days=days),
        )

    assert dashboard.open_breaks(now) == [("0–1", 2, 200), (">30", 1, 100)]


def test_page_shows_each_figure_in_a_table_and_each_drawing_with_a_name(admin_client, three_days):
    shown = admin_client.get("/admin/day/", {"day": "2026-11-23"}).content.decode()

    assert shown.count('role="img"') == shown.count("<desc id=") == 5
    assert "23 November 2025 (a year ago)" in shown
    assert "style=" not in shown.split("<main", 1)[1].split("</main>", 1)[0]


@pytest.mark.parametrize("day", ["", "x", "2999-01-01"])
def test_a_day_that_is_none_is_today(admin_client, day):
    assert admin_client.get("/admin/day/", {"day": day}).status_code == 200


def test_dashboard_is_for_who_may_see_the_journal(client):
    clerk = User.objects.create_user("clerk", is_staff=True)
    client.force_login(clerk)
    assert client.get("/admin/day/").status_code == 403

    clerk.user_permissions.add(Permission.objects.get(codename="view_journal"))
    assert client.get("/admin/day/").status_code == 200


def test_longest_bar_fills_the_drawing_and_nothing_has_no_length():
    (first, second) = chart([("a", [200, 50]), ("b", [0, -5])]).groups

    assert [bar.width for bar in first.bars] == [300, 75]
    assert [bar.width for bar in second.bars] == [0, 0]
