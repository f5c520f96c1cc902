"""What both clients ask and how they understand it, once: steps without a wire (`_steps`)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from sublet_client import _clock, _disk, _parse
from sublet_client._cache import Cache
from sublet_client._sending import Sender
from sublet_client._spool import Spool, usage_event
from sublet_client._steps import Call, Steps, Wire
from sublet_client.errors import Conflict, NotFound, Refused, Unreachable, Untrusted
from sublet_client.values import Brand, ChangeReported, Consumed, Entitlements, Quantity, SetAside

#: How long the server may hold a question for changes; a line that is silent for longer than this and some is taken for cut.
WAIT = 10.0
#: Where the server does not hold questions, how often it is asked: a change is here within a second.
POLL = 0.75
#: After a call that came to nothing nobody waits for the next one in the middle of a check.
SPARE = 1.0
BRAND_LASTS, BRAND_MISSING_LASTS, BRANDS = 30.0, 10.0, 10_000


class SignedOn(Protocol):
    """Whoever a change is reported for: a `SignOn` of OpenID Connect, or an `Identity` of forward authentication."""

    @property
    def issuer(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def token(self) -> str: ...


class Held:
    """What the server has set apart for work that has begun; commit what was used, or release all of it."""

    def __init__(self, ref: str, account: str = "", meter: str = "", ends_at: datetime | None = None) -> None:
        self.ref = ref
        self.account = account
        self.meter = meter
        self.ends_at = ends_at
        self.settled = False


class Api:
    """The questions and their answers, with the cache and the spool."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        hot_url: str | None,
        fail_open: Collection[str],
        cache_path: str | Path | None,
        spool_path: str | Path | None,
        source: str,
        timeout: float,
        stale_after: float,
        preload: bool,
        full_sync: bool,
        connect_to: str | None,
        on_set_aside: Callable[[SetAside], None] | None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.source = source
        self.preload = preload
        self.cache_path = Path(cache_path) if cache_path is not None else None
        self.owner = _disk.owner_of(self.base_url, api_key)
        self.headers = {"Authorization": f"Bearer {api_key}"}
        self.cache = Cache(fail_open=fail_open, stale_after=stale_after, patience=WAIT + timeout)
        self.wire = Wire(timeout=timeout, connect_to=connect_to, hot=hot_url)
        self.spool = Spool(Path(spool_path) if spool_path is not None else self._default_spool(), full_sync=full_sync)
        self.on_set_aside = on_set_aside
        self.trouble = ""
        self.spare_until = float("-inf")
        self._brands: dict[tuple[str, str], tuple[Brand, float]] = {}
        self._brands_lock = threading.Lock()
        self._saved_at = float("-inf")
        if self.cache_path is not None and (told := _disk.read(self.cache_path, self.owner)) is not None:
            try:
                self.cache.unpack(told)
            except (KeyError, TypeError, ValueError, AttributeError):
                self.cache.start_over()

    def _default_spool(self) -> Path:
        if self.cache_path is not None:
            return self.cache_path.with_name(self.cache_path.name + ".spool")
        return _disk.state_folder() / f"{self.owner}.spool"

    def sender(self, clock: _clock.ServerClock) -> Sender:
        """What sends the spool."""
        return Sender(self.spool, f"{self.base_url}/api/v1/usage-events", self.headers, clock, self.on_set_aside)

    def forked(self) -> None:
        """In a forked child: locks that were held by the parent's threads are held by nobody here."""
        self.cache.forked()
        self.spool.forked()
        self._brands_lock = threading.Lock()

    def save(self, *, now: bool = False) -> None:
        """Write the copy of the cache to the disk: at once, or when something is new and the last copy is some seconds old."""
        if self.cache_path is None or self.cache.position is None:
            return
        old = _clock.steady() - self._saved_at
        if now or old > 60.0 or (self.cache.changed and old > 5.0):
            self._saved_at = _clock.steady()
            _disk.write(self.cache_path, self.owner, self.cache.packed())

    # Any call ---------------------------------------------------------------------------------------------------------

    def any_call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        id: str | None = None,
    ) -> Steps[Any]:
        """An operation of the reference by its path below ``/api/v1``; its JSON, None where there is none."""
        writes = method.upper() not in {"GET", "HEAD"}
        headers = {**self.headers, **({"Idempotency-Key": id or _clock.uuid7()} if writes else {})}
        address = f"{self.base_url}/api/v1/{path.lstrip('/')}"
        response = yield Call(method.upper(), address, json=json, params=params, headers=headers, again=True)
        return response.json() if response.content else None

    # Entitlements -----------------------------------------------------------------------------------------------------

    def fetched(self, account: str) -> Steps[bool]:
        """Ask the server for one account; False: it is not there. Raises Unreachable, Refused."""
        address = f"{self.base_url}/api/v1/entitlements/{quote(account, safe='')}"
        self.cache.begin_fetch(account)
        try:
            response = yield Call("GET", address, headers=self.headers, again=True, tries=2, hot=True)
            self.cache.put([response.json()])
        except NotFound:
            self.cache.missing(account)
            return False
        except (Unreachable, Refused):
            self.spare_until = _clock.steady() + SPARE
            self.cache.is_all_there_is()
            raise
        finally:
            self.cache.end_fetch(account)
        return True

    def spares(self) -> bool:
        """Whether a call has just come to nothing, so that a check had better not wait for another."""
        return _clock.steady() < self.spare_until

    def caught_up(self) -> Steps[bool]:
        """One question of the change stream (before the first: where it stands now); whether more is there already."""
        if self.cache.position is None:
            yield from self._first()
            return True
        asked = {"after": str(self.cache.position), "wait": str(int(WAIT)), "limit": "500"}
        address = f"{self.base_url}/api/v1/entitlement-changes"
        response = yield Call(
            "GET", address, params=asked, headers=self.headers, timeout=WAIT + self.wire.timeout, hot=True
        )
        told = response.json()
        position = int(told["sequence"])
        if position < self.cache.position:
            self.cache.start_over()
            return True
        if told.get("reset"):
            self.cache.doubt(position)
            if self.preload:
                yield from self._first()
                return True
        self.cache.put(told["changes"], only_known=not self.preload)
        more = bool(told.get("more", False))
        self.cache.heard(position)
        return more

    def _first(self) -> Steps[None]:
        """Where the stream stands; with `preload` all accounts of the key."""
        params = {"limit": "500" if self.preload else "1"}
        position: int | None = None
        while True:
            address = f"{self.base_url}/api/v1/entitlements"
            response = yield Call(
                "GET", address, params=params, headers=self.headers, again=True, timeout=30.0, hot=True
            )
            told = response.json()
            if position is None:  # what changes while the pages are read comes again in the stream
                position = int(told["sequence"])
            if self.preload:
                self.cache.put(told["items"])
            after = told.get("after")
            if not self.preload or not after:
                break
            params["after"] = str(after)
        self.cache.heard(position)

    # Use --------------------------------------------------------------------------------------------------------------

    def event(
        self,
        clock: _clock.ServerClock,
        account: str,
        meter: str,
        quantity: Quantity,
        *,
        id: str | None,
        time: datetime | None,
        properties: Mapping[str, str] | None,
        corrects: str | None,
        collaborator: str | None = None,
    ) -> tuple[dict[str, Any], bool]:
        """A usage event, and whether its instant is not known to be right."""
        if time is not None and time.tzinfo is None:
            raise ValueError("an instant without a time zone could be any of twenty-four: give it one")
        at = _clock.instant(time.timestamp() if time is not None else clock.now())
        told = usage_event(
            account=account, meter=meter, quantity=quantity, source=self.source, time=at, id=id or _clock.uuid7(),
            properties=properties, corrects=corrects, collaborator=collaborator,
        )  # fmt: skip
        return told, time is None and not clock.known

    def _spoken(self, language: str) -> dict[str, str]:
        return {**self.headers, "Accept-Language": language} if language else self.headers

    def consumed(self, event: Mapping[str, Any], language: str = "") -> Steps[Consumed]:
        """Ask and count in one step. Sent again with the same id when no answer came: it is counted once."""
        told_to = ("account", "meter", "quantity", "id", "source", "collaborator")
        body = {name: event[name] for name in told_to if name in event}
        try:
            response = yield Call(
                "POST",
                f"{self.base_url}/api/v1/consume",
                json=body,
                headers=self._spoken(language),
                again=True,
                hot=True,
            )
        except Unreachable:
            if event["meter"] not in self.cache.fail_open:
                raise
            return Consumed(True, "cut-off", None, (), str(event["id"]))
        told = response.json()
        if isinstance(told.get("standing"), dict):
            self.cache.use(str(event["account"]), str(event["meter"]), told["standing"])
        return _parse.consumed(told, str(event["id"]))

    def reserved(
        self,
        account: str,
        meter: str,
        quantity: Quantity,
        seconds: int,
        id: str | None,
        collaborator: str | None,
        language: str,
    ) -> Steps[Held | Consumed]:
        """Set an amount apart; `Consumed` when it was refused."""
        given = id or _clock.uuid7()
        body = {
            "account": account, "meter": meter, "quantity": quantity, "seconds": seconds, "id": given, "source": self.source,
            **({"collaborator": collaborator} if collaborator else {}),
        }  # fmt: skip
        response = yield Call(
            "POST",
            f"{self.base_url}/api/v1/reservations",
            json=body,
            headers=self._spoken(language),
            again=True,
            hot=True,
        )
        told = response.json()
        answer = _parse.consumed({"allowed": True, **told}, given)
        if isinstance(told.get("standing"), dict):
            self.cache.use(account, meter, told["standing"])
        if not answer.allowed:
            return answer
        ref = str(told["reservation"])
        return Held(ref, account, meter, _parse.when(told.get("ends_at")))

    def committed(self, held: Held, quantity: Quantity | None) -> Steps[None]:
        """Count what was used of it; the rest is given back."""
        body = {} if quantity is None else {"quantity": quantity}
        response = yield self._settling(held, "commit", body)
        held.settled = True
        told = response.json()
        if isinstance(told.get("standing"), dict):
            self.cache.use(held.account, held.meter, told["standing"])

    def released(self, held: Held) -> Steps[None]:
        """Give all of it back; one that has lapsed meanwhile was given back already."""
        try:
            yield self._settling(held, "release", None)
        except (NotFound, Conflict):
            pass
        held.settled = True

    def _settling(self, held: Held, word: str, body: Mapping[str, Any] | None) -> Call:
        address = f"{self.base_url}/api/v1/reservations/{quote(held.ref, safe='')}/{word}"
        return Call("POST", address, json=body, headers=self.headers, again=True, hot=True)

    def signaled(
        self, clock: _clock.ServerClock, account: str, key: str, value: Any, at: datetime | None, id: str | None
    ) -> Steps[None]:
        """Tell a dated fact. The same id twice is one."""
        if at is not None and at.tzinfo is None:
            raise ValueError("an instant without a time zone could be any of twenty-four: give it one")
        moment = _clock.instant(at.timestamp() if at is not None else clock.now())
        told = {"id": id or _clock.uuid7(), "account": account, "key": key, "at": moment, "value": value}
        yield Call(
            "POST", f"{self.base_url}/api/v1/signals", json={"signals": [told]}, headers=self.headers, again=True
        )

    # Brands -----------------------------------------------------------------------------------------------------------

    def kept_brand(self, host: str, language: str) -> Brand | None:
        """What is kept of a host and young enough."""
        kept = self._brands.get((_host_name(host), language))
        if kept is None:
            return None
        lasts = BRAND_LASTS if kept[0].known else BRAND_MISSING_LASTS
        return kept[0] if _clock.steady() - kept[1] < lasts and kept[0].fresh else None

    def forget_brands(self, host: str | None) -> None:
        """Ask anew for what a host shows (None: all) when it is wanted next; the old answer stays for while nobody answers."""
        name = _host_name(host) if host is not None else None
        with self._brands_lock:
            for key, (brand, _kept_at) in self._brands.items():
                if name is None or key[0] == name:
                    self._brands[key] = (brand, float("-inf"))

    def branded(self, host: str, language: str) -> Steps[Brand]:
        """What a host shows; an older answer where none comes now (``fresh`` False). Raises Unreachable, Refused."""
        name = _host_name(host)
        if not name or any(each in name for each in "/?#@ \\") or len(name) > 260:
            return _unknown(name)
        key = name, language
        params = {"language": language} if language else None
        address = f"{self.base_url}/api/v1/brands/{quote(name, safe='')}"
        try:
            response = yield Call("GET", address, params=params, headers=self.headers, again=True, tries=2)
        except NotFound:
            return self._keep_brand(key, _unknown(name))
        except (Unreachable, Refused) as fault:
            kept = self._brands.get(key)
            if kept is None or not (isinstance(fault, Unreachable) or fault.status >= 429):
                raise
            old = _parse.brand_aged(kept[0])
            self._brands[key] = (old, kept[1])
            return old
        return self._keep_brand(key, _parse.brand(response.json()))

    def _keep_brand(self, key: tuple[str, str], brand: Brand) -> Brand:
        with self._brands_lock:
            self._brands[key] = (brand, _clock.steady())
            while len(self._brands) > BRANDS:  # somebody asks with invented names
                del self._brands[next(iter(self._brands))]
        return brand

    def host_of_issuer(self, issuer: str) -> str:
        """The host of an issuer of the scheme that this installation has; empty: it cannot be one."""
        parts = urlsplit(issuer)
        return parts.netloc if parts.scheme == urlsplit(self.base_url).scheme else ""

    # Changes ----------------------------------------------------------------------------------------------------------

    def reported(self, who: SignedOn, section: str, text: str, place: str, id: str | None) -> Steps[ChangeReported]:
        """Tell what whoever is signed on has changed."""
        if not who.token:
            raise Untrusted("missing", "a change is reported with what came at the sign-on, and there is nothing")
        line = " ".join(text.split())
        body = {"section": section, "text": line if len(line) <= 200 else line[:199] + "…", "place": place}
        headers = {"Authorization": f"Bearer {who.token}", "Idempotency-Key": id or _clock.uuid7()}
        address = f"{who.issuer}/api/v1/accounts/{quote(who.account, safe='')}/product-changes"
        response = yield Call("POST", address, json=body, headers=headers, again=True)
        told = response.json()
        return ChangeReported(str(told["entry"]), _parse.when(told["at"]) or datetime.fromtimestamp(0, UTC))


def _host_name(host: str) -> str:
    return host.strip().lower().rstrip(".")


def _unknown(host: str) -> Brand:
    return _parse.brand({"host": host, "known": False})


def remaining_of(found: Entitlements, meter: str) -> Quantity | None:
    """How much of a meter is left; None: without limit. Raises KeyError when the offer has no such meter."""
    return found.meters[meter].remaining
