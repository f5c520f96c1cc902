"""A reseller's clients as rows: accounts, tags, words to search by, people with their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sublet.accounts.models import Account, AccountTag, SearchWord
from sublet.accounts.search import words_of
from sublet.demo.officehours import OfficeHours
from sublet.demo.portfolio import MadeClient
from sublet.demo.rows import make_account, make_place
from sublet.demo.writer import BATCH, Writer
from sublet.people.models import Collaborator, RolePreset, Section, User
from sublet.people.operations.newborns import grant_at_birth


@dataclass(slots=True)
class Client:
    """A client on its way into the demo: what it is made of, its row, its people (the owner first) and their places."""

    made: MadeClient
    account: Account
    tags: list[str]
    places: list[Collaborator]
    joined: list[datetime]


def store_clients(
    writer: Writer, reseller: Account, made: Sequence[MadeClient], staff: Sequence[User], hours: OfficeHours
) -> list[Client]:
    """Write all of them; returned in the order given."""
    rows = []
    for index, each in enumerate(made):
        account = make_account(
            writer, "client", reseller, each.name, each.created_at, state=each.state, contact_name=each.contact,
            email=each.email, phone=each.phone, street=each.street, postal_code=each.postal_code, city=each.city,
            country=reseller.country, website=each.website, language=reseller.language, timezone=reseller.timezone,
            currency=reseller.currency, last_seen_at=each.last_seen_at,
            ownership="client" if writer.dice.random() < 0.2 else "reseller",
            responsible_id=staff[index % len(staff)].id if writer.dice.random() < 0.85 else None,
            external_id=f"{reseller.country}-{1000 + index}",
        )  # fmt: skip
        rows.append(account)
    Account.unscoped.bulk_create(rows, batch_size=BATCH)  # unscoped: the demo fills every account
    stored: dict[str, Account] = {}
    for offset in range(0, len(rows), BATCH):
        refs = [row.ref for row in rows[offset : offset + BATCH]]
        stored |= {
            row.ref: row for row in Account.objects.filter(parent=reseller, ref__in=refs).select_related("parent")
        }
    clients = [
        Client(each, stored[row.ref], [each.tag, *(["vip"] if writer.dice.random() < 0.06 else [])], [], [])
        for each, row in zip(made, rows, strict=True)
    ]
    for one in clients:
        grant_at_birth([one.account.id], reseller.id, one.made.created_at)
    _store_words(reseller, clients)
    _store_people(writer, reseller, clients, hours)
    return clients


def _store_words(reseller: Account, clients: Sequence[Client]) -> None:
    tags = [AccountTag(account=each.account, parent_id=reseller.id, name=tag) for each in clients for tag in each.tags]
    words = [
        SearchWord(account=each.account, parent_id=reseller.id, word=word, personal=personal)
        for each in clients
        for word, personal in words_of(each.account, each.tags).items()
    ]
    AccountTag.unscoped.bulk_create(tags, batch_size=BATCH)  # unscoped: the demo fills every account
    SearchWord.unscoped.bulk_create(words, batch_size=BATCH)  # unscoped: as above


def _store_people(writer: Writer, reseller: Account, clients: Sequence[Client], hours: OfficeHours) -> None:
    presets = {preset.key: preset for preset in RolePreset.objects.all()}
    # What this reseller opens to its clients' owners: clean sections, and the design is work that it sells itself.
    clean = Section.objects.filter(removed_at__isnull=True, vendor_mark=False).exclude(key="design")
    opened = {f"product.{section.key}": section.levels[-1] for section in clean}
    users: dict[str, User] = {}
    wanted: list[tuple[Client, User, bool, str, datetime]] = []
    for each in clients:
        if each.made.state == "invited":
            continue
        joined = hours.at(each.made.created_at + timedelta(hours=30), after=each.made.created_at)
        people = [(each.made.contact, each.made.email, "", True), *((*more, False) for more in each.made.more_people)]
        for name, email, preset, owner in people:
            if email in users:
                continue
            if not owner:
                joined = hours.at(joined + timedelta(days=writer.dice.uniform(1, 40)), after=joined)
            users[email] = writer.person(name, email, "" if owner else reseller.language, joined)
            wanted.append((each, users[email], owner, preset, joined))
    User.objects.bulk_create(users.values(), batch_size=BATCH)
    ids: dict[str, User] = {}
    addresses = list(users)
    for offset in range(0, len(addresses), BATCH):
        ids |= {user.email: user for user in User.objects.filter(email__in=addresses[offset : offset + BATCH])}
    places = []
    for each, user, owner, preset, joined in wanted:
        rights = dict(opened) if owner else {f"product.{preset}": "manage"} if preset else {}
        if preset in presets:
            rights = {f"product.{key}": level for key, level in presets[preset].rights.items()}
        place = make_place(
            writer,
            each.account,
            ids[user.email],
            joined,
            owner=owner,
            rights=rights,
            role=preset if preset in presets else "",
        )
        seen = each.account.last_seen_at
        if seen is not None:
            place.last_seen_at = max(joined, seen - timedelta(days=0 if owner else writer.dice.randrange(1, 40)))
        each.places.append(place)
        each.joined.append(joined)
        places.append(place)
    Collaborator.unscoped.bulk_create(places, batch_size=BATCH)  # unscoped: the demo fills every account
