"""A generated probe: every page, file and operation, asked by somebody who may only look people up.

Addresses come from the URL configurations and from the declared operations, so a new list is covered without anybody
adding it. No answer holds the address, the number or the name of a client's contact, nor the address of anybody in a
client's account – but for the pages of one client and of one person, which are what looking up means. That the probe would
notice a leak is shown by the same walk of somebody who may export.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Union

import msgspec
import pytest
from django.test import Client

from sublet.accounts import operations as account_operations
from sublet.accounts.models import Account
from sublet.core.fields_told import TOLD
from sublet.core.matrix import RESELLER, SECTIONS, VENDOR
from sublet.foundation.journal.operations import record
from sublet.messaging.events import MailRefused
from sublet.messaging.models import OutboxMail
from sublet.people import operations
from sublet.people.models import User
from sublet.portals.api.declare import JSON
from tests import factories
from tests.accounts.lists import bring_in, csv_of
from tests.people import AT, ROSA_HOST, VENDOR_HOST, World
from tests.portals.api.caller import DECLARED, make_caller
from tests.probe.test_tenants import addresses, urlconf_of

#: What is asked of those operations besides: a file, and of the accounts below.
QUERIES = {
    "export_clients": "?format=csv", "list_journal": "?of=below", "export_own_journal": "?format=csv&of=below",
    "export_journal_of_account": "?format=csv",
}  # fmt: skip
MARK, NUMBER = "qvarnzyx", "776655"
SIGNS = re.compile(rf"{MARK}|{NUMBER}", re.IGNORECASE)
#: Where one client's contact, or one person, is looked up.
ONE = {
    "reseller-client", "reseller-client-settings", "reseller-client-team-person", "reseller-client-team-owner",
    "reseller-client-team-remove", "reseller-mail", "reseller-mail-shown", "vendor-account", "vendor-account-edit",
    "vendor-mail", "vendor-mail-shown",
    "get_client", "get_account_below", "get_collaborator", "get_invitation", "get_mail",
    "reseller-settings", "get_account", "reseller-issuer", "get_issuer",  # one’s own
}  # fmt: skip


#: Pages that give out a file, too.
FILES = re.compile("export|journal|story|history|events")


@dataclass(frozen=True)
class Planted:
    """What the arguments of an address can be filled with, by their names."""

    client: str
    reseller: str
    more: Mapping[str, tuple[str, ...]]


@pytest.fixture
def planted(world: World) -> Planted:
    """Contacts, owners, collaborators (without a name), invitations, mails, imports and entries of the journal, each with a
    sign."""
    for person in ("cleo", "carl"):
        User.objects.filter(id=world.users[person].id).update(email=f"{person}@{MARK}.example", name="")
    signed = {"contact_name": f"Mo {MARK}", "email": f"mo@{MARK}.example", "phone": f"+39 06 {NUMBER}"}
    with world.scope("vera") as vera:
        account_operations.change_details(ref=world.rosa.ref, changes=signed, version=None, actor=vera, at=AT)
    with world.scope("rosa") as rosa:
        account_operations.change_details(ref=world.carl.ref, changes=signed, version=None, actor=rosa, at=AT)
        invited = operations.invite_collaborator(
            account_ref=world.carl.ref, email=f"guest@{MARK}.example", rights={"team": "view"}, actor=rosa, at=AT
        )
        sound = ("Bar", f"Al {MARK}", f"al@{MARK}.example", f"+39 06 {NUMBER}", "Roma", "Italia", "")
        refused = ("Pub", f"Bo {MARK}", f"bo {MARK}", f"+39 06 {NUMBER}", "Roma", "Italia", "")
        done = bring_in(rosa, csv_of([sound, refused]))
        more = csv_of([sound, refused, ("Inn", MARK, f"in@{MARK}.example", "", "", "", "")])
        waiting = account_operations.upload_import(file_name="next.csv", data=more, actor=rosa, at=AT)
        bounced = OutboxMail.objects.filter(to_email__contains=MARK).latest("id")
        mail = str(bounced.id)
        refused_by = f"550 5.1.1 <{bounced.to_email}>: unknown"
        record(
            MailRefused(mail=mail, to=bounced.to_email, answer=refused_by),
            account_id=world.carl.id, parent_id=world.rosa.id, actor=rosa, at=AT,
        )  # fmt: skip
    with world.scope("carl") as carl:  # has no name: is called by the address
        operations.invite_collaborator(
            account_ref=world.carl.ref, email="second@other.example", rights={"team": "view"}, actor=carl, at=AT
        )
    place, imports = world.places["cleo"].ref, (done.ref, waiting)
    return Planted(
        client=world.carl.ref,
        reseller=world.rosa.ref,
        more={"person": (place,), "collaborator": (place,), "invitation": (invited.ref,), "mail": (mail,),
              "imported": imports},
    )  # fmt: skip


def filled(route: str, arguments: Sequence[str], given: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The route with each way of filling its arguments; none where one of them has nothing to be filled with."""
    for values in product(*(given.get(name, ()) for name in arguments)):
        path = route
        for name, value in zip(arguments, values, strict=True):
            path = re.sub(rf"<(?:\w+:)?{name}>|{{{name}}}", value, path)
        yield path


def paths(kind: str, own: Account, host: str, planted: Planted) -> Iterator[tuple[str, str]]:
    """The name and each path of every page of that portal, filled with what there is; journals and lists as files too."""
    below = planted.client if kind == RESELLER else planted.reseller
    for address in addresses(urlconf_of(host)):
        if not address.name.startswith(f"{kind}-") or address.name in ONE:
            continue
        refs = planted.more["imported"] if "import" in address.name else (below,)
        given = {**planted.more, "account": (own.ref,), "ref": refs}
        for path in filled(address.route, address.arguments, given):
            yield address.name, f"/{path}"
            if set(address.arguments) <= {"account", "ref"} and FILES.search(address.name):
                yield address.name, f"/{path}?format=csv&all=1"


def leaks(client: Client, name: str, path: str) -> list[str]:
    response: Any = client.get(path)
    if response.status_code != 200:
        return []
    body = b"".join(response.streaming_content) if response.streaming else response.content
    found = SIGNS.search(body.decode("utf-8", "replace"))
    return [f"{name} {path}"] if found else []


def walk(world: World, planted: Planted, kind: str, people: str) -> list[str]:
    own, host = (world.rosa, ROSA_HOST) if kind == RESELLER else (world.vendor, VENDOR_HOST)
    rights = dict.fromkeys(SECTIONS[kind], "manage") | {"people": people}
    user = factories.make_user("Lena Look", "lena@look.example")
    world.users["lena"], world.hosts["lena"] = user, host
    world.places["lena"] = factories.make_collaborator(own, user, rights=rights)
    client = world.browser("lena")
    return [fault for name, path in paths(kind, own, host, planted) for fault in leaks(client, name, path)]


@pytest.mark.parametrize("kind", [RESELLER, VENDOR])
def test_no_list_and_no_file_tells_of_people_to_whoever_may_only_look_them_up(
    world: World, planted: Planted, kind: str
) -> None:
    assert walk(world, planted, kind, "none") == []


def test_the_probe_would_see_a_leak(world: World, planted: Planted) -> None:
    seen = {fault.split()[0] for fault in walk(world, planted, RESELLER, "manage")}
    assert seen >= {
        "reseller-clients", "reseller-clients-export", "reseller-client-team", "reseller-client-history", "reseller-mails",
        "reseller-import",
    }  # fmt: skip


def signed(value: Any) -> set[str]:
    """``Shape.field`` of each field in which a sign stands by itself."""
    if isinstance(value, list):
        return {each for one in value for each in signed(one)}
    if not isinstance(value, msgspec.Struct):
        return set()
    told = {name: getattr(value, name) for name in value.__struct_fields__}
    inside = {each for one in told.values() for each in signed(one)}
    plain = {name for name, one in told.items() if isinstance(one, (str, dict)) and SIGNS.search(str(one))}
    return inside | {f"{type(value).__name__}.{name}" for name in plain}


def read_by_key(
    world: World, planted: Planted, of: str, kind: str, people: str, fields: set[str] | None = None
) -> list[str]:
    """The operations whose answer to such a key holds a sign; into `fields`, the declared fields in which one stands."""
    rights = dict.fromkeys(SECTIONS[kind], "manage") | {"people": people}
    key = make_caller(world, of, rights=rights)
    below = planted.client if kind == RESELLER else planted.reseller
    given = {**planted.more, "account": (below,), "client": (below,)}
    found = []
    for declared in (each for methods in DECLARED.values() for each in methods.values()):
        if declared.method != "GET" or kind not in declared.kinds or declared.id in ONE:
            continue
        for path in filled(declared.path, re.findall(r"{(\w+)}", declared.path), given):
            answer: Any = key.browser.get(
                f"/api/v1{path}{QUERIES.get(declared.id, '')}",
                headers={"host": key.host, "authorization": f"Bearer {key.secret}", "accept-language": "en"},
            )
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            if answer.status_code == 200 and SIGNS.search(body.decode("utf-8", "replace")):
                found.append(declared.id)
                if fields is not None and answer["Content-Type"] == JSON:
                    fields |= signed(msgspec.json.decode(body, type=Union[declared.answer]))  # noqa: UP007  a tuple of them
    return found


@pytest.mark.parametrize(("of", "kind", "people"), [("rosa", RESELLER, "view"), ("vera", VENDOR, "none")])
def test_no_program_reads_people_out_of_lists(world: World, planted: Planted, of: str, kind: str, people: str) -> None:
    assert read_by_key(world, planted, of, kind, people) == []


def test_the_probe_of_operations_would_see_a_leak(world: World, planted: Planted) -> None:
    fields: set[str] = set()
    assert set(read_by_key(world, planted, "rosa", RESELLER, "manage", fields)) >= {
        "list_clients", "export_clients", "list_collaborators", "list_invitations", "list_mails", "list_journal",
        "export_own_journal", "get_left_rows",
    }  # fmt: skip
    declared = {f"{name}.{field}" for name, shape in TOLD.items() for field in shape.differing()}
    assert fields - declared == set(), "a field with people's data that core/fields_told.py does not say so of"
    assert {field.partition(".")[0] for field in fields & declared} >= {
        "Client",
        "Collaborator",
        "Invitation",
        "Mail",
        "JournalEntry",
    }
