"""The year of docs/howto/worked-example.md, step by step through the operations that pages, API and schedules call.

`Year` knows nothing of how cards are entered (a gateway in memory, or pages of a Stripe): whoever makes one says it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sublet.accounts.models import Account
from sublet.accounts.queries import installation_actor
from sublet.billing.models import Invoice
from sublet.billing.operations import credit_invoice, keep_figures, run_billing, set_billing_terms
from sublet.billing.operations.charges import ask_unknown
from sublet.billing.operations.collecting import collect_issued
from sublet.billing.operations.dunning_acting import run_dunning
from sublet.billing.operations.gateways import connect_gateway
from sublet.billing.operations.issuers import change_issuer
from sublet.billing.operations.links import make_link
from sublet.catalog.operations import load_manifest
from sublet.clientsettings.operations import set_up
from sublet.core.clientsettings import CLIENT_PAYS, PAID
from sublet.core.portfolio import DISCOUNT, Change
from sublet.core.pricebook import OVERAGE, PLAN
from sublet.core.pricing import FLAT, UNIT, Price
from sublet.core.rights import Rights
from sublet.core.usekeys import use_key
from sublet.foundation.actor import API, JOB, Actor
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.metering.operations import Usage, record_usage
from sublet.people.models import Collaborator
from sublet.pricing.models import PriceCheck
from sublet.pricing.operations import change_wholesale_terms, check_prices, set_retail_price, write_letters
from sublet.subscriptions.operations import start_trial, take_plan
from tests import factories
from tests.subscriptions import BOOKINGS

KEY_OF_VENDOR, KEY_OF_AGENCY = "rk_test_51VantageAppsXyz9", "rk_test_51RosaWebStudioA1b2"
HOOK = "whsec_workedexample"
VENDOR_HOST, AGENCY_HOST, BELLA_HOST = "vendor.localhost", "rosa.localhost", "bella.localhost"
VERA, ROSA, BEA = "vera@vantage.example", "rosa@rosa.example", "bea@bella.example"
OF_BOOKINGS = {"small": "amount = 900 ", "medium": "amount = 2400 ", "texts": "overage = [{ amount = 9 }]"}


@dataclass(frozen=True)
class Money:
    """What the page says in its first table, in minor units, and where the agency is."""

    currency: str
    zone: str
    country: str
    tax_number: str
    rate: int
    listed: dict[str, int]  # small, medium, texts
    retail: dict[str, int]  # small, medium, texts, dino, dino_later
    credited: int


MONEY = {
    "EUR": Money(
        "EUR", "Europe/Rome", "IT", "IT00743110157", 22, {"small": 900, "medium": 2400, "texts": 9},
        {"small": 3900, "medium": 7900, "texts": 15, "dino": 2100, "dino_later": 2900}, 2000,
    ),
    "JPY": Money(
        "JPY", "Asia/Tokyo", "JP", "T1234567890123", 10, {"small": 1500, "medium": 4000, "texts": 15},
        {"small": 6000, "medium": 12000, "texts": 25, "dino": 3500, "dino_later": 4800}, 3000,
    ),
}  # fmt: skip

#: Somebody opens the page of that address and enters, or pays by, a card whose bank answers so.
Enters = Callable[[str, str], None]


@dataclass
class Year:
    """Who is in it. Built by `furnished`."""

    money: Money
    vendor: Account
    agency: Account
    carl: Account
    bella: Account
    dino: Account
    places: dict[str, Collaborator] = field(default_factory=dict)

    # Time and people --------------------------------------------------------------------------------------------------

    def when(self, text: str) -> datetime:
        """That time on the clocks where all of them are."""
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(self.money.zone)).astimezone(UTC)

    def actor(self, who: str) -> Actor:
        """Vera of the vendor, Rosa of the agency, Bea of Bella's."""
        return factories.actor_for(self.places[who])

    def machine(self) -> Actor:
        """The installation itself."""
        with platform_scope("test"):
            return installation_actor(name="Schedule", via=JOB)

    def passes(self, text: str) -> None:
        """What the worker does at that time."""
        at = self.when(text)
        machine = self.machine()
        with platform_scope("test"):
            ask_unknown(actor=machine, at=at)
        run_billing(until=at.replace(minute=0, second=0, microsecond=0), actor=machine, at=at)
        collect_issued(actor=machine, at=at)
        run_due_jobs(at=at)
        run_dunning(actor=machine, at=at)
        run_due_jobs(at=at)
        keep_figures(actor=machine, at=at)

    # What they do, in the order of the page ----------------------------------------------------------------------------

    def sets_up(self) -> None:
        """Vera sells, Rosa says her prices and who pays; both connect their accounts at the processor."""
        at, money = self.when("2026-12-15 09:00"), self.money
        source = BOOKINGS.replace('currency = "EUR"', f'currency = "{money.currency}"')
        for key, amount in money.listed.items():
            found = OF_BOOKINGS[key]
            number = next(word for word in found.split() if word.isdigit())
            source = source.replace(found, found.replace(f" {number} ", f" {amount} "))
        vera, rosa = self.actor("vera"), self.actor("rosa")
        with actor_scope(vera):
            load_manifest(source=source.encode(), file_name="bookings.toml", confirmed=True, actor=vera, at=at)
        own = {"country": money.country, "city": "Somewhere", "street": "1", "standard_rate": Decimal(money.rate),
               "payment_days": 14, "currency": money.currency}  # fmt: skip
        told = {"vat_id": money.tax_number} if money.country == "IT" else {"tax_number": money.tax_number}
        for actor, prefix, key in ((vera, "V-", KEY_OF_VENDOR), (rosa, "R-", KEY_OF_AGENCY)):
            with actor_scope(actor):
                named = {
                    "legal_name": f"{actor.account_name} Ltd",
                    "invoice_prefix": prefix,
                    "credit_prefix": f"{prefix}C-",
                }
                change_issuer(changes=own | told | named, version=0, actor=actor, at=at)
                set_billing_terms(
                    interval="month", basis="calendar", collected_by="own", automatic=True, actor=actor, at=at
                )
                connect_gateway(key=key, hook_secret=HOOK, actor=actor, at=at)
        run_due_jobs(at=at)
        with actor_scope(rosa):
            for plan in ("small", "medium"):
                self._asks(plan, money.retail[plan], rosa, at)
            self._asks("medium", money.retail["dino"], rosa, at, client=self.dino.ref)
            texts = Price(UNIT, "month", money.currency, Decimal(money.retail["texts"]), "text_messages")
            key = use_key("text_messages", "medium")
            set_retail_price(kind=OVERAGE, key=key, price=texts, actor=rosa, at=at)
            payers = {f"payer.{kind}": CLIENT_PAYS for kind in PAID}
            for client in (self.bella, self.dino):
                set_up(ref=client.ref, changes=payers, actor=rosa, at=at)
            set_billing_terms(
                ref=self.dino.ref, interval="month", basis="calendar", collected_by="nobody", automatic=True, actor=rosa, at=at,
            )  # fmt: skip

    def _asks(
        self, plan: str, amount: int, rosa: Actor, at: datetime, *, client: str = "", since: datetime | None = None
    ) -> None:
        price = Price(FLAT, "month", self.money.currency, Decimal(amount))
        set_retail_price(kind=PLAN, key=plan, price=price, client=client, since=since, actor=rosa, at=at)

    def link_to(self, payer: Account, who: str, text: str) -> str:
        """Somebody sends an account the link by which it enters its card; its address."""
        actor = self.actor(who)
        with actor_scope(actor):
            return make_link(payer=payer.ref, actor=actor, at=self.when(text)).url

    def takes(self, client: Account, plan: str, text: str) -> None:
        """Rosa puts a client on a plan."""
        rosa = self.actor("rosa")
        with actor_scope(rosa):
            take_plan(ref=client.ref, plan=plan, actor=rosa, at=self.when(text))

    def tries(self, text: str) -> None:
        """Bea starts the free trial."""
        bea = self.actor("bea")
        with actor_scope(bea):
            start_trial(ref=self.bella.ref, actor=bea, at=self.when(text))

    def texts(self, number: int, text: str) -> None:
        """The product tells that Bella's has sent so many text messages."""
        product = Actor(
            user_id=None, name="Product", account_id=self.vendor.id, account_ref=self.vendor.ref, account_kind="vendor",
            account_name=self.vendor.name, rights=Rights.of({"usage": "manage"}), reach=None, key_ref="key_test", via=API,
        )  # fmt: skip
        at = self.when(text)
        event = Usage("salon", text, at, self.bella.ref, "text_messages", number, {}, "")
        with platform_scope("test"):
            record_usage(events=[event], actor=product, at=at)

    def credits(self, number: str, text: str) -> None:
        """Rosa credits a part of one of Bella's invoices."""
        rosa = self.actor("rosa")
        invoice = self.invoice(number)
        with actor_scope(rosa):
            credit_invoice(
                ref=invoice.ref,
                reason="A day without the page",
                net=self.money.credited,
                actor=rosa,
                at=self.when(text),
            )

    def asks_what_if(self, percent: int, text: str) -> PriceCheck:
        """Rosa has reckoned what another discount of the vendor's would do to all of her clients."""
        rosa = self.actor("rosa")
        with actor_scope(rosa):
            return check_prices(change=Change(DISCOUNT, Decimal(percent)), actor=rosa, at=self.when(text))

    def agrees(self, percent: int, since: str, text: str) -> None:
        """Vera agrees another discount, from a day on."""
        vera = self.actor("vera")
        with actor_scope(vera):
            change_wholesale_terms(
                ref=self.agency.ref, percent=Decimal(percent), since=self.when(since), actor=vera, at=self.when(text)
            )

    def raises(self, since: str, text: str) -> int:
        """Rosa raises what she asks of Dino, and writes to whomever that concerns; to how many."""
        rosa, at = self.actor("rosa"), self.when(text)
        with actor_scope(rosa):
            later = self.when(since)
            self._asks("medium", self.money.retail["dino_later"], rosa, at, client=self.dino.ref, since=later)
            day = date.fromisoformat(since[:10])
            number, _job = write_letters(kind=PLAN, key="medium", interval="month", day=day, actor=rosa, at=at)
            return number

    def invoice(self, number: str) -> Invoice:
        """The document of that number."""
        with platform_scope("test"):
            return next(row for row in Invoice.objects.all() if row.number_shown == number)

    def months(self, first: str, last: str) -> None:
        """Noon of the first day of each month from one to the other, both of them."""
        day, end = date.fromisoformat(f"{first}-01"), date.fromisoformat(f"{last}-01")
        while day <= end:
            self.passes(f"{day} 12:00")
            day = (day + timedelta(days=31)).replace(day=1)

    # The story ----------------------------------------------------------------------------------------------------------

    def until_the_card_fails(self, enters: Enters) -> None:
        """1 January to 1 May, when Bella's card has no money on it. `enters` is asked for the cards."""
        enters(self.link_to(self.agency, "vera", "2026-12-20 09:00"), "good")
        self.takes(self.carl, "small", "2027-01-01 09:00")
        self.takes(self.dino, "medium", "2027-01-01 09:00")
        self.passes("2027-01-01 12:00")
        self.tries("2027-01-25 10:00")
        enters(self.link_to(self.bella, "rosa", "2027-01-28 09:00"), "good")
        self.takes(self.bella, "small", "2027-02-01 10:30")
        self.months("2027-02", "2027-04")
        self.takes(self.bella, "medium", "2027-04-17 10:30")
        self.texts(260, "2027-04-20 15:00")
        enters(self.link_to(self.bella, "rosa", "2027-04-28 09:00"), "insufficient_funds")
        self.passes("2027-05-01 12:00")


def furnished(currency: str) -> Year:
    """The vendor, the agency and its three clients in an empty database, with their people and hosts."""
    money = MONEY[currency]
    about = {"language": "en", "timezone": money.zone, "currency": money.currency, "country": money.country}
    vendor = factories.make_vendor("Vantage Apps", **about)
    agency = factories.make_reseller(vendor, "Rosa Web Studio", email="office@rosa.example", **about)
    carl, bella, dino = [
        factories.make_client(agency, name, email=email, **about)
        for name, email in (
            ("Carl’s Kitchen", "carl@kitchen.example"), ("Bella Hair", BEA), ("Dino Dental", "dino@dental.example"),
        )
    ]  # fmt: skip
    year = Year(money, vendor, agency, carl, bella, dino)
    for key, account, name, email in (
        ("vera", vendor, "Vera Voss", VERA), ("rosa", agency, "Rosa Ricci", ROSA), ("bea", bella, "Bea Bianchi", BEA)
    ):  # fmt: skip
        user = factories.make_user(name, email, language="en")
        year.places[key] = factories.make_collaborator(account, user, owner=True)
    for account, host in ((agency, AGENCY_HOST), (bella, BELLA_HOST)):
        factories.make_host(account, host)
    return year
