"""The same request sixteen times at the same moment, and a process that is killed in the middle: one effect."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests import postgres

ROOT = Path(__file__).resolve().parents[3]


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def came_of_it(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What the processes were answered, on a database of their own, on the same kind of server as the other tests."""
    server = postgres.owners(os.environ.get("SUBLET_DATABASE_URL", ""))
    if not server.startswith("postgresql"):
        yield run(f"sqlite:///{tmp_path_factory.mktemp('api') / 'api.sqlite3'}")
        return
    name = f"api_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield run(urlunsplit(urlsplit(server)._replace(path=f"/{name}")))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(database: str) -> Any:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SUBLET_")}
    environment |= {
        "SUBLET_SECRET_KEY": "x" * 60,
        "SUBLET_DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "sublet.config.settings",
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.portals.api.parallel"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_sixteen_at_once_have_one_effect(came_of_it: Any) -> None:
    assert len(came_of_it["rounds"]) == 3
    for answers, effects in came_of_it["rounds"]:
        assert effects == [1, 1]
        assert answers == [['[201, ""]', 1], ['[201, "true"]', 15]]


def test_process_that_dies_before_the_answer_leaves_nothing(came_of_it: Any) -> None:
    exitcode, before, again, third, after = came_of_it["killed"]

    assert exitcode == -signal.SIGKILL
    assert before == [0, 0]
    assert (again, third) == ([201, ""], [201, "true"])
    assert after == [1, 1]
