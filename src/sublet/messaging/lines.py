"""Connections to mail servers: opened, kept for the next mail to the same server, and closed when nobody needs them.

A new one costs four to seven answers, a mail on an open one four. What is kept belongs to one server with one log-in (`Place`),
is used by one thread at a time, and is given up when the server has hung up meanwhile: servers do that as they like.
"""

from __future__ import annotations

import select
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass, field
from threading import Lock, Timer

from sublet.foundation.outbound import OutboundRefused, connect_checked, trusting

TIMEOUT_SECONDS = 20.0
#: How long a connection is kept that nobody uses. Servers wait for minutes, but count who is connected.
IDLE_SECONDS = 15.0
#: On one connection: many servers take no more than a hundred, and hang up in the middle of the next.
MOST_MAILS = 100
#: To one server at a time, beside those in use.
MOST_KEPT = 4

#: Why mail does not get to a server or past its door.
NAME, CONNECTION, TLS, CERTIFICATE, LOG_IN, SENDER, INSIDE, BUSY = (
    "name", "connection", "tls", "certificate", "log-in", "sender", "inside", "busy",
)  # fmt: skip
REASONS = (NAME, CONNECTION, TLS, CERTIFICATE, LOG_IN, SENDER, INSIDE, BUSY)


class TryLater(Exception):
    """The server cannot be reached or says "not now"; nothing was handed over."""


class NotReached(TryLater):
    """Not this mail is at fault but the way to its server: every other mail to it would meet the same. `why`: of `REASONS`."""

    def __init__(self, words: str, why: str = CONNECTION) -> None:
        super().__init__(words)
        self.why = why


#: Ports at which a mail server that somebody has typed may be spoken to.
MAIL_PORTS = frozenset({25, 465, 587, 2465, 2525, 2587})


@dataclass(frozen=True, slots=True)
class Place:
    """A mail server. `name` is what it is greeted with. `typed`: by an account, so that it may lie on the internet only."""

    host: str
    port: int
    tls: str
    user: str
    password: str = field(repr=False)
    name: str
    typed: bool = False


class _CheckedSmtp(smtplib.SMTP):
    """Speaks only to addresses that `outbound` allows; the name goes into the check of the certificate."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return connect_checked(host, port, ports=MAIL_PORTS, timeout=timeout)


class _CheckedSmtpTls(smtplib.SMTP_SSL):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = connect_checked(host, port, ports=MAIL_PORTS, timeout=timeout)
        return self.context.wrap_socket(plain, server_hostname=host)


@dataclass(eq=False, slots=True)
class Line:
    """An open connection. `mails`: how many it was used for. `since`: when it was put aside, on the running clock."""

    place: Place
    smtp: smtplib.SMTP
    mails: int = 0
    since: float = 0.0

    def has_hung_up(self) -> bool:
        """Whether the server has spoken or closed while nobody asked: it only says good-bye then."""
        sock = self.smtp.sock
        return sock is None or bool(select.select([sock], [], [], 0)[0])

    def drop(self) -> None:
        """Close without a word: a server that has half a message forgets it."""
        self.smtp.close()

    def leave(self) -> None:
        """Say good-bye and close. A rude good-bye of the server changes nothing."""
        try:
            if self.smtp.sock is not None:
                self.smtp.sock.settimeout(1.0)
            self.smtp.quit()
        except (OSError, smtplib.SMTPException):
            self.smtp.close()


def opened(place: Place, timeout: float = TIMEOUT_SECONDS) -> Line:
    """Connect, say EHLO, encrypt and log in as the place asks for. Raises NotReached."""
    plain, safe = (_CheckedSmtp, _CheckedSmtpTls) if place.typed else (smtplib.SMTP, smtplib.SMTP_SSL)
    smtp: smtplib.SMTP | None = None
    step = CONNECTION
    try:
        if place.tls == "tls":
            context = trusting()
            smtp = safe(place.host, place.port, place.name, timeout=timeout, context=context)
        else:
            smtp = plain(place.host, place.port, place.name, timeout=timeout)
            if place.tls == "starttls":
                step = TLS
                smtp.starttls(context=trusting())
        step = CONNECTION
        smtp.ehlo_or_helo_if_needed()
        if place.user:
            step = LOG_IN
            smtp.login(place.user, place.password)
        if smtp.sock is not None:
            # The dot goes out by itself: without this it would wait 40 ms for the answer to what went before.
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except (OSError, smtplib.SMTPException, ValueError) as fault:
        if smtp is not None:
            smtp.close()
        raise NotReached(str(fault), _why(fault, step)) from fault
    return Line(place, smtp)


def _why(fault: Exception, step: str) -> str:
    """What keeps us from a server, as far as the fault tells; else the step at which it happened."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        return CERTIFICATE
    if isinstance(fault, ssl.SSLError):
        return TLS
    if isinstance(fault, OutboundRefused):
        return NAME if fault.code == "name" else INSIDE
    if isinstance(fault, socket.gaierror):
        return NAME
    if isinstance(fault, smtplib.SMTPAuthenticationError):
        return BUSY if 400 <= fault.smtp_code < 500 else LOG_IN
    if isinstance(fault, (smtplib.SMTPServerDisconnected, TimeoutError, ConnectionError)):
        return CONNECTION if step != TLS else TLS
    if isinstance(fault, smtplib.SMTPResponseException) and 400 <= fault.smtp_code < 500:
        return BUSY
    return step


class Lines:
    """The connections of one process that wait for their next mail."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[Place, list[Line]] = {}
        self._timer: Timer | None = None

    def take(self, place: Place) -> Line:
        """One that is open still, or a new one. Raises NotReached."""
        while True:
            with self._lock:
                waiting = self._kept.get(place)
                line = waiting.pop() if waiting else None
                if waiting == []:
                    del self._kept[place]
            if line is None:
                return opened(place)
            if time.monotonic() - line.since < IDLE_SECONDS and not line.has_hung_up():
                return line
            line.drop()

    def put_back(self, line: Line) -> None:
        """Keep one for the next mail; the server has answered to everything that was said on it."""
        line.mails += 1
        line.since = time.monotonic()
        with self._lock:
            waiting = self._kept.setdefault(line.place, [])
            keeps = line.mails < MOST_MAILS and len(waiting) < MOST_KEPT
            if keeps:
                waiting.append(line)
                self._watch()
            elif not waiting:
                del self._kept[line.place]
        if not keeps:
            line.leave()

    def _watch(self) -> None:
        """Close what waits for too long, also when no other mail comes. Called with the lock."""
        if self._timer is None:
            self._timer = Timer(IDLE_SECONDS, self._close_idle)
            self._timer.daemon = True  # a process that ends does not wait for it
            self._timer.start()

    def _close_idle(self) -> None:
        before = time.monotonic() - IDLE_SECONDS
        with self._lock:
            self._timer = None
            old = [line for waiting in self._kept.values() for line in waiting if line.since <= before]
            for place, waiting in list(self._kept.items()):
                waiting[:] = [line for line in waiting if line.since > before]
                if not waiting:
                    del self._kept[place]
            if self._kept:
                self._watch()
        for line in old:
            line.leave()

    def close(self) -> None:
        """Close all that wait."""
        with self._lock:
            old = [line for waiting in self._kept.values() for line in waiting]
            self._kept.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        for line in old:
            line.leave()

    def __len__(self) -> int:
        with self._lock:
            return sum(map(len, self._kept.values()))


#: Of this process.
LINES = Lines()
