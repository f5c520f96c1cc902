"""The rights of fields at the API, as `core.fields_told` and `core.fields_taken` declare them.

An operation whose answer, body or question holds an undeclared shape or field, or whose right does not open it, cannot be
declared: importing the routes fails, so no process starts with it (`check`). A field that differs is emptied in what is told
(`tell`), and refused in what is taken (`take`), whatever the operation itself does.

Laws: tests/architecture/test_fields.py, tests/portals/api/test_fields.py.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from pydantic import BaseModel

from sublet.core.fieldrights import ABOVE, ADDRESSES, AGREED, HISTORY, NAMES, ONCE, PEOPLE, RULES, faults, rules_of
from sublet.core.fields_taken import TAKEN
from sublet.core.fields_told import TOLD
from sublet.core.peopledata import HIDDEN, Way, without_addresses
from sublet.core.readers import for_the_client, without_notes
from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden


class Undeclared(TypeError):
    """A field that nobody has declared, or a right that does not open it: a programming fault."""


@cache
def _inside(shape: type) -> tuple[Any, ...]:
    """The types of its fields: most shapes are part of many operations, and reading them takes longer than all the rest."""
    return tuple(typing.get_type_hints(shape, include_extras=True).values())


def within(annotation: Any) -> Iterator[type]:
    """The shapes that a type is made of, those inside them included."""
    seen: set[type] = set()
    queue = [annotation]
    while queue:
        found = queue.pop()
        queue += typing.get_args(found)
        if not inspect.isclass(found) or found in seen or typing.get_origin(found) is not None:
            continue
        if issubclass(found, (msgspec.Struct, BaseModel)):
            seen.add(found)
            queue += _inside(found)
            yield found


def fields_of(shape: type) -> tuple[str, ...]:
    """The names under which its fields are told or taken."""
    if issubclass(shape, msgspec.Struct):
        return tuple(shape.__struct_encode_fields__)
    return tuple(field.alias or name for name, field in typing.cast(type[BaseModel], shape).model_fields.items())


def check(
    operation: str,
    signature: inspect.Signature,
    answer: Any,
    rights: Iterable[str],
    kinds: Iterable[str],
    *,
    shown_once: bool,
) -> None:
    """Raise Undeclared unless each field that the operation tells or takes is declared, and open to those it lets in."""
    rights, kinds = list(rights), list(kinds)
    told = answer if isinstance(answer, tuple) else (answer,)
    found = [fault for one in told for shape in within(one) for fault in _told(shape, rights, kinds, shown_once)]
    for parameter in signature.parameters.values():
        for shape in within(parameter.annotation):
            if issubclass(shape, BaseModel):
                found += faults(TAKEN.get(shape.__name__), shape.__name__, fields_of(shape), rights, kinds)
    if found:
        raise Undeclared(f"{operation}: {'; '.join(found)}")


def _told(shape: type, rights: list[str], kinds: list[str], shown_once: bool) -> list[str]:
    declared = TOLD.get(shape.__name__)
    found = faults(declared, shape.__name__, fields_of(shape), rights, kinds)
    if declared is not None and ONCE in declared.fields.values() and not shown_once:
        found.append(f"{shape.__name__} holds a secret and the operation may be repeated")
    return found


# What is told ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plan:
    """What of a shape differs for some reader, and in which of its fields more such shapes are."""

    rules: tuple[tuple[str, str], ...]
    inside: tuple[str, ...]


@cache
def _plan(shape: type) -> _Plan | None:
    """None where nothing in it differs for any reader: then it is told as it is."""
    declared = TOLD[shape.__name__]
    rules = tuple(
        (name, each)
        for name, rule in declared.differing().items()
        for each in rules_of(rule)
        if each not in {NAMES, ONCE}
    )
    hints = typing.get_type_hints(shape, include_extras=True)
    inside = tuple(
        name
        for name, hint in hints.items()
        if any(_plan(each) is not None for each in within(hint) if each is not shape)
    )
    return _Plan(rules, inside) if rules or inside else None


def tell(answer: Any, actor: Actor, account: str) -> Any:
    """The same answer with those fields emptied that are not the reader's. `account`: which one the address names, if any."""
    return _tell(answer, actor, account, in_list=False)


def _tell(value: Any, actor: Actor, account: str, *, in_list: bool) -> Any:
    if isinstance(value, (list, tuple)):
        for each in value:
            _tell(each, actor, account, in_list=True)
    elif isinstance(value, msgspec.Struct):
        plan = _plan(type(value))
        if plan is not None:
            about = _account_of(value) or account
            for name, rule in plan.rules:
                if rule == HISTORY:
                    if actor.account_kind == CLIENT:
                        setattr(value, name, _for_the_client(value, name))
                    elif name == "data" and about == actor.account_ref and actor.account_kind != VENDOR:
                        setattr(value, name, without_notes(value.event, value.data))  # type: ignore[attr-defined]  # an entry
                elif not may_read(rule, actor, own=about == actor.account_ref, in_list=in_list):
                    setattr(value, name, _without(rule, getattr(value, name)))
            for name in plan.inside:
                _tell(getattr(value, name), actor, about, in_list=in_list)
    return value


def _account_of(value: msgspec.Struct) -> str:
    """The reference of the account that it is about, where it says so."""
    named = getattr(value, "account", None) or getattr(value, "ref", None)
    return named if isinstance(named, str) and named.startswith("acc_") else ""


def may_read(rule: str, actor: Actor, *, own: bool, in_list: bool) -> bool:
    """Whether the field is told as it is; `own`: it is about the reader's own account."""
    if rule in {PEOPLE, ADDRESSES}:
        return own or not in_list or actor.lists_people
    if rule == ABOVE:
        return not own and actor.account_kind in {VENDOR, RESELLER}
    if rule == AGREED:
        return _sees_agreed(actor)
    return rule in RULES or actor.may(rule)


def _sees_agreed(actor: Actor) -> bool:
    return actor.account_kind == VENDOR or actor.may("subscription:view")


def _without(rule: str, value: Any) -> Any:
    if rule == ADDRESSES:
        return _hidden(value)
    if isinstance(value, str):
        return HIDDEN if value == HIDDEN else ""
    return type(value)() if isinstance(value, (list, dict)) else None


def _for_the_client(entry: Any, name: str) -> Any:
    """The data or the reason of an entry of the journal as `core.readers` gives it to a client."""
    kept = for_the_client(entry.event, entry.data, entry.reason)
    data, reason = kept if kept is not None else ({}, "")
    return data if name == "data" else reason


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return without_addresses(value)
    if isinstance(value, Mapping):
        return {key: _hidden(each) for key, each in value.items()}
    return [_hidden(each) for each in value] if isinstance(value, list) else value


# What is taken --------------------------------------------------------------------------------------------------------


def take(values: Iterable[Any], actor: Actor) -> None:
    """Raise Forbidden when what was sent names a field that the sender has no right to."""
    for value in values:
        if isinstance(value, BaseModel):
            for name, rule in TAKEN[type(value).__name__].differing().items():
                if name in value.model_fields_set:
                    _take(rule, actor)
            take((getattr(value, name) for name in value.model_fields_set), actor)
        elif isinstance(value, list):
            take(value, actor)


def _take(rule: str, actor: Actor) -> None:
    if rule == PEOPLE:
        actor.require_people(Way.BULK)
    elif rule == ABOVE:
        if actor.account_kind not in {VENDOR, RESELLER}:
            raise Forbidden("clients:manage")
    elif rule == AGREED:
        if not _sees_agreed(actor):
            raise Forbidden("subscription:view")
    elif rule not in RULES:
        actor.require(rule)
