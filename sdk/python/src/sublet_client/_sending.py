"""How what waits in the spool is sent: in order, in batches, each event once; one that the server will never take is found by
halving the batch, set aside and told of, and the rest goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from sublet_client._clock import ServerClock
from sublet_client._spool import BATCH, Spool, Waiting, put_right
from sublet_client._steps import Call, Steps
from sublet_client.errors import Conflict, Forbidden, Invalid, NotFound, Problem, Refused, ServerFault, TooLarge
from sublet_client.values import SetAside

log = logging.getLogger("sublet_client")
#: After so many failures of the server itself at the same batch it is halved, too: one event may be what it fails at.
CAREFUL_AFTER = 3


class Sender:
    """Sends what waits. Its steps are made by one process at a time (`Spool.sending`)."""

    def __init__(
        self, spool: Spool, address: str, headers: dict[str, str], clock: ServerClock,
        on_set_aside: Callable[[SetAside], None] | None,
    ) -> None:  # fmt: skip
        self._spool = spool
        self._address = address
        self._headers = headers
        self._clock = clock
        self._on_set_aside = on_set_aside
        self._faults = 0
        self._took = False
        self._seen = False  # whether the address has ever taken anything: only then does a 404 speak of an event

    def batch(self) -> Steps[int]:
        """Send the oldest batch to its end; how many events it was, 0 when nothing waits. Raises what stops everything:
        Unreachable, ServerFault, TooManyRequests, Unauthorized, Forbidden; then all that was not taken still waits."""
        rows = self._spool.next(BATCH)
        if not rows:
            return 0
        rows = yield from self._timed(rows)
        self._took = False
        try:
            yield from self._send(rows)
        except ServerFault as fault:
            if fault.status != 500:
                raise
            self._faults += 1
            if self._faults < CAREFUL_AFTER:
                raise
            yield from self._carefully(rows, fault)
        self._faults = 0
        return len(rows)

    def _timed(self, rows: list[Waiting]) -> Steps[list[Waiting]]:
        """Instants that were taken before the server's clock was known are put right now, once for ever."""
        untimed = [each for each in rows if each.untimed]
        if not untimed:
            return rows
        if not self._clock.known:
            yield from self._probe()
        by_n = {each.n: each for each in put_right(untimed, self._clock.skew())}
        self._spool.timed(by_n.values())
        return [by_n.get(each.n, each) for each in rows]

    def _probe(self) -> Steps[bool]:
        """Whether the address takes usage events at all: no events are an invalid body there, and nothing elsewhere."""
        try:
            yield self._call([])
        except (Invalid, TooLarge):
            self._seen = True
        except (NotFound, Conflict):
            return False
        return True

    def _call(self, rows: Sequence[Waiting]) -> Call:
        body = {"events": [each.body for each in rows]}
        return Call(
            "POST", self._address, json=body, headers=self._headers, again=True, tries=2, timeout=30.0, hot=True
        )

    def _send(self, rows: Sequence[Waiting]) -> Steps[None]:
        while rows:
            try:
                yield self._call(rows)
            except (Invalid, NotFound, TooLarge, Conflict) as fault:
                rows = yield from self._refused(rows, fault)
            else:
                self._took = self._seen = True
                self._spool.done(rows)
                return

    def _refused(self, rows: Sequence[Waiting], fault: Refused) -> Steps[Sequence[Waiting]]:
        """Set aside what the refusal is about; what has to be sent again."""
        if isinstance(fault, NotFound) and not self._seen and not (yield from self._probe()):
            raise Forbidden(Problem(404, "no-usage-events", "This server takes no usage events", "")) from fault
        named = {} if isinstance(fault, TooLarge) else _named(fault, len(rows))
        if named:
            for index, (code, detail) in named.items():
                self._aside(rows[index], code, detail)
            return [each for index, each in enumerate(rows) if index not in named]
        if len(rows) == 1:
            self._aside(rows[0], fault.code, fault.detail)
            return []
        half = len(rows) // 2
        yield from self._send(rows[:half])
        return rows[half:]

    def _carefully(self, rows: Sequence[Waiting], fault: ServerFault) -> Steps[None]:
        """One by one; what the server fails at while it takes others is the events' own fault. Where it takes none, it is the
        server's, and everything goes on waiting."""
        failed: list[Waiting] = []
        for each in rows:
            try:
                yield from self._send([each])
            except ServerFault as again:
                if again.status != 500:
                    raise
                failed.append(each)
                if not self._took and len(failed) >= 10:
                    break
        if not self._took:
            raise fault
        for each in failed:
            self._aside(each, fault.code, fault.detail)

    def _aside(self, row: Waiting, code: str, detail: str) -> None:
        self._spool.put_aside(row, code=code, detail=detail)
        log.error("a usage event was set aside: %s %s (%s)", row.id, code, detail)
        if self._on_set_aside is not None:
            body = row.body
            told = SetAside(
                id=row.id, account=str(body.get("account", "")), meter=str(body.get("meter", "")),
                quantity=body.get("quantity", 1), time=str(body.get("time", "")), code=code, detail=detail,
            )  # fmt: skip
            try:
                self._on_set_aside(told)
            except Exception:
                log.exception("on_set_aside failed")


def _named(fault: Refused, count: int) -> dict[int, tuple[str, str]]:
    """Which events of the body the problem names (``events.3.meter``), each with its first fault."""
    found: dict[int, tuple[str, str]] = {}
    for each in fault.errors:
        parts = each.field.replace("[", ".").replace("]", "").split(".")
        if "events" in parts[:-1]:
            number = parts[parts.index("events") + 1]
            if number.isdigit() and int(number) < count:
                found.setdefault(int(number), (each.code or fault.code, each.detail or fault.detail))
    return found
