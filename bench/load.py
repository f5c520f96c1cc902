"""Sends JSON as fast as a server takes it: ``python -m bench.load PORT SECONDS CONNECTIONS`` with the plan on its input.

The plan is JSON: ``head`` (lines of the request without its length), ``body`` with ``%d`` where a number that never comes again
goes, and ``first``, the first of these numbers. Prints how many were answered with 200 or 202, and how many otherwise.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from itertools import count
from typing import Any


class Sender(asyncio.Protocol):
    """One connection: sends, waits for the answer, sends again."""

    def __init__(self, plan: dict[str, Any], numbers: Any, until: float, done: asyncio.Event, told: list[int]) -> None:
        self.plan, self.numbers, self.until, self.done, self.told = plan, numbers, until, done, told
        self.got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self._send()

    def _send(self) -> None:
        if time.monotonic() > self.until:
            self.done.set()
            return
        body = self.plan["body"].replace("%d", str(next(self.numbers)))
        self.transport.write(f"{self.plan['head']}Content-Length: {len(body)}\r\n\r\n{body}".encode())

    def data_received(self, data: bytes) -> None:
        self.got += data
        head, sep, body = self.got.partition(b"\r\n\r\n")
        if not sep:
            return
        lower = head.lower()
        length = int(lower.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or b"0")
        if len(body) < length:
            return
        self.told[0 if head[9:12] in (b"200", b"202") else 1] += 1
        self.got = b""
        self._send()

    def connection_lost(self, _fault: Exception | None) -> None:
        self.done.set()


async def main() -> None:
    port, seconds, connections = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    plan = json.loads(sys.stdin.read())
    numbers, told = count(plan["first"]), [0, 0]
    loop = asyncio.get_running_loop()
    until = time.monotonic() + seconds
    ends = []
    for _ in range(connections):
        done = asyncio.Event()
        ends.append(done)
        await loop.create_connection(
            lambda done=done: Sender(plan, numbers, until, done, told),
            "127.0.0.1",
            port,  # type: ignore[misc]  # bound here
        )
    begun = time.monotonic()
    await asyncio.wait_for(asyncio.gather(*(done.wait() for done in ends)), seconds + 30)
    print(told[0], told[1], max(time.monotonic() - begun, seconds))


if __name__ == "__main__":
    asyncio.run(main())
