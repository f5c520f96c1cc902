"""Answers that are still so: kept with what they were made of, which one statement looks at each time.

What an account may do takes several statements and some thousand steps to work out, and is nearly always what it was. It is
kept with the account's number in the change stream, the number at which everybody's may have changed, and what its meters
stand at; while these are the same and no instant has passed at which it changes by itself, only the moment and the number of the
stream are written anew. Not kept is what depends on other accounts (a pool) or runs out unannounced (a reservation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import connection

from sublet.entitlements import queries
from sublet.entitlements.queries.standing import AccountStanding
from sublet.foundation.actor import Actor
from sublet.metering.operations.rows import instant
from sublet.metering.queries import FOREVER, PERIOD
from sublet.portals.api.schemas import entitlements as shapes

#: Whatever happens, an answer is made anew after so long.
LONGEST = timedelta(seconds=30)
MOST_KEPT = 20_000
_encode = msgspec.json.Encoder().encode
Facts = tuple[Any, ...]
Name = tuple[str, frozenset[int] | None, str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer in three pieces, between which the number of the stream and the moment go."""

    account_id: int
    starts: Sequence[Any]
    facts: Facts
    until: datetime
    before: bytes
    after: bytes
    tag: str


_kept: dict[Name, Kept] = {}


def answer(ref: str, *, actor: Actor, language: str, at: datetime) -> tuple[bytes, str]:
    """The JSON of what that account may do at `at`, and its ETag. In the actor's scope and the language. Raises NotFound."""
    name = (actor.key_ref, actor.reach, ref, language)
    kept = _kept.get(name)
    if kept is not None and at < kept.until:
        sequence, facts = _facts(kept.account_id, kept.starts)
        if facts == kept.facts:
            moment = _encode(at)
            return b"".join((kept.before, b"%d" % sequence, b',"at":', moment, kept.after)), kept.tag
        del kept
    found = queries.standing_by_ref(ref, actor=actor, at=at)
    starts = [instant(start) for start in sorted({each.period.start or FOREVER for each in found.meters.values()})]
    # Before and after: what was counted in between may be in the one and not in the other.
    _, facts = _facts(found.place.id, starts)
    found = queries.standing_by_ref(ref, actor=actor, at=at)
    told = queries.told(found)
    body, tag = _encode(shapes.shaped(told, shapes.Entitlements)), queries.etag_of(told)
    if _may_be_kept(found) and _facts(found.place.id, starts)[1] == facts:
        _keep(name, found, starts, facts, body, tag)
    return body, tag


def _facts(account_id: int, starts: Sequence[Any]) -> tuple[int, Facts]:
    """The number of the stream, and all that an account's answer is made of beside it."""
    marks = ", ".join(["%s"] * len(starts)) or "NULL"
    # past the scope: the account was found within it when its answer was made, for the same key
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.sequence, c.everybody, e.sequence, t.meter, t.start, t.quantity, t.reserved FROM entitlement_clock c"  # noqa: S608  placeholders
            " LEFT JOIN entitlement_change e ON e.account_id = %s"
            f" LEFT JOIN usage_total t ON t.account_id = %s AND t.span = %s AND t.start IN ({marks})"
            " WHERE c.id = 1 ORDER BY t.meter, t.start",
            [account_id, account_id, PERIOD, *starts],
        )
        rows = cursor.fetchall()
    return (rows[0][0] if rows else 0), tuple(row[1:] for row in rows)


def _may_be_kept(found: AccountStanding) -> bool:
    return not any(
        each.standing.reserved or any(step.layer == "pool" for step in each.answer.why)
        for each in found.meters.values()
    )


def _keep(name: Name, found: AccountStanding, starts: Sequence[Any], facts: Facts, body: bytes, tag: str) -> None:
    head = b'{"account":"%s","sequence":' % found.place.ref.encode()
    middle = b'%d,"at":%s' % (found.sequence, _encode(found.at))
    if not body.startswith(head + middle):
        return
    ends = [each.period.end for each in found.meters.values() if each.period.end is not None]
    until = min([found.at + LONGEST, *ends, *([found.until] if found.until is not None else [])])
    while len(_kept) >= MOST_KEPT:
        _kept.pop(next(iter(_kept)), None)
    _kept[name] = Kept(found.place.id, starts, facts, until, head, body[len(head + middle) :], tag)
