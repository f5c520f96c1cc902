"""A process that has loaded everything once and forks for each command: `python -m tests.zygote SOCKET`.

A command of its own takes seconds to load what it needs, and tests give some hundred. A child here begins as a fresh
process would: the same settings, no open database, its own session, its own input, output and working folder. What has
settings of its own, or must be seen to begin from nothing, runs as a process that was started for it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[1]
LOADED = ("main", "acting", "manifest", "sheets", "users", "doctor")


class Zygote:
    """The caller's side: started at the first command, and ended by `end`."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = None
        self.ours: socket.socket | None = None

    def run(self, arguments: tuple[str, ...], *, folder: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
        """``sublet ARGUMENTS`` in that folder, to its end."""
        if self.process is None:
            self.ours, theirs = socket.socketpair()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.zygote", str(theirs.fileno())],
                env=self.environment, cwd=ROOT, pass_fds=[theirs.fileno()], start_new_session=True,
            )  # fmt: skip
            theirs.close()
        assert self.ours is not None
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as moaned:
            given.write(typed.encode())
            given.seek(0)
            told = json.dumps({"arguments": arguments, "folder": str(folder)}).encode()
            socket.send_fds(self.ours, [told], [given.fileno(), said.fileno(), moaned.fileno()])
            code = json.loads(self.ours.recv(100))
            return subprocess.CompletedProcess(arguments, code, _read(said), _read(moaned))

    def end(self) -> None:
        """End it: it ends by itself when nobody can ask it any more."""
        if self.ours is not None and self.process is not None:
            self.ours.close()
            self.process.wait(20)


def _read(file: IO[bytes]) -> str:
    """With line ends as `subprocess` gives them for texts."""
    file.seek(0)
    return file.read().decode().replace("\r\n", "\n").replace("\r", "\n")


def _serve(there: socket.socket) -> None:
    from importlib import import_module

    import django

    django.setup()
    for name in LOADED:
        import_module(f"sublet.portals.cli.{name}")
    from django.db import connections

    while True:
        told, passed, _flags, _address = socket.recv_fds(there, 65536, 3)
        if not told:
            return
        connections.close_all()
        child = os.fork()
        if child == 0:
            there.close()
            _become(json.loads(told), passed)
        for number in passed:
            os.close(number)
        _pid, status = os.waitpid(child, 0)
        there.sendall(json.dumps(os.waitstatus_to_exitcode(status)).encode())


def _become(asked: dict[str, Any], passed: list[int]) -> None:
    """Never returns: the rest of the process is the command."""
    code = 70
    try:
        os.setsid()
        os.chdir(asked["folder"])
        for number, place in zip(passed, (0, 1, 2), strict=True):
            os.dup2(number, place)
            os.close(number)
        from sublet.portals.cli.main import main

        try:
            code = main(asked["arguments"])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
