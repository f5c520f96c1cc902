"""Free ports of this machine, for what the demo runs beside the product."""

from __future__ import annotations

import random
import socket

#: Below what systems give to whoever calls somewhere (from 32768 on Linux, from 49152 elsewhere): between the choice of a port
#: and the moment in which its server listens there, a call of anybody's could else take it.
FIRST, LAST = 20_000, 32_000


def free_port() -> int:
    """One that nobody listens on at this moment, and that no call from this machine will take. Raises OSError when there is none."""
    for _try in range(1_000):
        port = random.randint(FIRST, LAST)  # noqa: S311  # no secret is made of it
        if is_free(port):
            return port
    raise OSError(f"no port from {FIRST} to {LAST} is free")


def is_free(port: int) -> bool:
    """Whether somebody could listen there now; false for what is no port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
        return port != 0
