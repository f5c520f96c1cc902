"""Whether a server listens already."""

from __future__ import annotations

import socket


def listens(port: int) -> bool:
    """Whether somebody takes calls on that port of this machine.

    A call to a port where nobody listens may be given that very port as its own, and then reaches itself.
    """
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0 and probe.getsockname() != probe.getpeername()
