"""Every operation of the document, asked by everybody who may not: generated, so that a new one is covered by itself."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from sublet.portals.api.declare import KEY
from sublet.portals.api.entrance import query_names
from tests.people import REMO_HOST, ROSA_HOST, VENDOR_HOST, World
from tests.portals.api.caller import DECLARED, MULTIPART, Answer, Caller, Declared, published
from tests.probe.test_tenants import MARK, Stranger, other  # noqa: F401  the fixture: Remo's tree with one of everything
from tests.thorough import some_of

EVERY = sorted((each for methods in DECLARED.values() for each in methods.values()), key=lambda each: each.id)
#: Those that keys are for. What the product asks in a person's name is probed with tokens in tests/probe/test_sign_ons.py.
OPERATIONS = [each for each in EVERY if each.caller == KEY]
ARGUMENT = re.compile(r"\{(\w+)\}")
#: Whose key has business with an operation, by the first kind of account that it is for.
BUSINESS = {
    "vendor": ("vera", VENDOR_HOST),
    "reseller": ("rosa", ROSA_HOST),
    "client": ("carl", ROSA_HOST),
    "direct": ("dora", VENDOR_HOST),
}


def picture() -> io.BytesIO:
    found = io.BytesIO()
    Image.new("RGB", (64, 64), "#1f6feb").save(found, "PNG")
    found.seek(0)
    found.name = "a.png"
    return found


def sheet() -> io.BytesIO:
    found = io.BytesIO(b"Company;Mail\nBella Napoli;ciao@napoli.example\n")
    found.name = "a.csv"
    return found


def send(caller: Caller, declared: Declared, path: str) -> Answer:
    """The operation as its example in the document says."""
    if declared.body == MULTIPART:
        return caller.ask(declared.method, path, file=picture())
    described = published()["paths"]["/api/v1" + declared.path][declared.method.lower()]
    needed = [each["name"] for each in described["parameters"] if each["in"] == "query" and each["required"]]
    path += "?" + "&".join(f"{name}=x" for name in needed) if needed else ""
    body = described.get("requestBody")
    return caller.ask(declared.method, path, body["content"]["application/json"]["example"] if body else None)


def filled(declared: Declared, values: dict[str, str]) -> str:
    return ARGUMENT.sub(lambda match: values[match[1]], declared.path)


def arguments(declared: Declared) -> list[str]:
    return ARGUMENT.findall(declared.path)


#: Arguments that name nothing of anybody.
FIXED = {
    "slot": "icon", "number": "1", "position": "1", "kind": "invitation-new", "language": "it", "part": "plan",
}  # fmt: skip


def own_things(world: World, declared: Declared) -> str:
    """An address that the key with business here could ask."""
    own = world.vendor.ref if declared.kinds[0] == "vendor" and len(declared.kinds) == 1 else world.rosa.ref
    values = dict.fromkeys(arguments(declared), world.carl.ref) | {"account": own} | FIXED
    return filled(declared, values)


def business(declared: Declared) -> tuple[str, str]:
    return BUSINESS["reseller" if "reseller" in declared.kinds else declared.kinds[0]]


@pytest.fixture
def keys(call: Callable[..., Caller]) -> Callable[..., Caller]:
    return call


@pytest.mark.parametrize("declared", OPERATIONS, ids=lambda each: each.id)
def test_nobody_without_a_key(world: World, declared: Declared) -> None:
    answer = send(Caller(secret="", host=business(declared)[1]), declared, own_things(world, declared))

    assert (answer.status, answer.code) == (401, "unauthorized")


@pytest.mark.parametrize("declared", OPERATIONS, ids=lambda each: each.id)
def test_nobody_with_a_suspended_account(world: World, keys: Callable[..., Caller], declared: Declared) -> None:
    answer = send(keys("zorba"), declared, own_things(world, declared))

    if {"reseller", "client"} & set(declared.kinds):
        assert (answer.status, answer.code) == (403, "account-suspended")
    else:
        # 405: there the address is one to look at only.
        assert (answer.status, answer.code) in {(404, "not-found"), (405, "method-not-allowed")}


@pytest.mark.parametrize("declared", [each for each in OPERATIONS if each.needs.words()], ids=lambda each: each.id)
def test_nobody_without_the_right(world: World, keys: Callable[..., Caller], declared: Declared) -> None:
    who, host = business(declared)
    elsewhere = "journal" if "billing:view" in declared.needs.words() else "billing"
    nothing = keys(who, host=host, rights={elsewhere: "view"} if who != "carl" else {"product.push": "view"})

    answer = send(nothing, declared, own_things(world, declared))

    assert (answer.status, answer.code) == (403, "forbidden")
    assert answer["right"] in declared.needs.words()


@pytest.mark.parametrize("declared", OPERATIONS, ids=lambda each: each.id)
def test_nobody_with_a_key_of_a_client_about_its_reseller(
    world: World, keys: Callable[..., Caller], declared: Declared
) -> None:
    """A client's key that may do all that a client may, on its reseller's host, about its reseller and its neighbor."""
    carl = keys("carl", host=ROSA_HOST)
    if not arguments(declared) and "client" in declared.kinds:
        # About its own account: 201 is a webhook of its own, 404 a company log-in that it has not.
        assert send(carl, declared, declared.path).status in {200, 201, 403, 404, 409}
        return
    for ref in (world.rosa.ref, world.elan.ref, world.places["rosa"].ref):
        answer = send(carl, declared, filled(declared, dict.fromkeys(arguments(declared), ref)))
        # 405: there the address is one to look at only.
        assert answer.status in {403, 404, 405}, answer.body
        assert answer.code in {"wrong-account", "not-found", "forbidden", "method-not-allowed"}


def _places(declared: Declared, stranger: Stranger, own: str) -> Iterator[str]:
    """Addresses that name the other tenant's things: its accounts, and its things below one's own account."""
    names = arguments(declared)
    fixed = FIXED
    for account in stranger.accounts:
        for thing in stranger.things[:1]:
            yield filled(declared, dict.fromkeys(names, thing) | {"account": account} | fixed)
    if set(names) - {"account", *FIXED}:
        for thing in some_of(stranger.things, 3, declared.id):
            yield filled(declared, dict.fromkeys(names, thing) | {"account": own} | fixed)


@pytest.mark.parametrize(
    "declared",
    [each for each in OPERATIONS if {"reseller", "client", "direct"} & set(each.kinds)],
    ids=lambda each: each.id,
)
def test_nobody_of_another_tenant(
    world: World,
    keys: Callable[..., Caller],
    other: Stranger,  # noqa: F811  the fixture
    declared: Declared,
) -> None:
    askers = [(keys("rosa"), world.rosa.ref)] if "reseller" in declared.kinds else []
    if "client" in declared.kinds:
        askers.append((keys("carl"), world.carl.ref))
    if "direct" in declared.kinds:
        askers.append((keys("dora"), world.dora.ref))
    for caller, own in askers:
        if not set(arguments(declared)) - set(FIXED):  # its address names nothing of anybody
            assert MARK not in send(caller, declared, filled(declared, FIXED)).content.decode("utf-8", "replace")
            continue
        for path in _places(declared, other, own):
            answer = send(caller, declared, path)
            assert answer.status in {403, 404}, (path, answer.body)
            assert MARK not in answer.content.decode() + str(answer.response.headers)


@pytest.mark.parametrize("field", ["clients", "reach", "user", "responsible", "cursor"])
def test_other_tenants_things_inside_a_body_are_nothing(
    world: World,
    keys: Callable[..., Caller],
    other: Stranger,  # noqa: F811  the fixture
    field: str,
) -> None:
    rosa, stranger = keys("rosa"), other.accounts[1]
    asked: dict[str, Callable[[str], Answer]] = {
        "clients": lambda ref: rosa.post("/withdrawals", {"section": "product.push", "clients": [ref]}),
        "reach": lambda ref: rosa.post(
            f"/accounts/{world.rosa.ref}/invitations",
            {"email": "x@y.example", "rights": {"clients": "view"}, "reaches_all": False, "reach": [ref]},
        ),
        "user": lambda ref: rosa.put(f"/clients/{world.carl.ref}/responsible", {"user": ref}),
        "responsible": lambda ref: rosa.get(f"/clients?responsible={ref}"),
        "cursor": lambda ref: rosa.get(f"/clients?cursor={ref}"),
    }
    same_id = re.compile(rb'"request_id":"[^"]+"')
    strange, unknown = asked[field](stranger), asked[field]("acc_7HqWm2Zr9KtXbd")

    assert strange.status >= 400
    assert same_id.sub(b"", strange.response.content) == same_id.sub(b"", unknown.response.content)


def test_the_probe_would_see_a_leak(keys: Callable[..., Caller], other: Stranger) -> None:  # noqa: F811  the fixture
    """Remo's own key gets answers with the mark: it is there to be found."""
    remo = keys("remo")
    found = [
        declared.id
        for declared in OPERATIONS
        if declared.method == "GET" and "reseller" in declared.kinds
        for values in [dict.fromkeys(arguments(declared), other.accounts[1])]
        if MARK in remo.get(filled(declared, values)).content.decode("utf-8", "replace")
    ]
    assert {"list_clients", "get_client", "list_invitations", "list_collaborators", "list_keys"} <= set(found)
    assert remo.host == REMO_HOST


def test_every_operation_declares_for_whom_it_is() -> None:
    from sublet.core.rights import PORTAL_SECTIONS

    for declared in OPERATIONS:
        assert declared.kinds, declared.id
        for right in declared.needs.words():
            section, _, level = right.partition(":")
            assert level in {"view", "manage"}
            assert any(section in PORTAL_SECTIONS[kind] for kind in (*declared.kinds, "reseller", "vendor")), right
    open_to_any_key = {each.id for each in OPERATIONS if not each.needs.words()}
    # Requests are for different people, by what is asked for: who may read and answer which, the operation itself decides.
    requests = {"list_access_requests", "answer_access_request"}
    assert open_to_any_key == {"get_account", "get_brand_of_host", "get_progress", "list_staff", *requests}


def test_every_operation_of_the_document_is_declared() -> None:
    described: set[Any] = {
        operation["operationId"] for methods in published()["paths"].values() for operation in methods.values()
    }
    assert described == {each.id for each in EVERY}
    assert len(EVERY) == sum(len(methods) for methods in published()["paths"].values())


LISTS = [each for each in OPERATIONS if each.method == "GET" and "limit" in query_names()[each.id]]


#: What accounts may do is worked out of what was agreed, said, given and used: a statement for each, in a process that has asked
#: for none of it yet.
MORE = {"list_entitlements": 13}


@pytest.mark.parametrize("declared", LISTS, ids=lambda each: each.id)
def test_list_costs_the_same_whatever_its_length(world: World, keys: Callable[..., Caller], declared: Declared) -> None:
    """One row and three: as many statements."""
    who, _host = business(declared)
    caller = keys(who)
    for number in range(3):
        keys("rosa", name=f"another {number}")
        made = keys("rosa").post(
            "/clients", {"name": f"Client {number}", "tags": ["a"], "owner": {"email": f"x{number}@y.example"}}
        )
        keys("rosa").post(f"/accounts/{world.rosa.ref}/hosts", {"host": f"host-{number}"})
        keys("rosa").ask("POST", "/imports", file=sheet())
        assert made.status == 201
    values = dict.fromkeys(arguments(declared), world.carl.ref) | {"account": world.carl.ref}
    if declared.kinds == ("vendor",):
        values["account"] = world.rosa.ref
    path = filled(declared, values)
    # Both pages begin with a client, whose answer hangs on its reseller's; in the order of references anybody may be first.
    more = {"list_journal": "of=below&", "list_entitlements": f"after={world.carl.ref[:-1]}&"}.get(declared.id, "")
    path += f"?{more}limit="
    caller.get(path + "1")

    counts = []
    for limit in ("1", "3"):
        with CaptureQueriesContext(connection) as seen:
            caller.get(path + limit)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= MORE.get(declared.id, 8)
