"""What becomes of clients when the process is doubled, and when it ends."""

from __future__ import annotations

import atexit
import os
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sublet_client.client import Sublet

clients: weakref.WeakSet[Sublet] = weakref.WeakSet()


_held: list[Sublet] = []


def _before_fork() -> None:
    """Nobody of ours may be inside SQLite while the process is doubled: the child would have its locks, and nobody to free them."""
    _held[:] = [client for client in clients if not client._closed]
    for client in _held:
        client._api.spool.hold()


def _after_in_parent() -> None:
    for client in _held:
        client._api.spool.let_go()
    _held.clear()


def _after_in_child() -> None:
    for client in _held:
        client._forked()
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_in_parent, after_in_child=_after_in_child)


@atexit.register
def _at_exit() -> None:
    """Write the copies; what waits in a spool is safe where it is."""
    for client in list(clients):
        if not client._closed and client._pid == os.getpid():
            client._stop.set()
            client._api.save(now=True)
