"""How the demo's product signs people on, by OpenID Connect: to be copied into a product of your own.

It uses nothing of Sublet but its careful client for calls to the outside; `requests.Session()` in its place does as well.
What it is told (docs/howto/sign-on.md) it asks anew for each page, so that what was taken away is gone at the next click.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import jwt
from django.conf import settings
from django.core import signing

from sublet.foundation import outbound

SCOPES = "openid profile"
#: Where people come back to, where our address for beginning is, and where we are told of log-outs: on each host.
CALLBACK, LOG_IN, NOTICE = "/app/callback", "/app/login", "/app/notice"
_LOGGED_OUT = "http://schemas.openid.net/event/backchannel-logout"


class SignOnFailed(Exception):
    """Nobody was signed on. The code is OAuth's, such as ``access_denied``."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What has to be remembered between leaving for the log-in and coming back."""

    issuer: str
    state: str
    nonce: str
    verifier: str
    account: str
    visit: str
    target: str


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed on. Kept here, not in the browser, so that a notice of log-out can end it."""

    sid: str
    issuer: str
    account: str
    visit: str
    token: str


def folder() -> Path:
    """Where this product keeps what it knows; a real one has a database."""
    return Path(settings.SUBLET.path("SUBLET_VAR")) / "product"


def begin(*, issuer: str, account: str, visit: str, target: str) -> tuple[str, str]:
    """The address to which the browser goes, and what its cookie has to remember meanwhile."""
    begun = Begun(
        issuer=issuer, state=secrets.token_urlsafe(24), nonce=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48), account=account, visit=visit, target=target,
    )  # fmt: skip
    digest = hashlib.sha256(begun.verifier.encode()).digest()
    asked = {
        "client_id": _program()["ref"],
        "response_type": "code",
        "redirect_uri": issuer + CALLBACK,
        "scope": SCOPES,
        "state": begun.state,
        "nonce": begun.nonce,
        "login_hint": f"{account} {visit}".strip(),
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    if visit:
        asked["prompt"] = "none"  # a visit begins elsewhere: nobody can log in to it from here
    return f"{_about(issuer)['authorization_endpoint']}?{urlencode(asked)}", signing.dumps(asdict(begun), salt="begun")


def begun_of(cookie: str) -> Begun | None:
    """What `begin` has put into the cookie, for ten minutes."""
    try:
        return Begun(**signing.loads(cookie, salt="begun", max_age=600))
    except signing.BadSignature:
        return None


def finish(begun: Begun, answer: dict[str, str]) -> str:
    """The browser is back: redeem its code, check what it is good for, and give the cookie of the session.

    Raises SignOnFailed.
    """
    if answer.get("state") != begun.state or answer.get("iss") != begun.issuer:
        raise SignOnFailed("state")
    if "code" not in answer:
        raise SignOnFailed(answer.get("error", "code"))
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": begun.issuer + CALLBACK,
        "code_verifier": begun.verifier,
    }
    own = _program()
    reply = _ask("POST", _about(begun.issuer)["token_endpoint"], data=form, auth=(own["ref"], own["secret"]))
    if reply is None:
        raise SignOnFailed("invalid_grant")
    claims = _checked(begun.issuer, reply["id_token"])
    if claims is None or claims.get("nonce") != begun.nonce or claims["account"] != begun.account:
        raise SignOnFailed("id_token")
    if claims.get("act", {}).get("visit", "") != begun.visit:
        raise SignOnFailed("visit")
    session = Session(claims["sid"], begun.issuer, claims["account"], begun.visit, reply["access_token"])
    path = _file(session.sid)
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(session)), encoding="utf-8")
    return signing.dumps(session.sid, salt="session")


def session_of(cookie: str, *, issuer: str, account: str, visit: str) -> Session | None:
    """The session to which a cookie belongs, if it is of that account, on that host, in that visit, and goes on."""
    try:
        session = Session(**json.loads(_file(signing.loads(cookie, salt="session")).read_text(encoding="utf-8")))
    except (signing.BadSignature, OSError, ValueError):
        return None
    return session if (session.issuer, session.account, session.visit) == (issuer, account, visit) else None


def told_of(session: Session) -> dict[str, Any] | None:
    """Who it is, in which account, and what is open, as of now; None when the sign-on is over (and forgotten here)."""
    bearer = {"Authorization": f"Bearer {session.token}"}
    claims: dict[str, Any] | None = _ask("GET", _about(session.issuer)["userinfo_endpoint"], headers=bearer)
    if claims is None:
        _file(session.sid).unlink(missing_ok=True)
    return claims


def report(session: Session, *, section: str, text: str, place: str) -> bool:
    """Tell that whoever is signed on has changed something here, so that the client reads it in its history; False when
    nobody took it. A product with a database keeps what was not taken, and sends it again with the same Idempotency-Key.
    """
    answer = _ask(
        "POST",
        f"{session.issuer}/api/v1/accounts/{session.account}/product-changes",
        json={"section": section, "text": text[:200], "place": place},
        headers={"Authorization": f"Bearer {session.token}", "Idempotency-Key": secrets.token_urlsafe(24)},
    )
    return answer is not None


def hear(issuer: str, logout_token: str) -> bool:
    """Somebody has logged out, or lost access: forget the session. False when the notice is not the provider's."""
    claims = _checked(issuer, logout_token, kind="logout+jwt")
    if claims is None or _LOGGED_OUT not in claims.get("events", {}) or "nonce" in claims:
        return False
    _file(str(claims.get("sid"))).unlink(missing_ok=True)
    return True


def _checked(issuer: str, token: str, kind: str = "JWT") -> dict[str, Any] | None:
    """The claims of a token that this issuer has signed for us, else None."""
    try:
        header = jwt.get_unverified_header(token)
        keys = jwt.PyJWKSet.from_dict(_ask("GET", _about(issuer)["jwks_uri"]) or {})
        claims: dict[str, Any] = jwt.decode(
            token, keys[header["kid"]], algorithms=["RS256"], audience=_program()["ref"], issuer=issuer
        )
    except (jwt.PyJWTError, KeyError):
        return None
    return claims if header.get("typ", "JWT") == kind else None


def _about(issuer: str) -> dict[str, str]:
    """What the issuer publishes of itself."""
    found: dict[str, str] | None = _ask("GET", f"{issuer}/.well-known/openid-configuration")
    if found is None or found["issuer"] != issuer:
        raise SignOnFailed("issuer")
    return found


def _ask(method: str, address: str, **more: Any) -> Any:
    """The JSON of an answer; None when it is a refusal, or none comes."""
    try:
        answer = outbound.session().request(method, address, **more)
        return answer.json() if answer.status_code in {200, 201} else None
    except (OSError, ValueError):
        return None


def _file(sid: str) -> Path:
    return folder() / f"{sid if re.fullmatch(r'[A-Za-z0-9_]+', sid) else 'none'}.session"


def _program() -> dict[str, str]:
    """What registering has given: the reference and the secret."""
    found: dict[str, str] = json.loads((folder() / "program.json").read_text(encoding="utf-8"))
    return found


def same_host(address: str, issuer: str) -> bool:
    """Whether an address is a page of this product on that host: we send nobody anywhere else."""
    parts = urlsplit(address)
    return (
        f"{parts.scheme}://{parts.netloc}" == issuer
        and parts.path.startswith("/app/")
        and ".." not in unquote(parts.path)
    )
