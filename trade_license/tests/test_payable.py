"""Money for a trade licence: the paid demand becomes the certificate, once, whatever comes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from payments import invariants
from payments.disputes import services as disputes
from payments.kept import placements
from payments.models import Allocation, KeptMoney, PaymentOrder, Receipt
from payments.payables import Share
from payments.posting import apply_report
from payments.reversals import services as reversals
from payments.services import OrderExpired, start_attempt
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from trade_license import queries, services
from trade_license.models import Certificate, License, LicenseDemand
from trade_license.payable import LicensePayable
from trade_license.tests.factories import PARLOUR_AC, LicenseDemandFactory, LicenseFactory

pytestmark = pytest.mark.django_db
NUMBER = "CE26000051"
SOLD = [Share("TLD-2026", {}), Share("CE/26/000051/2027+2", {})]
FINED = 390_000 + 5_000  # 10 % of the enlistment fee, since 31 July


@pytest.fixture
def license(db):
    found = LicenseFactory(ce_number="CE/26/000051")
    LicenseDemandFactory(license=found, demand_number="TLD-2026")
    return found


def open_order(now, years="1"):
    return services.open_payment(ce_number=NUMBER, years=years, source=Source.WEB, now=now)


def pay(order, now, **changes):
    attempt = AttemptFactory(order=order, order_ref=f"{order.order_number}{order.attempts.count() + 1:02d}")
    apply_report(account=attempt.account, report=report(attempt, happened_at=now, **changes), now=now)
    return attempt


def worth(on: date) -> tuple[str, date | None]:
    found = queries.license_as_it_is(ce_number=NUMBER, on=on).worth
    return found.standing.value, found.until


def broken() -> list[str]:
    return [one["first_offender"] for one in invariants.verify(now=timezone.now()) if not one["holds"]]


def landed() -> list[tuple[str, str, int]]:
    return list(Allocation.objects.order_by("pk").values_list("kind", "bill", "amount_paise"))


def test_paid_demand_is_the_certificate(license, now):
    order = open_order(now)
    pay(order, now)

    certificate = Certificate.objects.get()
    assert order.amount_paise == FINED
    assert (certificate.demand.demand_number, certificate.valid_until) == ("TLD-2026", date(2027, 3, 31))
    assert (certificate.holder_name, certificate.particulars[2][1]) == ("Mita Sarkar", "M*** S***")
    assert worth(now.date()) == ("active", date(2027, 3, 31))
    assert landed() == [("bill", "TLD-2026", FINED)]
    assert broken() == []


def test_several_years_are_one_demand_more(license, now):
    """14 further years at 3,850: the processing fee is asked once."""
    order = open_order(now, "15")
    pay(order, now)

    sold = LicenseDemand.objects.get(years=14)
    assert (order.amount_paise, sold.amount_paise) == (FINED + 14 * 385_000, 14 * 385_000)
    assert (sold.demand_number, sold.paid_on) == ("CE/26/000051/2027+14", now.date())
    assert worth(date(2041, 3, 31)) == ("active", date(2041, 3, 31))
    assert worth(date(2041, 4, 1)) == ("expired", date(2041, 3, 31))
    assert Certificate.objects.count() == 2
    assert broken() == []


def test_arrears_are_paid_with_the_renewal(license, now):
    LicenseDemandFactory(license=license, financial_year=2024, demand_number="TLD-2024")
    order = open_order(now)
    pay(order, now)

    assert order.amount_paise == 2 * FINED
    assert LicenseDemand.objects.filter(paid_on=now.date()).count() == 2


def test_paid_twice_the_second_is_an_advance(license, now):
    first, second = open_order(now), open_order(now, "3")
    pay(first, now)
    pay(second, now + timedelta(minutes=1))

    assert landed() == [("bill", "TLD-2026", FINED), ("advance", "", FINED + 2 * 385_000)]
    assert not LicenseDemand.objects.filter(years=2).exists()
    assert broken() == []


def test_year_demanded_meanwhile_is_not_sold_twice(license, now):
    order = open_order(now, "3")
    LicenseDemandFactory(license=license, financial_year=2028, demand_number="TLD-2028")
    pay(order, now)

    assert landed() == [("bill", "TLD-2026", FINED), ("advance", "", 2 * 385_000)]


def test_money_for_a_licence_closed_meanwhile_is_kept(license, now):
    order = open_order(now)
    License.objects.update(closed_on=now.date())
    pay(order, now)

    assert landed() == [("advance", "", FINED)]
    assert not Certificate.objects.exists()
    assert broken() == []


def test_too_little_pays_nothing(license, now):
    pay(open_order(now), now, amount_paise=FINED - 1)

    assert landed() == [("suspense", "", FINED - 1)]
    assert worth(now.date())[0] == "overdue"


def test_first_payment_issues_an_allotted_number(license, now):
    License.objects.update(issued_on=None, valid_until=None)
    assert worth(now.date()) == ("allotted", None)

    pay(open_order(now), now)

    assert worth(now.date()) == ("active", date(2027, 3, 31))
    assert License.objects.get().issued_on == now.date()


def test_godown_is_bought_for_life(now):
    godown = LicenseFactory(ce_number=NUMBER, nature_of_trade="Godown")
    LicenseDemandFactory(license=godown, heads={"s199": 5_000, "processing_fee": 5_000}, last_date=date(2027, 3, 1))
    order = open_order(now, "life")
    pay(order, now)

    assert order.amount_paise == 20 * 5_000 + 5_000
    assert worth(date(2099, 1, 1)) == ("active", None)
    assert [(one.years_text, one.valid_until) for one in Certificate.objects.all()] == [("2026-27 –", None)]


def test_life_is_not_sold_to_other_trades(license, now):
    with pytest.raises(queries.TermUnknown):
        open_order(now, "life")


@pytest.mark.parametrize("years", ["2", "4", "16", "20"])
def test_term_that_is_not_sold_is_refused(license, now, years):
    with pytest.raises(queries.TermUnknown):
        open_order(now, years)


def test_payment_that_is_reversed_takes_its_certificates_along(license, now):
    """Through the books: the demand is due again, the years sold beside it are gone, every invariant holds."""
    order = open_order(now, "3")
    pay(order, now)
    asked = reversals.ask_for_reversal(
        receipt_number=Receipt.objects.get().receipt_number,
        reason="bank_reversed",
        detail="Memo 7",
        maker="clerk",
        now=now,
    )

    reversals.approve_reversal(asked.pk, approver="approver", now=now + timedelta(days=1))

    assert worth(now.date()) == ("overdue", date(2026, 3, 31))
    assert queries.license_dues(ce_number=NUMBER, on=now.date()).dues.total_paise == FINED
    assert [one["name"] for one in invariants.verify(now=now) if not one["holds"]] == []


def test_reversed_payment_leaves_the_demand_unpaid(license, now):
    pay(open_order(now, "3"), now)
    LicensePayable().on_reversed(reference=license.ce_number, shares=SOLD, paid_by="")

    assert worth(now.date()) == ("overdue", date(2026, 3, 31))
    assert queries.license_dues(ce_number=NUMBER, on=now.date()).dues.total_paise == FINED
    assert LicenseDemand.objects.get(years=2).cancel_reason == "reversed"


def test_years_reversed_can_be_bought_again(license, now):
    pay(open_order(now, "3"), now)
    LicensePayable().on_reversed(reference=license.ce_number, shares=SOLD, paid_by="")
    pay(open_order(now + timedelta(minutes=5), "3"), now + timedelta(minutes=6))

    assert worth(now.date()) == ("active", date(2029, 3, 31))


def test_price_ends_when_the_fine_falls(license, now):
    """Opened in the last days of July: the price holds until the 30th, not for a week."""
    july = now.replace(month=7, day=28)
    order = open_order(july)

    assert (order.amount_paise, order.expires_at.astimezone(now.tzinfo).date()) == (390_000, date(2026, 7, 31))
    with pytest.raises(OrderExpired):
        start_attempt(
            token=order.token,
            now=now.replace(month=7, day=31),
            return_url="http://localhost/",
            payer_ip="127.0.0.1",
            user_agent="test",
        )


def test_online_payment_on_a_sunday_that_is_the_last_date_has_no_fine(license, now):
    LicenseDemand.objects.update(last_date=date(2026, 11, 22))
    sunday, monday = (now.replace(day=day) for day in (22, 23))

    assert [open_order(day).amount_paise for day in (sunday, monday)] == [390_000, FINED]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"closed_on": date(2026, 9, 1)}, queries.LicenseClosed),
        ({"deleted_on": date(2026, 9, 1)}, queries.LicenseDeleted),
    ],
)
def test_licence_out_of_use_is_refused_with_its_day(license, now, changes, refusal):
    License.objects.update(**changes)

    with pytest.raises(refusal, match=refusal.code) as refused:
        open_order(now)
    assert "1 September 2026" in refused.value.user_message


def test_number_that_was_replaced_names_the_new_one(license, now):
    LicenseFactory(ce_number="CE/27/1", replaces=license)

    with pytest.raises(queries.LicenseReplaced) as refused:
        open_order(now)
    assert "CE/27/1" in refused.value.user_message


def test_nothing_due_says_until_when_it_is_valid(license, now):
    pay(open_order(now), now)

    with pytest.raises(services.NothingToRenew) as refused:
        open_order(now, "3")
    assert "31 March 2027" in refused.value.user_message


def test_licence_without_a_demand_says_so(now):
    LicenseFactory(ce_number=NUMBER, issued_on=None, valid_until=None)

    with pytest.raises(services.NotDemanded):
        open_order(now)


def test_unknown_number_is_refused(db, now):
    with pytest.raises(queries.LicenseNotFound):
        open_order(now)


def test_look_up_is_one_query(license, now, django_assert_num_queries):
    for year in range(2010, 2026):
        LicenseDemandFactory(license=license, financial_year=year)
    with django_assert_num_queries(1):
        queries.license_dues(ce_number=NUMBER, on=now.date(), years="15")


CONSTRAINTS = {
    "license_number_once": lambda license: LicenseFactory(ce_number="ce 26 000051"),
    "license_number_has_a_digit": lambda license: LicenseFactory(ce_number="CE"),
    "license_number_trimmed": lambda license: LicenseFactory(ce_number=" CE/1"),
    "license_ward_from_1_to_144": lambda license: LicenseFactory(ward=145),
    "license_closed_after_issue": lambda license: LicenseFactory(closed_on=date(2019, 6, 2)),
    "license_assessee_number_is_12_digits": lambda license: LicenseFactory(assessee_number="123"),
    "license_demand_number_once": lambda license: LicenseDemandFactory(demand_number="TLD-2026"),
    "license_demand_for_some_years": lambda license: LicenseDemandFactory(years=0),
    "license_demand_not_negative": lambda license: LicenseDemandFactory(heads={"s199": 100, "credit": -101}),
    "license_demand_cancelled_or_paid": lambda license: LicenseDemandFactory(
        paid_on=date(2026, 5, 1), cancelled_on=date(2026, 5, 1), cancel_reason="x"
    ),
    "license_demand_cancelled_with_a_reason": lambda license: LicenseDemandFactory(cancelled_on=date(2026, 5, 1)),
    "license_demand_once_a_year": lambda license: LicenseDemandFactory(license=license, demand_number="again"),
}


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_database_refuses_what_cannot_be(license, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        CONSTRAINTS[name](license)


def test_cancelled_demand_makes_room_for_another(license):
    LicenseDemand.objects.update(cancelled_on=date(2026, 5, 1), cancel_reason="corrected")

    assert LicenseDemandFactory(license=license, demand_number="TLD-2026-2", heads=PARLOUR_AC).amount_paise == 390_000


def test_certificate_cannot_be_changed(license, now):
    pay(open_order(now), now)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE trade_license_certificate SET holder_name = 'Somebody'")


# --- Money that is kept -----------------------------------------------------------------------------------------------


def lines_to_place(now, paise: int, *bills: str) -> list[str]:
    lines = LicensePayable().lines_to_place(reference="CE/26/000051", amount_paise=paise, on=now.date(), bills=bills)
    return sorted({line["bill"] for line in lines})


def test_kept_money_is_placed_on_demands_whole_and_on_none_over_an_older_one(license, now):
    LicenseDemandFactory(license=license, financial_year=2024, demand_number="TLD-2024")

    assert [lines_to_place(now, paise) for paise in (FINED - 1, FINED, 2 * FINED)] == [
        [],
        ["TLD-2024"],
        ["TLD-2024", "TLD-2026"],
    ]
    assert lines_to_place(now, FINED, "TLD-2026") == ["TLD-2026"]


def test_licence_that_is_not_in_use_takes_no_kept_money(license, now):
    License.objects.update(closed_on=now.date())

    assert lines_to_place(now, FINED) == []
    with pytest.raises(queries.LicenseClosed):
        LicensePayable().whose(text=NUMBER, on=now.date())


def test_advance_that_two_clerks_place_is_the_certificate_and_comes_back(license, now):
    other = LicenseFactory(ce_number="CE/26/000052")
    LicenseDemandFactory(license=other, demand_number="TLD-other")
    pay(open_order(now), now)
    pay(PaymentOrder.objects.get(), now, transaction_ref="T-2")
    for target, number in (("other", "ce 26 000052"), ("due", "")):
        asked = placements.propose_placement(
            kept=KeptMoney.objects.get().pk,
            target=target,
            placed_for=number,
            amount_paise=None,
            detail="Why",
            maker="clerk",
            now=now,
        )
        placements.approve_placement(asked.pk, approver="approver", now=now)

    assert LicenseDemand.objects.get(demand_number="TLD-other").paid_on == now.date()
    assert Certificate.objects.filter(demand__demand_number="TLD-other").count() == 1
    assert broken() == []

    asked = reversals.ask_for_reversal(
        receipt_number=Receipt.objects.latest("pk").receipt_number,
        reason="bank_reversed",
        detail="Memo",
        maker="clerk",
        now=now,
    )
    reversals.approve_reversal(asked.pk, approver="approver", now=now)

    assert LicenseDemand.objects.get(demand_number="TLD-other").paid_on is None
    assert broken() == []


def test_demand_of_which_a_part_was_charged_back_is_due_again(license, now):
    pay(open_order(now), now)
    opened = disputes.open_dispute(
        receipt_number=Receipt.objects.get().receipt_number,
        amount_paise=5_000,
        case_number="CB-1",
        reason="Not known to the cardholder",
        reply_by=now.date(),
        maker="clerk",
        now=now,
    )

    disputes.decide_dispute(opened.pk, outcome="lost", note="Letter", approver="approver", now=now)

    assert LicenseDemand.objects.get().paid_on is None
    assert (KeptMoney.objects.get().amount_paise, broken()) == (FINED - 5_000, [])
    pay(open_order(now), now)
    assert (LicenseDemand.objects.get().paid_on, broken()) == (now.date(), [])
