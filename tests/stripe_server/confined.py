"""Runs a module of Python as if called by name, with its server on the loopback only and its files in a folder of ours.

    python -m tests.stripe_server.confined FOLDER MODULE [ARGUMENTS]

The program in question asks for every interface and for a fixed name below /tmp, and has no setting for either. Nothing of
it is imported here: it stays a program of its own, in a process of its own.
"""

from __future__ import annotations

import builtins
import os
import runpy
import socket
import sys
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"
EVERYWHERE = {"", "0.0.0.0", "::"}


class LoopbackSocket(socket.socket):
    """A socket that would listen everywhere listens on the loopback, also where a machine has no IPv6."""

    def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> None:
        super().__init__(socket.AF_INET if family == socket.AF_INET6 else family, type, proto, fileno)

    def bind(self, address: Any) -> None:
        if isinstance(address, tuple) and address[0] in EVERYWHERE:
            address = (LOOPBACK, address[1])
        super().bind(address)


def main() -> None:
    folder, module, *arguments = sys.argv[1:]
    opened = builtins.open

    def open_inside(file: Any, *rest: Any, **named: Any) -> Any:
        if isinstance(file, str) and file.startswith("/tmp/"):
            file = str(Path(folder) / Path(file).name)
        return opened(file, *rest, **named)

    os.chdir(folder)
    builtins.open = open_inside
    socket.socket = LoopbackSocket  # type: ignore[misc]  # for the program that runs in this process
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
