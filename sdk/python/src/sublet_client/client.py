"""`Sublet`: the client for products that work with threads or one request at a time. `sublet_client.AsyncSublet` is its twin."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from sublet_client import _clock, _process
from sublet_client._api import POLL, WAIT, Api, Held, SignedOn, remaining_of
from sublet_client._cache import Cache
from sublet_client._clock import _steady
from sublet_client._steps import Driver, pause
from sublet_client.errors import (
    Closed,
    Forbidden,
    LimitReached,
    NotFound,
    Problem,
    Refused,
    ServerFault,
    SubletError,
    TooManyRequests,
    Unauthorized,
    Unreachable,
)
from sublet_client.values import (
    Brand,
    ChangeReported,
    Consumed,
    Decision,
    Entitlements,
    Quantity,
    SetAside,
    SpoolState,
)

log = logging.getLogger("sublet_client")


class EntitlementCache:
    """What accounts may do, answered from memory. Belongs to a `Sublet`; the change stream keeps it fresh."""

    def __init__(self, owner: Sublet) -> None:
        self._owner = owner
        self._cache: Cache = owner._api.cache

    def check(self, account: str, feature: str) -> Decision:
        """Whether the account has the feature. Never raises for the network: what you have stated holds then (`fail_open`).

        Only for an account that was never asked about here the server is asked, within the client's time-out.
        """
        cache = self._cache
        try:
            if _steady() < cache.good_until:
                return cache.ready[account][feature]
        except KeyError:
            pass
        return self._slowly(account, feature)

    def _slowly(self, account: str, feature: str) -> Decision:
        self._owner._begin()
        if self._cache.is_copy(account):
            self._owner._fetch(account)
        found = self._cache.settled(account, feature)
        if found is None:
            self._owner._fetch(account)
            found = self._cache.settled(account, feature, asked=True)
        return found if found is not None else self._cache.stated(feature)

    def peek(self, account: str, feature: str) -> Decision:
        """The same, but the server is never asked: an account that is not known yet counts as cut off."""
        found = self._cache.settled(account, feature, asked=True)
        return found if found is not None else self._cache.stated(feature)

    def of(self, account: str) -> Entitlements:
        """All that the account may do. Raises NotFound; Unreachable when it was never heard of and cannot be asked about."""
        self._owner._begin()
        if self._cache.is_copy(account):
            self._owner._fetch(account)
        found = self._cache.of(account)
        if found is None:
            self._owner._fetch(account, strict=True)
            found = self._cache.of(account)
        if found is None:
            raise Unreachable("the entitlements of this account are over, and the server cannot be asked for new ones")
        return found

    def remaining(self, account: str, meter: str, *, max_age: float | None = None) -> Quantity | None:
        """How much of the meter is left; None: without limit. Raises as `of`, and KeyError for a meter that is not offered.

        It is a figure to show, as the server last told it: the stream of changes tells what an account may do, not each single
        use of another process. With `max_age` the server is asked anew where the figure is older than so many seconds, if
        it can be. Whether it may go on, `Sublet.consume` says, and counts in the same step.
        """
        if max_age is not None and self._cache.older_than(account, max_age) and not self._owner._api.spares():
            with suppress(Unreachable, ServerFault, TooManyRequests):
                self.refresh(account)
        return remaining_of(self.of(account), meter)

    def refresh(self, account: str) -> None:
        """Ask the server anew, for whoever has just changed something there. Raises NotFound, Unreachable, Refused."""
        self._owner._fetch(account, strict=True, anew=True)

    @property
    def fresh(self) -> bool:
        """Whether the change stream stands."""
        return self._cache.line.fresh

    @property
    def age(self) -> float:
        """Seconds since the server was last heard; ``inf``: never."""
        return self._cache.line.age

    def __len__(self) -> int:
        return len(self._cache)


class Reservation:
    """An amount that is set apart for work that takes a while; see `Sublet.reserve`."""

    def __init__(self, owner: Sublet, held: Held) -> None:
        self._owner = owner
        self._held = held

    @property
    def ref(self) -> str:
        """Its reference."""
        return self._held.ref

    @property
    def ends_at(self) -> datetime | None:
        """When it lapses by itself, and is given back."""
        return self._held.ends_at

    @property
    def settled(self) -> bool:
        """Whether it was committed or released."""
        return self._held.settled

    def commit(self, quantity: Quantity | None = None) -> None:
        """Count what was used of it (all, unless said); the rest is given back."""
        self._owner._run(self._owner._api.committed(self._held, quantity))

    def release(self) -> None:
        """Give all of it back."""
        self._owner._run(self._owner._api.released(self._held))


class Sublet:
    """Your product's side of Sublet. One object for the life of the process; safe in threads, and in forked children.

    * ``base_url``: a host of the account of the key, such as ``https://sublet.example.com``.
    * ``hot_url``: where the hot operations are served beside (``SUBLET_HOT_BIND``), such as ``http://127.0.0.1:8001``.
    * ``fail_open``: keys of features, and of meters, that go on when the server cannot be asked; all others stop then.
    * ``stale_after``: for so many seconds after the server was last heard its answers go on counting.
    * ``cache_path``: a file to begin with after a restart while the server is away.
    * ``spool_path``: the file in which `record` keeps what waits to be sent; beside ``cache_path``, unless said.
    * ``source``: which part of you reports; ids of usage events are unique within it.
    * ``preload``: keep all accounts of the key from the start, not those that are asked about.
    * ``full_sync=False``: a power failure may cost the last events, but `record` waits for no disk.
    * ``connect_to``: the address that is really called, when the product does not come to the public one.
    * ``on_set_aside`` is told of each usage event that the server will never take.

    It begins to listen at the first question, or with `start`; `close` sends what waits, and ends.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        hot_url: str | None = None,
        fail_open: Collection[str] = frozenset(),
        cache_path: str | Path | None = None,
        spool_path: str | Path | None = None,
        source: str = "sublet-client",
        timeout: float = 5.0,
        stale_after: float = 3600.0,
        preload: bool = False,
        full_sync: bool = True,
        connect_to: str | None = None,
        on_set_aside: Callable[[SetAside], None] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._api = Api(
            base_url, api_key, hot_url=hot_url, fail_open=fail_open, cache_path=cache_path, spool_path=spool_path,
            source=source, timeout=timeout, stale_after=stale_after, preload=preload, full_sync=full_sync,
            connect_to=connect_to, on_set_aside=on_set_aside,
        )  # fmt: skip
        self._driver = Driver(self._api.wire, transport)
        self._sender = self._api.sender(self._driver.clock)
        self._sending = threading.Lock()
        self._starting = threading.Lock()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._threads: list[threading.Thread] = []
        self._pid = 0
        self._closed = False
        self.entitlements = EntitlementCache(self)
        _process.clients.add(self)

    # Life -------------------------------------------------------------------------------------------------------------

    def start(self) -> Sublet:
        """Begin to listen for changes, and to send what waits, in the background. Harmless when it was begun."""
        if self._closed:
            raise Closed("this client is closed")
        self._begin()
        return self

    def close(self, timeout: float = 5.0) -> None:
        """Send what waits, for `timeout` seconds at most (the rest stays on the disk), write the copy, end."""
        if self._closed:
            return
        with suppress(SubletError):
            self.flush(timeout)
        self._closed = True
        self._stop.set()
        self._wake.set()
        self._driver.close()
        if self._pid == os.getpid():
            # Not the one that listens: it may be held by the server for some seconds, and leaves nothing behind.
            self._threads[1].join(timeout)
        self._api.save(now=True)
        self._api.spool.close()

    def __enter__(self) -> Sublet:
        return self.start()

    def __exit__(self, *_fault: object) -> None:
        self.close()

    def _begin(self) -> None:
        if self._pid == os.getpid() or self._closed:
            return
        with self._starting:
            if self._pid == os.getpid():
                return
            works = (("sublet-changes", self._follow), ("sublet-spool", self._send_on))
            self._threads = [threading.Thread(target=work, name=name, daemon=True) for name, work in works]
            self._pid = os.getpid()
            for thread in self._threads:
                thread.start()

    def _forked(self) -> None:
        """In a child: the parent's threads are not here, its locks may be taken for ever, its connections are not ours."""
        self._driver.forget()
        self._sending, self._starting = threading.Lock(), threading.Lock()
        self._stop, self._wake = threading.Event(), threading.Event()
        self._api.forked()
        self._threads = []
        self._pid = 0

    def _follow(self) -> None:
        attempt = 0
        while not self._stop.is_set():
            began = _clock.steady()
            try:
                before = self._api.cache.position
                more = self._driver.run(self._api.caught_up())
                attempt = 0
                self._api.save()
                quiet = not more and self._api.cache.position == before
                if quiet and _clock.steady() - began < WAIT / 2:
                    self._stop.wait(POLL - min(POLL, _clock.steady() - began))
            except Closed:
                return
            except Exception as fault:
                if self._stop.is_set():  # closed in the middle of a question
                    return
                attempt += 1
                self._api.cache.cut()
                _tell("the change stream", fault, attempt)
                expected = isinstance(fault, (Unreachable, ServerFault, TooManyRequests))
                self._stop.wait(pause(attempt, getattr(fault, "retry_after", 0.0), most=5.0 if expected else 30.0))

    def _send_on(self) -> None:
        attempt = 0
        while not self._stop.is_set():
            try:
                sent = self._send_all()
                attempt = 0
                if not sent:
                    self._wake.wait(1.0)  # what another process leaves behind is found, too
                if self._wake.is_set():
                    self._wake.clear()
                    self._stop.wait(0.05)  # so that what is recorded at once goes together
            except Closed:
                return
            except Exception as fault:
                if self._stop.is_set():
                    return
                attempt += 1
                self._api.trouble = str(fault) or type(fault).__name__
                _tell("the spool", fault, attempt)
                self._stop.wait(pause(attempt, getattr(fault, "retry_after", 0.0)))

    def _send_all(self) -> int:
        """Send until nothing waits; how many were sent. Raises what stops it."""
        if self._api.spool.is_empty():
            self._api.trouble = ""
            return 0
        sent = 0
        with self._sending, self._api.spool.sending() as ours:
            while ours and not self._stop.is_set() and (count := self._driver.run(self._sender.batch())):
                sent += count
                self._api.trouble = ""
        return sent

    def _fetch(self, account: str, *, strict: bool = False, anew: bool = False) -> None:
        if not strict and not anew and (self._api.cache.is_missing(account) or self._api.spares()):
            return
        try:
            found = self._driver.run(self._api.fetched(account))
        except (Unreachable, Refused) as fault:
            if strict:
                raise
            _tell(f"the entitlements of {account}", fault, 1)
        else:
            if not found and strict:
                raise NotFound(_no_account(account))

    def _run(self, steps: Any) -> Any:
        return self._driver.run(steps)

    # Use --------------------------------------------------------------------------------------------------------------

    def consume(
        self,
        account: str,
        meter: str,
        quantity: Quantity = 1,
        *,
        id: str | None = None,
        collaborator: str | None = None,
        language: str = "",
    ) -> Consumed:
        """Ask whether it may go on, and count it in the same step: nobody gets past a hard limit.

        `id` names this one use; the same again is counted once and gets the same answer. `collaborator`: who of the account
        uses it (``sub``, or a place in the team), who may have a portion of its own. `language` (``identity.locale``): that of the
        next steps. Raises Unreachable when the server cannot be asked, unless the meter is in `fail_open`; NotFound; Invalid.
        """
        event, untimed = self._api.event(
            self._driver.clock, account, meter, quantity, id=id, time=None, properties=None, corrects=None,
            collaborator=collaborator,
        )  # fmt: skip
        answer = self._driver.run(self._api.consumed(event, language))
        if answer.reason == "cut-off":
            self._api.spool.put([event], untimed=untimed)
            self._wake.set()
            self._begin()
        return answer

    @contextmanager
    def reserve(
        self,
        account: str,
        meter: str,
        quantity: Quantity = 1,
        *,
        seconds: int = 600,
        id: str | None = None,
        collaborator: str | None = None,
        language: str = "",
    ) -> Iterator[Reservation]:
        """Set an amount apart for work that takes a while:

            with sublet.reserve("acc_…", "push_messages", 5000) as reservation:
                sent = send_them()
                reservation.commit(sent)

        Left without a commit, all of it is counted; left by an exception, all of it is given back, and so it is after `seconds`
        when the process dies. Raises LimitReached, Unreachable, NotFound, Conflict, Invalid.
        """
        reservation = self.begin_reservation(
            account, meter, quantity, seconds=seconds, id=id, collaborator=collaborator, language=language
        )
        try:
            yield reservation
        except BaseException:
            if not reservation.settled:
                with suppress(SubletError):  # it lapses by itself; the product's own fault is what has to be seen
                    reservation.release()
            raise
        if not reservation.settled:
            reservation.commit()

    def begin_reservation(
        self,
        account: str,
        meter: str,
        quantity: Quantity = 1,
        *,
        seconds: int = 600,
        id: str | None = None,
        collaborator: str | None = None,
        language: str = "",
    ) -> Reservation:
        """The same for work that does not end in one place: keep its ``ref``, and settle it with `reservation`."""
        held = self._driver.run(self._api.reserved(account, meter, quantity, seconds, id, collaborator, language))
        if isinstance(held, Consumed):
            raise LimitReached(held.reason or "limit-reached", held.standing, held.next)
        return Reservation(self, held)

    def reservation(self, ref: str) -> Reservation:
        """One that was begun before, also by another process, to be committed or released. Asks nobody."""
        return Reservation(self, Held(ref))

    def record(
        self,
        account: str,
        meter: str,
        quantity: Quantity = 1,
        *,
        id: str | None = None,
        time: datetime | None = None,
        properties: Mapping[str, str] | None = None,
        corrects: str | None = None,
        collaborator: str | None = None,
    ) -> str:
        """Note that something was used. When this returns it is on the disk; it is sent soon, in order, and counted once.

        Returns the id of the usage event. `corrects`: the id of an earlier one that this puts right. `collaborator` as in `consume`.
        """
        event, untimed = self._api.event(
            self._driver.clock,
            account,
            meter,
            quantity,
            id=id,
            time=time,
            properties=properties,
            corrects=corrects,
            collaborator=collaborator,
        )
        self._api.spool.put([event], untimed=untimed)
        self._wake.set()
        self._begin()
        return str(event["id"])

    def flush(self, timeout: float = 30.0) -> SpoolState:
        """Send what waits, now. Returns what is left and why; raises nothing for the network."""
        give_up = _clock.steady() + timeout
        attempt = 0
        while not self._api.spool.is_empty() and not self._closed:
            attempt += 1
            wait = 0.05
            try:
                self._send_all()
            except (Unreachable, Refused) as fault:
                self._api.trouble = str(fault)
                if isinstance(fault, (Unauthorized, Forbidden)):
                    break
                wait = pause(attempt, getattr(fault, "retry_after", 0.0), most=2.0)
            if _clock.steady() + wait >= give_up or self._stop.wait(wait):
                break
        return self.spool_state()

    def spool_state(self) -> SpoolState:
        """What waits, what was set aside, and what is wrong."""
        waiting, aside = self._api.spool.counts()
        return SpoolState(waiting, aside, self._api.trouble)

    def set_aside(self) -> list[SetAside]:
        """The usage events that the server will not take, and why."""
        return self._api.spool.aside()

    def retry_set_aside(self, ids: Collection[str] | None = None) -> int:
        """Send them again, all or those: once what was wrong is right on the server. How many."""
        count = self._api.spool.again(ids)
        self._wake.set()
        self._begin()
        return count

    def drop_set_aside(self, ids: Collection[str]) -> int:
        """Forget them. How many."""
        return self._api.spool.drop(ids)

    def signal(
        self, account: str, key: str, value: Any = None, at: datetime | None = None, *, id: str | None = None
    ) -> None:
        """Tell a dated fact that is not billed, such as the last release. Raises Unreachable, NotFound, Invalid."""
        self._driver.run(self._api.signaled(self._driver.clock, account, key, value, at, id))

    # Brands, people, everything else ----------------------------------------------------------------------------------

    def brand(self, host: str, language: str = "") -> Brand:
        """What a host shows of itself, its texts in that language (left out: the brand's); ``known`` False when it is none of
        Sublet's. Kept for half a minute, and for longer while the server is away (``fresh`` False). Raises Unreachable, Refused
        when nothing was ever heard of it."""
        kept = self._api.kept_brand(host, language)
        return kept if kept is not None else self._driver.run(self._api.branded(host, language))

    def forget_brand(self, host: str | None = None) -> None:
        """A host shows something else now (None: any may), as a webhook of the group *Brand and hosts* tells: `brand` asks anew."""
        self._api.forget_brands(host)

    def is_issuer(self, issuer: str) -> bool:
        """Whether ``https://host`` is a host of this installation: for `OpenIdConnect(trusted=…)`."""
        host = self._api.host_of_issuer(issuer)
        if not host:
            return False
        brand = self.brand(host)
        return brand.known and brand.url == issuer

    def report_change(
        self, sign_on: SignedOn, section: str, text: str, *, place: str = "", id: str | None = None
    ) -> ChangeReported:
        """Tell what whoever is signed on has just changed in your product, in one line: it stands in the account's history.

        Give the change an `id` of your own and keep it, to send the same again until it is answered. Raises Unauthorized (the
        sign-on is over), Forbidden (the section is closed), NotFound, Invalid, TooManyRequests, Unreachable.
        """
        return self._driver.run(self._api.reported(sign_on, section, text, place, id))

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        id: str | None = None,
    ) -> Any:
        """Any operation of the API reference: ``sublet.call("GET", "/accounts/acc_…/hosts")``. Returns its JSON.

        What writes carries an ``Idempotency-Key`` (`id`, or a new one), and so may be tried again. Raises Refused, Unreachable.
        """
        return self._driver.run(self._api.any_call(method, path, json=json, params=params, id=id))

    def items(self, path: str, **params: str) -> Iterator[dict[str, Any]]:
        """All items of a list of the API, page after page."""
        cursor: str | None = None
        while True:
            told = self.call("GET", path, params={**params, **({"cursor": cursor} if cursor else {})})
            yield from told["items"]
            cursor = told.get("next")
            if not cursor:
                return


def _tell(what: str, fault: Exception, attempt: int) -> None:
    """Say it once, not at every attempt; and what is our own fault with its trace."""
    if not isinstance(fault, SubletError):
        log.error("%s failed", what, exc_info=fault)
    elif attempt == 1:
        log.warning("%s: %s", what, fault)


def _no_account(account: str) -> Problem:
    return Problem(404, "not-found", "There is nothing here", f"there is no account {account} for this key")
