"""Filling the demo: one vendor, four resellers, their clients and people, and a year and a half of journal.

Rows are written in batches, not through the operations one by one: 1,400 clients would take minutes. What an operation
would have recorded is recorded here too, dated as it would have been. Everything but the passwords' salt is the same on each
machine and each day, counted back from the day of seeding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from sublet.accounts.events import (
    AccountActivated,
    AccountClosed,
    AccountConverted,
    AccountSuspended,
    ClientCreated,
    DetailsChanged,
    DirectAccountCreated,
    VendorCreated,
)
from sublet.accounts.models import Account, AccountTag, SavedView, SearchWord
from sublet.accounts.search import words_of
from sublet.branding.events import BrandChanged, HostAdded
from sublet.branding.images import make_image
from sublet.branding.models import Brand, BrandImage, Domain
from sublet.branding.operations.generation import bump_generation
from sublet.catalog.operations import load_manifest
from sublet.core.names import sort_name
from sublet.demo import names
from sublet.demo.logos import draw_icon, draw_logo
from sublet.demo.portfolio import MadeClient, make_clients
from sublet.demo.writer import BATCH, By, Writer
from sublet.foundation.actor import CLI, platform_actor
from sublet.foundation.clock import now as clock_now
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import platform_scope
from sublet.people.events import ImpersonationEnded, ImpersonationStarted, InvitationAccepted
from sublet.people.models import Collaborator, Reach, RolePreset, Section, User

PASSWORD = "demo-password"  # noqa: S105  printed on the screen: it opens nothing but this demo
MANIFEST = Path(__file__).resolve().parents[3] / "examples" / "products" / "app-builder.toml"
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class LogIn:
    """A way into the demo, as it is printed and shown on the log-in page."""

    host: str
    who: str
    email: str


@dataclass(frozen=True, slots=True)
class MadeReseller:
    """One of the four resellers."""

    name: str
    label: str
    country: names.Country
    color: str
    owner: str
    staff: tuple[tuple[str, str], ...]  # name, preset of portal rights
    clients: int
    hours: str


RESELLERS = (
    MadeReseller(
        "Bottega Digitale", "bottega", names.ITALY, "#b4432f", "Rosa Bellini",
        (("Paolo Serra", "manager"), ("Marta Villa", "sales")), 46, "lun–ven 9–18",
    ),
    MadeReseller(
        "Studio Noord", "noord", names.NETHERLANDS, "#1f5f8b", "Marieke Postma",
        (("Joost Bakker", "manager"), ("Anouk Visser", "manager"), ("Sem de Boer", "sales")), 1200, "ma–vr 8.30–17.30",
    ),
    MadeReseller(
        "Atelier Pixel", "pixel", names.FRANCE, "#6d3fb5", "Camille Perrin", (("Hugo Lemaître", "manager"),), 164,
        "lun–ven 9 h–18 h",
    ),
    MadeReseller("Zëri Media", "zeri", names.ALBANIA, "#0b7a5b", "Arta Hoxha", (), 3, "e hënë–e premte 9–17"),
)  # fmt: skip
STAFF_RIGHTS = {
    "manager": {"clients": "manage", "people": "manage", "journal": "view", "brand": "view", "team": "view"},
    "sales": {"clients": "view", "journal": "view"},
}
#: The client that a visitor is shown around in: own host, own brand, a team with presets.
SHOWN = "Trattoria Il Gelsomino"


def is_seeded() -> bool:
    """Whether this database holds a vendor."""
    with platform_scope("the demo looks whether it is there"):
        return Account.objects.filter(kind="vendor").exists()


def log_ins() -> list[LogIn]:
    """The log-ins worth showing, by host."""
    from django.conf import settings  # needs the environment of the demo

    suffix = settings.HOST_SUFFIX
    rows = [LogIn(settings.VENDOR_HOST, "Vera, the vendor", "vera@appfold.example")]
    rows += [
        LogIn(
            f"{made.label}.{suffix}",
            f"{made.owner}, {made.name} ({made.clients:,} clients)",
            _email(made.owner, made.label),
        )
        for made in RESELLERS
    ]
    rows += [
        LogIn(f"gelsomino.{suffix}", f"Carlo, owner of {SHOWN}", "carlo@gelsomino.example"),
        LogIn(f"gelsomino.{suffix}", "Clea, who edits its contents only", "clea@gelsomino.example"),
        LogIn(settings.VENDOR_HOST, "Dora, a direct account", "dora@dance.example"),
    ]
    return rows


def _email(name: str, label: str) -> str:
    first = sort_name(name).split()[0]
    return f"{first}@{label}.example"


def seed(report: Report, *, at: datetime | None = None, scale: float = 1.0) -> None:
    """Fill an empty, migrated database. `at` is the day the demo plays on; `scale` shrinks the portfolios (for tests)."""
    moment = at or clock_now()
    with platform_scope("the demo fills every account"), transaction.atomic():
        writer = Writer(make_password(PASSWORD))
        start = moment - timedelta(days=560)
        vendor = _account("vendor", None, "Appfold", start, language="en", timezone="Europe/Rome", currency="EUR")
        vendor.save(force_insert=True)
        vera = writer.person("Vera Lindqvist", "vera@appfold.example", "en", start)
        vera.save()
        _place(vendor, vera, start, owner=True).save()
        victor = writer.person("Victor Salas", "victor@appfold.example", "en", start)
        victor.save()
        _place(vendor, victor, start, rights={"accounts": "view", "jobs": "view", "journal": "view"}).save()
        writer.note(VendorCreated(ref=vendor.ref, name=vendor.name), vendor, start, by=By(vera, vendor))
        _brand(vendor, name="Appfold", color="#3355cc", email="help@appfold.example", phone="", hours="", at=start)
        actor = platform_actor(
            name=vera.name, account_id=vendor.id, account_ref=vendor.ref, account_name=vendor.name, via=CLI
        )
        load_manifest(source=MANIFEST.read_bytes(), file_name=MANIFEST.name, confirmed=False, actor=actor, at=start)
        _direct_accounts(writer, vendor, moment)
        for number, made in enumerate(RESELLERS):
            count = made.clients if made.clients <= 3 else max(3, round(made.clients * scale))
            report(f"{made.name}: {count:,} clients")
            _reseller(writer, vendor, made, count, number, moment)
        writer.flush()
        bump_generation()


def _account(kind: str, parent: Account | None, name: str, at: datetime, **more: object) -> Account:
    account = Account(kind=kind, parent=parent, created_at=at, state_since=at, **more)
    account.name_it(name)
    return account


def _place(
    account: Account,
    user: User,
    at: datetime,
    *,
    owner: bool = False,
    rights: dict[str, str] | None = None,
    role: str = "",
) -> Collaborator:
    return Collaborator(
        account=account,
        user=user,
        is_owner=owner,
        rights_words=rights or {},
        role=role,
        created_at=at,
        last_seen_at=None,
    )


def _brand(
    account: Account, *, name: str, color: str, email: str, phone: str, hours: str, at: datetime, logo: bool = True
) -> None:
    brand = Brand(
        account=account,
        name=name,
        color=color,
        support_email=email,
        support_phone=phone,
        support_hours=hours,
        version=1,
    )
    if logo:
        pictures = {
            "logo": draw_logo(name, color, dark=False),
            "logo_dark": draw_logo(name, color, dark=True),
            "icon": draw_icon(name[0], color),
        }
        for slot, data in pictures.items():
            made = make_image(data, slot=slot)
            BrandImage.objects.get_or_create(
                account=account,
                digest=made.digest,
                defaults={
                    "media_type": "image/png",
                    "width": made.width,
                    "height": made.height,
                    "data": made.data,
                    "created_at": at,
                },
            )
            setattr(brand, slot, made.digest)
    brand.save()


def _host(account: Account, label: str, at: datetime) -> str:
    from django.conf import settings  # needs the environment of the demo

    host = f"{label}.{settings.HOST_SUFFIX}"
    Domain(account=account, host=host, state="proved", is_primary=True, created_at=at, proved_at=at).save()
    return host


def _direct_accounts(writer: Writer, vendor: Account, now: datetime) -> None:
    for name, person, email, language, zone in (
        ("Dora's Dance School", "Dora Quinn", "dora@dance.example", "en", "Europe/Dublin"),
        ("Padaria Aurora", "Inês Carvalho", "ines@aurora.example", "pt", "Europe/Lisbon"),
        ("Ginásio Mondego", "Rui Tavares", "rui@mondego.example", "pt", "Europe/Lisbon"),
    ):
        born = now - timedelta(days=90 + len(name))
        account = _account("direct", vendor, name, born, language=language, timezone=zone, email=email)
        account.save(force_insert=True)
        user = writer.person(person, email, language, born)
        user.save()
        _place(account, user, born, owner=True).save()
        writer.note(DirectAccountCreated(ref=account.ref, name=name), account, born, by=By(user, account))


def _reseller(writer: Writer, vendor: Account, made: MadeReseller, count: int, number: int, now: datetime) -> None:
    born = now - timedelta(days=552 - number)
    land = made.country
    account = _account(
        "reseller", vendor, made.name, born, language=land.language, timezone=land.timezone, country=land.code,
        currency="ALL" if land.code == "AL" else "EUR", email=f"ciao@{made.label}.example", city=land.cities[0][1],
    )  # fmt: skip
    account.save(force_insert=True)
    owner = writer.person(made.owner, _email(made.owner, made.label), land.language, born)
    owner.save()
    _place(account, owner, born, owner=True).save()
    host = _host(account, made.label, born)
    _brand(
        account, name=made.name, color=made.color, email=f"help@{made.label}.example", phone=land.dialling + "00100",
        hours=made.hours, at=born,
    )  # fmt: skip
    note = writer.note
    note(
        DirectAccountCreated(ref=account.ref, name=made.name),
        account,
        born,
        by=By(owner, account),
    )
    later = born + timedelta(hours=2)
    note(AccountConverted(ref=account.ref, name=made.name), account, later, by=By(owner, account))
    note(HostAdded(host=host, state="proved"), account, later, by=By(owner, account))
    note(
        BrandChanged(account=made.name, fields="name, color, logo"), account, later + timedelta(hours=1),
        by=By(owner, account),
    )  # fmt: skip
    staff: list[User] = [owner]
    for name, role in made.staff:
        user = writer.person(name, _email(name, made.label), land.language, born)
        user.save()
        place = _place(account, user, born + timedelta(days=3), rights=STAFF_RIGHTS[role])
        place.reaches_all = role != "sales"
        place.save()
        staff.append(user)
    clients = list(make_clients(land, count, seed=100 + number, now=now))
    if number == 0:
        clients = [_shown(land, now), *clients[1:]]
    rows = _client_rows(account, clients, staff, writer)
    _client_people(writer, account, rows, clients, staff, now)
    _client_history(writer, account, rows, clients, staff)
    if number == 0:
        _showcase(writer, account, rows[0], staff, now)
        _prospect(writer, account, staff, now)
    confined = Collaborator.objects.filter(account=account, reaches_all=False)
    for place in confined:
        Reach.objects.bulk_create(Reach(collaborator=place, client=row) for row in rows[: max(2, len(rows) // 8)])
    SavedView(
        account=account, ref=new_ref("view"), user_id=owner.id, shared=True, name=_first_tag(clients).capitalize(),
        query={"tag": _first_tag(clients)}, created_at=born,
    ).save()  # fmt: skip


def _first_tag(clients: Sequence[MadeClient]) -> str:
    return sorted(client.tag for client in clients)[0]


def _shown(land: names.Country, now: datetime) -> MadeClient:
    return MadeClient(
        name=SHOWN, tag="ristorante", contact="Carlo Gelsomini", email="carlo@gelsomino.example", phone="+39 051 5510101",
        street="Via del Pratello 12", postal_code="40122", city="Bologna", website="https://www.gelsomino.example",
        created_at=now - timedelta(days=498), last_seen_at=now - timedelta(hours=20), state="active",
        more_people=(
            ("Clea Monti", "clea@gelsomino.example", "content"),
            ("Dario Neri", "dario@gelsomino.example", "designer"),
            ("Pia Serra", "pia@gelsomino.example", "marketing"),
        ),
    )  # fmt: skip


def _client_rows(
    reseller: Account, clients: Sequence[MadeClient], staff: Sequence[User], writer: Writer
) -> list[Account]:
    rows = []
    for index, client in enumerate(clients):
        account = _account(
            "client", reseller, client.name, client.created_at, state=client.state, contact_name=client.contact,
            email=client.email, phone=client.phone, street=client.street, postal_code=client.postal_code,
            city=client.city, country=reseller.country, website=client.website, language=reseller.language,
            timezone=reseller.timezone, currency=reseller.currency, last_seen_at=client.last_seen_at,
            ownership="client" if writer.dice.random() < 0.2 else "reseller",
            responsible_id=staff[index % len(staff)].id if writer.dice.random() < 0.85 else None,
            external_id=f"{reseller.country}-{1000 + index}",
        )  # fmt: skip
        rows.append(account)
    Account.unscoped.bulk_create(rows, batch_size=BATCH)  # unscoped: the demo fills every account
    stored = {a.ref: a for a in Account.objects.filter(parent=reseller, ref__in=[a.ref for a in rows][:BATCH])}
    for offset in range(BATCH, len(rows), BATCH):
        part = [a.ref for a in rows[offset : offset + BATCH]]
        stored |= {a.ref: a for a in Account.objects.filter(parent=reseller, ref__in=part)}
    made = [stored[a.ref] for a in rows]
    tags = []
    found_words = []
    for account, client in zip(made, clients, strict=True):
        mine = [client.tag, *(["vip"] if writer.dice.random() < 0.06 else [])]
        tags += [AccountTag(account=account, parent_id=reseller.id, name=tag) for tag in mine]
        found_words += [
            SearchWord(account=account, parent_id=reseller.id, word=word) for word in words_of(account, mine)
        ]
    AccountTag.unscoped.bulk_create(tags, batch_size=BATCH)  # unscoped: the demo fills every account
    SearchWord.unscoped.bulk_create(found_words, batch_size=BATCH)  # unscoped: the demo fills every account
    return made


def _client_people(
    writer: Writer,
    reseller: Account,
    rows: Sequence[Account],
    clients: Sequence[MadeClient],
    staff: Sequence[User],
    now: datetime,
) -> None:
    presets = {preset.key: preset for preset in RolePreset.objects.all()}
    users: dict[str, User] = {}
    wanted: list[tuple[Account, User, bool, str, datetime]] = []
    for account, client in zip(rows, clients, strict=True):
        if client.state == "invited":
            continue
        joined = client.created_at + timedelta(hours=30)
        people = [(client.contact, client.email, "", True), *((n, e, p, False) for n, e, p in client.more_people)]
        for name, email, preset, owner in people:
            if email in users:
                continue
            users[email] = writer.person(name, email, "" if owner else reseller.language, joined)
            wanted.append((account, users[email], owner, preset, joined))
    User.objects.bulk_create(users.values(), batch_size=BATCH)
    ids: dict[str, User] = {}
    addresses = list(users)
    for offset in range(0, len(addresses), BATCH):
        found = User.objects.filter(Q(email__in=addresses[offset : offset + BATCH]))
        ids |= {user.email: user for user in found}
    # What this reseller opens to its clients' owners: clean sections, and the design is work that it sells itself.
    sections = Section.objects.filter(removed_at__isnull=True, vendor_mark=False).exclude(key="design")
    opened = [f"product.{section.key}" for section in sections if "manage" in section.levels]
    places = []
    for account, user, owner, preset, joined in wanted:
        place = _place(account, ids[user.email], joined, owner=owner, role=preset if preset in presets else "")
        if owner:
            place.rights_words = dict.fromkeys(opened, "manage")
        elif preset in presets:
            place.rights_words = {f"product.{key}": level for key, level in presets[preset].rights.items()}
        elif preset:
            place.rights_words = {f"product.{preset}": "manage"}
        if account.last_seen_at is not None:
            place.last_seen_at = account.last_seen_at - timedelta(days=0 if owner else writer.dice.randrange(1, 40))
        places.append(place)
        writer.note(
            InvitationAccepted(invitation="", collaborator=place.ref, owner=owner),
            account,
            joined,
            by=By(ids[user.email], account),
        )
    Collaborator.unscoped.bulk_create(places, batch_size=BATCH)  # unscoped: the demo fills every account


def _client_history(
    writer: Writer,
    reseller: Account,
    rows: Sequence[Account],
    clients: Sequence[MadeClient],
    staff: Sequence[User],
) -> None:
    reasons = names.REASONS[reseller.language]
    dice = writer.dice
    for account, client in zip(rows, clients, strict=True):
        who = dice.choice(staff)
        born = client.created_at
        by = By(who, reseller)
        writer.note(
            ClientCreated(ref=account.ref, name=account.name, state="invited", ownership=account.ownership),
            account, born, by=by,
        )  # fmt: skip
        if client.state != "invited":
            writer.note(
                AccountActivated(ref=account.ref, name=account.name),
                account,
                born + timedelta(hours=30, minutes=1),
                by=by,
            )
        life = (client.last_seen_at or born + timedelta(days=2)) - born
        for _ in range(dice.randrange(0, 4)):
            at = born + life * dice.uniform(0.1, 0.95)
            writer.note(
                DetailsChanged(ref=account.ref, name=account.name, changes={"phone": ["", account.phone]}),
                account, at, by=by,
            )  # fmt: skip
        if client.state == "suspended":
            reason = dice.choice(reasons)
            account.state_reason = reason
            account.state_since = born + life
            account.save(update_fields=["state_reason", "state_since"])
            writer.note(
                AccountSuspended(ref=account.ref, name=account.name), account, account.state_since, reason=reason, by=by
            )
        if client.state == "closed":
            at = born + max(life, timedelta(days=20))
            account.state_since = at
            account.state_before_close = "active"
            account.save(update_fields=["state_since", "state_before_close"])
            until = (at + timedelta(days=30)).isoformat()
            writer.note(AccountClosed(ref=account.ref, name=account.name, until=until), account, at, by=by)


def _showcase(writer: Writer, reseller: Account, client: Account, staff: Sequence[User], now: datetime) -> None:
    """The client with its own host and brand, and a visit by the reseller in its history."""
    at = client.created_at + timedelta(days=4)
    host = _host(client, "gelsomino", at)
    _brand(client, name="Il Gelsomino", color="#7a5c00", email="", phone="", hours="", at=at)
    rosa = staff[0]
    by = By(rosa, reseller)
    writer.note(HostAdded(host=host, state="proved"), client, at, by=by)
    for days in (160, 35, 6):
        visit = new_ref("ims")
        begun = now - timedelta(days=days, hours=3)
        why = "Aiuto al telefono con il menù di stagione"
        writer.note(
            ImpersonationStarted(impersonation=visit, client=client.name, mode="reseller", acting_as=reseller.name),
            client, begun, reason=why, staff=rosa, visit=visit, by=by,
        )  # fmt: skip
        writer.note(
            ImpersonationEnded(
                impersonation=visit, client=client.name, staff=rosa.name, mode="reseller", ended_by="person", requests=14
            ),
            client, begun + timedelta(minutes=17), staff=rosa, visit=visit, by=by,
        )  # fmt: skip


def _prospect(writer: Writer, reseller: Account, staff: Sequence[User], now: datetime) -> None:
    born = now - timedelta(days=5)
    account = _account(
        "client", reseller, "Hotel Miramare", born, state="prospect", demo_until=now + timedelta(days=9), language="it",
        timezone=reseller.timezone, country="IT", email="direzione@miramare.example", city="Rimini",
        contact_name="Paola Lombardi", responsible_id=staff[0].id,
    )  # fmt: skip
    account.save(force_insert=True)
    AccountTag(account=account, parent_id=reseller.id, name="hotel").save()
    SearchWord.unscoped.bulk_create(  # unscoped: the demo fills every account
        SearchWord(account=account, parent_id=reseller.id, word=word) for word in words_of(account, ["hotel"])
    )
    until = account.demo_until.isoformat() if account.demo_until else ""
    writer.note(
        ClientCreated(ref=account.ref, name=account.name, state="prospect", ownership="reseller", demo_until=until),
        account, born, by=By(staff[0], reseller),
    )  # fmt: skip
