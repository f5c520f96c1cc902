"""Signing people on by OpenID Connect: the authorization code with PKCE, each host of a client an issuer of its own.

    oidc = OpenIdConnect(CLIENT_ID, CLIENT_SECRET, callback="https://{host}/app/callback", trusted=is_one_of_ours)

    begun = oidc.begin("https://design.bella-napoli.example", account="acc_…")
    # send the browser to begun.url; keep begun.sealed(KEY) in a cookie for ten minutes
    sign_on = oidc.finish(Begun.opened(cookie, KEY), request.args)
    # sign_on.identity: who, where, what is open. Keep sign_on in your session, by sign_on.identity.sid
    sign_on = oidc.renewed(sign_on)      # at each page or each minute: what was taken away is gone; raises SignedOff
    gone = oidc.logged_out(request.form["logout_token"])    # a notice of log-out: forget the session with that sid

Nothing here keeps sessions: that is your product's, and so is where they lie.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import inspect
import json
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import httpx

from sublet_client import _clock
from sublet_client._steps import AsyncDriver, Call, Driver, Steps, Wire
from sublet_client._tokens import KEPT, Keyring, checked, is_local, origin_of
from sublet_client.errors import Forbidden, Invalid, Refused, SignedOff, SignOnFailed, Unauthorized, Untrusted
from sublet_client.identity import Identity, of_claims

SCOPES = ("openid", "profile", "email")
_EVENT = "http://schemas.openid.net/event/backchannel-logout"
#: Whether an issuer such as ``https://design.bella-napoli.example`` is one of Sublet's.
Trusted = Callable[[str], bool] | Callable[[str], Awaitable[bool]] | Collection[str]


def _sealed(told: Mapping[str, Any], key: str | bytes, salt: bytes) -> str:
    body = base64.urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).rstrip(b"=")
    return f"{body.decode()}.{_mark(body, key, salt)}"


def _mark(body: bytes, key: str | bytes, salt: bytes) -> str:
    secret = key.encode() if isinstance(key, str) else key
    if len(secret) < 16:
        raise ValueError("the key that seals cookies needs sixteen bytes or more")
    return hmac.new(hashlib.sha256(salt + secret).digest(), body, hashlib.sha256).hexdigest()


def _opened(text: str, key: str | bytes, salt: bytes) -> dict[str, Any]:
    body, _dot, mark = text.partition(".")
    if not hmac.compare_digest(_mark(body.encode(), key, salt).encode(), mark.encode()):
        raise Untrusted("signature", "this cookie is none of ours")
    try:
        told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, binascii.Error):
        raise Untrusted("malformed", "this cookie is none of ours") from None
    return told


@dataclass(frozen=True, slots=True)
class Begun:
    """What has to be remembered between leaving for the log-in and coming back; a secret of this one browser."""

    url: str
    issuer: str
    state: str
    nonce: str
    verifier: str
    callback: str
    account: str = ""
    visit: str = ""
    target: str = ""
    at: float = 0.0

    @property
    def cookie_name(self) -> str:
        """A name for its cookie: one for each beginning, so that two tabs do not disturb each other."""
        return "sign-on-begun-" + "".join(each for each in self.state[:12] if each.isalnum())

    def sealed(self, key: str | bytes) -> str:
        """As a signed text, for a cookie (HttpOnly, Secure, SameSite=Lax, ten minutes). `key`: your product's secret."""
        return _sealed({name: value for name, value in asdict(self).items() if name != "url"}, key, b"begun")

    @staticmethod
    def opened(text: str | None, key: str | bytes, *, lasts: float = 600.0) -> Begun:
        """What `sealed` has made. Raises Untrusted when it is missing, another's, or older than `lasts` seconds."""
        if not text:
            raise Untrusted("missing", "this browser has not begun to sign on here")
        try:
            begun = Begun(url="", **_opened(text, key, b"begun"))
            old = _clock.wall() - begun.at > lasts
        except TypeError:
            raise Untrusted("malformed", "this cookie is none of ours") from None
        if old:
            raise Untrusted("expired", "it took too long to come back")
        return begun


@dataclass(frozen=True, slots=True)
class SignOn:
    """Somebody who is signed on, with the tokens that say so. Keep it on the server, never in a page."""

    identity: Identity
    access_token: str = field(repr=False)
    expires_at: float
    refresh_token: str = field(default="", repr=False)
    id_token: str = field(default="", repr=False)

    @property
    def issuer(self) -> str:
        """The host that has signed this person on."""
        return self.identity.issuer

    @property
    def account(self) -> str:
        """In which account."""
        return self.identity.account

    @property
    def token(self) -> str:
        """What speaks for this person in `report_change`."""
        return self.access_token

    def packed(self) -> str:
        """As text, for a session store."""
        told = {"claims": dict(self.identity.claims), "issuer": self.issuer, "access": self.access_token}
        more = {"refresh": self.refresh_token, "id": self.id_token, "until": self.expires_at}
        return json.dumps(told | more)

    @staticmethod
    def unpacked(text: str) -> SignOn:
        """What `packed` has made."""
        told = json.loads(text)
        identity = of_claims(told["claims"], issuer=told["issuer"], token=told["access"])
        return SignOn(identity, told["access"], told["until"], told["refresh"], told["id"])


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """A sign-on that is over. Forget the session with that ``issuer`` and ``sid``; without ``sid`` all of ``subject`` there."""

    issuer: str
    sid: str
    subject: str
    id: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sign-on that begins at Sublet (third-party initiated): where somebody is to be signed on, and to which page."""

    issuer: str
    account: str
    visit: str
    target: str


class _Provider:
    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        callback: str,
        trusted: Trusted,
        scopes: Collection[str],
        leeway: float,
        timeout: float,
        connect_to: str | None,
    ) -> None:
        self.client_id = client_id
        self._secret = client_secret
        self._callback = callback
        self._trusted = trusted
        self._scopes = scopes
        self._leeway = leeway
        self._keys = Keyring()
        self._wire = Wire(timeout=timeout, connect_to=connect_to)

    def _sound(self, issuer: str) -> None:
        """Raises Untrusted unless `issuer` could be one at all."""
        parts = urlsplit(issuer)
        if parts.scheme != "https" and not is_local(issuer):
            raise Untrusted("issuer", "an issuer begins with https://")
        if origin_of(issuer) != issuer or "@" in parts.netloc:
            raise Untrusted("issuer", "an issuer is scheme and host, and nothing more")

    def _known(self, issuer: str) -> bool | Awaitable[bool]:
        return self._trusted(issuer) if callable(self._trusted) else issuer in self._trusted

    def wanted(self, query: Mapping[str, str], *, below: str = "/") -> Wanted:
        """Somebody comes from Sublet to your address at which a sign-on begins.

        Raises Untrusted where the page to which it is to lead is not `below`: a path on the issuer's host, or an address of your
        own such as ``https://app.example.com/app/``. Nobody is sent anywhere else. `begin` looks at the issuer.
        """
        issuer, target = query.get("iss", ""), query.get("target_link_uri", "")
        account, _space, visit = query.get("login_hint", "").partition(" ")
        self._sound(issuer)
        origin, start = (issuer, below) if below.startswith("/") else (origin_of(below), urlsplit(below).path)
        path = unquote(urlsplit(target).path)
        if target and (origin_of(target) != origin or not path.startswith(start) or ".." in path or "\\" in path):
            raise Untrusted("target", "the page is not one of this product's")
        return Wanted(issuer, account, visit, target)

    def _about(self, issuer: str) -> Steps[Mapping[str, Any]]:
        told = yield from self._keys.fetched(f"{issuer}/.well-known/openid-configuration", older_than=KEPT)
        if told.get("issuer") != issuer:
            raise Untrusted("issuer", "the host says that it is another")
        for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
            if origin_of(str(told.get(name, ""))) != issuer:
                raise Untrusted("issuer", f"{name} is not on the issuer's host")
        return told

    def _begin(self, issuer: str, account: str, visit: str, target: str, prompt: str) -> Steps[Begun]:
        about = yield from self._about(issuer)
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        begun = Begun(
            url="", issuer=issuer, state=secrets.token_urlsafe(24), nonce=secrets.token_urlsafe(24), verifier=verifier,
            callback=self._callback.replace("{host}", urlsplit(issuer).netloc), account=account, visit=visit,
            target=target, at=_clock.wall(),
        )  # fmt: skip
        asked = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": begun.callback,
            "scope": " ".join(self._scopes),
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        if account:
            asked["login_hint"] = f"{account} {visit}".strip()
        if visit or prompt:
            asked["prompt"] = prompt or "none"  # a visit begins elsewhere: nobody can log in to it from here
        return replace(begun, url=f"{about['authorization_endpoint']}?{urlencode(asked)}")

    def _finish(self, begun: Begun, query: Mapping[str, str], now: Callable[[], float]) -> Steps[SignOn]:
        if not hmac.compare_digest(str(query.get("state", "")).encode(), begun.state.encode()):
            raise Untrusted("state", "this answer belongs to another beginning")
        if query.get("iss", begun.issuer) != begun.issuer:
            raise Untrusted("issuer", "the answer is another host's")
        if "code" not in query:
            raise SignOnFailed(query.get("error", "code"), query.get("error_description", ""))
        about = yield from self._about(begun.issuer)
        form = {
            "grant_type": "authorization_code",
            "code": query["code"],
            "redirect_uri": begun.callback,
            "code_verifier": begun.verifier,
        }
        told = yield from self._redeemed(str(about["token_endpoint"]), form, SignOnFailed)
        sign_on = yield from self._sign_on(begun.issuer, told, nonce=begun.nonce, now=now)
        if begun.account and sign_on.account != begun.account:
            raise Untrusted("account", "signed on in another account than asked for")
        if begun.visit != sign_on.identity.visit:
            raise Untrusted("visit", "signed on in another visit than asked for")
        return sign_on

    def _redeemed(
        self, address: str, form: Mapping[str, str], failed: Callable[[str, str], Exception]
    ) -> Steps[Mapping[str, Any]]:
        try:
            # Never again by itself: a code, and a refresh token, is good once.
            response = yield Call("POST", address, form=form, auth=(self.client_id, self._secret))
        except (Invalid, Unauthorized, Forbidden) as fault:
            raise failed(str(fault.problem.more.get("error", fault.code)), fault.detail) from fault
        told = response.json()
        if not isinstance(told, dict) or "access_token" not in told:
            raise Untrusted("malformed", "the issuer has answered without a token")
        return told

    def _sign_on(
        self, issuer: str, told: Mapping[str, Any], *, nonce: str | None, now: Callable[[], float]
    ) -> Steps[SignOn]:
        access = str(told["access_token"])
        claims = yield from self._claims(issuer, str(told.get("id_token", "")), frozenset({"jwt"}), now)
        if "exp" not in claims:
            raise Untrusted("malformed", "an ID token without an end")
        if nonce is not None and not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise Untrusted("nonce", "the ID token belongs to another beginning")
        if claims.get("azp", self.client_id) != self.client_id:
            raise Untrusted("audience", "the ID token was made for another application")
        if "at_hash" in claims:
            half = base64.urlsafe_b64encode(hashlib.sha256(access.encode()).digest()[:16]).rstrip(b"=").decode()
            if claims["at_hash"] != half:
                raise Untrusted("signature", "the access token is not the one of the ID token")
        try:
            identity = of_claims(claims, issuer=issuer, token=access)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Untrusted("malformed", "an ID token without a person or an account") from None
        return SignOn(
            identity=identity,
            access_token=access,
            expires_at=now() + float(told.get("expires_in", 300)),
            refresh_token=str(told.get("refresh_token", "")),
            id_token=str(told["id_token"]),
        )

    def _claims(
        self, issuer: str, token: str, kinds: frozenset[str], now: Callable[[], float]
    ) -> Steps[Mapping[str, Any]]:
        about = yield from self._about(issuer)
        key = yield from self._keys.key(str(about["jwks_uri"]), token)
        return checked(
            token, key, algorithm="RS256", issuer=issuer, audience=self.client_id, kinds=kinds, leeway=self._leeway,
            now=now(),
        )  # fmt: skip

    def _renewed(self, sign_on: SignOn) -> Steps[SignOn]:
        about = yield from self._about(sign_on.issuer)
        bearer = {"Authorization": f"Bearer {sign_on.access_token}"}
        try:
            response = yield Call("GET", str(about["userinfo_endpoint"]), headers=bearer, again=True)
        except (Unauthorized, Forbidden) as fault:
            raise SignedOff("the sign-on is over") from fault
        told = response.json()
        if told.get("sub") != sign_on.identity.subject or told.get("account") != sign_on.account:
            raise Untrusted("malformed", "another person's answer")
        kept = {name: sign_on.identity.claims[name] for name in ("sid", "exp") if name in sign_on.identity.claims}
        identity = of_claims({**kept, **told}, issuer=sign_on.issuer, token=sign_on.access_token)
        return replace(sign_on, identity=identity)

    def _refreshed(self, sign_on: SignOn, now: Callable[[], float]) -> Steps[SignOn]:
        if not sign_on.refresh_token:
            raise SignedOff("without the scope offline_access there is nothing to refresh with")
        about = yield from self._about(sign_on.issuer)
        form = {"grant_type": "refresh_token", "refresh_token": sign_on.refresh_token}
        told = yield from self._redeemed(
            str(about["token_endpoint"]), form, lambda code, detail: SignedOff(detail or code)
        )
        found = yield from self._sign_on(sign_on.issuer, told, nonce=None, now=now)
        if (found.identity.subject, found.account) != (sign_on.identity.subject, sign_on.account):
            raise Untrusted("malformed", "another person's answer")
        return found if found.refresh_token else replace(found, refresh_token=sign_on.refresh_token)

    def _ended(self, sign_on: SignOn) -> Steps[None]:
        about = yield from self._about(sign_on.issuer)
        address = about.get("revocation_endpoint")
        if not address or origin_of(str(address)) != sign_on.issuer:
            return
        for token in filter(None, (sign_on.refresh_token, sign_on.access_token)):
            try:
                yield Call("POST", str(address), form={"token": token}, auth=(self.client_id, self._secret), again=True)
            except Refused:
                return

    def _notice_issuer(self, logout_token: str) -> str:
        """Which issuer a notice claims to be from; believed only once its signature is checked."""
        try:
            body = logout_token.split(".")[1]
            issuer = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["iss"]
        except (IndexError, ValueError, KeyError, TypeError, binascii.Error):
            raise Untrusted("malformed", "this is no notice of log-out") from None
        self._sound(str(issuer))
        return str(issuer)

    def _logged_out(self, issuer: str, token: str, now: Callable[[], float]) -> Steps[LoggedOut]:
        claims = yield from self._claims(issuer, token, frozenset({"logout+jwt"}), now)
        events = claims.get("events")
        if not isinstance(events, dict) or _EVENT not in events or "nonce" in claims or "exp" not in claims:
            raise Untrusted("kind", "this is no notice of log-out")
        sid, subject, told_id = (str(claims.get(name, "")) for name in ("sid", "sub", "jti"))
        if not told_id or not (sid or subject):
            raise Untrusted("malformed", "a notice that names no sign-on")
        return LoggedOut(issuer, sid, subject, told_id)


class OpenIdConnect(_Provider):
    """Signs people on. One object for the life of the process; safe in threads.

    ``callback`` is a template as it was registered, such as ``https://{host}/app/callback``. ``trusted`` says which issuers
    (``https://…``) are Sublet's: a function or a collection; ``Sublet.is_issuer`` is such a function.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        callback: str,
        trusted: Callable[[str], bool] | Collection[str],
        scopes: Collection[str] = SCOPES,
        leeway: float = 30.0,
        timeout: float = 5.0,
        connect_to: str | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(
            client_id, client_secret, callback=callback, trusted=trusted, scopes=scopes, leeway=leeway, timeout=timeout,
            connect_to=connect_to,
        )  # fmt: skip
        self._driver = Driver(self._wire, transport)

    def _trust(self, issuer: str) -> None:
        self._sound(issuer)
        if not self._known(issuer):
            raise Untrusted("issuer", "this host is none of Sublet's")

    def begin(self, issuer: str, *, account: str = "", visit: str = "", target: str = "", prompt: str = "") -> Begun:
        """Where to send the browser (``url``), and what to remember meanwhile. Raises Untrusted, Unreachable."""
        self._trust(issuer)
        return self._driver.run(self._begin(issuer, account, visit, target, prompt))

    def finish(self, begun: Begun, query: Mapping[str, str]) -> SignOn:
        """The browser is back with these parameters: redeem its code and check everything.

        Raises SignOnFailed (nobody was signed on), Untrusted, Unreachable.
        """
        self._trust(begun.issuer)
        return self._driver.run(self._finish(begun, query, self._driver.clock.now))

    def renewed(self, sign_on: SignOn) -> SignOn:
        """The same with what is open as of now. Raises SignedOff when it is over, Unreachable."""
        return self._driver.run(self._renewed(sign_on))

    def refreshed(self, sign_on: SignOn) -> SignOn:
        """With new tokens (scope ``offline_access``). The old refresh token is spent. Raises SignedOff, Unreachable."""
        return self._driver.run(self._refreshed(sign_on, self._driver.clock.now))

    def end(self, sign_on: SignOn) -> None:
        """Your product's own log-out: its tokens are worth nothing from now on."""
        self._driver.run(self._ended(sign_on))

    def logged_out(self, logout_token: str) -> LoggedOut:
        """A notice came to your address for log-outs. Answer 200; on Untrusted 400, and end nothing."""
        issuer = self._notice_issuer(logout_token)
        self._trust(issuer)
        return self._driver.run(self._logged_out(issuer, logout_token, self._driver.clock.now))

    def close(self) -> None:
        """End the connections."""
        self._driver.close()


class AsyncOpenIdConnect(_Provider):
    """The same for asyncio; ``trusted`` may be a coroutine function."""

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        callback: str,
        trusted: Trusted,
        scopes: Collection[str] = SCOPES,
        leeway: float = 30.0,
        timeout: float = 5.0,
        connect_to: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(
            client_id, client_secret, callback=callback, trusted=trusted, scopes=scopes, leeway=leeway, timeout=timeout,
            connect_to=connect_to,
        )  # fmt: skip
        self._driver = AsyncDriver(self._wire, transport)

    async def _trust(self, issuer: str) -> None:
        self._sound(issuer)
        known = self._known(issuer)
        if not (await known if inspect.isawaitable(known) else known):
            raise Untrusted("issuer", "this host is none of Sublet's")

    async def begin(
        self, issuer: str, *, account: str = "", visit: str = "", target: str = "", prompt: str = ""
    ) -> Begun:
        """As `OpenIdConnect.begin`."""
        await self._trust(issuer)
        return await self._driver.run(self._begin(issuer, account, visit, target, prompt))

    async def finish(self, begun: Begun, query: Mapping[str, str]) -> SignOn:
        """As `OpenIdConnect.finish`."""
        await self._trust(begun.issuer)
        return await self._driver.run(self._finish(begun, query, self._driver.clock.now))

    async def renewed(self, sign_on: SignOn) -> SignOn:
        """As `OpenIdConnect.renewed`."""
        return await self._driver.run(self._renewed(sign_on))

    async def refreshed(self, sign_on: SignOn) -> SignOn:
        """As `OpenIdConnect.refreshed`."""
        return await self._driver.run(self._refreshed(sign_on, self._driver.clock.now))

    async def end(self, sign_on: SignOn) -> None:
        """As `OpenIdConnect.end`."""
        await self._driver.run(self._ended(sign_on))

    async def logged_out(self, logout_token: str) -> LoggedOut:
        """As `OpenIdConnect.logged_out`."""
        issuer = self._notice_issuer(logout_token)
        await self._trust(issuer)
        return await self._driver.run(self._logged_out(issuer, logout_token, self._driver.clock.now))

    async def close(self) -> None:
        """End the connections."""
        await self._driver.close()
