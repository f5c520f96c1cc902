"""The list of heads, to be kept on another machine: where each chain ended, signed by this installation.

Whoever can write the whole database can compute a whole new chain, and it will hold. It will not hold against a list that
was written before and lies elsewhere. Plain text, one chain a line, so that two lists can be compared by eye:

    sublet-journal-heads 1
    at 2026-03-02T09:30:00+00:00
    <hash before the first link> <position> <chain hash>
    …
    signed <number of chains> <HMAC-SHA256 of all lines above>

The first column stands for the account without telling its number.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.crypto import salted_hmac

from sublet.core.chain import beginning
from sublet.foundation.journal.seals import Head, chain_hashes, heads

_TITLE = "sublet-journal-heads 1"
_SALT = "sublet.foundation.journal.heads"


class NotAList(ValueError):
    """The text is no list of heads, or not one that this installation signed; the message says which."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of the chains of a list: how many hold, which accounts' were written anew, how many are gone."""

    at: datetime
    chains: int
    rewritten: tuple[int, ...]
    gone: int


def write_heads(found: Iterable[Head], *, at: datetime) -> Iterator[str]:
    """The lines of the list, each with its line break."""
    text = salted_hmac(_SALT, b"", algorithm="sha256")
    count = 0
    for line in (_TITLE, f"at {at.astimezone(UTC).isoformat()}"):
        text.update(f"{line}\n".encode())
        yield f"{line}\n"
    for head in found:
        line = f"{beginning(head.account_id).hex()} {head.position} {head.chain_hash.hex()}\n"
        text.update(line.encode())
        count += 1
        yield line
    yield f"signed {count} {text.hexdigest()}\n"


def compare_heads(list_of_heads: str) -> Compared:
    """Compare a list that was written earlier with the chains as they are now. Raises NotAList."""
    at, kept = _read(list_of_heads)
    accounts = {beginning(head.account_id).hex(): head.account_id for head in heads()}
    places = [(accounts[chain], position) for chain, position, _hash in kept if chain in accounts]
    now = chain_hashes(places)
    rewritten = [
        accounts[chain]
        for chain, position, chain_hash in kept
        if chain in accounts and now.get((accounts[chain], position)) != chain_hash
    ]
    gone = sum(chain not in accounts for chain, _position, _hash in kept)
    return Compared(at=at, chains=len(kept), rewritten=tuple(rewritten), gone=gone)


def _read(list_of_heads: str) -> tuple[datetime, list[tuple[str, int, bytes]]]:
    lines = list_of_heads.splitlines()
    if len(lines) < 3 or lines[0] != _TITLE or not lines[-1].startswith("signed "):
        raise NotAList("This is no list of heads, or the end of it is missing.")
    text = salted_hmac(_SALT, "".join(f"{line}\n" for line in lines[:-1]), algorithm="sha256")
    expected = f"signed {len(lines) - 3} {text.hexdigest()}"
    if not hmac.compare_digest(lines[-1], expected):
        raise NotAList("The list was changed, or another installation (another SUBLET_SECRET_KEY) signed it.")
    rows = [line.split(" ") for line in lines[2:-1]]
    return datetime.fromisoformat(lines[1].removeprefix("at ")), [
        (chain, int(position), bytes.fromhex(chain_hash)) for chain, position, chain_hash in rows
    ]
