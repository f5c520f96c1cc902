"""Signed tokens: the keys of each issuer, kept and renewed, and the checks that every token has to pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
from jwt.types import Options

from sublet_client import _clock
from sublet_client._steps import Call, Steps
from sublet_client.errors import Refused, Unreachable, Untrusted

#: Keys and descriptions are asked for anew after an hour; an unknown key is asked for at once, but not more often than this,
#: so that made-up tokens do not become requests.
KEPT, AT_LEAST = 3600.0, 10.0
#: For so long old keys still check tokens while the issuer does not answer.
STALE = 24 * 3600.0


def origin_of(address: str) -> str:
    """Scheme and host of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def is_local(issuer: str) -> bool:
    """Whether an address is on this machine, where plain http is harmless."""
    host = urlsplit(issuer).hostname or ""
    return host in {"localhost", "127.0.0.1", "::1"} or host.endswith(".localhost")


@dataclass(slots=True)
class _Kept:
    value: Any
    asked_at: float
    good_at: float


class Keyring:
    """What issuers publish, kept by address."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def fetched(self, address: str, *, older_than: float) -> Steps[Mapping[str, Any]]:
        """What is published there, from what is kept unless that is older; an old one when nobody answers."""
        now = _clock.steady()
        kept = self._kept.get(address)
        if kept is not None and now - kept.asked_at < older_than:
            return dict(kept.value)
        try:
            response = yield Call("GET", address, again=True, tries=2)
            told = response.json()
            if not isinstance(told, dict):
                raise Untrusted("issuer", f"{address} publishes nothing of use")
        except (Unreachable, Refused, ValueError) as fault:
            if kept is None or now - kept.good_at > STALE:
                if isinstance(fault, Unreachable):
                    raise
                raise Untrusted("issuer", f"{address} publishes nothing of use") from fault
            kept.asked_at = now
            return dict(kept.value)
        self._kept[address] = _Kept(told, now, now)
        return told

    def key(self, address: str, token: str) -> Steps[jwt.PyJWK]:
        """The key that has signed `token`, by its id. Raises Untrusted."""
        try:
            kid = jwt.get_unverified_header(token)["kid"]
        except (jwt.PyJWTError, KeyError):
            raise Untrusted("malformed", "this is no token of ours") from None
        for older_than in (KEPT, AT_LEAST):
            told = yield from self.fetched(address, older_than=older_than)
            for each in told.get("keys", ()):
                if isinstance(each, dict) and each.get("kid") == kid:
                    try:
                        return jwt.PyJWK(each)
                    except jwt.PyJWTError:
                        break
        raise Untrusted("signature", "none of the issuer's keys has signed this")


def checked(
    token: str,
    key: jwt.PyJWK,
    *,
    algorithm: str,
    issuer: str,
    audience: str,
    kinds: frozenset[str],
    leeway: float,
    now: float,
) -> Mapping[str, Any]:
    """The claims of a token that is signed by `key`, of that kind, for us, and good now. Raises Untrusted."""
    if key.algorithm_name != algorithm:
        raise Untrusted("signature", "the key is for another algorithm")
    try:
        # What has to do with time is checked below, by a clock that can be moved and that follows the server's.
        options: Options = {
            "verify_exp": False,
            "verify_iat": False,
            "verify_nbf": False,
            "require": ["iss", "aud", "iat"],
        }
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=audience,
            issuer=issuer,
            options=options,
        )
        kind = str(jwt.get_unverified_header(token).get("typ", "JWT")).lower()
    except jwt.InvalidIssuerError:
        raise Untrusted("issuer", "the token is another host's") from None
    except jwt.InvalidAudienceError:
        raise Untrusted("audience", "the token is for somebody else") from None
    except jwt.PyJWTError as fault:
        raise Untrusted("signature", str(fault)) from None
    if kind.removeprefix("application/") not in kinds:
        raise Untrusted("kind", f"a token of the kind {kind}")
    for name in ("iat", "nbf", "exp"):
        if name in claims and (isinstance(claims[name], bool) or not isinstance(claims[name], (int, float))):
            raise Untrusted("malformed", f"{name} is no instant")
    if claims["iat"] > now + leeway or claims.get("nbf", 0) > now + leeway:
        raise Untrusted("early", "the token is from the future: is this machine's clock right?")
    if claims.get("exp", now) <= now - leeway:
        raise Untrusted("expired", "the token is over")
    return claims
