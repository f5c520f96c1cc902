"""Single sign-on as an application meets it: a registered one, a browser that comes to it, and what it gets."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from django.test import Client

from sublet.signon import operations
from tests.people import AT, CARL_HOST, World

VERIFIER = "v" * 50
CALLBACK = "https://{host}/app/callback"


def challenge(verifier: str = VERIFIER) -> str:
    """The S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Program:
    """An application of the tests, speaking to `host`."""

    ref: str
    secret: str
    host: str = CARL_HOST

    @property
    def issuer(self) -> str:
        return f"https://{self.host}"

    @property
    def callback(self) -> str:
        return CALLBACK.replace("{host}", self.host)

    def asks(self, **other: str) -> str:
        """The address to which it sends a browser; an empty value leaves the parameter out."""
        asked = {
            "client_id": self.ref,
            "response_type": "code",
            "redirect_uri": self.callback,
            "scope": "openid profile email offline_access",
            "state": "s-1",
            "nonce": "n-1",
            "code_challenge": challenge(),
            "code_challenge_method": "S256",
        } | other
        return "/sign-on/authorize?" + urlencode({name: value for name, value in asked.items() if value})

    def post(self, path: str, *, host: str = "", secret: str | None = None, **form: str) -> Any:
        """Call an address of ours as a program does, with its secret."""
        given = base64.b64encode(f"{self.ref}:{self.secret if secret is None else secret}".encode()).decode()
        return Client(headers={"host": host or self.host}).post(
            path, form, headers={"authorization": f"Basic {given}"}, secure=True
        )

    def redeem(self, code: str, **other: str) -> Any:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": VERIFIER,
        }
        return self.post("/sign-on/token", **form | other)

    def refresh(self, token: str, **other: str) -> Any:
        return self.post("/sign-on/token", grant_type="refresh_token", refresh_token=token, **other)

    def tokens(self, browser: Client, **other: str) -> dict[str, Any]:
        """Sign whoever sits at `browser` on, and get the tokens."""
        answer = self.redeem(code_of(browser.get(self.asks(**other), secure=True)))
        assert answer.status_code == 200, answer.content
        tokens: dict[str, Any] = answer.json()
        return tokens

    def userinfo(self, token: str, *, host: str = "") -> Any:
        return Client(headers={"host": host or self.host}).get(
            "/sign-on/userinfo", headers={"authorization": f"Bearer {token}"}, secure=True
        )

    def introspect(self, token: str, **other: str) -> dict[str, Any]:
        found: dict[str, Any] = self.post("/sign-on/introspect", token=token, **other).json()
        return found

    def claims(self, id_token: str, *, audience: str = "") -> dict[str, Any]:
        """The claims of an ID token, checked with the published keys."""
        published = Client(headers={"host": self.host}).get("/sign-on/keys", secure=True).json()
        keys = jwt.PyJWKSet.from_dict(published)
        key = keys[jwt.get_unverified_header(id_token)["kid"]]
        found: dict[str, Any] = jwt.decode(
            id_token, key, algorithms=["RS256", "ES256"], audience=audience or self.ref, issuer=self.issuer
        )
        return found


def answer_of(response: Any) -> dict[str, str]:
    """What the browser takes back to the application."""
    assert response.status_code == 302, response.content
    return dict(parse_qsl(urlsplit(response["Location"]).query, keep_blank_values=True))


def code_of(response: Any) -> str:
    return answer_of(response)["code"]


def register(world: World, *, host: str = CARL_HOST, **other: Any) -> Program:
    """Register an application as Vera does."""
    facts: dict[str, Any] = {"name": "Planner", "redirect_addresses": [CALLBACK], **other}
    with world.scope("vera") as actor:
        made = operations.register_application(**facts, actor=actor, at=AT)
    return Program(ref=made.ref, secret=made.secret, host=host)
