"""What is believed of an identity token (OpenID Connect Core, 3.1.3.7): rules alone, once its signature is known to be good.

Pure. Laws (tests/core/test_company_log_in.py): a token for somebody else, of somebody else, for another log-in or of another
time is refused whatever else it says; an address that the provider has not verified is no address.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sublet.core.hosts import to_ascii

#: Signatures of a key pair. Never ``none``, and never one with a shared secret: whoever knows a public key could sign.
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
#: Seconds that two clocks may differ, and that a token may be old when it is handed over.
LEEWAY, OLDEST = 60, 600
LONGEST_SUBJECT = 255

#: Values of ``amr`` (RFC 8176) and of ``acr`` that mean more than a password.
STRONG_METHODS = frozenset({"mfa", "otp", "hwk", "swk", "sc", "fido"})
STRONG_CONTEXTS = frozenset(
    {"phr", "phrh", "mfa", "http://schemas.openid.net/pape/policies/2007/06/multi-factor", "possessionorinherence"}
)

#: When a company log-in is taken as a second factor: never; when the provider says that there was one; always.
NEVER, SAID, ALWAYS = "never", "said", "always"
SECOND_FACTOR = (NEVER, SAID, ALWAYS)


@dataclass(frozen=True, slots=True)
class CompanyPerson:
    """Whom the provider has shown. `email` is empty unless the provider has verified it; `strong`: with a second factor."""

    issuer: str
    subject: str
    email: str = ""
    name: str = ""
    strong: bool = False


def refuse_claims(claims: Mapping[str, object], *, issuer: str, client_id: str, nonce: str, at: int) -> str:
    """Why the claims are not believed, as the name of the claim; empty when they are. `at`: seconds since 1970."""
    if claims.get("iss") != issuer:
        return "iss"
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject or len(subject) > LONGEST_SUBJECT or not subject.isprintable():
        return "sub"
    audience = claims.get("aud")
    several = isinstance(audience, list) and len(audience) > 1
    if audience != client_id and not (isinstance(audience, list) and client_id in audience):
        return "aud"
    if ("azp" in claims or several) and claims.get("azp") != client_id:
        return "azp"
    if not nonce or claims.get("nonce") != nonce:
        return "nonce"
    ends, begun = _instant(claims.get("exp")), _instant(claims.get("iat"))
    if ends is None or at >= ends + LEEWAY:
        return "exp"
    if begun is None or begun > at + LEEWAY or begun < at - OLDEST:
        return "iat"
    if "nbf" in claims:
        starts = _instant(claims["nbf"])
        if starts is None or starts > at + LEEWAY:
            return "nbf"
    return ""


def _instant(value: object) -> float | None:
    return (
        float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12 else None
    )


def person_of(claims: Mapping[str, object]) -> CompanyPerson:
    """Whom believed claims show."""
    email, name = claims.get("email"), claims.get("name")
    verified = claims.get("email_verified") in (True, "true")
    return CompanyPerson(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        email=email.strip().lower() if verified and isinstance(email, str) and len(email) <= 254 else "",
        name=" ".join(name.split())[:200] if isinstance(name, str) else "",
        strong=is_strong(claims),
    )


def is_strong(claims: Mapping[str, object]) -> bool:
    """Whether the provider says that there was more than a password."""
    methods = claims.get("amr")
    told = {each for each in methods if isinstance(each, str)} if isinstance(methods, list) else set()
    return bool(told & STRONG_METHODS) or str(claims.get("acr", "")) in STRONG_CONTEXTS


def counts_as_second_factor(rule: str, *, strong: bool) -> bool:
    """Whether a log-in that was (or was not) strong counts under an account's rule."""
    return rule == ALWAYS or (rule == SAID and strong)


def in_domains(email: str, domains: Collection[str]) -> bool:
    """Whether the address is in exactly one of the domains; a domain below is another one.

    The domains are as `core.hosts.normalize_host` writes them; an address may be written in the letters of its language.
    """
    local, at_sign, domain = email.rpartition("@")
    try:
        domain = to_ascii(domain.lower())
    except UnicodeError:
        return False
    return bool(local and at_sign) and "@" not in local and domain in domains
