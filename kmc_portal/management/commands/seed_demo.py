"""The demo's city, its gateway accounts and its clerks. Run at every start; what is there already stays."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from chatbot.phone.views import HOLDER
from kmc_portal.city import make_city
from kmc_portal.city_licenses import make_licenses
from kmc_portal.common.clock import day_of
from kmc_portal.common.financial_year import FinancialYear, quarter_days, quarter_of
from kmc_portal.demo_settlements import seed_settlements
from payments.counter.counters import add_counter
from payments.models import AccountLimit, GatewayAccount
from payments.sandbox.merchants import ACCOUNTS
from property_tax.figures import write_ward_figures
from property_tax.models import Assessee, Demand
from trade_license.models import License, LicenseDemand
from trade_license.rules.book import BOOK
from trade_license.rules.facts import TradeFacts, trade_key
from trade_license.rules.fees import yearly_fee

ASSESSEES = [
    ("110260100051", "Sukumar Das", "12A", "Bidhan Sarani", "active"),
    ("110630200127", "Farida Khatun", "4/1", "Ripon Street", "active"),
    ("210880300219", "অনিমেষ চক্রবর্তী", "81", "Rashbehari Avenue", "active"),
    ("310010100033", "Gopal Shaw", "7", "Cossipore Road", "closed"),
]
# Number, kind, quarters before the running one, property tax, Howrah Bridge tax and surcharge in paise, whether paid.
DEMANDS = [
    ("110260100051", "PD", 0, 200_000, 2_500, 0, False),
    ("110260100051", "PD", 1, 200_000, 2_500, 0, True),
    ("110260100051", "PD", 5, 180_000, 2_250, 0, False),
    ("110630200127", "FS", 0, 1_997_200, 12_483, 998_600, False),
    ("110630200127", "PD", 4, 310_000, 0, 0, False),
    ("110630200127", "PD", 5, 310_000, 0, 0, False),
    ("110630200127", "PD", 6, 310_000, 0, 0, False),
    ("110630200127", "PD", 8, 295_050, 0, 0, False),
    ("210880300219", "PD", 0, 64_000, 0, 0, True),
]
# Number, name, holder, nature of trade, area, standing.
LICENSES = [
    ("CE/26/000051", "Rupasree", "Mita Sarkar", "Beauty parlour", 620, "due"),
    ("CE/26/000062", "Maa Tara Store", "রফিকুল হোসেন", "Godown", 1800, "renew"),
    ("CE/26/000073", "Annapurna", "Kalpana Roy", "Caterer", 300, "valid"),
    ("CE/26/000084", "Star Sweets", "Gopal Shaw", "Caterer", 410, "closed"),
    ("CE/26/000095", "New Bengal Call Centre", "Imran Ali", "Call centre", 2400, "allotted"),
]
REBATE_RUNS_DAYS = 7
# Service, rank, settlement line of business, and how many rupees one UPI payment may have.
GATEWAY_ACCOUNTS = {
    "billdesk": ("property_tax", 10, "PTAX", 500_000),
    "billdesk-tax-2": ("property_tax", 20, "PTAX", 500_000),
    "billdesk-tax-3": ("property_tax", 30, "", 500_000),
    "billdesk-licence": ("trade_license", 10, "TLIC", 100_000),
    "billdesk-licence-2": ("trade_license", 20, "", 100_000),
    "billdesk-spare": ("", 80, "", 100_000),
    "razorpay": ("", 90, "", 100_000),
}
UPI_FROM = date(2024, 9, 16)
UPI_SOURCE = "assumption: NPCI's limits as newspapers report them, 5 lakh for taxes (MCC 9311), 1 lakh otherwise"


class Command(BaseCommand):
    help = "Seed the demo. Refused where DEBUG is off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--migrate", action="store_true", help="bring the database up to date first")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo's people and passwords belong on no real system: DEBUG is off.")
        if options["migrate"]:
            call_command("migrate", verbosity=0)
        point_to_sandbox()
        today = day_of(timezone.now())
        if not User.objects.exists():
            self.make_everything(today)
        write_ward_figures(today=today)

    def make_everything(self, today: date) -> None:
        make_city(assessees=300, seed=1, today=today)
        make_licenses(licenses=200, seed=1, today=today)
        make_examples(today)
        make_license_examples(today)
        make_clerks()
        for number, place in COUNTERS.items():
            add_counter(number=number, place=place)
        seed_settlements(now=timezone.now(), but=[number for number, *_ in ASSESSEES])


def point_to_sandbox() -> None:
    """Write the sandbox's accounts, whose address may have moved since the last start; what was changed by hand stays."""
    address = {"base_url": f"http://127.0.0.1:{settings.SANDBOX_PORT}"}
    for account in ACCOUNTS:
        service, rank, line_of_business, upi_rupees = GATEWAY_ACCOUNTS[account.code]
        row, is_new = GatewayAccount.objects.update_or_create(
            code=account.code,
            defaults=address,
            create_defaults={
                **address,
                "gateway": account.gateway,
                "scheme": account.scheme,
                "merchant_id": account.merchant_id,
                "client_id": account.client_id,
                "secret_names": account.secret_name,
                "settlement_lob": line_of_business,
                "service": service,
                "rank": rank,
            },
        )
        if is_new:
            AccountLimit.objects.create(
                account=row, method="upi", at_most_paise=upi_rupees * 100, valid_from=UPI_FROM, source=UPI_SOURCE
            )


def make_examples(today: date) -> None:
    for number, owner, premises, street, status in ASSESSEES:
        Assessee.objects.update_or_create(
            assessee_number=number,
            defaults={
                "ward_id": int(number[2:5]),
                "owner_name": owner,
                "premises_number": premises,
                "street_name": street,
                "pin": "700006",
                "status": status,
            },
        )
    for example in DEMANDS:
        make_demand(today, *example)


def make_demand(
    today: date, number: str, kind: str, back: int, tax: int, bridge: int, surcharge: int, is_paid: bool
) -> None:  # noqa: PLR0913, FBT001 - a row of the table above
    year, quarter = quarters_before(today, back)
    first = quarter_days(year, quarter)[0]
    Demand.objects.update_or_create(
        demand_number=f"{kind}-{number}-{year.start}{quarter}",
        defaults={
            "assessee": Assessee.objects.get(assessee_number=number),
            "kind": kind,
            "financial_year": year.start,
            "quarter": quarter,
            "issued_on": first,
            "presented_on": first,
            "rebate_date": today + timedelta(days=REBATE_RUNS_DAYS) if back == 0 else first + timedelta(days=41),
            "property_tax_paise": tax,
            "howrah_bridge_tax_paise": bridge,
            "commercial_surcharge_paise": surcharge,
            "paid_on": first if is_paid else None,
        },
    )


def make_license_examples(today: date) -> None:
    year = FinancialYear.of(today)
    for number, trade, holder, nature, area, standing in LICENSES:
        license, _is_new = License.objects.update_or_create(
            ce_number=number,
            defaults={
                "trade_name": trade,
                "holder_name": holder,
                "address": "14 Rashbehari Avenue",
                "ward": 26,
                "assessee_number": "110260100051" if standing == "due" else "",
                "nature_of_trade": nature,
                "is_air_conditioned": True,
                "area_sq_ft": area,
                "mobile": HOLDER if standing in ("valid", "due") else "",
                "issued_on": None if standing == "allotted" else year.previous.first_day,
                "valid_until": None if standing == "allotted" else year.previous.last_day,
                "closed_on": today - timedelta(days=40) if standing == "closed" else None,
            },
        )
        for one in (year.previous, year) if standing == "due" else (year,):
            make_license_demand(license, one, today, is_paid=standing == "valid")


def make_license_demand(license: License, year: FinancialYear, today: date, *, is_paid: bool) -> None:
    fee = yearly_fee(TradeFacts(trade_key(license.nature_of_trade), False, True, license.area_sq_ft), year, BOOK)
    assert fee
    LicenseDemand.objects.update_or_create(
        demand_number=f"D{year.start}-{license.ce_number}",
        defaults={
            "license": license,
            "financial_year": year.start,
            "issued_on": year.first_day,
            "last_date": today + timedelta(days=REBATE_RUNS_DAYS) if year == FinancialYear.of(today) else None,
            "heads": dict(fee.heads),
            "paid_on": year.first_day if is_paid else None,
        },
    )


def quarters_before(today: date, back: int) -> tuple[FinancialYear, int]:
    """Return the quarter `back` quarters before the running one."""
    quarters = FinancialYear.of(today).start * 4 + quarter_of(today) - 1 - back
    return FinancialYear(quarters // 4), quarters % 4 + 1


COUNTERS = {1: "Treasury, 5 Surendranath Banerjee Road", 6: "Borough VI office"}
# What the demo's clerks may do beside looking: one enters, the other decides.
RIGHTS = {
    "clerk": ("vote_on_application", "add_receiptprint"),
    "inspector": ("inspect_application",),
    "keeper": (
        "add_rulebookversion",
        "add_licenserulebookversion",
        "add_waiverapplication",
        "add_reversalrequest",
        "add_refund",
        "add_placement",
        "add_dispute",
        "change_reconbreak",
        "add_settlementfile",
        "add_bankfile",
        "add_registerfile",
    ),
    "approver": (
        "change_rulebookversion",
        "change_licenserulebookversion",
        "change_waiverapplication",
        "change_registerfile",
        "change_reversalrequest",
        "change_shift",
        "change_refund",
        "change_placement",
        "change_dispute",
        "change_closingrequest",
        "vote_on_application",
        "decide_application",
    ),
}
APPS = ("kmc_portal", "property_tax", "trade_license", "payments", "chatbot")
# Clerks with the rights of their role alone.
ROLES = {
    "cashier": "Cashier",
    "accounts": "Accounts",
    "assessor": "Assessor",
    "helpdesk": "Help desk",
    "auditor": "Auditor",
}


def make_clerks() -> None:
    User.objects.create_superuser("admin", password="demo-admin-2026")  # noqa: S106 - printed by the demo
    # The trail of who has changed what and seen whom is for auditors.
    may_look = Permission.objects.filter(content_type__app_label__in=APPS, codename__startswith="view_")
    for name, rights in RIGHTS.items():
        clerk = User.objects.create_user(name, password="demo-clerk-2026", is_staff=True)  # noqa: S106 - printed by the demo
        acts = Permission.objects.filter(content_type__app_label__in=APPS, codename__in=rights)
        clerk.user_permissions.set([*may_look, *acts])
    for name, role in ROLES.items():
        clerk = User.objects.create_user(name, password="demo-clerk-2026", is_staff=True)  # noqa: S106 - printed by the demo
        clerk.groups.set(Group.objects.filter(name=role))
