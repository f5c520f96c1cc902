"""The chain of hashes over the journal of one account: how an entry is written down, how seals follow each other.

Pure. A seal says at which position of the chain an entry stands, and binds it to everything sealed before it:

    entry hash = sha256("sublet-journal-1 entry" LF, the entry as canonical JSON)
    chain hash = sha256(chain hash before, position as 8 bytes, entry id as 16 bytes, entry hash)

Before the first one stands `beginning(account_id)`. Canonical JSON: UTF-8, keys in the order of their code points, no
spaces, instants in UTC with six places, identifiers with hyphens. Empty fields (null, "", {} and []) are left out, so
that a column that is added later with an empty default changes no hash.

Laws (tests/core/test_chain.py):

* a chain that was sealed and not touched has no break, however it was cut into runs of the sealer;
* changing, taking out, adding or exchanging any entry or seal but at the very end breaks it, at the first such place;
* what is taken off the end shows against a head that was kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

FORMAT = b"sublet-journal-1"

#: Why a chain breaks. The words stand in findings and in tests.
CHANGED = "changed"  # the entry does not read as it did when it was sealed
MISSING = "missing"  # an entry or a seal is gone
INSERTED = "inserted"  # an entry of a time long sealed came in later
REORDERED = "reordered"  # the seals do not follow each other as they were written

#: How long after its instant an entry may come in: longer than any transaction takes.
GRACE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seal:
    """One link: at `position` (from 1) stands the entry `entry_id`."""

    position: int
    entry_id: uuid.UUID
    entry_hash: bytes
    chain_hash: bytes
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """The entry as it stands in the journal now: its hash, and the instant that it tells."""

    entry_hash: bytes
    at: datetime


def entry_hash(fields: Mapping[str, Any]) -> bytes:
    """The hash of an entry, from its columns. Raises TypeError for a value that has no canonical form."""
    kept = {name: value for name, value in fields.items() if value not in (None, "", {}, [])}
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return hashlib.sha256(FORMAT + b" entry\n" + text.encode("utf-8", "surrogatepass")).digest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


def beginning(account_id: int) -> bytes:
    """What stands before the first link of that account's chain."""
    return hashlib.sha256(FORMAT + b" chain %d" % account_id).digest()


def linked(before: bytes, position: int, entry_id: uuid.UUID, entry: bytes) -> bytes:
    """The chain hash of the link at `position`, after the link whose chain hash is `before`."""
    return hashlib.sha256(before + position.to_bytes(8, "big") + entry_id.bytes + entry).digest()


class Walk:
    """Goes along the chain of one account, seal by seal, in the order of positions."""

    def __init__(self, account_id: int) -> None:
        self.position = 0
        self.chain_hash = beginning(account_id)
        self._run: datetime | None = None  # when the run began whose seals are being read
        self._run_before: datetime | None = None

    def step(self, seal: Seal, found: Found | None) -> str:
        """Compare the next seal with the entry as it is now (None: there is none). The kind of break, or "" for none."""
        if seal.position != self.position + 1:
            return MISSING
        if linked(self.chain_hash, seal.position, seal.entry_id, seal.entry_hash) != seal.chain_hash:
            return REORDERED
        if found is None:
            return MISSING
        if found.entry_hash != seal.entry_hash:
            return CHANGED
        if self._run != seal.sealed_at:
            self._run_before, self._run = self._run, seal.sealed_at
        if self._run_before is not None and found.at < self._run_before - GRACE:
            return INSERTED
        self.position, self.chain_hash = seal.position, seal.chain_hash
        return ""
