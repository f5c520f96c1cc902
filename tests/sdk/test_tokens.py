"""Signing on, notices of log-out, identity headers: only what the right issuer has signed for us, now, is believed."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sublet_client import (
    AsyncOpenIdConnect,
    Begun,
    Identity,
    OpenIdConnect,
    SignedOff,
    SignOn,
    SignOnFailed,
    Unreachable,
    Untrusted,
    forward,
)
from sublet_client.forward import AsyncForwardAuth, ForwardAuth
from sublet_client.identity import of_claims
from tests.sdk.conftest import Clocks

ISSUER = "https://design.bella.example"
OTHER = "https://design.other.example"
KEY = "the product's own secret"
RSA = {name: rsa.generate_private_key(public_exponent=65537, key_size=2048) for name in ("one", "two", "strange")}
EC = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("e1", "strange")}
ACT = {"sub": "usr_rosa", "name": "Rosa", "account": "acc_rosa", "mode": "client", "visit": "ims_1", "acting_as": "Carl",
       "exp": 1}  # fmt: skip


def real_time() -> float:
    return time.time()  # noqa: TID251 - the issuer has a clock of its own


class Issuer:
    """An issuer that keeps codes and tokens, and can be told to lie."""

    def __init__(self, issuer: str = ISSUER) -> None:
        self.issuer = issuer
        self.kids = ["one"]
        self.signs = "one"
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.change: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
        self.open = {"design": "manage"}
        self.over = False
        self.away = False
        self.date: Callable[[], float] = real_time
        self.visit: dict[str, Any] | None = None
        self.refresh = "refresh-1"

    def claims(self) -> dict[str, Any]:
        told = {
            "sub": "usr_cleo", "account": "acc_carl", "account_name": "Carl’s", "account_kind": "client",
            "reseller": "acc_rosa", "sections": self.open, "brand": self.issuer, "name": "Cleo", "locale": "it",
            "zoneinfo": "Europe/Rome",
        }  # fmt: skip
        return told | ({"act": self.visit} if self.visit else {})

    def token(self, more: dict[str, Any], *, typ: str = "JWT", key: str = "", algorithm: str = "RS256") -> str:
        now = int(self.date())
        body = {"iss": self.issuer, "aud": "app_1", "iat": now, "exp": now + 300, **more}
        body = {name: value for name, value in self.change(body).items() if value is not None}
        private: Any = RSA[key or self.signs]
        return jwt.encode(body, private, algorithm=algorithm, headers={"kid": self.signs, "typ": typ})

    def begin(self, begun: Begun) -> dict[str, str]:
        """The browser goes there, somebody logs in, and comes back with this."""
        asked = dict(parse_qsl(urlsplit(begun.url).query))
        self.codes["code-1"] = asked
        return {"code": "code-1", "state": asked["state"], "iss": self.issuer}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if self.away:
            raise httpx.ConnectError("away")
        status, told = self.told(request, path)
        return httpx.Response(status, json=told, headers={"Date": httpx_date(self.date())})

    def told(self, request: httpx.Request, path: str) -> tuple[int, dict[str, Any]]:
        if path == "/.well-known/openid-configuration":
            places = {
                "authorization_endpoint": "/authorize", "token_endpoint": "/token", "userinfo_endpoint": "/userinfo",
                "jwks_uri": "/keys", "revocation_endpoint": "/revoke",
            }  # fmt: skip
            return 200, {"issuer": self.issuer, **{name: self.issuer + place for name, place in places.items()}}
        if path == "/keys":
            keys = [
                json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(RSA[kid].public_key())) | {"kid": kid, "alg": "RS256"}
                for kid in self.kids
            ]
            return 200, {"keys": keys}
        if path == "/userinfo":
            return (401, {}) if self.over else (200, self.claims())
        if path == "/revoke":
            self.over = True
            return 200, {}
        form = dict(parse_qsl(request.content.decode()))
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] != self.refresh:
                return 400, {"error": "invalid_grant"}
            self.refresh = "refresh-2"
            return 200, self.tokens("")
        asked = self.codes.pop(form["code"], None)
        if asked is None or not form["code_verifier"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, self.tokens(asked["nonce"])

    def tokens(self, nonce: str) -> dict[str, Any]:
        claims = self.claims() | {"sid": "sgn_1"} | ({"nonce": nonce} if nonce else {})
        return {
            "access_token": "at-1",
            "expires_in": 300,
            "refresh_token": self.refresh,
            "id_token": self.token(claims),
        }


def httpx_date(seconds: float) -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(seconds))


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


def party(issuer: Issuer, **facts: Any) -> OpenIdConnect:
    given: dict[str, Any] = {"callback": "https://{host}/app/callback", "trusted": {ISSUER}, **facts}
    return OpenIdConnect("app_1", "as_secret", transport=httpx.MockTransport(issuer), **given)


def signed_on(issuer: Issuer, oidc: OpenIdConnect, **facts: str) -> SignOn:
    begun = oidc.begin(ISSUER, **facts)
    return oidc.finish(Begun.opened(begun.sealed(KEY), KEY), issuer.begin(begun))


def test_somebody_is_signed_on_with_what_is_open(issuer: Issuer) -> None:
    oidc = party(issuer)
    begun = oidc.begin(ISSUER, account="acc_carl", target=f"{ISSUER}/app/x")

    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.url).query).items()}
    assert asked["redirect_uri"] == f"{ISSUER}/app/callback"
    assert (asked["code_challenge_method"], len(asked["code_challenge"]), asked["login_hint"]) == (
        "S256",
        43,
        "acc_carl",
    )
    assert begun.verifier not in begun.url
    found = signed_on(issuer, oidc, account="acc_carl")

    who = found.identity
    assert (who.subject, who.account, who.issuer, who.sid, who.locale) == (
        "usr_cleo",
        "acc_carl",
        ISSUER,
        "sgn_1",
        "it",
    )
    assert (who.may("design"), who.may("design", "manage"), who.may("push")) == (True, True, False)
    assert (who.acting, who.visit, who.back_url) == (None, "", f"{ISSUER}/")
    assert SignOn.unpacked(found.packed()) == found
    assert "at-1" not in repr(found)
    assert "refresh-1" not in repr(found)


def test_in_a_visit_both_are_told(issuer: Issuer) -> None:
    issuer.visit = ACT
    oidc = party(issuer)

    begun = oidc.begin(ISSUER, account="acc_carl", visit="ims_1")
    found = signed_on(issuer, oidc, account="acc_carl", visit="ims_1").identity

    assert "prompt=none" in begun.url
    assert "login_hint=acc_carl+ims_1" in begun.url
    assert found.acting is not None
    assert (found.acting.name, found.acting.acting_as, found.visit) == ("Rosa", "Carl", "ims_1")
    assert found.back_url == f"{ISSUER}/as/ims_1/client/acc_carl/"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"aud": "app_2"}, "audience"),
        ({"aud": None}, "signature"),
        ({"iss": OTHER}, "issuer"),
        ({"exp": 1}, "expired"),
        ({"exp": None}, "malformed"),
        ({"exp": "soon"}, "malformed"),
        ({"iat": 9e9}, "early"),
        ({"azp": "app_2"}, "audience"),
        ({"at_hash": "wrong"}, "signature"),
        ({"account": "acc_else"}, "account"),
        ({"act": ACT}, "visit"),
        ({"sections": "all"}, "malformed"),
        ({"sub": None}, "malformed"),
    ],
)
def test_a_token_with_one_thing_wrong_signs_nobody_on(issuer: Issuer, change: dict[str, Any], code: str) -> None:
    issuer.change = lambda claims: claims | change

    with pytest.raises(Untrusted) as told:
        signed_on(issuer, party(issuer), account="acc_carl")

    assert told.value.code == code


def confused(token: str) -> str:
    """The same claims "signed" with the public key as if it were a shared secret."""
    public = RSA["one"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def packed(told: bytes) -> str:
        return base64.urlsafe_b64encode(told).rstrip(b"=").decode()

    header = packed(b'{"alg":"HS256","kid":"one","typ":"JWT"}')
    signed = f"{header}.{token.split('.')[1]}"
    return f"{signed}.{packed(hmac.new(public, signed.encode(), hashlib.sha256).digest())}"


def test_a_signature_of_somebody_else_or_of_another_kind_is_none(issuer: Issuer) -> None:
    oidc = party(issuer)
    claims = issuer.claims() | {"sid": "s"}
    forged = [
        issuer.token(claims, key="strange"),
        issuer.token(claims, typ="logout+jwt"),
        jwt.encode(claims, "", algorithm="none", headers={"kid": "one"}),
        confused(issuer.token(claims)),
        "nonsense",
    ]
    for token in forged:
        issuer.tokens = lambda nonce, token=token: {"access_token": "at-1", "id_token": token}  # type: ignore[method-assign, misc]  # a lie
        with pytest.raises(Untrusted):
            signed_on(issuer, oidc)


@pytest.mark.parametrize("query", [{"state": "x"}, {"state": ""}, {"iss": OTHER}])
def test_an_answer_to_another_question_is_refused_before_anything_is_sent(
    issuer: Issuer, query: dict[str, str]
) -> None:
    oidc = party(issuer)
    begun = oidc.begin(ISSUER)

    with pytest.raises(Untrusted):
        oidc.finish(begun, issuer.begin(begun) | query)

    assert "/token" not in issuer.asked


def test_a_no_of_the_issuer_is_told(issuer: Issuer) -> None:
    oidc = party(issuer)
    begun = oidc.begin(ISSUER)
    answer = issuer.begin(begun)

    with pytest.raises(SignOnFailed) as denied:
        oidc.finish(begun, {"error": "access_denied", "state": begun.state, "iss": ISSUER})
    oidc.finish(begun, answer)
    with pytest.raises(SignOnFailed) as twice:
        oidc.finish(begun, answer)

    assert (denied.value.code, twice.value.code) == ("access_denied", "invalid_grant")


@pytest.mark.parametrize(
    "bad",
    [OTHER, "http://design.bella.example", f"{ISSUER}/x", "https://a@design.bella.example", "", "design.bella.example"],
)
def test_an_issuer_that_is_not_expected_is_not_even_asked(issuer: Issuer, bad: str) -> None:
    with pytest.raises(Untrusted):
        party(issuer).begin(bad)
    assert issuer.asked == []


def test_an_issuer_that_sends_secrets_elsewhere_is_refused(issuer: Issuer) -> None:
    told = issuer.told

    def lies(request: httpx.Request, path: str) -> tuple[int, dict[str, Any]]:
        status, body = told(request, path)
        return status, body | ({"token_endpoint": f"{OTHER}/token"} if "well-known" in path else {})

    issuer.told = lies  # type: ignore[method-assign]  # a lie
    with pytest.raises(Untrusted):
        party(issuer).begin(ISSUER)


def test_cookies_are_sealed_and_end(issuer: Issuer, clocks: Clocks) -> None:
    begun = party(issuer).begin(ISSUER)
    sealed = begun.sealed(KEY)

    assert Begun.opened(sealed, KEY) == replace(begun, url="")
    for bad in ("", None, sealed[:-1] + ("0" if sealed[-1] != "0" else "1"), sealed.replace(".", ""), "a.b", "ä.ö"):
        with pytest.raises(Untrusted):
            Begun.opened(bad, KEY)
    with pytest.raises(Untrusted):
        Begun.opened(sealed, KEY + "!")
    with pytest.raises(ValueError, match="sixteen"):
        begun.sealed("short")
    clocks.pass_by(601)
    with pytest.raises(Untrusted) as old:
        Begun.opened(sealed, KEY)
    assert old.value.code == "expired"


@pytest.mark.parametrize(
    "target", [f"{OTHER}/app/x", f"{ISSUER}.evil.example/app/", "//evil.example/app/", f"{ISSUER}/other", f"{ISSUER}/app/../x",
               f"{ISSUER}/app/%2e%2e/x", "javascript:alert(1)", f"{ISSUER}/app/\\evil"]
)  # fmt: skip
def test_a_sign_on_that_begins_elsewhere_leads_to_our_own_pages_only(issuer: Issuer, target: str) -> None:
    with pytest.raises(Untrusted):
        party(issuer).wanted({"iss": ISSUER, "login_hint": "acc_carl ims_1", "target_link_uri": target}, below="/app/")


def test_a_sign_on_that_begins_elsewhere_names_account_and_visit(issuer: Issuer) -> None:
    query = {"iss": ISSUER, "login_hint": "acc_carl ims_1", "target_link_uri": f"{ISSUER}/app/x?y=1"}

    found = party(issuer).wanted(query, below="/app/")

    assert (found.issuer, found.account, found.visit, found.target) == (
        ISSUER,
        "acc_carl",
        "ims_1",
        f"{ISSUER}/app/x?y=1",
    )


def test_what_was_taken_away_is_gone_and_what_is_over_is_told(issuer: Issuer) -> None:
    oidc = party(issuer)
    found = signed_on(issuer, oidc)
    issuer.open = {"design": "view"}

    now = oidc.renewed(found)

    assert (now.identity.may("design", "manage"), now.identity.may("design"), now.identity.sid) == (
        False,
        True,
        "sgn_1",
    )
    oidc.end(now)
    with pytest.raises(SignedOff):
        oidc.renewed(now)


def test_a_refresh_token_is_good_once(issuer: Issuer) -> None:
    oidc = party(issuer, scopes=("openid", "offline_access"))
    found = signed_on(issuer, oidc)

    again = oidc.refreshed(found)

    assert again.refresh_token == "refresh-2"
    with pytest.raises(SignedOff):
        oidc.refreshed(found)
    with pytest.raises(SignedOff):
        oidc.refreshed(replace(found, refresh_token=""))


def test_keys_are_asked_for_once_and_anew_when_they_change(issuer: Issuer, clocks: Clocks) -> None:
    oidc = party(issuer)
    for _ in range(5):
        signed_on(issuer, oidc)
    assert (issuer.asked.count("/keys"), issuer.asked.count("/.well-known/openid-configuration")) == (1, 1)
    clocks.pass_by(11)
    issuer.kids, issuer.signs = ["one", "two"], "two"

    signed_on(issuer, oidc)

    assert issuer.asked.count("/keys") == 2
    issuer.signs = "strange"
    for _ in range(5):  # invented keys do not become requests
        with pytest.raises(Untrusted):
            signed_on(issuer, oidc)
    assert issuer.asked.count("/keys") <= 3


def test_old_keys_go_on_while_the_issuer_does_not_answer(issuer: Issuer, clocks: Clocks) -> None:
    oidc = party(issuer)
    signed_on(issuer, oidc)
    clocks.pass_by(7200)
    issuer.date = clocks.wall
    notice = issuer.token({"sid": "sgn_1", "jti": "1", "events": {EVENT: {}}}, typ="logout+jwt")
    issuer.away = True

    assert oidc.logged_out(notice).sid == "sgn_1"
    clocks.pass_by(86_400)
    with pytest.raises(Unreachable):
        oidc.logged_out(notice)


EVENT = "http://schemas.openid.net/event/backchannel-logout"


def test_a_notice_of_log_out_names_the_session(issuer: Issuer) -> None:
    notice = issuer.token({"sid": "sgn_1", "sub": "usr_cleo", "jti": "n1", "events": {EVENT: {}}}, typ="logout+jwt")

    found = party(issuer).logged_out(notice)

    assert (found.issuer, found.sid, found.subject, found.id) == (ISSUER, "sgn_1", "usr_cleo", "n1")


@pytest.mark.parametrize(
    "change",
    [
        {"events": None}, {"events": {"x": {}}}, {"nonce": "n"}, {"sid": None}, {"jti": None}, {"aud": "app_2"}, {"exp": 1},
        {"iss": OTHER}, {"exp": None},
    ],
)  # fmt: skip
def test_a_notice_that_is_none_ends_nothing(issuer: Issuer, change: dict[str, Any]) -> None:
    issuer.change = lambda claims: claims | change
    notice = issuer.token({"sid": "sgn_1", "jti": "n1", "events": {EVENT: {}}}, typ="logout+jwt")

    with pytest.raises(Untrusted):
        party(issuer).logged_out(notice)


def test_neither_an_id_token_nor_nonsense_is_a_notice(issuer: Issuer) -> None:
    claims = {"sid": "sgn_1", "jti": "n1", "events": {EVENT: {}}}
    for token in (issuer.token(claims), "", "a.b.c", "x"):
        with pytest.raises(Untrusted):
            party(issuer).logged_out(token)


def test_a_clock_that_is_wrong_here_signs_people_on_all_the_same(issuer: Issuer, clocks: Clocks) -> None:
    """What a token is good for is measured by the issuer's own clock, which comes with each of its answers."""
    for hours in (-5, 5):
        clocks.wall_ahead = hours * 3600.0
        assert signed_on(issuer, party(issuer)).identity.subject == "usr_cleo"


def test_the_twin_signs_on_too(issuer: Issuer) -> None:
    async def known(asked: str) -> bool:
        return asked == ISSUER

    async def work() -> None:
        oidc = AsyncOpenIdConnect(
            "app_1",
            "as_secret",
            callback="https://{host}/app/callback",
            trusted=known,
            transport=httpx.MockTransport(issuer),
        )
        begun = await oidc.begin(ISSUER)
        found = await oidc.finish(begun, issuer.begin(begun))
        assert (await oidc.renewed(found)).identity.subject == "usr_cleo"
        assert (await oidc.refreshed(found)).refresh_token == "refresh-2"
        with pytest.raises(Untrusted):
            await oidc.begin(OTHER)
        notice = issuer.token({"sid": "s", "jti": "n1", "events": {EVENT: {}}}, typ="logout+jwt")
        assert (await oidc.logged_out(notice)).sid == "s"
        await oidc.end(found)
        with pytest.raises(SignedOff):
            await oidc.renewed(found)
        await oidc.close()

    asyncio.run(work())


# Forward authentication -----------------------------------------------------------------------------------------------


class Keys:
    """Where the keys of identity headers are."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.headers['Host']}{request.url.path}")
        key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(EC["e1"].public_key())) | {"kid": "e1", "alg": "ES256"}
        return httpx.Response(200, json={"keys": [key]})


def header(host: str = "design.bella.example", key: str = "e1", **change: Any) -> dict[str, str]:
    now = int(real_time())
    place = f"https://{host}"
    claims = {
        **Issuer(place).claims(),
        "iss": place,
        "aud": place,
        "iat": now,
        "exp": now + 60,
        "email": "c@x.example",
        **change,
    }
    token = jwt.encode(
        {k: v for k, v in claims.items() if v is not None}, EC[key], algorithm="ES256", headers={"kid": "e1"}
    )
    return {"host": host, "x-identity": token}


def reader(keys: Keys, **facts: Any) -> ForwardAuth:
    return ForwardAuth(
        **{"trusted": lambda host: host == "design.bella.example", **facts}, transport=httpx.MockTransport(keys)
    )


def test_the_header_says_who_a_request_is_from() -> None:
    keys = Keys()
    auth = reader(keys)
    given = header()

    found = [auth.identity(given) for _ in range(3)]

    assert (found[0].subject, found[0].account, found[0].email, found[0].token) == (
        "usr_cleo",
        "acc_carl",
        "c@x.example",
        given["x-identity"],
    )
    assert keys.asked == ["design.bella.example/sign-on/keys"]


@pytest.mark.parametrize(
    "given",
    [
        {"host": "design.bella.example"},
        header("evil.example"),
        header() | {"host": "evil.example"},
        header() | {"host": "design.bella.example:8443"},
        header() | {"host": "design.bella.example/x"},
        header(key="strange"),
        header(aud="https://evil.example"),
        header(iss="https://evil.example"),
        header(exp=1),
        header(exp=None),
        header(account=None),
        header() | {"x-identity": "nonsense"},
    ],
)
def test_a_header_with_one_thing_wrong_is_nobody(given: dict[str, str]) -> None:
    with pytest.raises(Untrusted):
        reader(Keys()).identity(given)


def test_where_the_keys_are_has_to_be_said() -> None:
    with pytest.raises(ValueError, match="connect_to"):
        ForwardAuth()
    with pytest.raises(RuntimeError):
        forward.identity(header())


def test_keys_may_come_from_an_address_of_ones_own() -> None:
    """Whatever host a request names, the keys are asked for there: nobody's own keys are ever believed."""
    seen: list[str] = []

    def keys(request: httpx.Request) -> httpx.Response:
        seen.append(f"{request.url.host} {request.headers['Host']}")
        return Keys()(request)

    auth = ForwardAuth(connect_to="http://127.0.0.1:8000", transport=httpx.MockTransport(keys))
    assert auth.identity(header("any.example")).account == "acc_carl"
    assert seen == ["127.0.0.1 any.example"]


def test_the_twin_reads_it_too() -> None:
    async def work() -> Identity:
        auth = AsyncForwardAuth(connect_to="http://127.0.0.1:8000", transport=httpx.MockTransport(Keys()))
        found = await auth.identity(header())
        await auth.close()
        return found

    assert asyncio.run(work()).account == "acc_carl"


def test_an_identity_tells_no_secret_when_it_is_printed() -> None:
    found = of_claims(Issuer().claims(), issuer=ISSUER, token="at-1")

    assert "at-1" not in repr(found)
