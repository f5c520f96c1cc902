"""Taking in what the host product reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.queries.tree import require_below
from sublet.catalog.queries import offer
from sublet.core.rights import CLIENT, DIRECT, VENDOR
from sublet.core.signals import AHEAD, SignalValue, WrongValue, fact_name, read_value
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.signals.models import LatestSignal, SignalFact

MOST = 1000


class CannotRecordSignals(Refusal):
    """Nothing of what was sent is kept. `number` counts the facts from 1."""

    SENTENCES: ClassVar = {
        "unknown-signal": _("Fact %(number)s: the product manifest has no signal “%(key)s”."),
        "wrong-value": _("Fact %(number)s: the value does not fit “%(key)s”, which is of the kind “%(kind)s”."),
        "in-the-future": _("Fact %(number)s: its moment lies more than a day ahead."),
    }


@dataclass(frozen=True, slots=True)
class TellSignal:
    """One fact as it is sent: about which account (a reference), which signal, when, and what.

    `id` is the sender's own; without one a fact is known by what it says.
    """

    account: str
    key: str
    at: datetime
    value: object = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many facts were new, and how many were there already."""

    accepted: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact, read."""

    account_id: int
    signal_id: int
    at: datetime
    value: SignalValue
    name: str


def record_signals(*, signals: Sequence[TellSignal], actor: Actor, at: datetime) -> Recorded:
    """Keep facts about accounts below the actor's (``clients:manage``, for the vendor ``usage:manage``: what tells of use tells
    of this, and need not be able to close an account).

    All of them or none. The same again changes nothing. A fact is no change that somebody makes: it stands in a table of
    its own, not in the journal. Raises Forbidden, NotFound (an account that is none of the actor's), CannotRecordSignals.
    """
    if actor.account_kind == VENDOR:
        actor.require("usage:manage")
    else:
        require_below(actor, "manage")
    if len(signals) > MOST:
        raise ValueError(f"more than {MOST} facts at once")
    present = offer()
    read: list[tuple[TellSignal, SignalValue]] = []
    for number, told in enumerate(signals, start=1):
        signal = present.signals.get(told.key)
        if signal is None:
            raise CannotRecordSignals("unknown-signal", number=number, key=told.key[:60])
        if told.at > at + AHEAD:
            raise CannotRecordSignals("in-the-future", number=number)
        try:
            read.append((told, read_value(signal.kind, told.value, at=told.at)))
        except WrongValue:
            raise CannotRecordSignals("wrong-value", number=number, key=told.key, kind=signal.kind) from None
    with transaction.atomic():
        ids = accounts_named({told.account for told in signals})
        facts = [
            Fact(
                ids[told.account],
                present.signal_ids[told.key],
                told.at,
                value,
                fact_name(told.id, told.at, value),
            )
            for told, value in read
        ]
        return keep(facts, actor=actor, at=at)


def accounts_named(refs: set[str]) -> Mapping[str, int]:
    """The clients and direct accounts of these references within the scope, by reference: one statement.

    Raises NotFound when one of them is not there, or somebody else's.
    """
    rows = Account.objects.filter(ref__in=refs, kind__in=(CLIENT, DIRECT)).values_list("ref", "id")
    found = dict(rows)
    if len(found) < len(refs):
        raise NotFound
    return found


def keep(facts: Sequence[Fact], *, actor: Actor, at: datetime) -> Recorded:
    """Write facts about accounts that were found in the scope, in the order in which they are told: of two of the same moment
    the one told later is the latest. So a list that comes in several parts ends as if it had come at once. Part of the caller's
    write; four statements at most."""
    known: dict[tuple[int, int, str], Fact] = {}
    for fact in facts:
        known.setdefault((fact.account_id, fact.signal_id, fact.name), fact)  # as in parts: the first one is kept
    # unscoped: the accounts were found within the scope; a manager that asks for each of a thousand would ask a thousand times
    there = SignalFact.unscoped.filter(
        account_id__in={fact.account_id for fact in facts}, name__in={fact.name for fact in facts}
    ).values_list("account_id", "signal_id", "name")
    for identity in list(there):
        known.pop(identity, None)
    new = sorted(known.values(), key=lambda fact: (fact.account_id, fact.signal_id))
    if new:
        # First: it locks a row for each client and signal in one order, so that two senders of the same facts, each in an order
        # of its own, do not wait for each other.
        _note_latest(new)
        # unscoped: as above
        SignalFact.unscoped.bulk_create(
            [
                SignalFact(
                    account_id=fact.account_id,
                    signal_id=fact.signal_id,
                    at=fact.at,
                    moment=fact.value.moment,
                    number=fact.value.number,
                    text=fact.value.text,
                    switch=fact.value.switch,
                    name=fact.name,
                    received_at=at,
                    told_by=actor.name[:200],
                )
                for fact in new
            ],
            ignore_conflicts=True,
        )
    return Recorded(accepted=len(new), duplicates=len(facts) - len(new))


_COLUMNS = ("account", "signal", "at", "moment", "number", "text", "switch")


def _note_latest(facts: Sequence[Fact]) -> None:
    """Put the newest of them where lists look, unless a newer one is there: whoever comes later may tell something older.

    One statement that decides by itself, so that two senders at once cannot leave the older fact behind.
    """
    newest: dict[tuple[int, int], Fact] = {}
    for fact in facts:
        known = newest.get((fact.account_id, fact.signal_id))
        if known is None or fact.at >= known.at:
            newest[fact.account_id, fact.signal_id] = fact
    fields = [LatestSignal._meta.get_field(name) for name in _COLUMNS]
    columns = [str(field.column) for field in fields]  # type: ignore[union-attr]  # all of them have one
    values: list[Any] = []
    for key in sorted(newest):
        fact = newest[key]
        row = (*key, fact.at, fact.value.moment, fact.value.number, fact.value.text, fact.value.switch)
        values += [
            field.get_db_prep_save(value, connection)  # type: ignore[union-attr]  # as above
            for field, value in zip(fields, row, strict=True)
        ]
    places = f"({', '.join(['%s'] * len(columns))})"
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns[2:])
    sql = (
        f"INSERT INTO latest_signal ({', '.join(columns)}) VALUES {', '.join([places] * len(newest))}"  # noqa: S608  names of columns
        f" ON CONFLICT (account_id, signal_id) DO UPDATE SET {changed} WHERE latest_signal.at <= excluded.at"
    )
    with connection.cursor() as cursor:  # past the scope: the accounts were found within it
        cursor.execute(sql, values)


#: So many rows are deleted in one statement: on SQLite nobody else writes meanwhile.
FORGOTTEN_AT_ONCE = 2000


def forget_old_facts(*, actor: Actor, at: datetime) -> int:
    """Delete a batch of facts that were told longer ago than SUBLET_SIGNALS_KEPT says; how many. In a platform scope.

    The latest of each client and signal has a row of its own, which stays. Clearing up is no change that somebody makes.
    """
    days = settings.SUBLET.integer("SUBLET_SIGNALS_KEPT")
    if days <= 0:
        return 0
    old = SignalFact.objects.filter(received_at__lt=at - timedelta(days=days))
    ids = list(old.order_by("received_at").values_list("id", flat=True)[:FORGOTTEN_AT_ONCE])
    with transaction.atomic():
        SignalFact.objects.filter(id__in=ids).delete()
    return len(ids)
