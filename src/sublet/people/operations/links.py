"""One-time links: 256 random bits in the mail, a hash in the database, used by one conditional statement. One-time codes beside
them are short enough to be typed: the hash is of the code together with a secret that only the browser has.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from sublet.foundation.errors import Refusal
from sublet.people.models import PersonLink, User
from sublet.people.queries.links import Link, hash_token, read_link

PASSWORD, EMAIL, CROSSING, SIGN_UP, CODE, LOG_IN = PersonLink.Purpose.values

MAILED_CODE_MINUTES = 10
MAILED_CODE_DIGITS = 8


class CannotUseLink(Refusal):
    """A one-time link leads nowhere: used, over, taken back, of another host, or never there. One sentence for all."""

    SENTENCES: ClassVar = {"gone": _("This link cannot be used any more.")}
    status = 410


def new_token() -> str:
    """A fresh token for a one-time link; `hash_token` of it is what is stored."""
    return secrets.token_urlsafe(32)


def issue_link(
    *,
    purpose: str,
    host: str,
    lifetime: timedelta,
    at: datetime,
    user_id: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> str:
    """Store a link that is good once, on `host`, for `lifetime`; returns its token, which nobody can ask for again."""
    token = new_token()
    PersonLink.objects.create(
        user_id=user_id,
        purpose=purpose,
        token_hash=hash_token(token),
        host=host,
        data=dict(data or {}),
        created_at=at,
        expires_at=at + lifetime,
    )
    return token


def issue_code(
    *,
    purpose: str,
    nonce_hash: str,
    user_id: int,
    host: str,
    expires_at: datetime,
    at: datetime,
    data: Mapping[str, Any] | None = None,
) -> str:
    """Store a code that is good once, on `host`, in the browser that keeps the nonce behind `nonce_hash`; returns its digits."""
    code = "".join(secrets.choice("0123456789") for _each in range(MAILED_CODE_DIGITS))
    PersonLink.objects.create(
        user_id=user_id,
        purpose=purpose,
        token_hash=hash_token(_token_of_code(nonce_hash, code)),
        host=host,
        data=dict(data or {}),
        created_at=at,
        expires_at=expires_at,
    )
    return code


def person_of_code(code: str, *, nonce: str, purpose: str, host: str, at: datetime) -> int | None:
    """Whose code it is, if it can still be used. Does not use it: whoever uses more than it locks that person first."""
    link = read_link(_token_of_code(hash_token(nonce), code), purpose=purpose, host=host, at=at)
    return link.user_id if link is not None else None


def said_of_code(user: User, code: str) -> dict[str, Any]:
    """What a mail with a code of `issue_code` says."""
    return {"name": str(user), "code": f"{code[:4]} {code[4:]}", "minutes": MAILED_CODE_MINUTES}


def use_code(code: str, *, nonce: str, purpose: str, host: str, at: datetime) -> Link:
    """Use the code up that was issued for this nonce, as `use_link` does. Raises CannotUseLink."""
    return use_link(_token_of_code(hash_token(nonce), code), purpose=purpose, host=host, at=at)


def _token_of_code(nonce_hash: str, code: str) -> str:
    return f"{nonce_hash}:{code}"


def use_link(token: str, *, purpose: str, host: str, at: datetime) -> Link:
    """Use the link up, in the caller's transaction. Raises CannotUseLink; of two callers at once, for one of them."""
    link = read_link(token, purpose=purpose, host=host, at=at)
    if link is None:
        raise CannotUseLink("gone")
    if not PersonLink.objects.filter(id=link.id, used_at__isnull=True, expires_at__gt=at).update(used_at=at):
        raise CannotUseLink("gone")
    return link


def void_links(*, user_id: int, purposes: Iterable[str], at: datetime) -> None:
    """Make the person's open links for these purposes useless."""
    PersonLink.objects.filter(user_id=user_id, purpose__in=list(purposes), used_at__isnull=True).update(used_at=at)


def clear_links(*, at: datetime) -> int:
    """Delete links that ended a month ago: what they held (addresses, names) is not kept for longer. Returns how many."""
    return PersonLink.objects.filter(expires_at__lt=at - timedelta(days=30)).delete()[0]
