"""Each declared field that differs × each role of the matrix: who has no right to it neither gets it nor sets it.

Generated from core/fields_told.py and core/fields_taken.py. `portals.api.fields` is asked here by itself; that it stands
before every operation is shown at the end, and tests/probe/test_people_data.py walks the real answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import msgspec
import pytest
from pydantic import BaseModel

from scripts.rights_page import operations, roles_of
from sublet.core.fieldrights import ABOVE, ADDRESSES, PEOPLE, RULES, rules_of
from sublet.core.fields_taken import TAKEN
from sublet.core.fields_told import TOLD
from sublet.core.peopledata import HIDDEN
from sublet.core.rights import KINDS, RESELLER, VENDOR, Rights
from sublet.foundation.actor import API, Actor
from sublet.foundation.errors import Forbidden
from sublet.portals.api import fields
from sublet.portals.api.examples import example_of
from sublet.portals.api.routes import listed
from sublet.portals.api.schemas.accounts import client_of
from tests.people import World
from tests.portals.api.caller import Caller, published

OWN, BELOW = "acc_own", "acc_below"
SIGN = "mo@bella-napoli.example"


def readers(kinds: frozenset[str]) -> Iterator[tuple[str, Actor]]:
    """A key with the rights of each role of those kinds of account, and with none."""
    for kind in KINDS:
        if kind in kinds:
            for role, rights in {**roles_of(kind), "nothing": Rights.of({})}.items():
                if not role.startswith("visit"):  # a visit has no key
                    yield f"{kind} {role}", Actor(
                        user_id=None, name="Key", account_id=1, account_ref=OWN, account_kind=kind, account_name="",
                        rights=rights, key_ref="key_1", via=API,
                    )  # fmt: skip


@cache
def answers() -> dict[str, type[msgspec.Struct]]:
    """Shape → the type of it that answers are made of."""
    told = [one for each in operations() for one in (each.answer if isinstance(each.answer, tuple) else (each.answer,))]
    return {shape.__name__: shape for one in told for shape in fields.within(one) if issubclass(shape, msgspec.Struct)}


def planted(shape: str, field: str, account: str) -> msgspec.Struct:
    """The example of that shape, about that account, with a sign in that field."""
    schemas = published()["components"]["schemas"]
    made = msgspec.convert(example_of(schemas[shape], schemas), answers()[shape])
    before = getattr(made, field)
    setattr(made, field, {"told": [SIGN]} if isinstance(before, dict) else [SIGN] if isinstance(before, list) else SIGN)
    if hasattr(made, "event"):
        made.event = "impersonation.started"  # one whose reason everybody reads
    for name in ("account", "ref"):
        if hasattr(made, name) and (name == "account" or getattr(made, name).startswith("acc_")):
            setattr(made, name, account)
    return made


DIFFERING = [
    (name, field, rule)
    for name, shape in TOLD.items()
    for field, several in shape.differing().items()
    for rule in rules_of(several)
    if rule in {PEOPLE, ADDRESSES, ABOVE}
]


@pytest.mark.parametrize(("shape", "field", "rule"), DIFFERING, ids=lambda each: each)
def test_whoever_has_no_right_to_a_field_does_not_get_it(shape: str, field: str, rule: str) -> None:
    wrong, seen = [], set()
    for who, reader in readers(TOLD[shape].kinds):
        above = reader.account_kind in {VENDOR, RESELLER}
        for account in (OWN, BELOW):
            told = planted(shape, field, account)
            fields.tell([told], reader, account)
            gets = SIGN in msgspec.json.encode(getattr(told, field)).decode()
            if rule == ABOVE:
                right = above and account == BELOW
            else:
                right = account == OWN or not above or reader.may("people:manage")
            seen.add(gets)
            if gets != right:
                wrong.append(f"{who} about {account}: {'told' if gets else 'not told'}")
    assert wrong == []
    assert True in seen, "the sign is there to be found"
    assert False in seen, "and somebody does not get it"


@pytest.mark.parametrize("event", ["client.created", "client.tags_changed", "impersonation.started", "of.tomorrow"])
def test_a_client_reads_of_an_entry_what_is_for_clients(event: str) -> None:
    for who, reader in readers(TOLD["JournalEntry"].kinds):
        row: Any = planted("JournalEntry", "reason", OWN)
        row.event, row.reason, row.data = event, "because", {"name": "Bella", "state": "active"}
        fields.tell([row], reader, OWN)
        if not who.startswith("client"):
            assert (row.data, row.reason) == ({"name": "Bella", "state": "active"}, "because")
        elif event == "client.created":
            assert (row.data, row.reason) == ({"name": "Bella"}, "")
        elif event == "impersonation.started":
            assert row.reason == "because"
        else:
            assert (row.data, row.reason) == ({}, "")


def test_what_is_left_out_is_empty_or_hidden() -> None:
    """So that the answer stays one that the document describes."""
    reader = next(each for who, each in readers(frozenset({RESELLER})) if who == "reseller nothing")
    row = planted("Mail", "to_email", BELOW)
    row.subject = f"To {SIGN}"  # type: ignore[attr-defined]  # a mail has one
    fields.tell([row], reader, "")
    assert (row.to_email, row.subject) == ("", f"To {HIDDEN}")  # type: ignore[attr-defined]  # as above


def test_one_by_one_it_is_looked_up() -> None:
    """On the page of one, people's data is what looking up means; what is counted there is counted at the entrance."""
    for _who, reader in readers(frozenset({RESELLER})):
        told = planted("Collaborator", "email", BELOW)
        assert fields.tell(told, reader, BELOW).email == SIGN


@cache
def bodies() -> dict[str, type[BaseModel]]:
    """Shape → the model of it that bodies are read with."""
    found: dict[str, type[BaseModel]] = {}
    queue: list[type[BaseModel]] = [BaseModel]
    while queue:
        for each in queue.pop().__subclasses__():
            queue.append(each)
            if each.__module__.startswith("sublet.portals.api.schemas"):
                found[each.__name__] = each
    return found


SETTABLE = [
    (name, field, rule)
    for name, shape in TAKEN.items()
    for field, rule in shape.differing().items()
    if rule in {PEOPLE, ABOVE} or rule not in RULES
]


@pytest.mark.parametrize(("shape", "field", "rule"), SETTABLE, ids=lambda each: each)
def test_whoever_has_no_right_to_a_field_cannot_set_it(shape: str, field: str, rule: str) -> None:
    seen = set()
    for who, sender in readers(frozenset(KINDS)):
        above = sender.account_kind in {VENDOR, RESELLER}
        right = (
            above if rule == ABOVE else not above or sender.may("people:manage") if rule == PEOPLE else sender.may(rule)
        )
        body = bodies()[shape].model_construct(_fields_set={field}, **{field: "x"})
        without = bodies()[shape].model_construct(_fields_set=set())
        fields.take([without], sender)
        try:
            fields.take([body], sender)
            took = True
        except Forbidden:
            took = False
        seen.add(took)
        assert took == right, who
    assert seen == {True, False}


def test_it_stands_before_every_answer(
    world: World, call: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operation that forgets to leave people's data out does not tell it all the same."""
    whole = client_of

    def forgetful(row: Any, people: Any, **more: Any) -> Any:
        told = whole(row, people, **more)
        told.email = SIGN
        return told

    monkeypatch.setattr(listed, "client_of", forgetful)
    rights = {"clients": "manage", "people": "view"}
    got = {people: call("rosa", rights={**rights, "people": people}).get("/clients") for people in ("view", "manage")}
    assert {each["email"] for each in got["view"]["items"]} == {""}
    assert {each["email"] for each in got["manage"]["items"]} == {SIGN}
