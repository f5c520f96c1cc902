"""What a program of the host product is told of a person, and the checks of OAuth that need no database.

Pure. Laws (tests/core/test_signon.py): an address is allowed only when it is one of the registered ones, character by
character; a verifier fits its own challenge and no other; what is told never goes past the person's rights; a path that a proxy
or a product could read as another one is none.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from sublet.core.manifest.addresses import fill_address
from sublet.core.rights import PRODUCT_PREFIX, Level, Rights

#: What can be asked for; anything else is ignored, as OpenID Connect wants it.
SCOPES = ("openid", "profile", "email", "offline_access")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}\Z")
LONGEST_ADDRESS = 1000
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
#: What nobody needs to escape (RFC 3986, 2.3).
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass(frozen=True, slots=True)
class Acting:
    """Who really sits there during a visit, and as whom: a collaborator, or the reseller itself. `ends_at` is a Unix time."""

    subject: str
    name: str
    account: str
    mode: str
    visit: str
    acting_as: str
    ends_at: int


@dataclass(frozen=True, slots=True)
class Facts:
    """A person in an account, as a program is told of them. Times are Unix times."""

    subject: str
    name: str
    email: str
    account: str
    account_name: str
    account_kind: str
    reseller: str  # empty: none above
    rights: Rights
    language: str
    timezone: str
    brand: str  # address of the host on which the person works
    authenticated_at: int = 0
    methods: tuple[str, ...] = ()
    acting: Acting | None = None
    looking: bool = False  # nobody sits there: the pages are checked, and nothing may come of it

    def to_look(self) -> Facts:
        """The same for whoever only looks at the pages. The rights stay as they are held: what a page shows only to whoever may
        change something is looked at, too. That nothing is changed is seen to where requests come through."""
        return replace(self, looking=True)


def sections_of(rights: Rights) -> dict[str, str]:
    """The host product's sections that are open, each with its level; keys as the product manifest has them."""
    return {
        key.removeprefix(PRODUCT_PREFIX): level.word
        for key, level in sorted(rights.levels.items())
        if key.startswith(PRODUCT_PREFIX) and level > Level.NONE
    }


def claims_of(facts: Facts, scopes: Iterable[str]) -> dict[str, Any]:
    """The claims about the person, by what was asked for. The account and its sections are always among them."""
    asked = frozenset(scopes)
    claims: dict[str, Any] = {
        "sub": facts.subject,
        "account": facts.account,
        "account_name": facts.account_name,
        "account_kind": facts.account_kind,
        "sections": sections_of(facts.rights),
        "brand": facts.brand,
    }
    if facts.reseller:
        claims["reseller"] = facts.reseller
    if "profile" in asked:
        claims |= {"name": facts.name, "locale": facts.language, "zoneinfo": facts.timezone}
    if "email" in asked:
        claims |= {"email": facts.email, "email_verified": True}  # nobody gets a log-in without showing the address
    if facts.authenticated_at:
        claims["auth_time"] = facts.authenticated_at
    if facts.looking:
        claims["looking"] = True
    if facts.methods:
        claims["amr"] = list(facts.methods)
    if facts.acting is not None:
        acting = facts.acting
        claims["act"] = {
            "sub": acting.subject,
            "name": acting.name,
            "account": acting.account,
            "mode": acting.mode,
            "visit": acting.visit,
            "acting_as": acting.acting_as,
            "exp": acting.ends_at,
        }
    return claims


def scopes_asked(text: str) -> tuple[str, ...]:
    """The scopes of `text` that there are, in one order, each once."""
    words = frozenset(text.split())
    return tuple(scope for scope in SCOPES if scope in words)


def address_allowed(wanted: str, templates: Sequence[str], *, host: str, scheme: str) -> bool:
    """Whether `wanted` is exactly one of the registered addresses. `host` has its port where there is one.

    No normalizing, no prefix, no wildcard: each of those has let codes out elsewhere.
    """
    if not wanted or len(wanted) > LONGEST_ADDRESS:
        return False
    return any(wanted == filled(template, host=host, scheme=scheme) for template in templates)


def filled(template: str, *, host: str, scheme: str) -> str:
    """A registered address as it is on `host`."""
    return fill_address(template, host=host, account="", language="", scheme=scheme)


def path_for_all(raw: str) -> str | None:
    """The path of a request to the product as whoever reads it takes it; None where a proxy and a product could differ.

    We are asked about the path as the browser has sent it, the product may get it tidied up: dots followed, slashes made one,
    escapes undone once more. Whoever writes a path that is two places must not be let into one by the right to the other.
    What browsers never write is no path here; parameters of a segment (``;…``) fall away.
    """
    if "#" in raw or any(chr(int(code, 16)) in _UNRESERVED for code in _ESCAPE.findall(raw)):
        return None
    path = unquote(raw)
    if _ESCAPE.search(path) or not path.startswith("/") or "//" in path or "\\" in path or not path.isprintable():
        return None
    segments = [segment.partition(";")[0] for segment in path.split("/")]
    return None if {".", ".."} & set(segments) else "/".join(segments)


def is_challenge(text: str) -> bool:
    """Whether `text` could be a PKCE challenge of the method S256."""
    return _CHALLENGE.match(text) is not None


def verifier_fits(verifier: str, challenge: str) -> bool:
    """Whether `verifier` is the one of `challenge` (S256)."""
    if _VERIFIER.match(verifier) is None or not is_challenge(challenge):
        return False
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
    return hmac.compare_digest(made, challenge)
