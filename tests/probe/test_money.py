"""The generated probe for prices and books: each address that takes such a thing is asked for the other tenant's, by each role.

The vendor's people may read much of a reseller; what it asks of its clients they read nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from sublet.portals.api import limits
from tests.people import CARL_HOST, REMO_HOST, ROSA_HOST, VENDOR_HOST, World
from tests.portals.api.caller import make_caller
from tests.portals.api.test_roles import FIXED, OPERATIONS, arguments, filled, send
from tests.probe.test_tenants import (
    MONEY,
    Address,
    Stranger,
    addresses,
    ask,
    browser,
    other,  # noqa: F401  the fixture: Remo's tree with one of everything
    urlconf_of,
)
from tests.thorough import some_of

#: Who asks, on which host, and the account in whose name.
ASKERS = (
    ("rosa", ROSA_HOST, "rosa"),
    ("carl", CARL_HOST, "carl"),
    ("cleo", CARL_HOST, "carl"),
    ("dora", VENDOR_HOST, "dora"),
    ("vera", VENDOR_HOST, "vendor"),
    ("sam", ROSA_HOST, "rosa"),
    ("nobody", ROSA_HOST, "rosa"),
)
#: What an address takes besides: no thing of anybody.
NOTHING = {"number": "1", "position": "1", "kind": "plan", "key": "x"}


def about_money(address: Address, money: Mapping[str, str]) -> bool:
    return "account" in address.arguments and bool(set(address.arguments) & set(money))


@pytest.mark.parametrize(("person", "host", "own"), ASKERS)
def test_nobody_reaches_another_tenants_prices_and_books(
    world: World,
    other: Stranger,  # noqa: F811  the fixture
    person: str,
    host: str,
    own: str,
) -> None:
    """By the right kind of thing at each address: below one's own account, and one's own client; and below the other's."""
    client, faults, asked = browser(world, person, host), [], 0
    for address in addresses(urlconf_of(host)):
        if not about_money(address, other.money):
            continue
        for ref in (world.carl.ref, other.money["payer"]) if "ref" in address.arguments else ("",):
            for method in ("get", "post"):
                values = NOTHING | {"ref": ref} | dict(other.money) | {"account": getattr(world, own).ref}
                rest = {name: values.get(name, other.money["invoice"]) for name in address.arguments}
                faults += ask(client, method, address.filled(rest))
                asked += 1
    assert faults == []
    assert asked > 10


@pytest.mark.parametrize("who", ["rosa", "carl", "dora", "vera"])
def test_no_key_reaches_another_tenants_prices_and_books(
    world: World,
    other: Stranger,  # noqa: F811  the fixture
    who: str,
) -> None:
    limits.BY_KEY.forget()
    caller, faults = make_caller(world, who), []
    own = {"rosa": "rosa", "carl": "carl", "dora": "dora", "vera": "vendor"}[who]
    kind = getattr(world, own).kind
    for declared in OPERATIONS:
        names = arguments(declared)
        if not set(names) & set(other.money) or kind not in declared.kinds:
            continue
        for account in (getattr(world, own).ref, world.carl.ref):
            values = dict(other.money) | NOTHING | FIXED | {"account": account, "client": world.carl.ref}
            answer = send(caller, declared, filled(declared, {n: values.get(n, other.money["invoice"]) for n in names}))
            said = answer.content.decode("utf-8", "replace") + str(answer.response.headers)
            if answer.status not in {403, 404} or MONEY in said.lower():
                faults.append(f"{declared.method} {declared.path}: {answer.status}")
    assert faults == []


def test_the_vendors_people_read_a_resellers_prices_and_books_on_no_page(
    world: World,
    other: Stranger,  # noqa: F811  the fixture
) -> None:
    client, faults = browser(world, "vera", VENDOR_HOST), []
    accounts = {"ref": (world.remo.ref, other.money["payer"])}
    for address in addresses(urlconf_of(VENDOR_HOST)):
        if "account" not in address.arguments:
            continue
        for ref in accounts["ref"] if "ref" in address.arguments else ("",):
            values = NOTHING | dict(other.money) | {"account": world.vendor.ref, "ref": ref}
            path = address.filled({name: values.get(name, other.things[0]) for name in address.arguments})
            response: Any = client.get(path)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            if MONEY in (body.decode("utf-8", "replace") + str(response.headers)).lower():
                faults.append(path)
    assert faults == []


def test_a_key_of_the_vendors_is_told_no_price_and_no_book_of_a_reseller(
    world: World,
    other: Stranger,  # noqa: F811  the fixture
) -> None:
    limits.BY_KEY.forget()
    caller, faults = make_caller(world, "vera"), []
    for declared in OPERATIONS:
        if declared.method != "GET" or "vendor" not in declared.kinds:
            continue
        names = arguments(declared)
        for account in some_of((world.remo.ref, other.money["payer"]), 1, declared.id) if "account" in names else ("",):
            values = dict(other.money) | NOTHING | FIXED | {"account": account, "client": other.money["payer"]}
            answer = send(caller, declared, filled(declared, {n: values.get(n, other.things[0]) for n in names}))
            if MONEY in answer.content.decode("utf-8", "replace").lower():
                faults.append(f"{declared.path} {account}")
    assert faults == []


def test_the_probe_would_see_a_leak(world: World, other: Stranger) -> None:  # noqa: F811  the fixture
    """Remo's own people and key get what is looked for: on pages that take the thing, and on those that list it."""
    client, found = browser(world, "remo", REMO_HOST), set()
    for address in addresses(urlconf_of(REMO_HOST)):
        values = NOTHING | {"ref": other.money["payer"]} | dict(other.money) | {"account": world.remo.ref}
        if "account" in address.arguments and set(address.arguments) <= set(values):
            response = client.get(address.filled({name: values[name] for name in address.arguments}))
            if not response.streaming and MONEY in response.content.decode("utf-8", "replace").lower():
                found.add(address.name)
    assert {"reseller-promotions", "reseller-contracts", "reseller-price-terms"} <= found
    limits.BY_KEY.forget()
    caller, told = make_caller(world, "remo"), set()
    for declared in OPERATIONS:
        names = arguments(declared)
        if declared.method == "GET" and "reseller" in declared.kinds and set(names) <= {*other.money, "account"}:
            values = dict(other.money) | {"account": other.money["payer"]}
            if (
                MONEY
                in send(caller, declared, filled(declared, {name: values[name] for name in names}))
                .content.decode("utf-8", "replace")
                .lower()
            ):
                told.add(declared.path)
    assert {path for path in told if "{invoice}" in path or "{payment}" in path} != set()
