"""Forward authentication: the proxy in front has asked Sublet, and says in one signed header who a request is from.

    forward = ForwardAuth(connect_to="http://127.0.0.1:8000")   # where Sublet listens
    who = forward.identity(request.headers)                     # an Identity, or Untrusted

The header is good for a minute and for one host. Where the host's name says which keys are asked for, somebody could name one
of its own: so either the keys come from `connect_to`, an address of your own network, or `trusted` says which hosts count.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx

from sublet_client._steps import AsyncDriver, Driver, Headers, Steps, Wire
from sublet_client._tokens import Keyring, checked
from sublet_client.errors import Untrusted
from sublet_client.identity import Identity, of_claims

HEADER = "X-Identity"
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?\Z")


class _Checker:
    def __init__(
        self,
        *,
        connect_to: str | None = None,
        trusted: Callable[[str], bool] | None = None,
        scheme: str = "https",
        leeway: float = 10.0,
        timeout: float = 5.0,
    ) -> None:
        if connect_to is None and trusted is None:
            raise ValueError("say where Sublet is (connect_to=…), or which hosts are its own (trusted=…)")
        self._trusted = trusted
        self._scheme = scheme
        self._leeway = leeway
        self._keys = Keyring()
        self._wire = Wire(timeout=timeout, connect_to=connect_to)

    def _told(self, headers: Headers) -> tuple[str, str] | None:
        """Issuer and token of a request; None: there is no header."""
        found = {str(name).lower(): str(value) for name, value in headers.items()}
        token = found.get(HEADER.lower(), "")
        if not token:
            return None
        host = found.get("host", "")
        if not _HOST.match(host) or (self._trusted is not None and not self._trusted(host)):
            raise Untrusted("issuer", "the request is for a host that is none of Sublet's")
        return f"{self._scheme}://{host}", token

    def _steps(self, issuer: str, token: str, driver: Driver | AsyncDriver) -> Steps[Identity]:
        key = yield from self._keys.key(f"{issuer}/sign-on/keys", token)
        claims = checked(
            token, key, algorithm="ES256", issuer=issuer, audience=issuer, kinds=frozenset({"jwt"}),
            leeway=self._leeway, now=driver.clock.now(),
        )  # fmt: skip
        if "exp" not in claims:
            raise Untrusted("malformed", "an identity header without an end")
        try:
            return of_claims(claims, issuer=issuer, token=token)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Untrusted("malformed", "an identity header without a person or an account") from None


class ForwardAuth(_Checker):
    """Reads the signed header of requests. One object for the life of the process; safe in threads."""

    def __init__(
        self,
        *,
        connect_to: str | None = None,
        trusted: Callable[[str], bool] | None = None,
        scheme: str = "https",
        leeway: float = 10.0,
        timeout: float = 5.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(connect_to=connect_to, trusted=trusted, scheme=scheme, leeway=leeway, timeout=timeout)
        self._driver = Driver(self._wire, transport)

    def identity(self, headers: Headers) -> Identity:
        """Who the request is from; names of headers in any case. Raises Untrusted, also where there is no header (``missing``),
        and Unreachable when the keys cannot be had."""
        told = self._told(headers)
        if told is None:
            raise Untrusted("missing", "the request has not come through the proxy")
        return self._driver.run(self._steps(*told, self._driver))

    def close(self) -> None:
        """End the connections."""
        self._driver.close()


class AsyncForwardAuth(_Checker):
    """The same for asyncio."""

    def __init__(
        self,
        *,
        connect_to: str | None = None,
        trusted: Callable[[str], bool] | None = None,
        scheme: str = "https",
        leeway: float = 10.0,
        timeout: float = 5.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(connect_to=connect_to, trusted=trusted, scheme=scheme, leeway=leeway, timeout=timeout)
        self._driver = AsyncDriver(self._wire, transport)

    async def identity(self, headers: Headers) -> Identity:
        """As `ForwardAuth.identity`."""
        told = self._told(headers)
        if told is None:
            raise Untrusted("missing", "the request has not come through the proxy")
        return await self._driver.run(self._steps(*told, self._driver))

    async def close(self) -> None:
        """End the connections."""
        await self._driver.close()


_default: ForwardAuth | None = None


def configure(
    *, connect_to: str | None = None, trusted: Callable[[str], bool] | None = None, scheme: str = "https"
) -> None:
    """Say once for the process where Sublet is, for `identity`."""
    global _default
    _default = ForwardAuth(connect_to=connect_to, trusted=trusted, scheme=scheme)


def identity(headers: Headers) -> Identity:
    """`ForwardAuth.identity` of what was said with `configure`. Raises RuntimeError before that."""
    if _default is None:
        raise RuntimeError("say where Sublet is first: sublet_client.forward.configure(connect_to=…)")
    return _default.identity(headers)
