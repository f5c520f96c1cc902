"""What the vendor and the reseller say about one feature or meter of an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.entitled import FEATURE, METER, RESELLER, VENDOR, lowest_bound
from sublet.core.entitled import Override as Word
from sublet.core.entitlement import resolve
from sublet.core.manifest import Feature, Meter
from sublet.core.manifest.model import FeatureValue
from sublet.core.quota import BLOCK, NOTIFY, POLICIES
from sublet.entitlements.events import LimitRemoved, LimitSet
from sublet.entitlements.models import Override
from sublet.entitlements.operations.common import account_below, changed, known, names_of
from sublet.entitlements.queries.facts import Known
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record

MOST_UNITS = 10**12
#: What a reseller may let happen at a limit of its own. The others are agreed in a plan: they cost, or degrade.
OWN_POLICIES = (BLOCK, NOTIFY)


class CannotSetLimit(Refusal):
    """Why a feature or meter stays as it is."""

    SENTENCES: ClassVar = {
        "wrong-value": _("That value does not fit. A switch is on or off, a number is not below zero."),
        "unknown-choice": _("That is none of the choices of this feature."),
        "wrong-policy": _("A limit of your own either refuses or only tells."),
        "over": _("That date is over."),
        "not-held": _("You hold less than that yourself: at most %(most)s can be set here."),
        "wrong-thresholds": _("Thresholds are at most ten whole numbers from 1 to 1,000."),
    }


def set_override(
    *,
    ref: str,
    kind: str,
    key: str,
    value: FeatureValue | None,
    policy: str = "",
    thresholds: Sequence[int] = (),
    until: datetime | None = None,
    note: str = "",
    actor: Actor,
    at: datetime,
) -> None:
    """Say how far a feature (`kind` ``feature``) or meter (``meter``, in units, None unlimited) of an account goes.

    A reseller of its clients (``clients:manage``), within what it holds; the vendor of every account (``accounts:manage``).
    `policy` and `thresholds` left empty follow the plan. Raises NotFound, Forbidden, CannotSetLimit.
    """
    with transaction.atomic():
        account = account_below(ref, actor)
        store_override(
            account, kind=kind, key=key, value=value, policy=policy, thresholds=thresholds, until=until, note=note,
            actor=actor, at=at,
        )  # fmt: skip


def store_override(
    account: Account,
    *,
    kind: str,
    key: str,
    value: FeatureValue | None,
    policy: str = "",
    thresholds: Sequence[int] = (),
    until: datetime | None = None,
    note: str = "",
    actor: Actor,
    at: datetime,
    tell: bool = True,
) -> bool:
    """The same for an account that is locked already, inside a transaction. False when it was so.

    `tell` False: the caller's entry tells it.
    """
    layer = layer_of(actor)
    there = known(account, at=at)
    thing = _thing(there, kind, key)
    _check(thing, value, policy, thresholds, until, layer, at)
    if layer == RESELLER:
        _check_held(there, thing, Word(layer, kind, key, value, policy or None, at, until, tuple(thresholds)), at)
    # unscoped: the account is locked, from the scope
    before = Override.unscoped.filter(
        account_id=account.id, layer=layer, kind=kind, key=key, until__isnull=True
    ).first()
    same = (
        before is not None
        and until is None
        and (before.value, before.policy, tuple(before.thresholds)) == (value, policy, tuple(thresholds))
        and before.giver_id == actor.account_id
    )
    if same:
        return False
    since = max(at, _end(account, layer, kind, key, at) or at)
    Override(
        account_id=account.id, giver_id=actor.account_id, layer=layer, kind=kind, key=key, value=value, policy=policy,
        thresholds=list(thresholds), since=since, until=until, note=note[:500], said_by=actor.name[:200],
    ).save(force_insert=True)  # fmt: skip
    changed(account, at=at)
    if not tell:
        return True
    record(
        LimitSet(
            ref=account.ref, name=account.name, layer=layer, kind=kind, key=key, names=dict(names_of(thing)),
            value=value, policy=policy, note=note[:500],
        ),
        account_id=account.id,
        parent_id=account.parent_id,
        actor=actor,
        at=at,
    )  # fmt: skip
    return True


def check_override(
    there: Known, *, kind: str, key: str, value: FeatureValue | None, policy: str = "", at: datetime
) -> None:
    """Raise what `store_override` would, for a reseller's word about an account that is known. For previews."""
    thing = _thing(there, kind, key)
    _check(thing, value, policy, (), None, RESELLER, at)
    _check_held(there, thing, Word(RESELLER, kind, key, value, policy or None, at), at)


def remove_override(*, ref: str, kind: str, key: str, actor: Actor, at: datetime) -> bool:
    """Take the actor's own word about a feature or meter back, so that the plan holds again; False when there was none.

    Rights as in `set_override`. Raises NotFound, Forbidden.
    """
    with transaction.atomic():
        return drop_override(account_below(ref, actor), kind=kind, key=key, actor=actor, at=at)


def drop_override(account: Account, *, kind: str, key: str, actor: Actor, at: datetime, tell: bool = True) -> bool:
    """The same for an account that is locked already, inside a transaction. `tell` False: the caller's entry tells it."""
    layer = layer_of(actor)
    if _end(account, layer, kind, key, at) is None:
        return False
    changed(account, at=at)
    if not tell:
        return True
    thing = _found(known(account, at=at), kind, key)
    record(
        LimitRemoved(
            ref=account.ref, name=account.name, layer=layer, kind=kind, key=key,
            names=dict(names_of(thing)) if thing is not None else {},
        ),
        account_id=account.id,
        parent_id=account.parent_id,
        actor=actor,
        at=at,
    )  # fmt: skip
    return True


def layer_of(actor: Actor) -> str:
    """As what the actor speaks of accounts below its own."""
    return VENDOR if actor.account_kind == "vendor" else RESELLER


def _end(account: Account, layer: str, kind: str, key: str, at: datetime) -> datetime | None:
    """End what the layer has said so far: when it was ended, None where nothing was said.

    Whoever waited for the lock may have an earlier `at` than what was said meanwhile: that is then ended as it began.
    """
    # unscoped: the account is locked, from the scope
    said = Override.unscoped.filter(account_id=account.id, layer=layer, kind=kind, key=key)
    running = list(said.filter(Q(until__isnull=True) | Q(until__gt=at)))
    for row in running:
        row.until = max(at, row.since)
        row.save(update_fields=["until"])
    return max((row.until for row in running if row.until is not None), default=None)


def _found(there: Known, kind: str, key: str) -> Feature | Meter | None:
    if kind == FEATURE:
        return there.terms.features.get(key)
    return there.terms.meters.get(key) if kind == METER else None


def _thing(there: Known, kind: str, key: str) -> Feature | Meter:
    thing = _found(there, kind, key)
    if thing is None:
        raise NotFound
    return thing


def _check(
    thing: Feature | Meter,
    value: FeatureValue | None,
    policy: str,
    thresholds: Sequence[int],
    until: datetime | None,
    layer: str,
    at: datetime,
) -> None:
    if until is not None and until <= at:
        raise CannotSetLimit("over", field="until")
    if len(thresholds) > 10 or any(not 1 <= percent <= 1000 for percent in thresholds):
        raise CannotSetLimit("wrong-thresholds", field="thresholds")
    if isinstance(thing, Meter):
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_UNITS
        ):
            raise CannotSetLimit("wrong-value", field="value")
        if policy and policy not in (POLICIES if layer == VENDOR else OWN_POLICIES):
            raise CannotSetLimit("wrong-policy", field="policy")
        if policy in ("grace", "degrade"):
            # Days, percentages and lower features are agreed in a plan; a word alone cannot name them.
            raise CannotSetLimit("wrong-policy", field="policy")
        return
    if policy or thresholds:
        raise CannotSetLimit("wrong-policy", field="policy")
    fits = {
        "switch": isinstance(value, bool),
        "number": isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_UNITS,
        "text": isinstance(value, str) and len(value) <= 200,
    }
    if not fits[thing.kind]:
        raise CannotSetLimit("wrong-value", field="value")
    if thing.kind == "text" and thing.choices and value not in {choice.key for choice in thing.choices}:
        raise CannotSetLimit("unknown-choice", field="value")


def _check_held(there: Known, thing: Feature | Meter, word: Word, at: datetime) -> None:
    """Refuse what would come to less than was said, because the reseller holds less: nobody should believe it was given."""
    aside = {(RESELLER, word.kind, word.key), ("client", word.kind, word.key)}
    kept = [each for each in there.facts.overrides if (each.layer, each.kind, each.key) not in aside]
    alone = replace(there.facts, overrides=[*kept, replace(word, until=None)], services=(), top_ups=(), state="")
    terms = replace(there.terms, services={})
    found = resolve(terms, alone, at=at)
    if isinstance(thing, Feature):
        if found.features[thing.key].value != word.value:
            raise CannotSetLimit("not-held", field="value", most=found.features[thing.key].value)
        return
    lowest = lowest_bound(found.meters[thing.key].bounds)
    if (
        lowest is None
        or lowest.limit is None
        or (lowest.layer == RESELLER and found.meters[thing.key].units == word.value)
    ):
        return
    units = found.meters[thing.key].units
    if word.value is None or int(word.value) > (units or 0):
        raise CannotSetLimit("not-held", field="value", most=units)
