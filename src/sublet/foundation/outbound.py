"""The one client that speaks HTTP to the outside.

Whoever can make us fetch an address can make us fetch one inside our own network. So here, and nowhere else: the name is
resolved once, *every* address it has must be open to anybody, and the connection goes to one of exactly those, with the
name only in Host, SNI and the certificate check. No redirects, no proxies, no netrc; time and size are capped as a whole.
`tests/architecture/test_outbound.py` forbids every other client.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import dns.exception
import dns.resolver
import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.retry import Retry
from urllib3.util.ssl_ import create_urllib3_context

from sublet.core.hosts import normalize_host
from sublet.core.networks import Address, is_open, read_address, read_range, within

#: Seconds: to connect to one address, between two parts of an answer, and for all of it. Bytes of an answer.
CONNECT, READ, TOTAL, SIZE = 5.0, 10.0, 20.0, 1024 * 1024
_CHUNK = 16 * 1024

#: What callers catch, so that they need not know what is behind: no answer at all, a certificate that is not valid, no
#: answer in time. `OutboundRefused` and `TooSlow` are among them.
NoAnswer, BadCertificate, NoTime = requests.RequestException, requests.exceptions.SSLError, requests.Timeout

#: A host name to its addresses as text; none when it has none.
Resolve = Callable[[str], Sequence[str]]


class OutboundRefused(requests.RequestException):
    """Nothing was sent. `code`: ``scheme``, ``port``, ``user``, ``host``, ``name``, ``address``, ``proxy``."""

    def __init__(self, code: str, **kwargs: Any) -> None:
        super().__init__(code, **kwargs)
        self.code = code


class TooSlow(requests.Timeout):
    """The whole exchange took longer than it may."""


class TooBig(requests.RequestException):
    """The answer is longer than it may be."""


class _Closed(Exception):
    """Carries a refusal through urllib3, which would wrap and retry an OSError (as every RequestException is one)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class _Call:
    resolve: Resolve
    plain: bool
    connect: float
    ends: float
    wire: socket.socket | None = None
    over: threading.Event = field(default_factory=threading.Event)

    def cut(self) -> None:
        """Called by the clock's thread: whoever waits on the wire wakes up."""
        self.over.set()
        if self.wire is not None:
            try:
                self.wire.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the other side was quicker


_CALL: ContextVar[_Call] = ContextVar("outbound_call")


def resolve(host: str) -> list[str]:
    """All addresses of `host`, asked once, within five seconds. ``localhost`` is this machine (RFC 6761)."""
    if host == "localhost" or host.endswith(".localhost"):
        return ["127.0.0.1", "::1"]
    return resolve_by(dns.resolver.get_default_resolver(), host)


def resolve_by(resolver: dns.resolver.Resolver, host: str) -> list[str]:
    """All addresses that `resolver` knows for `host`; none when nobody answers."""
    try:
        return list(resolver.resolve_name(host, lifetime=CONNECT, search=False).addresses())
    except (dns.exception.DNSException, ValueError, OSError):
        return []


def _allowed(address: Address) -> bool:
    """Whether the installation lists `address` as one that it may speak to though it is not open."""
    return within(address, [held for held in map(read_range, settings.OUTBOUND_ALLOW) if held is not None])


def allows_literally(host: str) -> bool:
    """Whether `host` is an address that the installation lists: there, any port and no encryption will do."""
    address = read_address(host)
    return address is not None and _allowed(address)


def _addresses(host: str, port: int, scheme: str, call: _Call) -> list[str]:
    literal = read_address(host)
    found = [host.strip("[]")] if literal else list(call.resolve(host.lower().removesuffix(".")))
    addresses = [read_address(text) for text in found]
    if not addresses:
        raise _Closed("name")
    listed = all(address is not None and _allowed(address) for address in addresses)
    if not listed:
        # One closed address among open ones is how a name is made to point inside: the whole name is refused.
        if not all(address is not None and (is_open(address) or _allowed(address)) for address in addresses):
            raise _Closed("address")
        if scheme == "http" and not call.plain:
            raise _Closed("scheme")
        if str(port) not in settings.OUTBOUND_PORTS:
            raise _Closed("port")
    return found


def connect_checked(host: str, port: int, *, ports: Collection[int], timeout: float) -> socket.socket:
    """A connection to a host that somebody has typed, by the rules above; `ports` are those of the protocol.

    Raises OutboundRefused (``name``, ``address``, ``port``), OSError.
    """
    literal = read_address(host)
    found = [host.strip("[]")] if literal else list(resolve(host.lower().removesuffix(".")))
    addresses = [read_address(text) for text in found]
    if not addresses:
        raise OutboundRefused("name")
    if not all(address is not None and _allowed(address) for address in addresses):
        if not all(address is not None and (is_open(address) or _allowed(address)) for address in addresses):
            raise OutboundRefused("address")
        if port not in ports:
            raise OutboundRefused("port")
    fault: OSError | None = None
    for address in found:
        try:
            return socket.create_connection((address, port), timeout)
        except OSError as trouble:
            fault = trouble
    raise fault or OSError("no address")


def trusting() -> ssl.SSLContext:
    """Who is believed when a certificate is checked: the system's authorities, and those of ``SUBLET_OUTBOUND_CA``."""
    context = ssl.create_default_context()
    if settings.OUTBOUND_CA:
        context.load_verify_locations(cadata=settings.OUTBOUND_CA)
    return context


def _connect(connection: HTTPConnection, scheme: str) -> socket.socket:
    """What urllib3 does by name, done by checked address."""
    call = _CALL.get()
    host, port = connection.host, int(connection.port or (443 if scheme == "https" else 80))
    fault: OSError | None = None
    for address in _addresses(host, port, scheme, call):
        left = min(call.connect, call.ends - monotonic())
        if left <= 0:
            break
        try:
            wire = socket.create_connection((address, port), left, connection.source_address)
        except OSError as trouble:
            fault = trouble
            continue
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        call.wire = wire.dup()  # TLS takes the first one away; a copy ends the same connection
        if call.over.is_set():
            call.cut()
        return wire
    raise fault or TimeoutError("no time left to connect")


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self, "http")


class _SafeConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self, "https")


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SafePool(HTTPSConnectionPool):
    ConnectionCls = _SafeConnection


class _Adapter(HTTPAdapter):
    """One new, checked connection for each request."""

    def __init__(self, limits: Limits, resolve: Resolve) -> None:
        self._limits, self._resolve = limits, resolve
        super().__init__(max_retries=Retry(0, read=False, redirect=False))

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        if settings.OUTBOUND_CA:
            # What requests believes by itself is loaded into the same context when it connects.
            kwargs["ssl_context"] = context = create_urllib3_context()
            context.load_verify_locations(cadata=settings.OUTBOUND_CA)
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SafePool}

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        limits = self._limits
        _check_address(request)
        kwargs.update(stream=True, proxies={}, timeout=(limits.connect, limits.read))
        call = _Call(self._resolve, limits.plain, limits.connect, monotonic() + limits.total)
        clock = threading.Timer(limits.total, call.cut)
        clock.daemon = True
        clock.start()
        mark = _CALL.set(call)
        try:
            response = super().send(request, **kwargs)
            self._read(response)
        except _Closed as closed:
            raise OutboundRefused(closed.code, request=request) from None
        except TooBig:
            raise
        except Exception as fault:
            if call.over.is_set():
                raise TooSlow("the exchange took too long", request=request) from fault
            if isinstance(fault, requests.RequestException):
                raise
            raise requests.ConnectionError(fault, request=request) from fault
        else:
            if call.over.is_set():  # a connection that was cut ends like an answer without a length
                raise TooSlow("the exchange took too long", request=request)
            return response
        finally:
            _CALL.reset(mark)
            clock.cancel()
            if call.wire is not None:
                call.wire.close()
            self.poolmanager.clear()

    def _read(self, response: requests.Response) -> None:
        size, body = self._limits.size, bytearray()
        try:
            while len(body) <= size:
                part = response.raw.read(_CHUNK, decode_content=True)
                if not part:
                    break
                body += part
        finally:
            response.raw.close()
        if len(body) > size:
            if not self._limits.cut:
                raise TooBig("the answer is too long", response=response, request=response.request)
            del body[size:]
        response._content = bytes(body)
        response._content_consumed = True  # type: ignore[attr-defined]  # as reading it whole would


def refuse_url(url: str) -> str:
    """Why nothing could ever be sent to `url` (a code of `OutboundRefused`); empty when it could.

    Asks nobody, but for a name by http, or with a port of its own, where an inside is listed: only its addresses say whether
    it is there. A name that nobody knows yet may become one.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "host"
    host = (parts.hostname or "").removesuffix(".")
    literal = read_address(host)
    usual = parts.scheme == "https" and (port is None or str(port) in settings.OUTBOUND_PORTS)
    inside = not usual and _inside(host, literal)
    if parts.username is not None or parts.password is not None:
        return "user"
    if literal is None and normalize_host(host) is None:
        return "host"
    if literal is not None and not _allowed(literal) and not is_open(literal):
        return "address"
    if (host == "localhost" or host.endswith(".localhost")) and not _inside(host, None):
        return "address"
    if parts.scheme != "https" and not (parts.scheme == "http" and inside):
        return "scheme"
    if port is not None and str(port) not in settings.OUTBOUND_PORTS and not inside:
        return "port"
    return ""


def _inside(host: str, literal: Address | None) -> bool:
    """Whether the installation lists all addresses of that name, or that address."""
    if literal is not None:
        return _allowed(literal)
    if not settings.OUTBOUND_ALLOW or normalize_host(host) is None:
        return False
    return all(address is not None and _allowed(address) for address in map(read_address, resolve(host.lower())))


def _check_address(request: requests.PreparedRequest) -> None:
    """What can be said before anybody is asked for a name."""
    parts = urlsplit(str(request.url))
    if parts.scheme not in {"http", "https"}:
        raise OutboundRefused("scheme", request=request)
    if parts.username is not None or parts.password is not None:
        raise OutboundRefused("user", request=request)
    if not parts.hostname:
        raise OutboundRefused("host", request=request)


@dataclass(frozen=True, slots=True)
class Limits:
    """`cut`: whether a long answer is cut at `size` bytes rather than refused. `plain`: whether http will do anywhere."""

    connect: float = CONNECT
    read: float = READ
    total: float = TOTAL
    size: int = SIZE
    cut: bool = False
    plain: bool = False


class OutboundSession(requests.Session):
    """A requests session that cannot be talked out of its limits."""

    def __init__(self, limits: Limits, resolve: Resolve) -> None:
        super().__init__()
        self.trust_env = False  # proxies, netrc and bundles of certificates from the environment
        self.headers.update({"User-Agent": "http-client/1", "Accept-Encoding": "identity"})
        self.adapters.clear()
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter(limits, resolve))

    def get_adapter(self, url: str | bytes) -> Any:
        text = url.decode() if isinstance(url, bytes) else url
        if not text.lower().startswith(("https://", "http://")):
            raise OutboundRefused("scheme")
        return super().get_adapter(text)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None  # requests looks ahead even when it is told not to follow

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        if kwargs.get("proxies"):
            raise OutboundRefused("proxy", request=request)  # a proxy would resolve the name for itself
        kwargs["allow_redirects"] = False
        return super().send(request, **kwargs)


def session(
    limits: Limits = Limits(),
    *,
    headers: Mapping[str, str] | None = None,
    resolve: Resolve = resolve,
) -> OutboundSession:
    """A client for the outside.

    Raises what requests raises, and of it `OutboundRefused`, `TooSlow` and `TooBig`. An answer is whole when it is given
    back; a redirect is an answer like any other. Plain http goes only to addresses of ``SUBLET_OUTBOUND_ALLOW``.
    """
    made = OutboundSession(limits, resolve)
    made.headers.update(headers or {})
    return made
