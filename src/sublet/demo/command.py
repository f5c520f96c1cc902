"""`sublet demo`: sets up a database of its own, seeds it, runs server, worker and mail server, and ends them all together."""

from __future__ import annotations

import argparse
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sublet.demo import processor
from sublet.demo.nameserver import NameServer
from sublet.demo.ports import free_port
from sublet.foundation.settings import WrongSetting

VENDOR_HOST = "vendor.localhost"
LOCK = "lock"
LEAST_FREE_BYTES = 300 * 1024 * 1024
START_SECONDS = 60.0
END_SECONDS = 15.0


def run(arguments: argparse.Namespace) -> int:
    """Run the demo until Ctrl-C. Exit code 0, or 2 with one sentence when it cannot begin."""
    folder = Path("var/demo").resolve()
    port: int = arguments.port
    if not 1 <= port <= 65535:
        raise WrongSetting(f"--port must be between 1 and 65535, not {port}.")
    _refuse_taken(port, "--port 8100")
    if arguments.mail_port:
        _refuse_taken(arguments.mail_port, "--mail-port 2525")
    with _alone_in(folder):
        if arguments.reset:
            _forget(folder)
        free = shutil.disk_usage(folder).free
        if free < LEAST_FREE_BYTES:
            raise WrongSetting(f"The demo needs 300 MB of free disk in {folder}; there are {free // 1024 // 1024} MB.")
        mail_port = arguments.mail_port or free_port()
        names = NameServer()
        pay_port = processor.place(folder / "processor") if processor.is_there() else 0
        _set_environment(folder, port, mail_port, names.place, pay_port)
        print("Sublet demo", flush=True)
        _prepare(folder)
        if pay_port:
            processor.connect(folder / "processor")
        return _supervise(port, mail_port, folder, names, _bookings(folder, port, mail_port), pay_port)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Within: nobody else runs a demo on this folder. The lock ends with the process, however that ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("w")
    except OSError as fault:
        raise WrongSetting(f"The demo cannot write to {folder}: {fault.strerror}.") from fault
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WrongSetting(f"A demo with the data in {folder} is running already: end it first.") from None
        yield


def _forget(folder: Path) -> None:
    """Remove everything but the lock, which others wait for."""
    for entry in folder.iterdir():
        if entry.name == LOCK:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _refuse_taken(port: int, other: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise WrongSetting(
                f"Port {port} is taken by another program: end it, or choose another with `sublet demo {other}`."
            ) from None


def _set_environment(folder: Path, port: int, mail_port: int, resolver: str, pay_port: int) -> None:
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
        "SUBLET_HOT_BIND": f"127.0.0.1:{free_port()}",
        "SUBLET_VENDOR_HOST": VENDOR_HOST,
        "SUBLET_HOST_SUFFIX": "localhost",
        "SUBLET_SMTP_HOST": "127.0.0.1",
        "SUBLET_SMTP_PORT": str(mail_port),
        "SUBLET_MAIL_FROM": "no-reply@mail.localhost",
        "SUBLET_DNS_RESOLVERS": resolver,
        "SUBLET_WEB_WORKERS": "2",
        "SUBLET_LOG_LEVEL": "WARNING",
        "SUBLET_OUTBOUND_ALLOW": "127.0.0.0/8, ::1/128",  # the product is on this machine
        "SUBLET_VAT_REGISTER": "none",  # nor are the invented numbers asked for anywhere
        "SUBLET_DEMO": "yes",
    }
    if pay_port:
        os.environ["SUBLET_STRIPE_URL"] = f"http://127.0.0.1:{pay_port}"


def _prepare(folder: Path) -> None:
    from sublet.foundation.loading import load

    load()  # after the environment is set: settings are read once
    from django.db import OperationalError, ProgrammingError

    from sublet.demo.program import register_program
    from sublet.demo.seed import is_seeded, seed
    from sublet.portals.cli.server import migrate

    try:
        migrate(argparse.Namespace(check=False))
        seeded = is_seeded()
    except (OperationalError, ProgrammingError) as fault:
        raise WrongSetting(
            f"The demo's data in {folder} is of another version ({fault}): begin anew with `make demo RESET=1`."
        ) from fault
    if not seeded:
        print("Filling the demo with accounts, people and a year and a half of history …", flush=True)
        seed(report=lambda text: print(f"  {text}", flush=True))  # all or nothing: an interrupted one leaves no riddles
    register_program()


def _bookings(folder: Path, port: int, mail_port: int) -> dict[str, str]:
    """What the process of the bookings is told, once its salon is filled; empty where the examples are not at hand."""
    from sublet.demo import booking_product  # after Django is set up

    if not booking_product.is_there():
        return {}
    told = booking_product.environment(folder / "bookings", public_port=port, mail_port=mail_port)
    subprocess.run(booking_product.sample(port), env=told, check=True, stdout=subprocess.DEVNULL)
    return told


def _supervise(
    port: int, mail_port: int, folder: Path, names: NameServer, bookings: dict[str, str], pay_port: int
) -> int:
    from sublet.demo.mailbox import start_mailbox
    from sublet.portals.cli.server import tied_to

    stopping = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    # The children first: forking is safe only while there is one thread, and the mail server is a thread.
    tie = tied_to(os.getpid(), own_session=True)
    command = [sys.executable, "-m", "sublet.portals.cli.main"]
    children = {"web server": subprocess.Popen([*command, "serve"], preexec_fn=tie)}
    if pay_port:
        place = folder / "processor"
        children["payment processor"] = subprocess.Popen(
            processor.command(place, pay_port), env=processor.environment(), preexec_fn=tie, stdout=subprocess.DEVNULL
        )

    def over() -> bool:
        return stopping or any(child.poll() is not None for child in children.values())

    code, mailbox = 0, None
    try:
        # Who asks it begins when it listens: a refused connection in the first lines looks like a fault.
        hot_port = int(os.environ["SUBLET_HOT_BIND"].rpartition(":")[2])
        listens = _wait_for(port, over) and _wait_for(hot_port, over) and (not pay_port or _wait_for(pay_port, over))
        if not over():
            children["worker"] = subprocess.Popen([*command, "worker"], preexec_fn=tie)
            if bookings:
                product = [sys.executable, "-m", "bookings"]
                children["bookings"] = subprocess.Popen(product, env=bookings, preexec_fn=tie)
        mailbox = start_mailbox(folder / "mail", mail_port)
        names.start()
        if listens and not over():
            _greet(port, folder, pay_port)
        while not stopping:
            for name, child in children.items():
                if child.poll() is not None:
                    print(f"sublet: the {name} ended with code {child.returncode}; the demo ends.", file=sys.stderr)
                    code, stopping = 2, True
            time.sleep(0.2)
    finally:
        _end(list(children.values()))
        names.stop()
        if mailbox is not None:
            mailbox.stop()
    return code


def _wait_for(port: int, given_up: Callable[[], bool]) -> bool:
    """Whether somebody listens there, however long a busy machine takes: else who opens the demo would never be greeted."""
    remind = time.monotonic() + START_SECONDS
    while not given_up():
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
        except OSError:
            time.sleep(0.1)
        if time.monotonic() > remind:
            remind += START_SECONDS
            print("The machine is busy: still starting …", flush=True)
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


def _greet(port: int, folder: Path, pay_port: int) -> None:
    from django.utils.translation import override

    from sublet.demo.log_ins import PASSWORD, log_ins

    with override("en"):
        rows = [
            (f"http://{row.host}:{port}/", row.email, f"{row.name}: {row.role}, {row.account}") for row in log_ins()
        ]
    wide, middle = (max(len(row[column]) for row in rows) for column in (0, 1))
    print("\nOpen in a browser (everything is on this machine; Ctrl-C ends it):\n")
    last = ""
    for address, email, who in rows:
        print(f"  {address if address != last else '':<{wide}}  {email:<{middle}}  {who}")
        last = address
    print(f"\n  Password of everybody:  {PASSWORD}")
    print(f"  Mails that are sent:    {folder / 'mail'}")
    if pay_port:
        print(f"  Payment processor:      {processor.address(pay_port)}/ (for Bottega Digitale; takes test cards only)")
    print("  Begin anew:             make demo RESET=1\n", flush=True)
