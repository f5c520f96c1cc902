"""The PostgreSQL of the tests is a real one, takes only an ordinary role, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from tests import postgres

PATIENCE = 20


def folder_of(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def wait_until(condition: Callable[[], bool]) -> bool:
    give_up = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < give_up:
        time.sleep(0.05)
    return condition()


@pytest.mark.slow
def test_the_server_takes_connections_and_its_folder_is_gone_afterwards() -> None:
    with postgres.running() as url:
        with psycopg.connect(url) as connection:
            row = connection.execute(
                "SELECT current_user, rolsuper, rolcreatedb,"
                " current_setting('listen_addresses'), current_setting('fsync')"
                " FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
        assert row == ("sublet", False, True, "", "off")
    assert not folder_of(url).exists()


@pytest.mark.slow
def test_the_server_ends_when_the_one_who_asked_for_it_is_killed() -> None:
    program = "from tests import postgres; print(postgres.Server().url, flush=True); import time; time.sleep(600)"
    asker = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    with asker:
        assert asker.stdout is not None
        folder = folder_of(asker.stdout.readline().strip())
        server = int((folder / "data/postmaster.pid").read_text().splitlines()[0])
        os.kill(asker.pid, signal.SIGKILL)
    assert wait_until(lambda: not folder.exists())
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)
