"""Filling the demo: one vendor, four resellers, their clients and people, and a year and a half of journal.

Rows are written in batches, not through the operations one by one: 1,400 clients would take minutes. What an operation
would have recorded is recorded here too, dated as it would have been. Names, references and days are the same on every
machine, counted back from the day of seeding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from sublet.accounts.events import AccountConverted, DirectAccountCreated, VendorCreated
from sublet.accounts.models import Account
from sublet.accounts.search import reindex
from sublet.branding.events import BrandChanged, HostAdded
from sublet.branding.operations.generation import bump_generation
from sublet.branding.queries import forget_hosts, primary_host
from sublet.catalog.operations import load_manifest
from sublet.demo import both_products, names, showcase, stories
from sublet.demo.clients import Client, store_clients
from sublet.demo.domains import lend_all_names_below, show_every_state
from sublet.demo.grants import give_and_take
from sublet.demo.log_ins import CARLO, CLEA, DORA, PASSWORD, VERA, VICTOR
from sublet.demo.money import Office, let_money_flow
from sublet.demo.officehours import OfficeHours
from sublet.demo.offices import RESELLERS, SHOWN, STAFF_RIGHTS, MadeReseller, mail_of
from sublet.demo.plans import agree_on_plans
from sublet.demo.portfolio import MadeClient, make_clients
from sublet.demo.rows import make_account, make_place, store_brand, store_host
from sublet.demo.salon import dress_salon, made_salon
from sublet.demo.scans import leave_scans
from sublet.demo.senders import write_in_own_name
from sublet.demo.settings import set_up_some
from sublet.demo.signals import tell_signals
from sublet.demo.usage import say_how_far, use_up
from sublet.demo.wordings import word_own_mails
from sublet.demo.writer import By, Writer
from sublet.foundation.actor import CLI, Actor, platform_actor
from sublet.foundation.clock import now as clock_now
from sublet.foundation.scope import platform_scope
from sublet.people.events import InvitationAccepted
from sublet.people.models import Collaborator, Reach

MANIFEST = "app-builder.toml"
AGE = timedelta(days=560)
Report = Callable[[str], None]


def is_seeded() -> bool:
    """Whether this database holds a vendor."""
    with platform_scope("the demo looks whether it is there"):
        return Account.objects.filter(kind="vendor").exists()


def seed(report: Report, *, at: datetime | None = None, scale: float = 1.0) -> None:
    """Fill an empty, migrated database, all or nothing. `at` is the day the demo plays on; `scale` shrinks the portfolios
    (for tests)."""
    moment = at or clock_now()
    with platform_scope("the demo fills every account"), transaction.atomic():
        writer = Writer(make_password(PASSWORD))
        vendor, actor = _vendor(writer, moment)
        _direct_accounts(writer, vendor, moment)
        offices = []
        for number, made in enumerate(RESELLERS):
            count = made.clients if made.clients <= 3 else max(10, round(made.clients * scale))
            office, shown = _reseller(writer, vendor, actor, made, count, number, moment)
            offices.append(office)
            report(f"{made.name}: {shown:,} clients")
        writer.flush()
        let_money_flow(vendor, actor, offices, now=moment)
        bump_generation()
    forget_hosts()


def _vendor(writer: Writer, now: datetime) -> tuple[Account, Actor]:
    hours = OfficeHours("Europe/Rome", now=now, dice=writer.dice)
    start = hours.at(now - AGE)
    vendor = make_account(
        writer, "vendor", None, "Appfold", start, language="en", timezone="Europe/Rome", currency="EUR"
    )
    vendor.save(force_insert=True)
    writer.vendor_id, writer.vendor_name = vendor.id, vendor.name
    vera = writer.person("Vera Lindqvist", VERA, "en", start)
    vera.save()
    make_place(writer, vendor, vera, start, owner=True).save()
    writer.note(VendorCreated(ref=vendor.ref, name=vendor.name), vendor, start, by=By(vera, vendor))
    joined = hours.at(start + timedelta(days=1), after=start)
    victor = writer.person("Victor Salas", VICTOR, "en", joined)
    victor.save()
    rights = {"accounts": "view", "jobs": "manage", "journal": "view", "manifest": "view"}
    place = make_place(writer, vendor, victor, joined, rights=rights)
    place.save()
    accepted = InvitationAccepted(invitation=writer.ref("inv", place.ref), collaborator=place.ref, owner=False)
    writer.note(accepted, vendor, joined, by=By(victor, vendor))
    store_brand(vendor, name="Appfold", color="#3355cc", email="help@appfold.example", phone="", hours="", at=start)
    actor = platform_actor(
        name=vera.name, account_id=vendor.id, account_ref=vendor.ref, account_name=vendor.name, via=CLI
    )
    # In the beginning the vendor had its app builder alone.
    text, before = both_products.text(), both_products.text(bookings=False)
    first = before.replace('version = "1.0"', 'version = "0.9"', 1)
    for source, days in ((first, 0.0), (text, 320.0)):
        loaded = hours.at(start + timedelta(days=days), after=joined)
        load_manifest(source=source.encode(), file_name=MANIFEST, confirmed=False, actor=actor, at=loaded)
    return vendor, actor


def _direct_accounts(writer: Writer, vendor: Account, now: datetime) -> None:
    for name, person, email, language, zone, days in (
        ("Dora’s Dance School", "Dora Quinn", DORA, "en", "Europe/Dublin", 105),
        ("Padaria Aurora", "Inês Carvalho", "ines@aurora.example", "pt", "Europe/Lisbon", 221),
        ("Ginásio Mondego", "Rui Tavares", "rui@mondego.example", "pt", "Europe/Lisbon", 17),
    ):
        hours = OfficeHours(zone, now=now, dice=writer.dice)
        born = hours.evening(now - timedelta(days=days))
        account = make_account(
            writer, "direct", vendor, name, born, language=language, timezone=zone, email=email, contact_name=person
        )
        account.last_seen_at = hours.evening(now - timedelta(days=2))
        account.save(force_insert=True)
        reindex(account, ())
        user = writer.person(person, email, language, born)
        user.save()
        place = make_place(writer, account, user, born, owner=True)
        place.last_seen_at = account.last_seen_at
        place.save()
        writer.note(DirectAccountCreated(ref=account.ref, name=name), account, born, by=By(user, account))


def _reseller(
    writer: Writer, vendor: Account, installation: Actor, made: MadeReseller, count: int, number: int, now: datetime
) -> tuple[Office, int]:
    """Fill one of the resellers; and how many clients its list shows."""
    land = made.country
    hours = OfficeHours(land.timezone, now=now, dice=writer.dice)
    account, staff, host = _office(writer, vendor, made, hours, now - AGE + timedelta(days=4 + number))
    portfolio = list(make_clients(land, count, seed=100 + number, now=now))
    if number == 0:
        portfolio = [_shown(land, hours, now), *portfolio[1:-1], made_salon(hours, now)]
    people = [place.user for place in staff]
    clients = store_clients(writer, account, portfolio, people, hours)
    stories.tell(writer, account, made, clients, staff, hours=hours, host=host, now=now)
    _confine(staff, clients)
    forget_hosts()
    word_own_mails(showcase.actor_at(staff[0], host), land.language, at=hours.at(now - timedelta(days=30)))
    if number == 0:
        showcase.dress_up(writer, account, clients[0], staff, hours=hours, host=host, now=now)
        dress_salon(writer, account, clients[-1], staff, hours=hours, host=host)
        leave_scans(clients[0].account, host=primary_host(clients[0].account.id), vendor=vendor.name, now=now)
        showcase.lend_a_hand(writer, clients, hours=hours, host=host, now=now)
        give_and_take(clients, staff, hours=hours, host=host, now=now)
        showcase.add_prospect(writer, account, staff, hours=hours, host=host, now=now)
        showcase.bring_a_list_in(staff, hours=hours, host=host, now=now)
        showcase.leave_a_dead_job(installation, account, people[0].email, hours=hours, now=now)
        lend_all_names_below(staff, "clienti", at=hours.at(now - timedelta(days=40)))
        own = showcase.actor_at(staff[0], host)
        write_in_own_name(own, "bottega-digitale.example", proved=True, mailbox="ciao", hours=hours, now=now)
    if number == 1:
        showcase.leave_a_list_waiting(staff, hours=hours, host=host, now=now)
        showcase.leave_mails(clients, installation, hours=hours, now=now)
    if number == 2:
        own = showcase.actor_at(staff[0], host)
        show_every_state(own, hours=hours, now=now)
        write_in_own_name(own, "atelier-pixel.example", proved=False, mailbox="bonjour", hours=hours, now=now)
    tell_signals(clients, actor=installation, now=now)
    if number < 3:
        tags = sorted({client.made.tag for client in clients})
        showcase.busy_office(account, staff, tags, hours=hours, host=host, now=now)
    agree_on_plans(writer, account, clients, people, now=now)
    if number == 0:
        set_up_some(clients, showcase.actor_at(staff[0], host), hours=hours, now=now)
        say_how_far(clients, staff, installation, hours=hours, host=host, now=now)
    use_up(writer, clients, now=now)
    shown = Account.objects.filter(parent=account, kind="client").exclude(state="closed").count()
    return Office(account, showcase.actor_at(staff[0], host), clients, hours), shown


def _office(
    writer: Writer, vendor: Account, made: MadeReseller, hours: OfficeHours, day: datetime
) -> tuple[Account, list[Collaborator], str]:
    """The reseller itself: it signed up, became a reseller, got its host, brand and staff."""
    land = made.country
    born = hours.at(day)
    postal_code, city = land.cities[0]
    account = make_account(
        writer, "reseller", vendor, made.name, born, language=land.language, timezone=land.timezone, country=land.code,
        currency="ALL" if land.code == "AL" else "EUR", email=f"ciao@{made.label}.example", contact_name=made.owner,
        phone=land.dialling + "00100", postal_code=postal_code, city=city, street=f"{land.streets[0]} 1",
    )  # fmt: skip
    account.last_seen_at = hours.evening(hours.until)
    account.save(force_insert=True)
    reindex(account, ())
    owner = writer.person(made.owner, mail_of(made.owner, made.label), land.language, born)
    owner.save()
    place = make_place(writer, account, owner, born, owner=True)
    place.last_seen_at = account.last_seen_at
    place.save()
    by, host = By(owner, account), store_host(account, made.label, born)
    store_brand(
        account, name=made.name, color=made.color, email=f"help@{made.label}.example", phone=land.dialling + "00100",
        hours=made.hours, at=born, label=made.label, owner=made.owner,
    )  # fmt: skip
    note, later = writer.note, born + timedelta(hours=2)
    note(DirectAccountCreated(ref=account.ref, name=made.name), account, born, by=by)
    note(AccountConverted(ref=account.ref, name=made.name), account, later, by=by)
    note(HostAdded(host=host, state="proved"), account, later, by=by)
    dressed = BrandChanged(account=made.name, fields="name, color, logo")
    note(dressed, account, later + timedelta(minutes=40), by=by, host=host)
    staff = [place]
    for name, role in made.staff:
        joined = hours.at(born + timedelta(days=3), after=later + timedelta(hours=1))
        user = writer.person(name, mail_of(name, made.label), land.language, joined)
        user.save()
        place = make_place(writer, account, user, joined, rights=STAFF_RIGHTS[role])
        place.reaches_all = role != "sales"
        place.last_seen_at = hours.evening(hours.until)
        place.save()
        accepted = InvitationAccepted(invitation=writer.ref("inv", place.ref), collaborator=place.ref, owner=False)
        note(accepted, account, joined, by=By(user, account), host=host)
        staff.append(place)
    return account, staff, host


def _confine(staff: Sequence[Collaborator], clients: Sequence[Client]) -> None:
    """Staff that reaches only some of the clients."""
    some = clients[: max(2, len(clients) // 8)]
    for place in staff:
        if not place.reaches_all:
            Reach.objects.bulk_create(Reach(collaborator=place, client=each.account) for each in some)


def _shown(land: names.Country, hours: OfficeHours, now: datetime) -> MadeClient:
    return MadeClient(
        name=SHOWN, tag="ristorante", contact="Carlo Gelsomini", email=CARLO, phone="+39 051 5510101",
        street="Via del Pratello 12", postal_code="40122", city="Bologna", website="https://www.gelsomino.example",
        created_at=hours.at(now - timedelta(days=498)), last_seen_at=hours.evening(now - timedelta(hours=20)),
        state="active",
        more_people=(
            ("Clea Monti", CLEA, "content"),
            ("Dario Neri", "dario@gelsomino.example", "designer"),
            ("Pia Serra", "pia@gelsomino.example", "marketing"),
        ),
    )  # fmt: skip
