"""A process that has loaded everything once and forks for each command: `python -m tests.zygote SOCKET MODULE…`.

A command of its own takes seconds to load what it needs, and tests give some hundred. A child here begins as a fresh
process would: settings that are read anew from its own environment, no open database, its own session, its own input,
output and working folder. What must be seen to begin from nothing runs as a process that was started for it.

One such process for a process of the tests: what an installation asks for is forked from it.
"""

from __future__ import annotations

import fcntl
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import termios
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NoReturn

ROOT = Path(__file__).resolve().parents[1]
SUBLET = "sublet.portals.cli.main"
#: What the command loads late.
LOADED = (SUBLET, *(f"sublet.portals.cli.{name}" for name in ("acting", "manifest", "sheets", "users", "doctor")))


class Forked:
    """A process that a zygote has made, with what `subprocess.Popen` offers of it."""

    def __init__(self, status: int, stdin: IO[str] | None, stdout: IO[str] | None) -> None:
        self.stdin, self.stdout = stdin, stdout
        self.returncode: int | None = None
        self._status = os.fdopen(status)
        self.pid = int(self._status.readline())

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, at its end; a signal's number with a minus. Raises TimeoutExpired after that many seconds."""
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self.returncode = int(self._status.readline())
            self._status.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Close what leads to it and from it."""
        for pipe in (self.stdin, self.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()


class Zygote:
    """The caller's side, for commands in one environment."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def run(
        self,
        arguments: tuple[str, ...],
        *,
        folder: Path = ROOT,
        typed: str = "",
        module: str = SUBLET,
        settings: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """``python -m MODULE ARGUMENTS`` in that folder, to its end; `settings` are added to the environment."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as moaned:
            given.write(typed.encode())
            given.seek(0)
            status = self._fork(module, arguments, folder, [given.fileno(), said.fileno(), moaned.fileno()], settings)
            code = Forked(status, None, None).wait()
            return subprocess.CompletedProcess(arguments, code, _read(said), _read(moaned))

    def start(self, arguments: tuple[str, ...], *, log: IO[Any], module: str = SUBLET) -> Forked:
        """``python -m MODULE ARGUMENTS``, which goes on; its output can be read, its complaints go to the log."""
        given, input_ = os.pipe()
        output, said = os.pipe()
        status = self._fork(module, arguments, ROOT, [given, said, log.fileno()])
        os.close(given)
        os.close(said)
        return Forked(status, os.fdopen(input_, "w"), os.fdopen(output))

    def on_a_terminal(self, arguments: tuple[str, ...], terminal: int, *, module: str = SUBLET) -> Forked:
        """``python -m MODULE ARGUMENTS`` of which that terminal is all it has."""
        return Forked(self._fork(module, arguments, ROOT, [terminal] * 3), None, None)

    def _fork(
        self,
        module: str,
        arguments: tuple[str, ...],
        folder: Path,
        passed: list[int],
        settings: dict[str, str] | None = None,
    ) -> int:
        """What to read the new process's number and then its exit code from."""
        environment = self.environment | (settings or {})
        mother = _mother(self.environment)
        status, told = os.pipe()
        asked = {"module": module, "arguments": arguments, "folder": str(folder), "environment": environment}
        socket.send_fds(mother, [json.dumps(asked).encode()], [*passed, told])
        os.close(told)
        # Messages would flow together; and whoever closes its files next must not take away those of the command.
        assert mother.recv(1)
        return status


#: Of this process, by what is settled with the first loading: which apps, which kind of database, which addresses.
_mothers: dict[tuple[str, ...], socket.socket] = {}


def _mother(environment: dict[str, str]) -> socket.socket:
    """Where to ask the process that has loaded everything; it ends with this one, as nobody can ask it any more."""
    database = environment["SUBLET_DATABASE_URL"].partition(":")[0]
    told = (environment.get(name, "") for name in ("SUBLET_SCHEME", "SUBLET_DEMO"))
    kind = environment["DJANGO_SETTINGS_MODULE"], database, *told
    if kind not in _mothers:
        ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        subprocess.Popen(
            [sys.executable, "-m", "tests.zygote", str(theirs.fileno()), *(LOADED if "SUBLET_SCHEME" in environment else ())],
            env=environment, cwd=ROOT, pass_fds=[theirs.fileno()], start_new_session=True,
        )  # fmt: skip
        theirs.close()
        _mothers[kind] = ours
    return _mothers[kind]


def _read(file: IO[bytes]) -> str:
    """With line ends as `subprocess` gives them for texts."""
    file.seek(0)
    return file.read().decode().replace("\r\n", "\n").replace("\r", "\n")


def _serve(there: socket.socket, loaded: list[str]) -> None:
    from importlib import import_module

    import django

    gc.disable()
    django.setup()
    for name in loaded:
        import_module(name)
    if loaded:
        _load_what_comes_late()
    gc.freeze()  # looking through it would copy it for each child
    gc.enable()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that keep a child
    while True:
        told, passed, _flags, _address = socket.recv_fds(there, 200_000, 4)
        if not told:
            return
        if os.fork() == 0:
            there.close()
            _keep(json.loads(told), passed[:3], passed[3])
        for number in passed:
            os.close(number)
        there.sendall(b".")


def _load_what_comes_late() -> None:
    """What a process loads with its first page or mail, and takes a second: each child would do it again."""
    from django.conf import settings
    from django.urls import get_resolver
    from django.utils.translation import trans_real

    for urls in (settings.ROOT_URLCONF, "sublet.config.urls_main"):
        get_resolver(urls)._populate()
    for language, _name in settings.LANGUAGES:
        trans_real.translation(language)


def _keep(asked: dict[str, Any], passed: list[int], status: int) -> NoReturn:
    """Start the command, and tell its number and its end: only a parent learns how a process has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()  # who kills the command's group must not kill its keeper, nor the other way round
    child = os.fork()
    if child == 0:
        os.close(status)
        _become(asked, passed)
    for number in (0, 1, 2, *passed):
        with suppress(OSError):
            os.close(number)
    with suppress(OSError):  # nobody listens any more
        os.write(status, f"{child}\n".encode())
        _pid, ended = os.waitpid(child, 0)
        os.write(status, f"{os.waitstatus_to_exitcode(ended)}\n".encode())
    os._exit(0)


def _settle(environment: dict[str, str]) -> None:
    """The settings, and what was made of them, are read anew from this environment by whoever asks first."""
    from django.conf import settings as lazy
    from django.core.cache import caches
    from django.core.files.storage import storages
    from django.db import connections
    from django.utils.functional import empty

    handlers: tuple[Any, ...] = (connections, caches)
    for handler in handlers:
        for alias in handler:
            with suppress(AttributeError):
                del handler[alias]
        handler.__dict__.pop("settings")
        handler._settings = None
    os.environ.clear()
    os.environ.update(environment)
    for name in (os.environ["DJANGO_SETTINGS_MODULE"], "sublet.config.settings"):  # some take theirs from the product's
        sys.modules.pop(name, None)
    settings: Any = lazy
    for name in [name for name in settings.__dict__ if name != "_wrapped"]:
        del settings.__dict__[name]
    settings._wrapped = empty
    kept: Any = storages
    kept.__dict__.pop("backends", None)
    kept._backends, kept._storages = None, {}


def _become(asked: dict[str, Any], passed: list[int]) -> NoReturn:
    """The rest of the process is the command."""
    code = 70
    try:
        os.setsid()
        os.chdir(asked["folder"])
        _settle(asked["environment"])
        for number, place in zip(passed, (0, 1, 2), strict=True):
            os.dup2(number, place)
            os.close(number)
        if os.isatty(0):
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        sys.argv = [asked["module"], *asked["arguments"]]
        sys.modules.pop(asked["module"], None)  # it begins anew, as its caller's main module
        try:
            runpy.run_module(asked["module"], run_name="__main__", alter_sys=True)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    finally:
        os._exit(code)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
