"""`sublet user`: the first person of an empty installation, and what an operator does afterwards."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Command, on_a_terminal
from tests.installation import Installation

pytestmark = pytest.mark.slow
PASSWORD = "seven green bottles"


def test_before_there_is_a_vendor_nobody_else_is_made(sublet: Command, place: Installation) -> None:
    made = sublet("user", "create", "bob@example.test", "--no-password")

    assert made.returncode == 2
    assert made.stderr == "sublet: There is no vendor yet: give its name with --vendor NAME, and this person owns it.\n"
    assert place.ask("SELECT COUNT(*) FROM person") == [(0,)]


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("not-an-address", PASSWORD, "This is not an e-mail address."),
        ("vera@example.test", "short", "This password is too short. It must contain at least 10 characters."),
    ],
)
def test_what_cannot_be_leaves_nothing_behind(
    sublet: Command, place: Installation, email: str, password: str, said: str
) -> None:
    made = sublet("user", "create", email, "--vendor", "Vantage", "--password-stdin", typed=password + "\n")

    assert (made.returncode, made.stderr) == (1, f"sublet: {said}\n")
    assert place.ask("SELECT COUNT(*) FROM account") == [(0,)]
    assert place.ask("SELECT COUNT(*) FROM person") == [(0,)]


def test_without_a_terminal_the_password_comes_from_the_input_or_not_at_all(sublet: Command) -> None:
    asked = sublet("user", "create", "vera@example.test", "--vendor", "Vantage")
    empty = sublet("user", "create", "vera@example.test", "--vendor", "Vantage", "--password-stdin")

    assert (asked.returncode, empty.returncode) == (2, 2)
    assert asked.stderr == "sublet: There is no terminal to ask for the password; give it with --password-stdin.\n"
    assert empty.stderr == "sublet: There is no password on the standard input.\n"


def test_the_vendor_and_its_owner_come_together(sublet: Command, place: Installation) -> None:
    made = sublet(
        "user", "create", "Vera@Example.test", "--vendor", "Vantage", "--name", "Vera Voss", "--password-stdin",
        typed=PASSWORD + "\n",
    )  # fmt: skip

    assert made.returncode == 0, made.stderr
    [(ref,)] = place.ask("SELECT ref FROM account WHERE kind = 'vendor'")
    assert made.stdout == f"Vera@Example.test owns Vantage ({ref}).\n"
    owner = place.ask("SELECT p.email, p.name FROM collaborator c JOIN person p ON p.id = c.user_id WHERE c.is_owner")
    assert owner == [("vera@example.test", "Vera Voss")]
    events = [row[0] for row in place.ask("SELECT event FROM journal ORDER BY id")]
    assert events == ["vendor.created", "person.created", "collaborator.added"]
    assert place.ask("SELECT DISTINCT via, actor_name FROM journal") == [("cli", "Command line")]


def test_there_is_one_vendor(sublet: Command) -> None:
    again = sublet("user", "create", "v2@example.test", "--vendor", "Other", "--password-stdin", typed=PASSWORD + "\n")

    assert (again.returncode, again.stderr) == (1, "sublet: This installation has its vendor already.\n")


def test_a_password_is_asked_twice_and_never_shown(place: Installation) -> None:
    code, shown = on_a_terminal(place, [PASSWORD, "something else"], "user", "create", "bob@example.test")
    assert code == 2
    assert "The two passwords differ; nothing was changed." in shown

    code, shown = on_a_terminal(place, [PASSWORD, PASSWORD], "user", "create", "bob@example.test")
    assert code == 0, shown
    assert PASSWORD not in shown
    [(stored,)] = place.ask("SELECT password FROM person WHERE email = 'bob@example.test'")
    assert stored.startswith("scrypt$")


def test_an_address_has_one_log_in(sublet: Command) -> None:
    again = sublet("user", "create", "BOB@example.test", "--no-password")

    assert (again.returncode, again.stderr) == (1, "sublet: bob@example.test has a log-in already.\n")


def test_a_new_password_ends_every_log_in(sublet: Command, place: Installation) -> None:
    before = place.ask("SELECT password, session_epoch FROM person WHERE email = 'bob@example.test'")

    changed = sublet("user", "password", "bob@example.test", "--password-stdin", typed="another long secret\n")

    assert changed.returncode == 0, changed.stderr
    after = place.ask("SELECT password, session_epoch FROM person WHERE email = 'bob@example.test'")
    assert after[0][0] != before[0][0]
    assert after[0][1] == before[0][1] + 1


def test_locking_out_and_letting_in_again(sublet: Command, place: Installation) -> None:
    def active() -> object:
        return bool(place.ask("SELECT is_active FROM person WHERE email = 'bob@example.test'")[0][0])

    first, second = (sublet("user", "disable", "bob@example.test") for _ in range(2))
    assert first.stdout == "bob@example.test can log in nowhere any more; every log-in it had has ended.\n"
    assert second.stdout == "bob@example.test was locked out already.\n"
    assert active() is False
    first, second = (sublet("user", "enable", "bob@example.test") for _ in range(2))
    assert first.stdout == "bob@example.test can log in again.\n"
    assert second.stdout == "bob@example.test could log in already.\n"
    assert active() is True


def test_everybody_is_listed(sublet: Command) -> None:
    sublet("user", "create", "ann@example.test", "--no-password", "--language", "it")
    sublet("user", "disable", "bob@example.test")

    assert sublet("user", "list").stdout.splitlines() == [
        "ann@example.test\t\t0 accounts no password yet",
        "bob@example.test\t\t0 accounts locked out",
        "vera@example.test\tVera Voss\t1 account",
    ]
    assert sublet("user", "list", "--like", "VERA").stdout == "vera@example.test\tVera Voss\t1 account\n"


def test_nobody_of_that_address(sublet: Command) -> None:
    for act in ("disable", "enable"):
        done = sublet("user", act, "nobody@example.test")
        assert done.stderr == "sublet: Nobody has a log-in with the address nobody@example.test.\n"
        assert done.returncode == 1
    done = sublet("user", "password", "nobody@example.test", "--password-stdin", typed=PASSWORD + "\n")
    assert done.returncode == 1


def test_a_password_is_never_an_argument(sublet: Command) -> None:
    wrong = sublet("user", "create", "eve@example.test", "--password", PASSWORD)

    assert wrong.returncode == 2
    assert "unrecognized arguments" in wrong.stderr
