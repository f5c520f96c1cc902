"""What a token is worth now, for those who show one to us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

import jwt

from sublet.branding.queries import HostView, origin
from sublet.core.signon import claims_of
from sublet.foundation.refs import looks_like_ref
from sublet.signon.models import SignOn, SignOnToken
from sublet.signon.queries.access import WITH, secret_hash, standing_of, token_row
from sublet.signon.queries.applications import KnownApplication, known
from sublet.signon.queries.keys import checking_key


def introspected(
    secret: str, *, application_ref: str, site: HostView, request_id: str, at: datetime
) -> dict[str, Any] | None:
    """The answer about an access token of that application on this host, or None when it is worth nothing now."""
    row = token_row(secret, SignOnToken.Kind.ACCESS)
    if row is None or row.expires_at <= at or row.sign_on.application.ref != application_ref:
        return None
    standing = standing_of(row.sign_on, site=site, request_id=request_id, at=at)
    if standing is None:
        return None
    return {
        "active": True,
        "iss": origin(site.host),
        "client_id": application_ref,
        "token_type": "Bearer",
        "scope": row.sign_on.scopes,
        "iat": int(row.created_at.timestamp()),
        "exp": int(row.expires_at.timestamp()),
        "sid": row.sign_on.ref,
        **claims_of(standing.facts, row.sign_on.scopes.split()),
    }


@dataclass(frozen=True, slots=True)
class HintedSignOn:
    """The sign-on that an ID token of ours names, whether it goes on or not."""

    ref: str
    application: KnownApplication
    in_visit: bool
    browser_hash: str

    def belongs_to(self, browser: str) -> bool:
        """Whether the log-in with that secret has made it."""
        return bool(browser) and compare_digest(self.browser_hash, secret_hash(browser))


def sign_on_of_hint(hint: str, *, site: HostView, at: datetime) -> HintedSignOn | None:
    """The sign-on of an ID token that this host has signed (over or not: it only says who is meant), or None."""
    if not hint or len(hint) > 8000:
        return None
    try:
        key = checking_key(str(jwt.get_unverified_header(hint).get("kid", "")), at)
        if key is None or key.algorithm != "RS256":
            return None
        claims = jwt.decode(
            hint,
            jwt.PyJWK(key.public),
            algorithms=[key.algorithm],
            issuer=origin(site.host),
            options={"verify_aud": False, "verify_exp": False, "verify_iat": False, "require": ["aud", "sid", "iss"]},
        )
    except jwt.PyJWTError:
        return None
    ref = str(claims["sid"])
    if not looks_like_ref(ref, "sgn"):
        return None
    # unscoped: our own signature names it
    row = (
        SignOn.unscoped.filter(ref=ref, host=site.host, application__ref=str(claims["aud"]))
        .select_related(*WITH)
        .first()
    )
    if row is None or row.application.removed_at is not None:
        return None
    return HintedSignOn(
        ref=row.ref,
        application=known(row.application),
        in_visit=row.impersonation_id is not None,
        browser_hash=row.browser_hash,
    )
