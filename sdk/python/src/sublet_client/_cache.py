"""The local cache of entitlements: plain dictionaries, read without a lock, kept by whoever follows the change stream.

`ready` holds finished answers by account and feature. While the clock is before `good_until`, they are told as they lie there:
that is the whole price of a check. Everything else (cut off, an answer that has just changed by itself, an account never heard
of) goes the slow way, `settled`.
"""

from __future__ import annotations

import heapq
import logging
import threading
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sublet_client import _clock, _parse
from sublet_client.values import Decision, Entitlements, Value

log = logging.getLogger("sublet_client")
NEVER = float("-inf")
#: So long nobody asks for an account again that was not there.
FORGET_MISSING = 5.0
#: An answer of the server counts on for so long at least, whatever it says of its own end: nobody asks in a circle.
AT_LEAST = 0.5
MOST_SHAPES = 10_000
#: What was fetched counts as fresh for so long without the stream, too: the promise is "within one second".
JUST_NOW = 1.0


class Line:
    """Whether the cache is in touch with the server: heard of within `patience` seconds, and nothing broken since."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.heard_at = NEVER
        self.broken = True

    @property
    def fresh(self) -> bool:
        """Whether what the cache tells holds now."""
        return not self.broken and _clock.steady() - self.heard_at <= self.patience

    @property
    def age(self) -> float:
        """Seconds since the server last confirmed it."""
        return _clock.steady() - self.heard_at

    def hear(self) -> None:
        """The server has just confirmed that nothing else has changed."""
        self.heard_at = _clock.steady()
        self.broken = False

    def cut(self) -> None:
        """A call has failed."""
        self.broken = True


#: Where nothing was ever heard.
NOTHING = Line(0.0)


class Entry:
    """What is kept of one account, and how far it can be believed: as the stream, or as what was just fetched."""

    __slots__ = ("ends_at", "line", "over", "raw", "sequence", "told_at")

    def __init__(self, raw: Mapping[str, Any], sequence: int, ends_at: float, line: Line, told_at: float) -> None:
        self.raw = raw
        self.sequence = sequence
        self.ends_at = ends_at
        self.line = line
        self.told_at = told_at
        self.over = False

    @property
    def fresh(self) -> bool:
        """Whether it holds now, but for the last second."""
        return not self.over and (self.line.fresh or _clock.steady() - self.told_at <= JUST_NOW)

    @property
    def age(self) -> float:
        """Seconds since the server last confirmed it."""
        return _clock.steady() - max(self.told_at, self.line.heard_at)


def allows(kind: str, value: Value) -> bool:
    """Whether a feature of that value can be had: a switch that is on, a number above zero, a text that is one."""
    return bool(value) if kind != "number" else isinstance(value, (int, float)) and value > 0


def _decision(told: Mapping[str, Any], entry: Line | Entry) -> Decision:
    value = told.get("value")
    return Decision(allows(str(told.get("kind", "switch")), value), value, _parse.source_of(told), entry)


class Cache:
    """Entitlements by account. Writers take the lock; readers need none."""

    def __init__(
        self,
        *,
        fail_open: Collection[str] = (),
        stale_after: float = 3600.0,
        patience: float = 20.0,
        most: int = 100_000,
    ) -> None:
        self.fail_open = frozenset(fail_open)
        self.stale_after = stale_after
        self.most = most
        self.line = Line(patience)
        self.ready: dict[str, dict[str, Decision]] = {}
        self.good_until = NEVER
        self.position: int | None = None
        self.changed = False  # since it was last written to the disk
        self._copied = False  # begun with a copy of the disk, and neither heard from the server since nor cut off
        self._entries: dict[str, Entry] = {}
        self._missing: dict[str, float] = {}
        self._fetching: dict[str, int] = {}
        self._ends: list[tuple[float, str]] = []
        self._lock = threading.Lock()
        self._warned: set[str] = set()
        self._shapes: dict[tuple[Any, ...], dict[str, Decision]] = {}

    def forked(self) -> None:
        """In a forked child: a lock that a thread of the parent held is held by nobody here."""
        self._lock = threading.Lock()
        self._fetching = {}
        copied = self._copied
        self.cut()  # until a thread of the child's own listens, nothing here is kept fresh
        self._copied = copied  # the child has not tried to ask either

    def __len__(self) -> int:
        return len(self._entries)

    # Reading ----------------------------------------------------------------------------------------------------------

    def settled(self, account: str, feature: str, *, asked: bool = False) -> Decision | None:
        """The slow way to an answer, without asking anybody; None: the server has to be asked about that account, unless it
        was `asked` just now and had no answer.
        """
        self._turn()
        entry = self._entries.get(account)
        if entry is None:
            return self._absent(account)
        if entry.over and not self.line.broken and not asked:
            return None
        told = entry.raw["features"].get(feature)
        if told is None:
            if feature not in self._warned:
                self._warned.add(feature)
                log.warning("Sublet's offer has no feature %r", feature)
            return Decision(False, None, "no-such-feature", entry)
        if entry.age > self.stale_after or (entry.over and _parse.source_of(told) == "trial"):
            return self._stated(feature, "cut-off", entry)
        return _decision(told, entry)

    def stated(self, feature: str) -> Decision:
        """What was stated for a feature when nothing is known of the account and the server cannot be asked."""
        return self._stated(feature, "unknown", NOTHING)

    def of(self, account: str) -> Entitlements | None:
        """All that is kept of an account; None: the server has to be asked."""
        self._turn()
        entry = self._entries.get(account)
        if entry is None or (entry.over and not self.line.broken):
            return None
        return _parse.entitlements(entry.raw, entry)

    def older_than(self, account: str, seconds: float) -> bool:
        """Whether the server's last answer about an account is older than that, or there is none."""
        entry = self._entries.get(account)
        return entry is None or _clock.steady() - entry.told_at > seconds

    def is_copy(self, account: str) -> bool:
        """Whether what is kept of an account is from before this process, and nobody has tried to ask since: while the
        server can be reached, what changed meanwhile must not go unheard at the first question."""
        entry = self._entries.get(account)
        return self._copied and entry is not None and entry.told_at == NEVER

    def is_missing(self, account: str) -> bool:
        """Whether the server has just said that there is no such account."""
        return self._missing.get(account, NEVER) > _clock.steady()

    def _absent(self, account: str) -> Decision | None:
        return Decision(False, None, "no-such-account", self.line) if self.is_missing(account) else None

    def _stated(self, feature: str, reason: str, line: Line | Entry) -> Decision:
        return Decision(feature in self.fail_open, None, reason, line)

    def _turn(self) -> None:
        """What has ended by itself is no more ready; then say for how long the rest is."""
        now = _clock.steady()
        with self._lock:
            while self._ends and self._ends[0][0] <= now:
                ends_at, account = heapq.heappop(self._ends)
                entry = self._entries.get(account)
                if entry is not None and entry.ends_at == ends_at and not entry.over:
                    entry.over = True
                    self.ready.pop(account, None)
            self._renew()

    def _renew(self) -> None:
        line = self.line
        fresh_until = NEVER if line.broken else line.heard_at + line.patience
        self.good_until = min(fresh_until, self._ends[0][0]) if self._ends else fresh_until

    # Writing ----------------------------------------------------------------------------------------------------------

    def begin_fetch(self, account: str) -> None:
        """Somebody asks the server about an account: what the stream says of it meanwhile is kept, too."""
        with self._lock:
            self._fetching[account] = self._fetching.get(account, 0) + 1

    def end_fetch(self, account: str) -> None:
        """The asking is over, well or not."""
        with self._lock:
            left = self._fetching.get(account, 1) - 1
            if left:
                self._fetching[account] = left
            else:
                self._fetching.pop(account, None)

    def put(self, told: Iterable[Mapping[str, Any]], *, only_known: bool = False) -> int:
        """Take what the server has told of accounts, unless something newer is here already; how many were taken.

        `only_known`: only of accounts that are kept, or asked about just now.
        """
        now = _clock.steady()
        taken = 0
        with self._lock:
            for raw in told:
                account = str(raw["account"])
                sequence = int(raw.get("sequence", 0))
                entry = self._entries.get(account)
                if entry is None and only_known and account not in self._fetching:
                    continue
                if entry is not None and entry.sequence > sequence:
                    continue
                ends_at = self._ends_at(raw, now)
                self._entries[account] = Entry(raw, sequence, ends_at, self.line, now)
                self.ready[account] = self._finished(raw.get("features", {}))
                self._missing.pop(account, None)
                if ends_at != float("inf"):
                    heapq.heappush(self._ends, (ends_at, account))
                taken += 1
            while len(self._entries) > self.most:
                oldest = next(iter(self._entries))
                del self._entries[oldest]
                self.ready.pop(oldest, None)
            if taken:
                self.changed = True
                self._forget_old_ends()
                self._renew()
        return taken

    def _forget_old_ends(self) -> None:
        """Ends of answers that have been replaced lie in the heap until their time; an account that changes every second and ends
        in a month would leave millions there."""
        if len(self._ends) > 2 * len(self._entries) + 64:
            self._ends = [
                (entry.ends_at, account)
                for account, entry in self._entries.items()
                if entry.ends_at != float("inf") and not entry.over
            ]
            heapq.heapify(self._ends)

    def _finished(self, features: Mapping[str, Any]) -> dict[str, Decision]:
        """The answers as they are told while the stream stands: one dictionary for all accounts that have the same, which are
        most, so that thousands of accounts stay within the processor's own memory."""
        same = tuple(
            (key, each.get("kind"), each.get("value"), _parse.source_of(each)) for key, each in features.items()
        )
        found = self._shapes.get(same)
        if found is None:
            if len(self._shapes) >= MOST_SHAPES:
                self._shapes.clear()
            found = self._shapes[same] = {key: _decision(each, self.line) for key, each in features.items()}
        return found

    def _ends_at(self, raw: Mapping[str, Any], now: float) -> float:
        """When the answer changes by itself, on this machine's steady clock: counted from the server's own instants, so that
        no clock here has to be right."""
        at, until = raw.get("at"), raw.get("until")
        if not at or not until:
            return float("inf")
        return now + max(AT_LEAST, _clock.seconds_of(until) - _clock.seconds_of(at))

    def use(self, account: str, meter: str, standing: Mapping[str, Any]) -> None:
        """What a consume has just told of a meter."""
        with self._lock:
            entry = self._entries.get(account)
            if entry is not None:
                meters = {**entry.raw.get("meters", {}), meter: standing}
                entry.raw = {**entry.raw, "meters": meters}

    def missing(self, account: str) -> None:
        """The server says that there is no such account."""
        with self._lock:
            self._entries.pop(account, None)
            self.ready.pop(account, None)
            self._missing[account] = _clock.steady() + FORGET_MISSING
            while len(self._missing) > 10_000:
                del self._missing[next(iter(self._missing))]

    def heard(self, position: int) -> None:
        """All changes up to `position` are here."""
        with self._lock:
            self.position = position
            self._copied = False
            self.line.hear()
            self._renew()

    def cut(self) -> None:
        """The server cannot be reached."""
        with self._lock:
            self._copied = False
            self.line.cut()
            self._renew()

    def is_all_there_is(self) -> None:
        """Somebody has asked and got no answer: what a copy of the disk says counts, until the server is heard."""
        self._copied = False

    def doubt(self, position: int) -> None:
        """Everybody's answer may have changed (another offer): each is asked for anew when it is wanted next."""
        with self._lock:
            for entry in self._entries.values():
                entry.over = True
            self.ready.clear()
            self.position = position
            self._renew()

    def start_over(self) -> None:
        """The server knows less than we do (a backup was put back): nothing that is here counts."""
        with self._lock:
            self._entries.clear()
            self.ready.clear()
            self._ends.clear()
            self.position = None
            self.line.cut()
            self._renew()

    # The copy on the disk ---------------------------------------------------------------------------------------------

    def packed(self) -> dict[str, Any]:
        """All of it, to be written to the disk."""
        with self._lock:
            self.changed = False
            heard = _clock.wall() - self.line.age if self.line.heard_at != NEVER else None
            return {
                "position": self.position,
                "heard": heard,
                "accounts": [
                    {
                        "ends": entry.ends_at - _clock.steady() if entry.ends_at != float("inf") else None,
                        "told": entry.raw,
                    }
                    for entry in self._entries.values()
                ],
                "written": _clock.wall(),
            }

    def unpack(self, told: Mapping[str, Any]) -> None:
        """Begin with a copy of the disk: old until the server is heard. Raises KeyError, TypeError, ValueError."""
        gone = max(0.0, _clock.wall() - float(told["written"]))
        now = _clock.steady()
        accounts = [(each["ends"], each["told"]) for each in told["accounts"]]
        self.put(raw for _ends, raw in accounts)
        with self._lock:
            self._ends.clear()
            for ends, raw in accounts:
                entry = self._entries.get(str(raw["account"]))
                if entry is None:
                    continue
                entry.told_at = NEVER
                if ends is not None:
                    entry.ends_at = now + float(ends) - gone
                    heapq.heappush(self._ends, (entry.ends_at, str(raw["account"])))
            self.position = None if told["position"] is None else int(told["position"])
            if told["heard"] is not None:
                self.line.heard_at = now - max(0.0, _clock.wall() - float(told["heard"]))
            self.line.broken = True
            self._copied = True
            self.changed = False
            self._renew()
