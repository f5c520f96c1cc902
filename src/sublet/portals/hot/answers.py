"""Answers that are still so: kept with what they were made of, which one statement looks at for all who ask together.

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
from sublet.metering.queries import PERIOD
from sublet.metering.queries.lines import read_instant
from sublet.portals.api.schemas import entitlements as shapes

#: Whatever happens, an answer is made anew after so long.
LONGEST = timedelta(seconds=30)
MOST_KEPT = 20_000
_MOST_AT_ONCE = 200
_encode = msgspec.json.Encoder().encode
Facts = tuple[Any, ...]
Name = tuple[str, frozenset[int] | None, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """An answer in three pieces, between which the number of the stream and the moment go."""

    account_id: int
    starts: frozenset[datetime]
    facts: Facts
    until: datetime
    before: bytes
    after: bytes
    tag: str


_kept: dict[Name, Kept] = {}


def answer(ref: str, *, actor: Actor, language: str, at: datetime) -> tuple[bytes, str]:
    """The JSON of what that account may do at `at`, and its ETag. In the actor's scope and the language. Raises NotFound."""
    account_id, starts = queries.counted_since(ref, actor=actor, at=at)
    # Before and after: what was counted in between may be in the one and not in the other.
    [(_, facts)] = _facts([(account_id, starts)])
    found = queries.standing_by_ref(ref, actor=actor, at=at)
    told = queries.told(found)
    body, tag = _encode(shapes.shaped(told, shapes.Entitlements)), queries.etag_of(told)
    if _may_be_kept(found) and _facts([(account_id, starts)])[0][1] == facts:
        _keep((actor.key_ref, actor.reach, ref, language), found, starts, facts, body, tag)
    return body, tag


def kept_of(ref: str, *, actor: Actor, language: str) -> Kept | None:
    """What was kept of it for that key and language, whether it is still so or not."""
    return _kept.get((actor.key_ref, actor.reach, ref, language))


def still_so(asked: Sequence[Kept], at: datetime) -> list[bytes | None]:
    """The JSON of each at `at`, None where it has to be made anew. One statement, in the scope of the key for which they were
    kept; those who ask wait already, so whatever was acknowledged before they asked is in it."""
    different = list(dict.fromkeys(asked))
    moment = _encode(at)
    told: dict[Kept, bytes | None] = {}
    for begin in range(0, len(different), _MOST_AT_ONCE):
        part = different[begin : begin + _MOST_AT_ONCE]
        for kept, (sequence, facts) in zip(
            part, _facts([(each.account_id, each.starts) for each in part]), strict=True
        ):
            good = at < kept.until and facts == kept.facts
            told[kept] = b"".join((kept.before, b"%d" % sequence, b',"at":', moment, kept.after)) if good else None
    return [told[kept] for kept in asked]


def _facts(asked: Sequence[tuple[int, frozenset[datetime]]]) -> list[tuple[int, Facts]]:
    """The number of the stream, and all that each account's answer is made of beside it."""
    ids = sorted({account_id for account_id, _ in asked})
    starts = [instant(start) for start in sorted({start for _, each in asked for start in each})]
    values: list[Any]
    if connection.vendor == "postgresql":
        whose, within, values = "unnest(%s::bigint[])", "= ANY(%s::timestamptz[])", [ids, PERIOD, starts]
    else:
        whose = f"(VALUES {', '.join(['(%s)'] * len(ids))})"
        within, values = f"IN ({', '.join(['%s'] * len(starts)) or 'NULL'})", [*ids, PERIOD, *starts]
    # past the scope: each account was found within it when its answer was made, for the same key
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH w (account) AS (SELECT * FROM {whose} AS given)"  # noqa: S608  placeholders
            " SELECT c.sequence, c.everybody, w.account, e.sequence, t.meter, t.start, t.quantity, t.reserved"
            " FROM w CROSS JOIN entitlement_clock c LEFT JOIN entitlement_change e ON e.account_id = w.account"
            f" LEFT JOIN usage_total t ON t.account_id = w.account AND t.span = %s AND t.start {within}"
            " WHERE c.id = 1 ORDER BY t.meter, t.start",
            values,
        )
        rows = cursor.fetchall()
    sequence, everybody = rows[0][:2] if rows else (0, None)
    changed: dict[int, Any] = {}
    totals: dict[int, list[Facts]] = {each: [] for each in ids}
    for row in rows:
        changed[row[2]] = row[3]
        if row[4] is not None:
            totals[row[2]].append(row[4:])
    return [
        # a period of somebody else's that begins at another moment is not in the answer
        (sequence, (everybody, changed.get(each), tuple(row for row in totals[each] if read_instant(row[1]) in begins)))
        for each, begins in asked
    ]


def _may_be_kept(found: AccountStanding) -> bool:
    return not any(
        each.standing.reserved or any(step.layer == "pool" for step in each.answer.why)
        for each in found.meters.values()
    )


def _keep(name: Name, found: AccountStanding, starts: frozenset[datetime], facts: Facts, body: bytes, tag: str) -> None:
    head = b'{"account":"%s","sequence":' % found.place.ref.encode()
    middle = b'%d,"at":%s' % (found.sequence, _encode(found.at))
    if not body.startswith(head + middle):
        return
    ends = [each.period.end for each in found.meters.values() if each.period.end is not None]
    until = min([found.at + LONGEST, *ends, *([found.until] if found.until is not None else [])])
    while len(_kept) >= MOST_KEPT:
        _kept.pop(next(iter(_kept)), None)
    _kept[name] = Kept(found.place.id, starts, facts, until, head, body[len(head + middle) :], tag)
