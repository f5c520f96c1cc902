"""Speaking with an account's identity provider: what it says of itself, a code for a token, and whether to believe that.

Everything goes through `foundation.outbound`. Whoever sets a provider up has chosen its address, so nothing that it says is
believed before it was checked, and nothing of its answers is shown.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.utils.translation import gettext_lazy as _

from sublet.core.company_log_in import ALGORITHMS, CompanyPerson, person_of, refuse_claims
from sublet.foundation import outbound
from sublet.foundation.errors import Refusal
from sublet.people.provider_places import Busy, Spared, a_place, note_no_answer

logger = logging.getLogger(__name__)

LIMITS = outbound.Limits(connect=3.0, read=5.0, total=8.0, size=256 * 1024)
WELL_KNOWN = "/.well-known/openid-configuration"
_MOST_KEYS, _LONGEST_TOKEN, _SMALLEST_RSA = 50, 64 * 1024, 2048


class CannotUseProvider(Refusal):
    """A provider that cannot be used, in words for whoever sets it up."""

    SENTENCES: ClassVar = {
        "address": _("This must be a whole address that begins with https://, open to everybody, without ? or #."),
        "unreachable": _("Nobody answers there, or not with a valid certificate."),
        "busy": _("Too many log-ins wait for their companies at the moment. Try again in a few seconds."),
        "nothing": _("There is no description of an identity provider at this address (%(place)s)."),
        "issuer": _("The provider calls itself %(name)s: enter exactly that."),
        "incomplete": _("The provider’s description lacks an address, or names one that is not a safe https address."),
        "code": _("The provider does not offer the authorization code flow."),
        "pkce": _("The provider says that it does not know PKCE with S256."),
        "keys": _("The provider has no public key that can be used."),
    }
    status = 422


class NotBelieved(Exception):
    """An answer of a provider that counts for nothing. `code` is for the log: people are told one sentence."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@contextmanager
def a_place_for(issuer: str) -> Iterator[None]:
    """A place among the few that may wait for a provider. Raises CannotUseProvider (``busy``; ``unreachable`` while it is spared)."""
    try:
        with a_place(issuer):
            yield
    except Busy:
        raise CannotUseProvider("busy", field="issuer") from None
    except Spared:
        raise CannotUseProvider("unreachable", field="issuer") from None


def refuse_issuer(issuer: str) -> str:
    """``address`` when nobody could be found under that issuer; empty when somebody could."""
    if not issuer.isascii() or not issuer.isprintable() or any(c in issuer for c in " ?#\\") or len(issuer) > 500:
        return "address"
    return "address" if outbound.refuse_url(issuer) else ""


def discover(issuer: str) -> dict[str, Any]:
    """What the provider says of itself, reduced to what is used, with its public keys. Raises CannotUseProvider at ``issuer``."""
    if refuse_issuer(issuer):
        raise CannotUseProvider("address", field="issuer")
    with a_place_for(issuer):
        return _discovered(issuer)


def _discovered(issuer: str) -> dict[str, Any]:
    place = issuer.rstrip("/") + WELL_KNOWN
    told = _object(place, lambda session: session.get(place, headers={"Accept": "application/json"}))
    if told is None:
        raise CannotUseProvider("nothing", field="issuer", place=place)
    if told.get("issuer") != issuer:
        name = told.get("issuer")
        raise CannotUseProvider("issuer", field="issuer", name=name[:200] if isinstance(name, str) else "–")
    addresses = {name: told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    if not all(isinstance(each, str) and _is_safe(each) for each in addresses.values()):
        raise CannotUseProvider("incomplete", field="issuer")
    if "code" not in _words(told, "response_types_supported", ("code",)):
        raise CannotUseProvider("code", field="issuer")
    if "S256" not in _words(told, "code_challenge_methods_supported", ("S256",)):
        raise CannotUseProvider("pkce", field="issuer")
    userinfo = told.get("userinfo_endpoint")
    return {
        **addresses,
        "issuer": issuer,
        "userinfo_endpoint": userinfo if isinstance(userinfo, str) and _is_safe(userinfo) else "",
        "auth_methods": list(_words(told, "token_endpoint_auth_methods_supported", ("client_secret_basic",))),
        "says_iss": told.get("authorization_response_iss_parameter_supported") is True,
        "says_pkce": "code_challenge_methods_supported" in told,
        "keys": read_keys(str(addresses["jwks_uri"])),
    }


def read_keys(jwks_uri: str) -> list[dict[str, Any]]:
    """The provider's public keys. Raises CannotUseProvider at ``issuer``."""
    told = _object(jwks_uri, lambda session: session.get(jwks_uri, headers={"Accept": "application/json"}))
    rows = told.get("keys") if told is not None else None
    keys = [key for key in rows[:_MOST_KEYS] if _key(key) is not None] if isinstance(rows, list) else []
    if not keys:
        raise CannotUseProvider("keys", field="issuer")
    return [{name: value for name, value in key.items() if name != "d"} for key in keys]


def _words(told: Mapping[str, Any], name: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    value = told.get(name)
    return tuple(str(each)[:100] for each in value[:50]) if isinstance(value, list) else otherwise


def _is_safe(address: str) -> bool:
    if len(address) > 1000 or not address.isascii() or not address.isprintable() or " " in address:
        return False
    return not outbound.refuse_url(address) and not urlsplit(address).fragment


def _object(place: str, ask: Callable[[outbound.OutboundSession], Any]) -> dict[str, Any] | None:
    """The JSON object that answers, or None when something else does. Raises CannotUseProvider when nobody does."""
    try:
        with outbound.session(LIMITS) as session:
            answer = ask(session)
    except outbound.NoAnswer as fault:
        if isinstance(fault, outbound.NoTime):
            note_no_answer()
        logger.warning("identity provider: no answer from %s: %s", urlsplit(place).hostname, type(fault).__name__)
        raise CannotUseProvider("unreachable", field="issuer") from None
    if answer.status_code != 200:
        logger.warning("identity provider: %s answered %s", urlsplit(place).hostname, answer.status_code)
        return None
    try:
        told = json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def address_to_ask(
    found: Mapping[str, Any], *, client_id: str, redirect_uri: str, state: str, nonce: str, challenge: str
) -> str:
    """Where the browser is sent to log in."""
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid email profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    place = str(found["authorization_endpoint"])
    return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"


def exchange(
    found: Mapping[str, Any], *, client_id: str, secret: str, code: str, redirect_uri: str, verifier: str
) -> tuple[str, str]:
    """The ID token and the access token for a code. Raises NotBelieved, CannotUseProvider when nobody answers."""
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    headers = {"Accept": "application/json"}
    if secret and "client_secret_basic" in found["auth_methods"]:
        pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
    else:
        body["client_id"] = client_id
        if secret:
            body["client_secret"] = secret
    place = str(found["token_endpoint"])
    told = _object(place, lambda session: session.post(place, data=body, headers=headers))
    if told is None or not isinstance(token := told.get("id_token"), str) or len(token) > _LONGEST_TOKEN:
        raise NotBelieved("code")
    access = told.get("access_token")
    return token, access if isinstance(access, str) and len(access) <= _LONGEST_TOKEN else ""


def believe(
    token: str, keys: list[dict[str, Any]], *, issuer: str, client_id: str, nonce: str, at: datetime
) -> dict[str, Any]:
    """The claims of an ID token of that issuer, for us, for this log-in, of now. Raises NotBelieved.

    `code` ``key``: it was signed with a key that is not among `keys`.
    """
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        raise NotBelieved("token") from None
    algorithm, name = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS or "crit" in header:
        raise NotBelieved("alg")
    fitting = [
        key
        for key in keys
        if (name is None or key.get("kid") == name) and key.get("alg", algorithm) == algorithm and _fits(key, algorithm)
    ]
    if len(fitting) != 1:
        raise NotBelieved("key")
    public = _key(fitting[0])
    if public is None:
        raise NotBelieved("key")
    unchecked = {f"verify_{each}": False for each in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}
    try:
        claims: dict[str, Any] = jwt.decode(token, public, algorithms=[str(algorithm)], options=unchecked)  # type: ignore[arg-type]  # by name
    except (jwt.PyJWTError, ValueError, TypeError):
        raise NotBelieved("signature") from None
    # Times are held against our one clock, and everything else beside them.
    fault = refuse_claims(claims, issuer=issuer, client_id=client_id, nonce=nonce, at=int(at.timestamp()))
    if fault:
        raise NotBelieved(fault)
    return claims


def _fits(key: Mapping[str, Any], algorithm: object) -> bool:
    kinds = {"R": "RSA", "P": "RSA", "E": "EC"}
    kind = "OKP" if algorithm == "EdDSA" else kinds.get(str(algorithm)[:1], "")
    return key.get("kty") == kind


def _key(row: object) -> Any:
    """The public key that signs, or None: for encryption only, of a shared secret, too short, or unreadable."""
    if not isinstance(row, dict) or row.get("kty") not in {"RSA", "EC", "OKP"} or row.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK({name: value for name, value in row.items() if name != "d"}, row.get("alg")).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return None if isinstance(key, RSAPublicKey) and key.key_size < _SMALLEST_RSA else key


def person_in(found: Mapping[str, Any], claims: Mapping[str, Any], access_token: str) -> CompanyPerson:
    """Whom believed claims show; what they lack of the e-mail address is asked for, and taken from the same subject only."""
    place = str(found.get("userinfo_endpoint", ""))
    told: Mapping[str, Any] = {}
    if "email" not in claims and place and access_token:
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        try:
            told = _object(place, lambda session: session.get(place, headers=headers)) or {}
        except (CannotUseProvider, ValueError):
            told = {}
        if told.get("sub") != claims["sub"]:
            told = {}
    more = {"email": told.get("email"), "email_verified": told.get("email_verified")} if told else {}
    return person_of({"name": told.get("name"), **claims, **more})
