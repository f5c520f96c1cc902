"""The keys that sign, and those that are published: kept by each process for a minute."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from sublet.signon.models import SigningKey

RSA, EC = "RS256", "ES256"
ALGORITHMS = (RSA, EC)
#: A key signs an hour after it was published, so a minute more is nothing.
FRESH_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Key:
    """A key of this process. `private` is ready to sign with; None when the installation's secret key has changed."""

    kid: str
    algorithm: str
    public: dict[str, Any]
    signs_from: datetime
    published_until: datetime | None
    private: Any


class _Kept:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.read_at = -1e9
        self.keys: tuple[Key, ...] = ()


_kept = _Kept()


def forget_keys() -> None:
    """Read them anew at the next use: they have just been changed in this process."""
    with _kept.lock:
        _kept.read_at = -1e9


def seal() -> Fernet:
    """What encrypts private halves at rest."""
    secret = hashlib.sha256(b"signing keys:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(secret))


def all_keys() -> tuple[Key, ...]:
    """Every key there is, newest first. No statement while warm, else one."""
    if time.monotonic() - _kept.read_at < FRESH_SECONDS and _kept.keys:
        return _kept.keys
    started = time.monotonic()
    keys = tuple(_key(row) for row in SigningKey.objects.order_by("-signs_from", "-id"))
    with _kept.lock:
        _kept.keys, _kept.read_at = keys, started
    return keys


def _key(row: SigningKey) -> Key:
    known = next((key for key in _kept.keys if key.kid == row.kid and key.published_until == row.published_until), None)
    if known is not None:
        return known
    try:
        private: Any = load_pem_private_key(seal().decrypt(row.sealed.encode()), None)
    except (InvalidToken, ValueError):
        private = None
    return Key(row.kid, row.algorithm, row.public, row.signs_from, row.published_until, private)


def published_keys(at: datetime) -> list[dict[str, Any]]:
    """The public halves that may be met now, and those that will sign soon, as JSON Web Keys."""
    return [key.public for key in all_keys() if key.published_until is None or key.published_until > at]


def signing_key(algorithm: str, at: datetime) -> Key | None:
    """The newest key of that algorithm that signs now, or None."""
    return next(
        (
            key
            for key in all_keys()
            if key.algorithm == algorithm
            and key.private is not None
            and key.signs_from <= at
            and (key.published_until is None or key.published_until > at)
        ),
        None,
    )


def checking_key(kid: str, at: datetime) -> Key | None:
    """The published key of that id, or None."""
    return next(
        (key for key in all_keys() if key.kid == kid and (key.published_until is None or key.published_until > at)),
        None,
    )
