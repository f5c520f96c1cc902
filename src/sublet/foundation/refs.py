"""Public references (``acc_7Hq…``) and time-ordered identifiers.

Database numbers never leave the process: they would tell how many accounts a vendor has and invite guessing.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
import uuid
from datetime import UTC, datetime

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"  # no 0 O 1 I l: read out on the phone
LENGTH = 14  # 57^14 ≈ 2^81
REF_PATTERN = re.compile(r"^[a-z]{2,5}_[2-9A-HJ-NP-Za-km-z]{8,24}\Z")


def new_ref(prefix: str) -> str:
    """A fresh random reference such as ``acc_7Hq…``; the prefix names the kind of thing."""
    return f"{prefix}_" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def looks_like_ref(text: str, prefix: str) -> bool:
    """Whether `text` could be a reference of that kind; saves the database a question about rubbish."""
    return text.startswith(prefix + "_") and REF_PATTERN.match(text) is not None


_counter_lock = threading.Lock()
_counter: dict[int, int] = {}  # of the milliseconds used last, how many identifiers each has had
_MILLISECONDS = 256  # as many requests may be at work at once, each with an instant of its own


def uuid7(at: datetime) -> uuid.UUID:
    """A UUID version 7 (RFC 9562) for the instant `at`: sorts by time, so that it appends to its index.

    Those that one process makes for the same millisecond sort in the order in which they were made: otherwise two
    journal entries of one operation would change places.
    """
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    with _counter_lock:
        count = _counter.pop(milliseconds, -1) + 1
        _counter[milliseconds] = count
        while len(_counter) > _MILLISECONDS:
            _counter.pop(next(iter(_counter)))
    count = min(count, (1 << 30) - 1)  # twelve bits before the variant and eighteen behind it (RFC 9562, 6.2)
    noise = int.from_bytes(os.urandom(8), "big") & ((1 << 44) - 1)
    value = milliseconds << 80 | 0x7 << 76 | count >> 18 << 64 | 0b10 << 62 | (count & 0x3FFFF) << 44 | noise
    return uuid.UUID(int=value)


def instant_of(number: uuid.UUID) -> datetime:
    """The instant for which a UUID version 7 was made, to the millisecond."""
    return datetime.fromtimestamp((number.int >> 80) / 1000, UTC)


def first_id_of(at: datetime) -> uuid.UUID:
    """The smallest UUID version 7 of the millisecond `at`: nothing earlier has an id as large, nothing later a smaller one."""
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62)
