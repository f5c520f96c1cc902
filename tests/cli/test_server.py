"""`sublet serve`, `worker`, `migrate`: what they refuse before they begin, and what a start leaves as it is."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import ProgrammingError
from django.db.migrations.exceptions import MigrationSchemaMissing
from django.test import override_settings

from sublet.foundation.settings import WrongSetting, read
from sublet.portals.cli import server
from tests.cli.conftest import Command

HOST = {"SUBLET_VENDOR_HOST": "vendor.example.net", "SUBLET_SCHEME": "https"}


@pytest.mark.slow
@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SUBLET_SECRET_KEY": "short"}, "SUBLET_SECRET_KEY is too weak: it needs at least 50 random characters."),
        (
            HOST | {"SUBLET_DEBUG": "yes"},
            "SUBLET_DEBUG shows traces to everybody; it must be off on vendor.example.net.",
        ),
        (
            HOST | {"SUBLET_DEMO": "yes"},
            "SUBLET_DEMO shows log-ins to everybody; it must be off on vendor.example.net.",
        ),
        (
            HOST | {"SUBLET_SCHEME": "http"},
            "SUBLET_SCHEME must be https on vendor.example.net: log-ins would travel in the clear.",
        ),
        ({"SUBLET_NONSENSE": "1"}, "SUBLET_NONSENSE is not a setting. `sublet doctor --settings` lists them."),
    ],
)
def test_what_must_never_face_people_does_not_start(
    sublet: Command, command: str, settings: dict[str, str], said: str
) -> None:
    done = sublet(command, **settings)

    assert (done.returncode, done.stderr) == (2, f"sublet: {said}\n")


@pytest.mark.slow
def test_an_address_that_is_none(sublet: Command) -> None:
    done = sublet("serve", SUBLET_BIND="8000")

    assert done.returncode == 2
    assert done.stderr == "sublet: SUBLET_BIND must be an address and a port such as 127.0.0.1:8000, not '8000'.\n"


@pytest.mark.slow
def test_migrating_says_what_is_missing_and_then_nothing(sublet: Command, tmp_path: Path) -> None:
    file = tmp_path / "new" / "sublet.sqlite3"
    url = f"sqlite:///{file}"
    file.parent.mkdir()
    before = sublet("migrate", "--check", SUBLET_DATABASE_URL=url)
    assert before.returncode == 1
    assert "accounts 0001_tables" in before.stdout.splitlines()

    assert sublet("migrate", SUBLET_DATABASE_URL=url).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    after = sublet("migrate", "--check", SUBLET_DATABASE_URL=url)
    assert (after.returncode, after.stdout) == (0, "")

    with closing(sqlite3.connect(file)) as stopped_early, stopped_early:
        stopped_early.execute(
            "DELETE FROM django_migrations WHERE app = 'moves' AND name IN ('0001_tables', '0003_stopped')"
        )
    refused = sublet("migrate", SUBLET_DATABASE_URL=url)
    assert refused.returncode == 1
    assert refused.stderr.startswith("sublet: The tables of moves are older than this version can bring up to date")
    assert "moves 0001_tables" in sublet("migrate", "--check", SUBLET_DATABASE_URL=url).stdout.splitlines()


@pytest.mark.slow
def test_migrating_without_a_database_is_one_sentence(sublet: Command) -> None:
    done = sublet("migrate", SUBLET_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")

    assert done.returncode == 2
    assert done.stderr.startswith("sublet: The database does not answer: connection failed")
    assert done.stderr.endswith("Check SUBLET_DATABASE_URL, and that the server runs.\n")


def test_a_role_that_may_not_change_tables_is_told_so_and_nothing_else_is_hidden() -> None:
    """Django wraps PostgreSQL's answer once for tables, twice for its own list of migrations."""

    class InsufficientPrivilege(Exception):
        sqlstate = "42501"

    def refused() -> None:
        try:
            raise InsufficientPrivilege
        except InsufficientPrivilege as fault:
            raise ProgrammingError("permission denied for schema public") from fault

    def refused_twice() -> None:
        try:
            refused()
        except ProgrammingError as fault:
            raise MigrationSchemaMissing(str(fault))  # noqa: B904  as Django does it

    for each in (refused, refused_twice):
        with (
            pytest.raises(WrongSetting, match="may not change the tables"),
            server.one_sentence(),
        ):
            each()
    with pytest.raises(ProgrammingError, match="syntax"), server.one_sentence():
        raise ProgrammingError("syntax error")


@pytest.mark.slow
def test_one_round_of_the_worker_ends_by_itself(sublet: Command) -> None:
    assert sublet("worker", "--once").returncode == 0


def test_static_files_are_put_in_place_once(tmp_path: Path) -> None:
    """The second time nothing is written; a file that is gone, or another version, brings all of it again."""
    with override_settings(STATIC_ROOT=tmp_path / "static"):
        staticfiles_storage.__dict__.pop("base_location", None)
        staticfiles_storage.__dict__.pop("location", None)
        server.collect_static()
        stamp = tmp_path / "static" / server.STAMP
        assert len(stamp.read_text()) == 64
        (tmp_path / "static" / "staticfiles.json").write_text("{}")
        mark = tmp_path / "static" / "ui" / "app.js"
        mark.unlink()
        server.collect_static()
        assert not mark.exists()
        stamp.write_text("another version")
        server.collect_static()
        assert mark.exists()
    staticfiles_storage.__dict__.pop("base_location", None)
    staticfiles_storage.__dict__.pop("location", None)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "https://vendor.localhost"),
        ({"SUBLET_SCHEME": "http", "SUBLET_VENDOR_HOST": "portal.localhost", "SUBLET_PUBLIC_PORT": "8151"}, "http://portal.localhost:8151"),
    ],
)  # fmt: skip
def test_a_start_says_where_the_portal_is(values: dict[str, str], told: str) -> None:
    assert server.portal_address(read({"SUBLET_SECRET_KEY": "x" * 50, **values})) == told
