"""Runs a module of Python as if called by name: with its server on a socket in a folder of ours, and its files in another.

    python confined.py SOCKET FOLDER MODULE [ARGUMENTS]

The program in question asks for every interface and for a fixed name below /tmp, and has no setting for either. Nothing of
it is imported here: it stays a program of its own, in a process of its own. It listens on no port, because it answers whoever
asks, pages of other sites included; only who may enter the folder of the socket reaches it. It ends when its input does, so that it
does not stay when whoever started it is killed.
"""

from __future__ import annotations

import builtins
import io
import os
import runpy
import socket
import sys
import threading
from pathlib import Path
from typing import Any

EVERYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104  what it asks for, and does not get


class Whole(io.FileIO):
    """A file that takes the place of the one before only once it is written: nobody finds half of one."""

    def __init__(self, target: Path) -> None:
        self.target = target
        super().__init__(str(target) + ".new", "wb")

    def close(self) -> None:
        if not self.closed:
            super().close()
            os.replace(f"{self.target}.new", self.target)


def main() -> None:
    place, folder, module, *arguments = sys.argv[1:]
    opened = builtins.open

    def open_inside(file: Any, mode: str = "r", *rest: Any, **named: Any) -> Any:
        if isinstance(file, str) and file.startswith("/tmp/"):  # noqa: S108  the name that it asks for
            inside = Path(folder) / Path(file).name
            return Whole(inside) if mode == "wb" else opened(inside, mode, *rest, **named)
        return opened(file, mode, *rest, **named)

    class InFolder(socket.socket):
        """A socket that would listen everywhere listens in our folder."""

        def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> None:
            super().__init__(
                socket.AF_UNIX if family == socket.AF_INET6 and fileno is None else family, type, proto, fileno
            )

        def bind(self, address: Any) -> None:
            super().bind(place if isinstance(address, tuple) and address[0] in EVERYWHERE else address)

    def end_with_input() -> None:
        os.read(0, 1)
        os._exit(0)

    os.umask(0o077)
    os.chdir(folder)
    builtins.open = open_inside
    socket.socket = InFolder  # type: ignore[misc]  # for the program that runs in this process
    threading.Thread(target=end_with_input, daemon=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
