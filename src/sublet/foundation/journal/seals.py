"""Sealing the journal, walking along its chains, and their heads. What a chain is stands in `core.chain`.

`record` takes no lock and knows nothing of this: a job seals what has been committed since, every minute. An entry whose
transaction commits late gets its place once it has come; each entry gets exactly one, which unique constraints hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from sublet.core.chain import Found, Seal, Walk, beginning, entry_hash, linked
from sublet.foundation.bulk import insert_rows
from sublet.foundation.journal.models import JournalEntry, JournalSeal
from sublet.foundation.refs import first_id_of
from sublet.foundation.unscoped import past_scope

#: How far before the last run a run looks: longer than all but the strangest transactions. The nightly run looks at all.
SLACK = timedelta(minutes=15)
_ACCOUNTS = 100
_ROWS = 2_000
_COLUMNS = [field.column for field in JournalEntry._meta.concrete_fields]
_SEAL = ["account_id", "position", "entry_id", "entry_hash", "chain_hash", "sealed_at"]
_LOCK = 0x5EA1  # one sealer at a time on PostgreSQL; SQLite has one writer anyway


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain of an account ends."""

    account_id: int
    position: int
    chain_hash: bytes
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Break:
    """The first place at which the chain of an account does not hold. `kind` is a word of `core.chain`."""

    account_id: int
    position: int
    kind: str
    entry_id: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What a walk found: how many links in how many chains, entries that wait for their seal, the breaks."""

    links: int
    accounts: int
    unsealed: int
    breaks: Sequence[Break]


def _unsealed() -> QuerySet[JournalEntry]:
    seals = JournalSeal.unscoped.filter(  # unscoped: the chain is the installation's
        account_id=OuterRef("account_id"), entry_id=OuterRef("id")
    )
    return JournalEntry.unscoped.filter(~Exists(seals))  # unscoped: as above


@past_scope("the chain is the installation's")
def seal_journal(*, at: datetime, everything: bool = False) -> int:
    """Seal what has been recorded since the last run; with `everything` also what came in unusually late.

    Returns the number of new seals. Each hundred accounts are a transaction, so whoever dies leaves whole chains, and
    the next run goes on. While another process seals, this one leaves it the work.
    """
    pending = _unsealed()
    seals = JournalSeal.unscoped.order_by("-sealed_at")  # unscoped: the chain is the installation's
    newest = seals.values_list("sealed_at", flat=True).first()
    if newest is not None and not everything:
        pending = pending.filter(id__gte=first_id_of(newest - SLACK))
    accounts = sorted(set(pending.order_by().values_list("account_id", flat=True).distinct()))
    done = 0
    for first in range(0, len(accounts), _ACCOUNTS):
        try:
            with transaction.atomic():
                if not _alone():
                    return done
                done += _seal(accounts[first : first + _ACCOUNTS], at=at, everything=everything)
        except IntegrityError:
            continue  # somebody else sealed these at the same moment
    return done


def _alone() -> bool:
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:  # past the scope: a lock, no rows
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _seal(accounts: Sequence[int], *, at: datetime, everything: bool) -> int:
    heads = heads_of(accounts)
    # A run's seals all bear one instant, later than any before: by it the walk tells runs apart.
    at = max([at, *(head.sealed_at for head in heads.values())])
    known = {account: at if everything else heads[account].sealed_at for account in accounts if account in heads}
    pending = _unsealed().filter(account_id__in=accounts)
    if known and not everything:
        recent = Q(account_id__in=[account for account in accounts if account not in known])
        for account, sealed_at in known.items():
            recent |= Q(account_id=account, id__gte=first_id_of(sealed_at - SLACK))
        pending = pending.filter(recent)
    pending = pending.order_by("account_id", "id")
    ends = {account: (head.position, head.chain_hash) for account, head in heads.items()}
    done = 0
    # What has been sealed is not pending any more, so the same question gives the next rows.
    while rows := list(pending.values_list(*_COLUMNS)[:_ROWS]):
        links = []
        for row in rows:
            entry = dict(zip(_COLUMNS, row, strict=True))
            account, entry_id = entry["account_id"], entry["id"]
            position, before = ends.get(account) or (0, beginning(account))
            hashed = entry_hash(entry)
            chain = linked(before, position + 1, entry_id, hashed)
            links.append((account, position + 1, entry_id, hashed, chain, at))
            ends[account] = (position + 1, chain)
        insert_rows(JournalSeal, _SEAL, links)
        done += len(links)
        if len(rows) < _ROWS:
            break
        pending = pending.filter(account_id__gte=rows[-1][_COLUMNS.index("account_id")])
    return done


@past_scope("the chain is the installation's")
def heads_of(accounts: Sequence[int]) -> Mapping[int, Head]:
    """The heads of these accounts' chains, by account; those without a chain are left out."""
    if not accounts:
        return {}
    values = ", ".join(["(%s)"] * len(accounts))
    sql = (
        f"WITH asked (account_id) AS (VALUES {values})"  # noqa: S608  placeholders only
        " SELECT account_id, (SELECT max(position) FROM journal_seal s WHERE s.account_id = asked.account_id) FROM asked"
    )
    with connection.cursor() as cursor:  # past the scope: the chain is the installation's
        cursor.execute(sql, list(accounts))
        last = [(account, position) for account, position in cursor.fetchall() if position is not None]
    rows = JournalSeal.unscoped.filter(pk__in=last) if last else ()  # unscoped: as above
    return {row.account_id: _head(row) for row in rows}


def heads() -> Iterator[Head]:
    """The heads of all chains, in the order of accounts."""
    with (
        past_scope("the chain is the installation's"),
        connection.cursor() as cursor,  # past the scope: as above
    ):
        cursor.execute("SELECT DISTINCT account_id FROM journal_seal ORDER BY account_id")
        accounts = [row[0] for row in cursor.fetchall()]
    for first in range(0, len(accounts), _ACCOUNTS):
        batch = accounts[first : first + _ACCOUNTS]
        found = heads_of(batch)
        yield from (found[account] for account in batch if account in found)


def _head(row: JournalSeal) -> Head:
    return Head(row.account_id, row.position, bytes(row.chain_hash), row.sealed_at)


def chain_hashes(places: Sequence[tuple[int, int]]) -> Mapping[tuple[int, int], bytes]:
    """The chain hashes that stand at these ``(account, position)``; places without a seal are left out."""
    found: dict[tuple[int, int], bytes] = {}
    for first in range(0, len(places), _ACCOUNTS):
        rows = JournalSeal.unscoped.filter(pk__in=places[first : first + _ACCOUNTS])  # unscoped: as above
        found |= {(row.account_id, row.position): bytes(row.chain_hash) for row in rows}
    return found


@past_scope("the chain is the installation's")
def verify_journal(*, account_id: int | None = None) -> Verified:
    """Walk along all chains, or that of one account, and compare each link with its entry. Writes nothing.

    A walk over a journal that grows meanwhile is right: seals are only added at the ends.
    """
    seals = JournalSeal.unscoped.order_by("account_id", "position")  # unscoped: the chain is the installation's
    waiting = _unsealed()
    if account_id is not None:
        seals, waiting = seals.filter(account_id=account_id), waiting.filter(account_id=account_id)
    walks, links, breaks = 0, 0, []
    walk, walked, broken = Walk(0), None, False
    place: tuple[int, int] | None = None
    while True:
        rows = list((seals.filter(pk__gt=place) if place else seals)[:_ROWS])
        found = _entries(rows)
        for row in rows:
            if row.account_id != walked:
                walks, walked, walk, broken = walks + 1, row.account_id, Walk(row.account_id), False
            if broken:
                continue
            links += 1
            seal = Seal(row.position, row.entry_id, bytes(row.entry_hash), bytes(row.chain_hash), row.sealed_at)
            kind = walk.step(seal, found.get((row.account_id, row.entry_id.hex)))
            if kind:
                broken = True
                breaks.append(Break(row.account_id, walk.position + 1, kind, str(row.entry_id)))
        if len(rows) < _ROWS:
            break
        place = (rows[-1].account_id, rows[-1].position)
    return Verified(links=links, accounts=walks, unsealed=waiting.count(), breaks=breaks)


def _entries(rows: Sequence[JournalSeal]) -> Mapping[tuple[int, str], Found]:
    if not rows:
        return {}
    entries = JournalEntry.unscoped.filter(  # unscoped: the chain is the installation's
        account_id__gte=rows[0].account_id, account_id__lte=rows[-1].account_id, id__in=[row.entry_id for row in rows]
    ).values_list(*_COLUMNS)
    found = {}
    for row in entries:
        entry = dict(zip(_COLUMNS, row, strict=True))
        found[entry["account_id"], entry["id"].hex] = Found(entry_hash(entry), entry["at"])
    return found
