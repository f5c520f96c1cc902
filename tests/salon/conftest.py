"""The product in this process, in front of a stand-in for Sublet, with a clock that stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bookings import business
from bookings.business import Business
from bookings.database import Database
from bookings.settings import Settings
from bookings.web import signing
from bookings.web.app import Parts, create_app
from sublet_client.errors import SignedOff, SignOnFailed
from sublet_client.identity import Identity, of_claims
from sublet_client.oidc import OpenIdConnect, SignOn
from tests.salon.standin import StandIn

HOST, ACCOUNT = "salon.localhost", "acc_7HqWm2Zr9KtXbd"
ISSUER = f"http://{HOST}"
#: A Monday, ten in the morning in Rome.
AT = datetime(2026, 8, 3, 8, 0, tzinfo=UTC)
SECTIONS = tuple(key for key, _endpoint in signing.SECTIONS)


class People:
    """OpenID Connect, without anybody to ask: who is signed on, as of now."""

    def __init__(self) -> None:
        self.now: dict[str, Identity] = {}

    def renewed(self, sign_on: SignOn) -> SignOn:
        """What is told of that sign-on now."""
        found = self.now.get(sign_on.identity.sid)
        if found is None:
            raise SignedOff("over")
        return replace(sign_on, identity=found)

    def wanted(self, query: dict[str, str], *, below: str) -> Any:
        """As the SDK has it."""
        return OpenIdConnect("app_1", "secret", callback="http://{host}/bookings/callback", trusted=[]).wanted(
            query, below=below
        )

    def begin(self, issuer: str, **more: str) -> Any:
        """Nobody can log in here."""
        raise SignOnFailed("login_required")


class Browser(FlaskClient):
    """On the salon's host, unless said."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """As a browser does, with the host in the request and in what it keeps cookies for."""
        kwargs.setdefault("base_url", ISSUER)
        return super().open(*args, **kwargs)


@dataclass
class Salon:
    """The product, and one business that uses it."""

    parts: Parts
    app: Flask
    platform: StandIn
    people: People
    at: datetime = AT
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    @property
    def place(self) -> Business:
        """The business as it is now."""
        found = business.find(self.parts.database, ACCOUNT)
        assert found is not None
        return found

    def visitor(self, language: str = "en") -> FlaskClient:
        """Somebody who has never been here."""
        client = self.app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        return client

    def signed_on(self, rights: dict[str, str] | None = None, **claims: Any) -> FlaskClient:
        """Somebody who is signed on with these sections; without any, with all of them."""
        sid = f"sgn_{len(self.people.now)}"
        told = {
            "sub": "usr_1", "account": ACCOUNT, "account_name": "Salon Olga", "account_kind": "client", "name": "Olga Conti",
            "locale": "en",             "email": "olga@salon.example", "zoneinfo": "Europe/Rome", "sid": sid,
            "sections": rights if rights is not None else dict.fromkeys(SECTIONS, "manage"),
        } | claims  # fmt: skip
        identity = of_claims(told, issuer=ISSUER, token="secret")
        self.people.now[sid] = identity
        visit = identity.visit
        with self.parts.database.writing() as writing:
            writing.execute(
                "INSERT INTO sign_on VALUES (?, ?, ?, ?, ?, 0)",
                (sid, ISSUER, ACCOUNT, visit, SignOn(identity, "secret", 0.0).packed()),
            )
        client = self.visitor()
        with self.app.app_context():
            cookie = f"{sid}.{signing._mark(sid)}"
        client.set_cookie(
            signing.COOKIE, cookie, domain=HOST, path=f"{f'/as/{visit}' if visit else ''}/bookings/{ACCOUNT}"
        )
        return client

    def token(self, client: FlaskClient) -> str:
        """What stands in the forms of whoever is signed on."""
        page = client.get(f"/bookings/{ACCOUNT}/agenda/block").text
        return page.partition('name="form" value="')[2].partition('"')[0]

    def send(self, client: FlaskClient, path: str, **fields: Any) -> Any:
        """Send a form of a section."""
        return client.post(f"/bookings/{ACCOUNT}/{path}", data={"form": self.token(client), **fields})

    def service(self, name: str = "Haircut", **more: Any) -> int:
        """Something that can be booked."""
        told: dict[str, Any] = {
            "description": "",
            "minutes": 30,
            "buffer": 0,
            "price": 2450,
            "is_public": True,
            "agendas": (),
        } | more
        return business.keep_service(self.parts.database, account=ACCOUNT, id=None, name=name, **told)

    def open(self, **more: Any) -> None:
        """Let people book."""
        business.change(self.parts.database, ACCOUNT, **({"is_public": 1} | more))


@pytest.fixture
def salon(tmp_path: Path) -> Iterator[Salon]:
    """A salon in Rome, open on weekdays, with one agenda."""
    settings = Settings(folder=tmp_path, secret="x" * 40, scheme="http")
    database = Database(settings.database)
    database.migrate()
    people, platform = People(), StandIn(tmp_path / "sublet.sqlite3")
    made: list[Salon] = []
    parts = Parts(settings, database, platform, people, lambda: made[0].at)  # type: ignore[arg-type]  # a stand-in
    made.append(Salon(parts, create_app(parts), platform, people))
    made[0].app.test_client_class = Browser
    made[0].app.testing = True
    platform.brands[HOST] = replace(platform.brands[HOST], account=ACCOUNT)
    business.welcome(
        database,
        account=ACCOUNT,
        name="Salon Olga",
        zone="Europe/Rome",
        language="en",
        host=HOST,
        mail="olga@salon.example",
        at=AT,
    )
    yield made[0]
    database.close()
    platform.database.close()
