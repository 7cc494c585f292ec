"""New certificates, corrections, changes of address, inspections and reminders."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from kmc_portal.common.uploads import KeptPaper
from payments.posting import apply_report
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from trade_license import changes, enlistment, inspections, queries, services
from trade_license.enlistment import Applicant, Trade, apply_for_enlistment, estimate
from trade_license.inputs import TermUnknown
from trade_license.models import Application, ApplicationPaper, CommitteeVote, License, LicenseDemand, Reminder
from trade_license.reminders import queue_reminders
from trade_license.states import ApplicationKind, Finding, PaperKind
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = pytest.mark.django_db
MOBILE = "+919830012345"
PARLOUR = Trade("Rupasree", "Mita Sarkar", "14 Rashbehari Avenue", 26, "Beauty parlour", False, True, 620)
APPLICANT = Applicant("Mita Sarkar", "3 Lake Road", "voter_card", "WB/12/345/678901", MOBILE)


def papers():
    number = Application.objects.count()
    return {
        kind: KeptPaper(f"{kind}-{number}.pdf", "paper.pdf", "application/pdf", 900, "0" * 64) for kind in PaperKind
    }


def enlist(now, trade=PARLOUR, **changed):
    asked = {"applicant": APPLICANT, "years": "1", "papers": papers(), "undertakes": True, "now": now, **changed}
    return apply_for_enlistment(trade=trade, **asked)


def pay(license, now, years="1"):
    order = services.open_payment(ce_number=license.search_key, years=years, source=Source.WEB, now=now)
    attempt = AttemptFactory(order=order)
    apply_report(account=attempt.account, report=report(attempt, happened_at=now), now=now)
    return order


def worth(license, on) -> str:
    return queries.license_as_it_is(ce_number=license.search_key, on=on).worth.standing


def test_estimate_is_what_is_asked(now):
    cost = estimate(trade=PARLOUR, years="5", on=now.date())
    application = enlist(now, years="5")
    order = pay(application.license, now, "5")

    assert cost.total_paise == order.amount_paise == 390_000 + 4 * 385_000


def test_number_is_allotted_at_once_and_valid_when_paid(now):
    application = enlist(now)
    license = License.objects.get()

    assert application.application_number.startswith("LA261123")
    assert worth(license, now.date()) == "allotted"
    pay(license, now)
    assert worth(license, now.date()) == "active"


def test_new_trader_is_not_late_in_the_first_year(now):
    enlist(now)

    found = queries.license_dues(ce_number=License.objects.get().search_key, on=date(2027, 3, 31))
    assert found.dues.total_paise == 390_000


def test_of_the_identity_number_only_its_end_is_kept(now):
    application = enlist(now)

    assert (application.identity_kind, application.identity_last) == ("voter_card", "8901")
    assert "678901" not in str(Application.objects.values().get())


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"years": "2"}, TermUnknown),
        ({"years": "life"}, TermUnknown),
        ({"papers": {}}, enlistment.PapersIncomplete),
        ({"undertakes": False}, enlistment.UndertakingMissing),
        (
            {"trade": Trade("X", "Y", "Z", 26, "Astrologer", False, False, 100)},
            enlistment.TradeNotInSchedule,
        ),
    ],
)
def test_enlistment_that_cannot_be_leaves_nothing(now, changed, refusal):
    with pytest.raises(refusal):
        enlist(now, **changed)
    assert not License.objects.exists()
    assert not Application.objects.exists()


def test_one_paper_is_not_enough(now):
    with pytest.raises(enlistment.PapersIncomplete):
        enlist(now, papers={PaperKind.IDENTITY: papers()[PaperKind.IDENTITY]})


# --- Corrections, changes, addresses ------------------------------------------------------------------------------------


@pytest.fixture
def license(db):
    found = LicenseFactory(ce_number="CE/26/000051", mobile=MOBILE)
    LicenseDemandFactory(license=found, demand_number="TLD-2026")
    return found


def ask(now, kind=ApplicationKind.CORRECTION, mobile=MOBILE, **wanted):
    return changes.apply_for_change(
        ce_number="CE26000051", kind=kind, wanted=wanted, applicant_name="Mita Sarkar", mobile=mobile, now=now
    )


def votes(application, now, *members, is_for=True, reason=""):
    for member in members:
        changes.vote(
            application_number=application.application_number, member=member, is_for=is_for, reason=reason, now=now
        )
    application.refresh_from_db()
    return application.state


def test_correction_is_carried_out_when_enough_members_agree(license, now):
    application = ask(now, trade_name="Rupasree Beauty")

    assert votes(application, now, "anita") == "submitted"
    assert License.objects.get().trade_name == "Rupasree"
    assert votes(application, now, "bimal") == "approved"
    assert License.objects.get().trade_name == "Rupasree Beauty"


def test_one_vote_against_refuses(license, now):
    application = ask(now, trade_name="Rupasree Beauty")

    assert votes(application, now, "anita", is_for=False, reason="no proof") == "refused"
    assert (application.reason, License.objects.get().trade_name) == ("no proof", "Rupasree")
    with pytest.raises(changes.ApplicationDecided):
        votes(application, now, "bimal")


def test_nobody_votes_twice(license, now):
    application = ask(now, trade_name="Rupasree Beauty")
    votes(application, now, "anita")

    with pytest.raises(changes.VotedAlready):
        votes(application, now, "anita")
    assert CommitteeVote.objects.count() == 1


def test_refusal_needs_a_reason(license, now):
    with pytest.raises(changes.VoteReasonMissing):
        votes(ask(now, trade_name="X"), now, "anita", is_for=False, reason=" ")


def test_change_of_the_fee_before_payment_issues_the_demand_anew(license, now):
    votes(ask(now, ApplicationKind.CHANGE, is_air_conditioned=False), now, "anita", "bimal")

    found = queries.license_dues(ce_number="CE26000051", on=date(2026, 7, 30))
    assert LicenseDemand.objects.get(demand_number="TLD-2026").cancel_reason == changes.REISSUED
    assert (found.demands[-1].amount_paise, found.demands[-1].last_date) == (272_500, date(2026, 7, 30))


def test_change_of_the_fee_after_payment_is_refused(license, now):
    pay(license, now)

    with pytest.raises(changes.FeeChangeAfterPayment):
        ask(now, ApplicationKind.CHANGE, area_sq_ft=480)
    assert ask(now, trade_name="Rupasree Beauty").state == "submitted"


def test_change_of_the_fee_is_not_carried_out_once_paid_meanwhile(license, now):
    application = ask(now, ApplicationKind.CHANGE, is_air_conditioned=False)
    pay(license, now)

    with pytest.raises(changes.FeeChangeAfterPayment):
        votes(application, now, "anita", "bimal")
    assert CommitteeVote.objects.count() == 1
    assert License.objects.get().is_air_conditioned


def test_unknown_number_and_another_mobile_get_the_same_answer(license, now):
    answers = []
    for ce_number, mobile in (("CE26000051", "+919830099999"), ("CE26999999", MOBILE), ("CE26000051", "")):
        with pytest.raises(queries.LicenseNotFound) as refused:
            changes.apply_for_change(
                ce_number=ce_number, kind=ApplicationKind.CORRECTION, wanted={"trade_name": "X"}, applicant_name="",
                mobile=mobile, now=now,
            )  # fmt: skip
        answers.append(refused.value.code)
    assert set(answers) == {"license_not_found"}


@pytest.mark.parametrize(
    ("kind", "wanted", "refusal"),
    [
        (ApplicationKind.CORRECTION, {"trade_name": "Rupasree"}, changes.NothingToChange),
        (ApplicationKind.CORRECTION, {"area_sq_ft": 10}, changes.FieldNotChangeable),
        (ApplicationKind.CORRECTION, {"closed_on": None}, changes.FieldNotChangeable),
        (ApplicationKind.CLOSURE, {"trade_name": "X"}, changes.FieldNotChangeable),
        (ApplicationKind.CHANGE, {"nature_of_trade": "Astrologer"}, enlistment.TradeNotInSchedule),
    ],
)
def test_change_that_cannot_be_is_refused(license, now, kind, wanted, refusal):
    with pytest.raises(refusal):
        ask(now, kind, **wanted)
    assert not Application.objects.exists()


def test_second_application_waits_for_the_first(license, now):
    ask(now, trade_name="X")

    with pytest.raises(changes.ApplicationWaits):
        ask(now, trade_name="Y")


def test_address_moves_under_the_same_number(license, now):
    votes(ask(now, ApplicationKind.ADDRESS, address="7 Lake Road", ward=90), now, "anita", "bimal")

    found = License.objects.get()
    assert (found.ce_number, found.address, found.ward) == ("CE/26/000051", "7 Lake Road", 90)


def test_address_moves_under_a_new_number(license, now, settings):
    settings.LICENSE_KEEPS_NUMBER = False
    pay(license, now)
    application = ask(now, ApplicationKind.ADDRESS, address="7 Lake Road", ward=90)
    votes(application, now, "anita", "bimal")

    new = application.license
    assert (new.replaces, new.address, new.valid_until) == (license, "7 Lake Road", date(2027, 3, 31))
    assert worth(new, now.date()) == "active"
    with pytest.raises(queries.LicenseReplaced):
        queries.license_dues(ce_number="CE26000051", on=now.date())


def test_unpaid_demand_moves_with_the_licence(license, now, settings):
    settings.LICENSE_KEEPS_NUMBER = False
    application = ask(now, ApplicationKind.ADDRESS, address="7 Lake Road")
    votes(application, now, "anita", "bimal")

    assert (
        queries.license_dues(ce_number=application.license.search_key, on=date(2026, 7, 1)).dues.total_paise == 390_000
    )


def test_application_is_taken_back_by_who_made_it(license, now):
    application = ask(now, trade_name="X")
    with pytest.raises(changes.ApplicationNotFound):
        changes.withdraw(application_number=application.application_number, mobile="+919830099999", now=now)

    assert (
        changes.withdraw(application_number=application.application_number, mobile=MOBILE, now=now).state == "withdrawn"
    )
    with pytest.raises(changes.ApplicationDecided):
        changes.withdraw(application_number=application.application_number, mobile=MOBILE, now=now)


def test_new_number_is_given_up_while_it_is_not_paid(now):
    application = enlist(now)
    changes.withdraw(application_number=application.application_number, mobile=MOBILE, now=now)

    assert worth(application.license, now.date()) == "closed"


def test_licence_that_is_paid_is_not_withdrawn(now):
    application = enlist(now)
    pay(application.license, now)

    with pytest.raises(changes.ApplicationDecided):
        changes.withdraw(application_number=application.application_number, mobile=MOBILE, now=now)


# --- Inspections --------------------------------------------------------------------------------------------------------


@pytest.fixture
def drawn(settings, now):
    settings.LICENSE_INSPECTED_PERCENT = 100
    return enlist(now)


def find(application, finding=Finding.NOT_IN_ORDER, remarks="no business at the address"):
    return inspections.write_finding(
        application_number=application.application_number, inspector="ratan", finding=finding, remarks=remarks,
        on=date(2026, 12, 1),
    )  # fmt: skip


def decide(application, now, officer="leela", revokes=True):
    return inspections.decide_flagged(
        application_number=application.application_number, officer=officer, revokes=revokes, now=now
    )


def test_drawn_certificates_wait_for_an_inspector(drawn):
    assert list(inspections.to_inspect()) == [drawn]
    find(drawn, Finding.IN_ORDER, "")
    assert list(inspections.to_inspect()) == []


def test_certificate_that_was_not_drawn_is_not_inspected(now, settings):
    settings.LICENSE_INSPECTED_PERCENT = 0

    with pytest.raises(changes.ApplicationNotFound):
        find(enlist(now))


def test_flagged_certificate_is_revoked_by_an_officer(drawn, now):
    find(drawn)

    assert decide(drawn, now).state == "revoked"
    assert worth(drawn.license, now.date()) == "closed"


def test_flagged_certificate_may_stand(drawn, now):
    find(drawn)

    assert decide(drawn, now, revokes=False).state == "allotted"
    assert License.objects.get().closed_on is None


def test_nobody_decides_his_own_finding(drawn, now):
    find(drawn)

    with pytest.raises(inspections.OfficerIsInspector):
        decide(drawn, now, officer="ratan")


def test_finding_needs_remarks_and_stands(drawn):
    with pytest.raises(inspections.RemarksMissing):
        find(drawn, remarks=" ")
    find(drawn)
    with pytest.raises(inspections.InspectedAlready):
        find(drawn)


def test_only_what_is_flagged_is_decided(drawn, now):
    with pytest.raises(inspections.NotFlagged):
        decide(drawn, now)


@pytest.mark.parametrize("model", [ApplicationPaper, CommitteeVote])
def test_papers_and_votes_cannot_be_changed(license, now, model):
    enlist(now)
    votes(ask(now, trade_name="X"), now, "anita")

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        model.objects.all().delete()


# --- Reminders ----------------------------------------------------------------------------------------------------------


def test_holder_who_asked_is_reminded_once(license, now):
    License.objects.update(wants_reminders=True)
    LicenseDemand.objects.update(last_date=now.date() + timedelta(days=30))

    assert (queue_reminders(now=now), queue_reminders(now=now + timedelta(days=1))) == (1, 0)
    assert Reminder.objects.get().last_date == now.date() + timedelta(days=30)


@pytest.mark.parametrize(
    ("changes_of_license", "changes_of_demand"),
    [
        ({"wants_reminders": False}, {}),
        ({"mobile": ""}, {}),
        ({"closed_on": date(2026, 9, 1)}, {}),
        ({}, {"paid_on": date(2026, 9, 1)}),
        ({}, {"last_date": date(2026, 12, 24)}),
        ({}, {"last_date": date(2026, 11, 22)}),
    ],
)
def test_nobody_else_is_reminded(license, now, changes_of_license, changes_of_demand):
    License.objects.update(**{"wants_reminders": True, **changes_of_license})
    LicenseDemand.objects.update(**{"last_date": date(2026, 12, 1), **changes_of_demand})

    assert queue_reminders(now=now) == 0


def test_date_that_moved_is_told_anew(license, now):
    License.objects.update(wants_reminders=True)
    LicenseDemand.objects.update(last_date=date(2026, 12, 1))
    queue_reminders(now=now)
    LicenseDemand.objects.update(last_date=date(2026, 12, 20))

    assert queue_reminders(now=now) == 1
