"""Cursors that nobody can read, make up or carry to another list.

What a query says about its place in a list holds names and row numbers, which are nobody's business. It is encrypted
with a key that is derived from the installation's, under an initialization vector that is the text's own digest (SIV):
the same place gives the same cursor, and a cursor that was changed in one bit opens nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from django.conf import settings

from sublet.portals.api.problems import Invalid

MOST_ROWS = 200
PAGE_SIZE = 50
LONGEST_CURSOR = 2000
_IV = 16


def _key(purpose: bytes, salt: str) -> bytes:
    secret = str(settings.SECRET_KEY).encode()
    return hmac.digest(secret, b"sublet.api.cursor\x00" + purpose + b"\x00" + salt.encode(), hashlib.sha256)


def _mix(text: bytes, iv: bytes, key: bytes) -> bytes:
    blocks = (len(text) + 31) // 32
    stream = b"".join(hmac.digest(key, iv + count.to_bytes(4, "big"), hashlib.sha256) for count in range(blocks))
    return bytes(a ^ b for a, b in zip(text, stream, strict=False))


def seal(place: str, *, salt: str) -> str | None:
    """The cursor for a place in the list that `salt` names; None for no place."""
    if not place:
        return None
    text = place.encode()
    iv = hmac.digest(_key(b"iv", salt), text, hashlib.sha256)[:_IV]
    return base64.urlsafe_b64encode(iv + _mix(text, iv, _key(b"text", salt))).decode().rstrip("=")


def unseal(cursor: str | None, *, salt: str) -> str:
    """The place that a cursor of this list stands for; empty for none. Raises Invalid for any other cursor."""
    if not cursor:
        return ""
    try:
        if len(cursor) > LONGEST_CURSOR:
            raise ValueError
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        text = _mix(raw[_IV:], raw[:_IV], _key(b"text", salt))
        if not hmac.compare_digest(raw[:_IV], hmac.digest(_key(b"iv", salt), text, hashlib.sha256)[:_IV]) or not text:
            raise ValueError
        return text.decode()
    except (ValueError, binascii.Error):
        raise Invalid("cursor", "wrong-cursor") from None
