"""`sublet demo` as a newcomer runs it: real processes, on ports of their own, in a folder of their own."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from sublet.demo import command
from sublet.demo.ports import free_port
from sublet.foundation.settings import WrongSetting
from tests.demo.paying import somebody_pays
from tests.installation import ROOT, alive

PATIENCE = 180.0


def environment() -> dict[str, str]:
    """Nothing of the tests' own settings: a demo has its own."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("SUBLET_", "DJANGO_"))}
    return mine | {"PYTHONPATH": f"{ROOT / 'src'}", "PYTHONUNBUFFERED": "1"}


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A demo that is not expected to begin."""
    return subprocess.run(
        [sys.executable, "-m", "sublet.portals.cli.main", "demo", *options],
        cwd=folder, env=environment(), capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


class Demo:
    """A running demo and all its processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder / "demo.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sublet.portals.cli.main", "demo", "--port", str(self.port)],
                cwd=folder, env=environment(), stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self.log.read_text()

    def wait(self) -> None:
        """Until it has greeted."""
        give_up = time.monotonic() + PATIENCE
        while "Begin anew:" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < give_up, self.said
            time.sleep(0.1)

    def family(self) -> set[int]:
        """The supervisor and everything below it."""
        found, todo = set(), [self.process.pid]
        while todo:
            pid = todo.pop()
            found.add(pid)
            tasks = Path(f"/proc/{pid}/task")
            for task in tasks.iterdir() if tasks.exists() else ():
                try:
                    todo += [int(child) for child in (task / "children").read_text().split()]
                except OSError:
                    continue
        return found

    def get(self, host: str, path: str = "/login/") -> tuple[int, str]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request("GET", path, headers={"Host": f"{host}:{self.port}"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()


def asked_of(port: int, host: str) -> int:
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", "/", headers={"Host": f"{host}:{port}"})
        return connection.getresponse().status


def all_end(pids: set[int]) -> None:
    give_up = time.monotonic() + PATIENCE
    while alive(pids):
        assert time.monotonic() < give_up, alive(pids)
        time.sleep(0.1)


@contextmanager
def running(folder: Path) -> Iterator[Demo]:
    demo = Demo(folder)
    try:
        demo.wait()
        yield demo
    finally:
        for pid in demo.family():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        demo.process.wait()


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which a demo ran once and was ended with Ctrl-C."""
    folder = tmp_path_factory.mktemp("demo")
    with running(folder) as demo:
        said = demo.said
        assert "Filling the demo" in said
        assert f"http://vendor.localhost:{demo.port}/ " in said
        assert "vera@appfold.example" in said
        assert "Password of everybody:  demo-password" in said
        assert "Payment processor:      http://pay.localhost:" in said
        family = demo.family()
        assert (
            len(family) >= 6
        )  # supervisor, web server with two processes, worker, payment processor with one behind it
        demo.process.send_signal(signal.SIGINT)
        assert demo.process.wait(PATIENCE) == 0
        all_end(family)
        assert "Traceback" not in demo.said
    if kept := os.environ.get("SUBLET_TEST_SEEDED"):  # the browser tests of the same run begin with it (scripts/do.sh)
        shutil.copytree(folder / "var", Path(kept, "var"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_a_second_run_keeps_the_data_serves_every_host_and_ends_when_it_is_killed(seeded: Path) -> None:
    with running(seeded) as demo:
        assert "Filling the demo" not in demo.said
        for host, brand, person in (
            ("vendor.localhost", "Appfold", "Vera Lindqvist"),
            ("bottega.localhost", "Bottega Digitale", "Rosa Bellini"),
            ("gelsomino.localhost", "Il Gelsomino", "Clea Monti"),
        ):
            status, page = demo.get(host)
            assert (status, brand in page, person in page) == (200, True, True)
            assert host == "vendor.localhost" or "Appfold" not in page
        assert demo.get("gelsomino.localhost", "/app/acc_anything/content")[0] == 302  # the product signs people on
        assert (seeded / "var/demo/product/program.json").stat().st_mode & 0o077 == 0
        database = seeded / "var/demo/sublet.sqlite3"
        assert database.stat().st_mode & 0o077 == 0
        assert (seeded / "var/demo/secret-key").stat().st_mode & 0o077 == 0

        # Its payment processor does what Stripe would, and keeps it to itself.
        somebody_pays(demo.port)
        kept = seeded / "var/demo/processor"
        assert kept.stat().st_mode & 0o077 == 0
        assert {file.name for file in kept.iterdir()} == {
            "port", "connected.json", "accounts.json", "kept.json", "localstripe.pickle",
        }  # fmt: skip
        (place,) = (line for line in demo.said.splitlines() if "Payment processor:" in line)
        pay_port = int(place.split("pay.localhost:")[1].split("/")[0])
        for host in ("bottega.localhost", "vendor.localhost"):  # by its own name alone
            assert asked_of(pay_port, host) == 404
        assert asked_of(pay_port, "pay.localhost") == 200

        # Two demos do not share a folder.
        second = run(seeded, "--port", str(free_port()), "--reset")
        assert second.returncode == 2
        assert second.stderr == f"sublet: A demo with the data in {seeded}/var/demo is running already: end it first.\n"
        assert database.exists()

        # Nor does anything of it stay when it is killed.
        family = demo.family()
        demo.process.kill()
        demo.process.wait()
        all_end(family)
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", demo.port))


@pytest.mark.slow
@pytest.mark.full
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_it_ends_all_its_processes_when_it_is_told_to(seeded: Path, number: signal.Signals) -> None:
    with running(seeded) as demo:
        family = demo.family()
        demo.process.send_signal(number)
        assert demo.process.wait(PATIENCE) == 0
        all_end(family)


@pytest.mark.slow
@pytest.mark.full
def test_it_ends_when_one_of_its_processes_does(seeded: Path) -> None:
    with running(seeded) as demo:
        family = demo.family()
        worker = next(pid for pid in family if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\x00"))
        os.kill(worker, signal.SIGKILL)
        assert demo.process.wait(PATIENCE) == 2
        assert "sublet: the worker ended with code -9; the demo ends." in demo.said
        all_end(family)


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        web, mail = (
            run(tmp_path, "--port", str(port)),
            run(tmp_path, "--port", str(free_port()), "--mail-port", str(port)),
        )
    for done, option in ((web, "--port 8100"), (mail, "--mail-port 2525")):
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            f"sublet: Port {port} is taken by another program: end it, or choose another with `sublet demo {option}`.\n"
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("port", ["0", "70000", "-1"])
def test_a_port_that_is_none(tmp_path: Path, port: str) -> None:
    done = run(tmp_path, f"--port={port}")

    assert (done.returncode, done.stderr) == (2, f"sublet: --port must be between 1 and 65535, not {port}.\n")


def test_no_room_on_the_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage(10**9, 10**9, 5 * 1024 * 1024))
    arguments = argparse.Namespace(port=free_port(), mail_port=0, reset=False)

    with pytest.raises(WrongSetting) as refused:
        command.run(arguments)

    assert str(refused.value) == f"The demo needs 300 MB of free disk in {tmp_path}/var/demo; there are 5 MB."


def test_a_folder_that_cannot_be_written_to_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("not a folder")

    done = run(tmp_path, "--port", str(free_port()))

    assert done.returncode == 2
    assert done.stderr.startswith(f"sublet: The demo cannot write to {tmp_path}/var/demo: ")
    assert done.stderr.count("\n") == 1


def test_beginning_anew_forgets_everything_but_the_lock(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "1.eml").write_text("x")
    (tmp_path / "sublet.sqlite3").write_text("x")
    (tmp_path / "outside").symlink_to("/tmp")
    (tmp_path / command.LOCK).write_text("")

    command._forget(tmp_path)

    assert [entry.name for entry in tmp_path.iterdir()] == [command.LOCK]
    assert Path("/tmp").is_dir()
