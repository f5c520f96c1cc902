"""Secrets that must be read again (a webhook is signed with one): encrypted in the database, the key outside it.

What only has to be recognised is stored as a hash instead.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class CannotOpen(Exception):
    """None of the installation's keys opens it: SUBLET_ENCRYPTION_KEYS lacks the one with which it was sealed."""


def seal(text: str) -> str:
    """`text`, readable again by `unseal` only."""
    return _box().encrypt(text.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """What was sealed. Raises CannotOpen."""
    try:
        return _box().decrypt(sealed.encode("ascii")).decode()
    except (InvalidToken, UnicodeError) as fault:
        raise CannotOpen("sealed with another key") from fault


def _box() -> MultiFernet:
    """The first key seals, all of them open: so keys are changed without a standstill."""
    keys = [*settings.ENCRYPTION_KEYS, settings.SECRET_KEY]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"sealed secrets")
    return base64.urlsafe_b64encode(hkdf.derive(key.encode()))
