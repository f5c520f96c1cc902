"""`sublet demo`: sets up a database of its own, seeds it, runs server, worker and mail server, and ends them all together."""

from __future__ import annotations

import argparse
import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sublet.foundation.settings import WrongSetting

VENDOR_HOST = "vendor.localhost"
LEAST_FREE_BYTES = 300 * 1024 * 1024
START_SECONDS = 60.0
END_SECONDS = 15.0
_PR_SET_PDEATHSIG = 1


def run(arguments: argparse.Namespace) -> int:
    """Run the demo until Ctrl-C. Exit code 0, or 2 with one sentence when it cannot begin."""
    folder = Path("var/demo").resolve()
    port: int = arguments.port
    if not 1 <= port <= 65535:
        raise WrongSetting(f"--port must be between 1 and 65535, not {port}.")
    _refuse_taken(port)
    if arguments.reset and folder.exists():
        shutil.rmtree(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise WrongSetting(f"The demo cannot write to {folder}: {fault.strerror}.") from fault
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise WrongSetting(f"The demo needs 300 MB of free disk in {folder}; there are {free // 1024 // 1024} MB.")
    mail_port = arguments.mail_port or _free_port()
    _set_environment(folder, port, mail_port)
    host_suffix = "localhost"
    print("Sublet demo", flush=True)
    _prepare(folder)
    return _supervise(port, mail_port, folder, host_suffix)


def _refuse_taken(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise WrongSetting(
                f"Port {port} is taken by another program: end it, or choose another with `sublet demo --port 8100`."
            ) from None


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _set_environment(folder: Path, port: int, mail_port: int) -> None:
    key_file = folder / "secret-key"
    if not key_file.exists():
        key_file.touch(mode=0o600)
        key_file.write_text(secrets.token_urlsafe(64), encoding="utf-8")
    for name in [name for name in os.environ if name.startswith("SUBLET_")]:
        del os.environ[name]  # the demo never touches the installation that this shell is set up for
    os.environ |= {
        "SUBLET_SECRET_KEY_FILE": str(key_file),
        "SUBLET_DATABASE_URL": f"sqlite:///{folder / 'sublet.sqlite3'}",
        "SUBLET_VAR": str(folder),
        "SUBLET_SCHEME": "http",
        "SUBLET_PUBLIC_PORT": str(port),
        "SUBLET_BIND": f"127.0.0.1:{port}",
        "SUBLET_VENDOR_HOST": VENDOR_HOST,
        "SUBLET_HOST_SUFFIX": "localhost",
        "SUBLET_SMTP_HOST": "127.0.0.1",
        "SUBLET_SMTP_PORT": str(mail_port),
        "SUBLET_MAIL_FROM": "no-reply@mail.localhost",
        "SUBLET_WEB_WORKERS": "2",
        "SUBLET_LOG_LEVEL": "WARNING",
        "SUBLET_DEMO": "yes",
    }


def _prepare(folder: Path) -> None:
    import django  # after the environment is set: settings are read once

    django.setup()
    from sublet.demo.seed import is_seeded, seed
    from sublet.portals.cli.server import collect_static, migrate

    migrate(argparse.Namespace(check=False))
    collect_static()
    if not is_seeded():
        print("Filling the demo with accounts, people and a year and a half of history …", flush=True)
        try:
            seed(report=lambda text: print(f"  {text}", flush=True))
        except BaseException:
            # A demo that was half filled would greet its next visitor with riddles.
            from django.db import connections

            connections.close_all()
            for file in folder.glob("sublet.sqlite3*"):
                file.unlink()
            raise


def _tied_to(parent: int) -> Callable[[], None]:
    """For a child process: end when this one does, however it ends. (Linux; elsewhere Ctrl-C and SIGTERM still end all.)"""

    def before_start() -> None:
        os.setsid()
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(0)

    return before_start


def _supervise(port: int, mail_port: int, folder: Path, host_suffix: str) -> int:
    from sublet.demo.mailbox import start_mailbox

    stopping = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    mailbox = start_mailbox(folder / "mail", mail_port)
    tie = _tied_to(os.getpid())
    command = [sys.executable, "-m", "sublet.portals.cli.main"]
    children = {
        "web server": subprocess.Popen([*command, "serve"], preexec_fn=tie),
        "worker": subprocess.Popen([*command, "worker"], preexec_fn=tie),
    }
    code = 0
    try:
        if _wait_for(port, lambda: stopping or any(child.poll() is not None for child in children.values())):
            _greet(port, folder)
        while not stopping:
            for name, child in children.items():
                if child.poll() is not None:
                    print(f"sublet: the {name} ended with code {child.returncode}; the demo ends.", file=sys.stderr)
                    code, stopping = 2, True
            time.sleep(0.2)
    finally:
        _end(list(children.values()))
        mailbox.stop()
    return code


def _wait_for(port: int, given_up: Callable[[], bool]) -> bool:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and not given_up():
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
        except OSError:
            time.sleep(0.1)
    return False


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            _signal_group(child, signal.SIGTERM)
    end = time.monotonic() + END_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            _signal_group(child, signal.SIGKILL)
            child.wait()


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        child.poll()


def _greet(port: int, folder: Path) -> None:
    from sublet.demo.seed import PASSWORD, log_ins

    print("\nOpen in a browser (every address is on this machine; Ctrl-C ends everything):\n")
    rows = [(f"http://{row.host}:{port}/", row.who, row.email) for row in log_ins()]
    wide = max(len(row[0]) for row in rows)
    who = max(len(row[1]) for row in rows)
    for address, person, email in rows:
        print(f"  {address:<{wide}}  {person:<{who}}  {email}")
    print(f"\n  Password for everybody: {PASSWORD}")
    print(f"  Mails that were sent:   {folder / 'mail'}")
    print("  Begin anew:             make demo RESET=1\n", flush=True)
