"""A generated probe: every address, asked by people of one tenant for the things of another.

Addresses come from the URL configurations, so a new one is covered without anybody adding it. Whoever asks must get 404,
403, 405 or the log-in page, and no word of the other tenant. That the probe would notice a leak is shown by the last tests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from sublet.accounts.clientlists import Reading
from sublet.accounts.models import Account, AccountTag, ClientImport, SavedView
from sublet.branding.models import Brand, Domain
from sublet.branding.queries import forget_hosts
from sublet.clientsettings.models import SettingsTemplate, SettingsTemplateVersion
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.refs import new_ref, uuid7
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import Delivery, OutboxMail, WebhookEndpoint
from sublet.people.models import ApiKey, DirectoryGroup, DirectoryPerson, Impersonation, Invitation, User
from sublet.portals.api import limits
from sublet.subscriptions.models import AddOnTaken, PlanChange
from tests.people import AT, CARL_HOST, REMO_HOST, ROSA_HOST, VENDOR_HOST, World
from tests.portals.scim.directory import make_speaker
from tests.probe.money import furnish
from tests.thorough import ALONE, ON_POSTGRESQL, one_of, some_of

#: A word that only the other tenant's things hold.
MARK = "zyxqvarn"
#: The same, which stands in its prices and in its retail book: the vendor's people read it nowhere.
MONEY = f"{MARK}geld"
REFUSED = {403, 404, 405}
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
METHODS = ("get", "post")
#: Of the other tenant's things one person tries each so-manieth at an address; others try others.
SHARE = 9 if ON_POSTGRESQL else 6


@dataclass(frozen=True)
class Address:
    """One address of the product: its name, its route with arguments in angle brackets, and their names."""

    name: str
    route: str
    arguments: tuple[str, ...]
    needs: str

    def filled(self, values: dict[str, str]) -> str:
        return "/" + ARGUMENT.sub(lambda match: values[match[1]], self.route)


def _walk(resolver: URLResolver, prefix: str = "") -> Iterator[Address]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, route)
        elif isinstance(entry, URLPattern) and not route.startswith("api/"):
            yield Address(
                name=entry.name or "",
                route=route,
                arguments=tuple(ARGUMENT.findall(route)),
                needs=getattr(entry.callback, "needs", ""),
            )


@cache
def addresses(urlconf: str) -> tuple[Address, ...]:
    return tuple(_walk(get_resolver(urlconf)))


@dataclass(frozen=True)
class Stranger:
    """The other tenant's things: account references, the reference of one thing of each kind, and of its prices and books by the
    argument that names them in an address."""

    accounts: tuple[str, ...]
    things: tuple[str, ...]
    money: Mapping[str, str]


@pytest.fixture
def other(world: World) -> Stranger:
    """Remo's tree, with one of everything, each carrying the mark."""
    remo, bakery = world.remo, world.bakery
    with platform_scope("the probe furnishes the other tenant"):
        for account in (remo, bakery):
            account.name_it(f"{account.name} {MARK}")
            account.notes = account.contact_name = account.city = MARK
            account.email = f"{MARK}@example.com"
            account.save()
        User.objects.filter(id=world.users["nora"].id).update(name=f"Nora {MARK}", email=f"nora@{MARK}.example")
        AccountTag(account=bakery, parent_id=remo.id, name=MARK).save()
        view = SavedView(account=remo, ref=new_ref("view"), user_id=world.users["remo"].id, name=MARK, created_at=AT)
        sheet = ClientImport(
            account=remo,
            file_name=f"{MARK}.csv",
            data=MARK.encode(),
            reading=Reading(kind="csv").as_data(),
            digest="0" * 64,
            created_at=AT,
            created_by=MARK,
        )
        invitation = Invitation(
            account=bakery, email=f"guest@{MARK}.example", language="en", token_hash="1" * 64, host=REMO_HOST,
            invited_by_name=MARK, created_at=AT, expires_at=AT + timedelta(days=3650),
        )  # fmt: skip
        key = ApiKey(
            account=remo, name=MARK, prefix="sk_zyx", secret_hash="2" * 64, created_at=AT, created_by_name=MARK
        )
        visit = Impersonation(
            account=bakery, mode="reseller", staff_collaborator=world.places["remo"], reason=MARK, host=REMO_HOST,
            started_at=AT, last_used_at=AT, expires_at=AT + timedelta(hours=4),
        )  # fmt: skip
        mail = OutboxMail(
            id=uuid7(AT), account=bakery, template="x", key=MARK, language="en", to_email=f"to@{MARK}.example",
            from_email="f@example.com", from_name=MARK, subject=MARK, text=MARK, html=MARK, message_id="<x@y>",
            created_at=AT,
        )  # fmt: skip
        # What the other tenant's hosts show to everybody is no secret; its account names are.
        Brand.objects.update_or_create(account=remo, defaults={"name": "Public brand", "support_name": "Public brand"})
        Brand.objects.update_or_create(account=bakery, defaults={"name": "Public brand"})
        hook = WebhookEndpoint(
            account=remo, name=MARK, url=f"https://{MARK}.example/", secret_box=MARK, is_on=False, created_at=AT,
            created_by_name=MARK,
        )  # fmt: skip
        told: dict[str, Any] = {"account": bakery, "created_at": AT, "changed_at": AT}
        named = DirectoryPerson(
            **told, user_key=MARK, email=f"d@{MARK}.example", name=MARK, document={"userName": MARK}
        )
        group = DirectoryGroup(**told, name=MARK, name_key=MARK)
        planned = PlanChange(
            account=bakery, kind="take", plan="x", version=1, effective_at=AT, decided_at=AT, decided_by=MARK,
            reason=MARK, told_at=AT,
        )  # fmt: skip
        template = SettingsTemplate(account=remo, name=MARK)
        added = AddOnTaken(account=bakery, key=MARK, version=1, starts_at=AT, taken_by=MARK)
        for row in (view, sheet, invitation, key, visit, mail, hook, named, group, planned, added, template):
            row.save()
        SettingsTemplateVersion(
            account=remo, template=template, number=1, values={"feature.x": {"is": MARK}}, made_at=AT, made_by=MARK
        ).save()
        sent = Delivery(
            id=uuid7(AT), account=remo, endpoint=hook, entry_id=uuid7(AT), event="client.created",
            body=f'{{"name":"{MARK}"}}', state="failed", created_at=AT, begun_at=AT, answer=MARK,
        )  # fmt: skip
        sent.save()
        entry = JournalEntry(
            account_id=bakery.id, id=uuid7(AT), at=AT, event="client.created", data={"name": MARK}, parent_id=remo.id,
            actor_name=MARK, actor_account_id=remo.id, via="web",
        )  # fmt: skip
        entry.save(force_insert=True)
        host = Domain.objects.filter(account=remo).first()
        place = world.places["nora"]
        assert host is not None
        job = Job.unscoped.order_by("-id").first()  # unscoped: whatever job there is
        money = furnish(remo, bakery, MONEY, shared=MARK)
        things = (
            bakery.ref, place.ref, invitation.ref, key.ref, visit.ref, view.ref, sheet.ref, host.ref, str(mail.id),
            str(entry.id), hook.ref, str(sent.id), str(job.id) if job else str(uuid7(AT)),
            named.ref, group.ref, planned.ref, added.ref, template.ref,
        )  # fmt: skip
    forget_hosts()
    return Stranger(accounts=(remo.ref, bakery.ref), things=things, money=money)


#: Who asks, and on which host: people of Rosa's tree, a direct account's owner, a stranger, nobody.
ASKERS = (
    ("rosa", ROSA_HOST),
    ("carl", CARL_HOST),
    ("cleo", CARL_HOST),
    ("dora", VENDOR_HOST),
    ("sam", ROSA_HOST),
    ("nobody", ROSA_HOST),
    (
        "rosa",
        REMO_HOST,
    ),  # a session of hers there cannot come about by logging in; it must be worth nothing all the same
)


def browser(world: World, person: str, host: str) -> Client:
    client = world.stranger(host) if person == "nobody" else world.browser(person, host=host)
    client.raise_request_exception = True
    return client


def urlconf_of(host: str) -> str:
    return "sublet.config.urls_main" if host == VENDOR_HOST else "sublet.config.urls_brand"


def ask(client: Client, method: str, path: str) -> list[str]:
    """What is wrong with the answer, in words; nothing if it is a proper "no"."""
    response = getattr(client, method)(path)
    wrong = []
    to_login = response.status_code == 302 and "/login/" in response["Location"]
    if response.status_code not in REFUSED and not to_login:
        wrong.append(f"{response.status_code} {response.get('Location', '')}")
    body = b"".join(response.streaming_content) if response.streaming else response.content
    said = (body.decode("utf-8", "replace") + str(response.headers)).lower()
    if MARK in said:
        wrong.append("names the other tenant")
    return [f"{method.upper()} {path}: {fault}" for fault in wrong]


@pytest.mark.parametrize(("person", "host"), ASKERS)
def test_nobody_reaches_another_tenants_accounts(world: World, other: Stranger, person: str, host: str) -> None:
    client = browser(world, person, host)
    faults = []
    asked = 0
    for address in addresses(urlconf_of(host)):
        if "account" not in address.arguments:
            continue
        # Each address is asked by half of the people here, and by the other half on the other database.
        if not ALONE and "asks" not in one_of(("asks", "waits"), person, host, address.name, "half"):
            continue
        for method in one_of(METHODS, person, address.name):
            for account in one_of(other.accounts, person, host, address.name, method):
                values = dict.fromkeys(address.arguments, other.things[0]) | {
                    "account": account,
                    "number": "1",
                    "kind": "reseller",
                }
                faults += ask(client, method, address.filled(values))
                asked += 1
    assert faults == []
    assert asked > 30


OWN = (("rosa", ROSA_HOST, "rosa"), ("carl", CARL_HOST, "carl"), ("dora", VENDOR_HOST, "dora"))


@pytest.mark.parametrize(("person", "host", "own"), OWN)
def test_nobody_reaches_another_tenants_things_through_an_own_account(
    world: World, other: Stranger, person: str, host: str, own: str
) -> None:
    client = browser(world, person, host)
    account: Account = getattr(world, own)
    numbered, turn = list(enumerate(other.things)), OWN.index((person, host, own))
    faults = []
    for address in addresses(urlconf_of(host)):
        rest = [name for name in address.arguments if name not in {"account", "number", "kind"}]
        if "account" not in address.arguments or not rest:
            continue
        # Each person takes others of the things.
        for number, thing in some_of(numbered[turn:] + numbered[:turn], SHARE, address.name):
            values = dict.fromkeys(rest, thing) | {"account": account.ref, "number": "1", "kind": "reseller"}
            for method in one_of(METHODS, person, address.name, str(number)):
                faults += ask(client, method, address.filled(values))
    assert faults == []


@pytest.mark.parametrize(("person", "host"), ASKERS[:6])
def test_no_page_without_arguments_names_another_tenant(world: World, other: Stranger, person: str, host: str) -> None:
    client = browser(world, person, host)
    for address in addresses(urlconf_of(host)):
        if not address.arguments:
            response = client.get(address.filled({}))
            assert MARK not in response.content.decode("utf-8", "replace").lower(), address.name


@pytest.mark.parametrize("host", [ROSA_HOST, CARL_HOST])
def test_every_argument_of_an_address_is_covered(host: str) -> None:
    """A route below no account must take a one-time token or a digest: there is nothing else to guess."""
    below_no_account = {
        address.name
        for address in addresses(urlconf_of(host))
        if address.arguments and "account" not in address.arguments
    }
    assert {name for name in below_no_account if "token" not in _arguments(host, name)} <= {
        "brand-icon",
        "brand-icon-maskable",
        "brand-picture",
        "enter",
        "enter-impersonation",
        # A payment processor's, by a word that nobody guesses (tests/billing/test_provider_messages.py).
        "pay-hook",
        # A log-in or a passkey of one's own: everybody else's is not there (tests/portals/public/test_log_ins.py).
        "me-security-end",
        "me-security-remove",
        # A directory's key says whose things are meant: probed with keys below.
        "scim-group",
        "scim-user",
        # The description of the service: the same for everybody.
        "scim-schema",
        "scim-type",
    }


def _arguments(host: str, name: str) -> tuple[str, ...]:
    return next(address.arguments for address in addresses(urlconf_of(host)) if address.name == name)


def ask_with_key(path: str, method: str, host: str, secret: str) -> tuple[int, str]:
    """What a directory with that key is answered."""
    body = {"schemas": [], "userName": "a@b.example", "displayName": "x", "Operations": [{"op": "remove", "path": "x"}]}
    client = Client(headers={"host": host, "authorization": f"Bearer {secret}"})
    response = client.generic(method, path, json.dumps(body), content_type="application/json")
    return response.status_code, (response.content.decode("utf-8", "replace") + str(response.headers)).lower()


@pytest.mark.parametrize("of", ["rosa", "carl"])
def test_no_directory_reaches_another_tenants_people(world: World, other: Stranger, of: str) -> None:
    """Every address below ``/scim/`` with every method, by a key that can do all of it in its own account."""
    limits.BY_KEY.forget()
    speaker = make_speaker(world, of)
    faults = []
    for address in addresses(urlconf_of(speaker.host)):
        if not address.name.startswith("scim-") or address.name == "scim-nothing":
            continue
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            for thing in other.things[-2:]:
                path = address.filled(dict.fromkeys(address.arguments, thing))
                status, said = ask_with_key(path, method, speaker.host, speaker.secret)
                if MARK in said or (address.arguments and status not in {400, 404, 405}) or status == 500:
                    faults.append(f"{method} {path}: {status}")
    assert faults == []


def test_the_probe_of_directories_would_see_a_leak(world: World, other: Stranger) -> None:
    """The other tenant's own directory reads what the probe looks for."""
    speaker = make_speaker(world, "nora")
    for address in ("Users", "Groups"):
        status, said = ask_with_key(f"/scim/v2/{address}", "GET", speaker.host, speaker.secret)
        assert status == 200
        assert MARK in said


def test_the_probe_would_see_a_leak(world: World, other: Stranger) -> None:
    """Remo himself gets pages with the mark: the marks are there to be found, and the probe finds them."""
    client = world.browser("remo")
    found = [
        fault
        for address in addresses("sublet.config.urls_brand")
        if address.arguments == ("account",)
        for fault in ask(client, "get", address.filled({"account": world.remo.ref}))
    ]
    assert any("names the other tenant" in fault for fault in found)
