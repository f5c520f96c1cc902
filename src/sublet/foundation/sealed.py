"""Secrets that must be read again (a key of an authenticator app, a client secret): encrypted at rest.

The key comes from `SUBLET_SECRET_KEY`, which is not in the database: a stolen copy of the tables opens nothing. What needs
comparing only is hashed instead.
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """A sealed text that this installation cannot open: another secret key, another purpose, or not whole."""


@lru_cache(maxsize=32)
def _box(purpose: str, secret: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=b"sublet.sealed", info=purpose.encode()).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))


def seal(text: str, *, purpose: str) -> str:
    """The text, encrypted; only `unseal` with the same `purpose` opens it."""
    return _box(purpose, settings.SECRET_KEY).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """What was sealed. Raises Unreadable."""
    try:
        return _box(purpose, settings.SECRET_KEY).decrypt(sealed.encode()).decode()
    except (InvalidToken, ValueError):
        raise Unreadable(purpose) from None
