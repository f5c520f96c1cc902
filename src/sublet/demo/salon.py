"""The client of the demo that takes bookings: a hairdresser of the first reseller, with a host and a brand of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sublet.accounts.models import Account
from sublet.branding.events import BrandChanged, HostAdded
from sublet.demo.clients import Client
from sublet.demo.officehours import OfficeHours
from sublet.demo.offices import LABEL, OLGA, SALON
from sublet.demo.portfolio import MadeClient
from sublet.demo.rows import store_brand, store_host
from sublet.demo.writer import By, Writer
from sublet.people.models import Collaborator


def made_salon(hours: OfficeHours, now: datetime) -> MadeClient:
    """What the salon is made of."""
    return MadeClient(
        name=SALON, tag="bellezza", contact="Olga Ferrari", email=OLGA, phone="+39 051 5510300", street="Via Indipendenza 31",
        postal_code="40121", city="Bologna", website="https://www.salone.example",
        created_at=hours.at(now - timedelta(days=131)), last_seen_at=hours.evening(now - timedelta(hours=26)), state="active",
        more_people=(("Tina Greco", "tina@salone.example", "front_desk"),),
    )  # fmt: skip


def dress_salon(
    writer: Writer, reseller: Account, client: Client, staff: Sequence[Collaborator], *, hours: OfficeHours, host: str
) -> None:
    """Its own host and brand, on which people book."""
    account, at = (
        client.account,
        hours.at(client.account.created_at + timedelta(days=3), after=client.account.created_at),
    )
    by = By(staff[0].user, reseller)
    own = store_host(account, LABEL, at)
    store_brand(account, name=SALON, color="#8a1538", email="", phone="", hours="", at=at)
    writer.note(HostAdded(host=own, state="proved"), account, at, by=by, host=host)
    dressed = BrandChanged(account=account.name, fields="name, color, logo")
    writer.note(dressed, account, at + timedelta(minutes=9), by=by, host=host)
