"""An identity provider for tests: it keeps the rules of OpenID Connect, until a test tells it to break one."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from sublet.foundation.clock import now
from tests.servers import HttpServer, http_server

CLIENT_ID, SECRET = "sublet-test", "a secret/with:signs"


@cache
def key_pair(which: int = 0) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    """`claims` are told of whoever logs in. `twist` makes the ID token of a log-in from its honest claims."""

    server: HttpServer
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "carl-7"})
    userinfo: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    key: int = 0
    twist: Callable[[Provider, dict[str, Any]], str] | None = None
    says_iss: bool = True
    made: int = 0
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens_asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def log_in(self, url: str) -> dict[str, str]:
        """What the browser brings back from the log-in page at `url`."""
        assert url.startswith(f"{self.issuer}/authorize?")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["nonce"]
        self.made += 1
        code = f"code-{self.made}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], **({"iss": self.issuer} if self.says_iss else {})}

    def signed(self, claims: dict[str, Any], *, key: int | None = None, algorithm: str = "RS256", **header: str) -> str:
        name = self.key if key is None else key
        return jwt.encode(claims, key_pair(name), algorithm=algorithm, headers={"kid": f"key-{name}", **header})

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """What the server does with a request."""
        path = urlsplit(handler.path).path
        if path == "/.well-known/openid-configuration":
            return _say(handler, self._metadata())
        if path == "/keys":
            public = {**json.loads(RSAAlgorithm.to_jwk(key_pair(self.key).public_key())), "kid": f"key-{self.key}"}
            return _say(handler, {"keys": [public, {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}]})
        if path == "/userinfo":
            return _say(handler, self.userinfo)
        if path == "/token":
            return self._token(handler)
        return _say(handler, {}, status=404)

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": self.says_iss,
            **self.metadata,
        }

    def _token(self, handler: BaseHTTPRequestHandler) -> None:
        given = {name: values[0] for name, values in parse_qs(self.server.asked[-1].body.decode()).items()}
        self.tokens_asked.append(given)
        asked = self.codes.pop(given["code"], None)
        pair = base64.b64encode(f"{CLIENT_ID}:a%20secret%2Fwith%3Asigns".encode()).decode()
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest()).decode().rstrip("=")
        )
        if (
            asked is None
            or handler.headers["Authorization"] != f"Basic {pair}"
            or given["redirect_uri"] != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            return _say(handler, {"error": "invalid_grant"}, status=400)
        seconds = int(now().timestamp())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "exp": seconds + 300, "iat": seconds, "nonce": asked["nonce"], **self.claims,
        }  # fmt: skip
        token = self.twist(self, claims) if self.twist is not None else self.signed(claims)
        return _say(handler, {"id_token": token, "access_token": "opaque", "token_type": "Bearer"})


def _say(handler: BaseHTTPRequestHandler, told: dict[str, Any], *, status: int = 200) -> None:
    body = json.dumps(told).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider on a free port of this machine."""
    with http_server() as server:
        made = Provider(server)
        server.answer = made.answer
        yield made


def query(answer: dict[str, str]) -> str:
    """As the browser brings it."""
    return "?" + urlencode(answer)
