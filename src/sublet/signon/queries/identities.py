"""What an identity header is worth when the product shows it to us again: our own signature, this host, this minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import jwt

from sublet.branding.queries import HostView, origin
from sublet.foundation.refs import looks_like_ref
from sublet.people.models import Impersonation
from sublet.signon.queries.keys import EC, checking_key

_LONGEST = 8000


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom an identity header names. Of `log_in` and `visit` one is given, by which it is asked whether that still stands."""

    subject: str
    account: str
    log_in: str
    visit: str


def identity_of(token: str, *, site: HostView, at: datetime) -> Identity | None:
    """Whom the identity header (`operations.identity`) names, or None: not ours, of another host, over, or a scan's, which
    looks and no more. At most one statement, none while the keys are warm.

    It says who is meant, and nothing of what that person may do now.
    """
    if not token or len(token) > _LONGEST:
        return None
    place = origin(site.host)
    try:
        header = jwt.get_unverified_header(token)
        key = checking_key(str(header.get("kid", "")), at)
        if key is None or key.algorithm != EC or header.get("typ") != "JWT":
            return None
        claims = jwt.decode(
            token,
            jwt.PyJWK(key.public),
            algorithms=[EC],
            audience=place,
            issuer=place,
            # Its times are compared below with the instant of the request, as all others are.
            options={
                "verify_exp": False,
                "verify_iat": False,
                "require": ["aud", "iss", "exp", "iat", "sub", "account"],
            },
        )
        over = int(claims["exp"]) <= at.timestamp()
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    acting = claims.get("act") or {}
    log_in, visit = str(claims.get("sid", "")), str(acting.get("visit", ""))
    if over or claims.get("looking") or bool(log_in) == bool(visit):
        return None
    return Identity(subject=str(claims["sub"]), account=str(claims["account"]), log_in=log_in, visit=visit)


def session_hash_of_visit(ref: str) -> str:
    """The browser session to which a visit belongs, or empty. One statement."""
    if not looks_like_ref(ref, "ims"):
        return ""
    # unscoped: our own signature names it
    return Impersonation.unscoped.filter(ref=ref).values_list("session_hash", flat=True).first() or ""
