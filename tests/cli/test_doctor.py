"""`sublet doctor` as a command: what it prints, and its exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from sublet.demo.ports import free_port
from sublet.foundation.settings import SETTINGS
from tests.cli.conftest import PRODUCTS, Command
from tests.installation import Installation, new_database

pytestmark = pytest.mark.slow


class _Taker:
    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        return "250 taken"


@pytest.fixture(scope="module")
def mail_server() -> Iterator[int]:
    port = free_port()
    server = Controller(_Taker(), hostname="127.0.0.1", port=port)
    server.start()
    yield port
    server.stop()


def wrong_topics(printed: str) -> set[str]:
    """What is wrong, without the translations: whether those are compiled is a matter of the checkout."""
    return {each["topic"] for each in json.loads(printed) if each["level"] == "wrong"} - {"translations"}


def test_an_empty_installation_says_what_is_missing(sublet: Command) -> None:
    done = sublet("doctor", "--json", SUBLET_SMTP_PORT=str(free_port()))

    assert done.returncode == 1
    assert wrong_topics(done.stdout) == {"vendor", "worker", "mail"}


def test_a_running_installation_is_well(sublet: Command, place: Installation, mail_server: int) -> None:
    sublet("user", "create", "vera@example.test", "--vendor", "Vantage", "--no-password")
    sublet("manifest", "load", str(PRODUCTS / "bookings.toml"))
    place.worker()
    place.until(lambda: place.ask("SELECT COUNT(*) FROM job_workers WHERE stopped_at IS NULL") == [(1,)])

    done = sublet("doctor", "--json", SUBLET_SMTP_PORT=str(mail_server))

    assert wrong_topics(done.stdout) == set(), done.stdout
    plain = sublet("doctor", SUBLET_SMTP_PORT=str(mail_server))
    lines = plain.stdout.splitlines()
    assert f"ok    The mail server at 127.0.0.1:{mail_server} answers." in lines
    assert "ok    The vendor account has an owner." in lines
    assert "ok    Version 1 of the product manifest is in force (bookings)." in lines
    assert "ok    A worker gave a sign of life a moment ago." in lines


def test_no_database_is_one_finding_and_no_trace(sublet: Command, tmp_path: Path) -> None:
    for url, said in (
        (f"postgresql://nobody:wrong@127.0.0.1:{free_port()}/none", "WRONG The database does not answer: "),
        (f"sqlite:///{tmp_path}/none.sqlite3", f"WRONG There is no database at {tmp_path}/none.sqlite3 yet."),
    ):
        done = sublet("doctor", SUBLET_DATABASE_URL=url)
        assert done.returncode == 1
        assert done.stderr == ""
        assert [line for line in done.stdout.splitlines() if line.startswith(said)] != []
    assert list(tmp_path.iterdir()) == []


def test_tables_that_are_missing_are_said(sublet: Command, tmp_path: Path) -> None:
    file = tmp_path / "old.sqlite3"
    file.touch(mode=0o600)

    done = sublet("doctor", SUBLET_DATABASE_URL=f"sqlite:///{file}")

    assert done.returncode == 1
    assert "      Run `sublet migrate`." in done.stdout.splitlines()


def test_a_database_that_everybody_can_read(sublet: Command, tmp_path: Path) -> None:
    with new_database(tmp_path, "open") as url:
        file = Path(url.removeprefix("sqlite:///"))
        if not url.startswith("sqlite"):
            file = tmp_path / "open.sqlite3"
            sublet("migrate", SUBLET_DATABASE_URL=f"sqlite:///{file}")
    file.chmod(0o644)

    done = sublet("doctor", "--json", SUBLET_DATABASE_URL=f"sqlite:///{file}", SUBLET_SMTP_PORT=str(free_port()))

    # The rest is asked all the same.
    assert wrong_topics(done.stdout) == {"database file", "vendor", "worker", "mail"}


def test_a_setting_that_cannot_be_read_is_a_finding(sublet: Command) -> None:
    done = sublet("doctor", SUBLET_SECRET_KEYS="x")

    assert done.returncode == 1
    assert done.stdout == "WRONG SUBLET_SECRET_KEYS is not a setting. `sublet doctor --settings` lists them.\n"
    assert sublet("doctor", "--json", SUBLET_SECRET_KEYS="x").returncode == 1


def test_the_settings_are_listed_without_secrets(sublet: Command, place: Installation) -> None:
    done = sublet("doctor", "--settings", SUBLET_SMTP_PASSWORD="do not show")

    assert done.returncode == 0
    for setting in SETTINGS:
        assert f"\n{setting.name} = " in "\n" + done.stdout
        assert f"    {setting.sentence}" in done.stdout.splitlines()
    assert "do not show" not in done.stdout
    assert place.environment["SUBLET_SECRET_KEY"] not in done.stdout
    assert "SUBLET_SMTP_PASSWORD = (secret)  (environment)" in done.stdout.splitlines()
    assert "SUBLET_BIND = 127.0.0.1:8000  (default)" in done.stdout.splitlines()
    strange = sublet("doctor", "--settings", SUBLET_TYPO="x")
    assert (strange.returncode, strange.stdout.splitlines()[-1]) == (1, "SUBLET_TYPO is not a setting.")
