"""The people of the tests: Vera of the vendor, Rosa the reseller, Carl the client, Cleo the collaborator, Sam the
stranger – and those that they must never see: Remo, a second reseller, with Nora, his client.

The fixture `world` (tests/conftest.py) makes them in the database. `world.actor("rosa")` is Rosa acting in her own
account, `world.scope("rosa")` the scope she works in, `world.browser("rosa")` her browser on her host, logged in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.test import Client

from sublet.accounts.models import Account
from sublet.branding.queries import forget_hosts
from sublet.foundation.actor import Actor
from sublet.foundation.clock import now
from sublet.foundation.scope import actor_scope
from sublet.people.models import Collaborator, User
from sublet.people.queries.second_factors import Shown
from sublet.portals.shared.people import EPOCH_KEY, HOST_KEY, SECOND_FACTOR_KEY
from tests import factories
from tests.factories import AT, PASSWORD

VENDOR_HOST, ROSA_HOST, REMO_HOST, CARL_HOST = "vendor.localhost", "rosa.localhost", "remo.localhost", "carl.localhost"

#: All sections of the host product: a client's owner has only what is ticked of them.
PRODUCT = {f"product.{key}": "manage" for key in ("design", "content", "push", "statistics", "add-ons")}

__all__ = [
    "AT",
    "CARL_HOST",
    "PASSWORD",
    "REMO_HOST",
    "ROSA_HOST",
    "VENDOR_HOST",
    "World",
    "make_world",
    "proved",
    "shown",
]


@dataclass
class World:
    """Accounts by what they are, people by first name in lower case (`users`, `places`)."""

    vendor: Account
    rosa: Account  # the reseller
    remo: Account  # another reseller
    carl: Account  # Rosa's client, with a host of its own
    elan: Account  # Rosa's client with an accent, nobody's account yet
    zorba: Account  # Rosa's client, suspended
    bakery: Account  # Remo's client
    dora: Account  # a direct account
    users: dict[str, User] = field(default_factory=dict)
    places: dict[str, Collaborator] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)  # on which host that person works

    def actor(self, person: str) -> Actor:
        """That person acting in the account that they are placed on."""
        return factories.actor_for(self.places[person], host=self.hosts[person])

    @contextmanager
    def scope(self, person: str) -> Iterator[Actor]:
        """Within: the scope of that person, who is given."""
        actor = self.actor(person)
        with actor_scope(actor):
            yield actor

    def browser(self, person: str, host: str = "") -> Client:
        """That person's browser, logged in on the host on which they work (or on `host`)."""
        client = Client(headers={"host": host or self.hosts[person]})
        if person not in self.users:
            return client
        user = self.users[person]
        client.force_login(user)
        session = client.session
        session[HOST_KEY] = host or self.hosts[person]
        session[EPOCH_KEY] = user.session_epoch
        session.save()
        return client

    def stranger(self, host: str = ROSA_HOST) -> Client:
        """A browser that nobody has logged in with."""
        return Client(headers={"host": host})


def proved(browser: Client) -> Client:
    """The same browser, whose person has just proved its second factor."""
    session = browser.session
    session[SECOND_FACTOR_KEY] = now().isoformat()
    session.save()
    return browser


def shown(at: datetime) -> Shown:
    """What a browser has shown whose person has just logged in by itself, with a second factor."""
    return Shown(own=True, log_in_at=at, second_factor_at=at)


def make_world() -> World:
    """All of them."""
    forget_hosts()
    vendor = factories.make_vendor()
    rosa = factories.make_reseller(vendor, "Rosa Web Studio", language="en", timezone="Europe/Rome")
    remo = factories.make_reseller(vendor, "Remo Digital", language="it")
    world = World(
        vendor=vendor,
        rosa=rosa,
        remo=remo,
        carl=factories.make_client(
            rosa,
            "Carl’s Kitchen",
            email="hello@carls-kitchen.example",
            contact_name="Carl Conti",
            phone="+39 06 1234 5678",
            city="Roma",
            language="en",
            tags=("restaurant", "vip"),
        ),
        elan=factories.make_client(rosa, "Élan Coiffure", state="invited", language="fr", tags=("hairdresser",)),
        zorba=factories.make_client(rosa, "Zorba Sports Club", state="suspended", language="sq"),
        bakery=factories.make_client(remo, "Nora’s Bakery", email="nora@bakery.example", tags=("secret-tag",)),
        dora=factories.make_direct(vendor, "Dora’s Diner", language="en"),
    )
    for account, host in ((rosa, ROSA_HOST), (remo, REMO_HOST), (world.carl, CARL_HOST)):
        factories.make_host(account, host)
    for position, key in enumerate(("design", "content", "push", "statistics")):
        factories.make_section(key, position)
    factories.make_section("add-ons", 9, marked=True)

    def join(name: str, account: Account, host: str, **place: object) -> None:
        key = name.split()[0].lower()
        world.users[key] = factories.make_user(name, f"{key}@example.test")
        world.places[key] = factories.make_collaborator(account, world.users[key], **place)  # type: ignore[arg-type]
        world.hosts[key] = host

    join("Vera Voss", vendor, VENDOR_HOST, owner=True)
    join("Rosa Ricci", rosa, ROSA_HOST, owner=True)
    join("Rico Russo", rosa, ROSA_HOST, rights={"clients": "manage"}, reach=[world.carl])  # staff for one client
    join("Ruth Renard", rosa, ROSA_HOST, rights={"clients": "view"})  # staff who only looks
    join("Remo Rinaldi", remo, REMO_HOST, owner=True)
    join("Carl Conti", world.carl, CARL_HOST, owner=True, rights=PRODUCT)
    join("Cleo Costa", world.carl, CARL_HOST, rights={"product.content": "manage"})
    join("Nora Neri", world.bakery, REMO_HOST, owner=True, rights=PRODUCT)
    join("Dora Dekker", world.dora, VENDOR_HOST, owner=True)
    world.users["sam"] = factories.make_user("Sam Stranger", "sam@example.test")
    world.hosts["sam"] = ROSA_HOST
    return world
