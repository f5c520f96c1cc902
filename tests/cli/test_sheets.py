"""`sublet import` and `sublet export`: a list goes in, nothing twice, and comes out, as an operator does it."""

from __future__ import annotations

import csv
import io
import os
import stat
import sys
from pathlib import Path

import openpyxl
import pytest

from tests.accounts.lists import AGENCY, ROWS, csv_of
from tests.cli.conftest import Command
from tests.installation import Installation

pytestmark = pytest.mark.slow
NO_PEOPLE = "SELECT count(*) FROM account WHERE import_id IS NOT NULL"


@pytest.fixture(scope="module")
def reseller(place: Installation) -> str:
    """The reference of a reseller with clients and staff."""
    return place.run("tests.branding.processes", "seed").split()[0]


@pytest.fixture
def listed(tmp_path: Path) -> str:
    file = tmp_path / "clients.csv"
    file.write_bytes(csv_of(ROWS))
    return str(file)


def test_without_yes_it_only_shows(sublet: Command, place: Installation, reseller: str, listed: str) -> None:
    shown = sublet("import", listed, "--reseller", reseller)
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[:2] == ["4 rows", "  Company → name (99%)"]
    assert lines[-5:] == [
        "New: 2, of these with a remark: 1. Known: 0. Repeated: 1. Left out: 0. Refused: 1.",
        "  line 3: There is no e-mail address, so nobody can be invited yet.",
        "  line 4: The same client stands in line 2; this line adds nothing.",
        "  line 5: “not an address” is not an e-mail address.",
        "Nothing is written. Give --yes to import the list.",
    ]
    assert place.ask("SELECT count(*) FROM client_import") == [(0,)]
    assert place.ask("SELECT count(*) FROM journal") == [(0,)]


def test_with_yes_it_comes_in_once(sublet: Command, place: Installation, reseller: str, listed: str) -> None:
    first = sublet("import", listed, "--reseller", reseller, "--yes")
    again = sublet("import", listed, "--reseller", reseller, "--yes")
    assert (first.returncode, first.stdout) == (
        0,
        "2 clients came in. Known: 0. Repeated: 1. Left out: 0. Refused: 1.\n"
        "  line 5: “not an address” is not an e-mail address.\n",
    )
    assert (again.returncode, again.stderr) == (1, "sublet: The list holds no client that is new.\n")
    assert place.ask(NO_PEOPLE) == [(2,)]
    assert place.ask("SELECT state FROM client_import ORDER BY id") == [("done",), ("discarded",)]
    created = place.ask("SELECT DISTINCT actor_name, actor_account_name FROM journal WHERE event = 'client.created'")
    assert created == [("Command line", "Rosa Web Studio")]


def test_an_agencys_workbook_comes_in_while_a_worker_is_there(
    sublet: Command, place: Installation, reseller: str
) -> None:
    worker = place.worker()
    done = sublet("import", str(AGENCY), "--reseller", reseller, "--yes")
    worker.terminate()
    worker.wait()
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("194 clients came in.")


def test_what_came_in_goes_out_as_text_and_as_a_workbook(
    sublet: Command, place: Installation, reseller: str, tmp_path: Path
) -> None:
    text, book = tmp_path / "out.csv", tmp_path / "out.xlsx"
    for target in (text, book):
        done = sublet("export", "--reseller", reseller, "--format", target.suffix[1:], "-o", str(target))
        assert (done.returncode, done.stderr) == (0, "")
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
    rows = list(csv.reader(io.StringIO(text.read_text(encoding="utf-8-sig"), newline="")))
    [(count,)] = place.ask(
        f"SELECT count(*) FROM account WHERE parent_id = (SELECT id FROM account WHERE ref = '{reseller}')"
    )
    assert len(rows) - 1 == count == 199  # closed ones as well
    sheet = openpyxl.load_workbook(book, read_only=True).active
    assert sheet is not None
    assert len(list(sheet.iter_rows())) == 200
    assert sorted(os.listdir(tmp_path)) == ["out.csv", "out.xlsx"]
    assert place.ask("SELECT count(*) FROM journal WHERE event = 'clients.exported'") == [(2,)]
    piped = sublet("export", "--reseller", reseller, "-o", "-")
    assert piped.stdout == text.read_text(encoding="utf-8").replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("import", "missing.csv"), 2, "missing.csv cannot be read: No such file or directory."),
        (("import", "."), 2, ". cannot be read: Is a directory."),
        (("import", sys.executable), 1, None),
        (
            ("export", "-o", "/nowhere/at/all.csv"),
            2,
            "/nowhere/at/all.csv cannot be written: No such file or directory.",
        ),
    ],
)
def test_what_cannot_be_is_said(
    sublet: Command, reseller: str, arguments: tuple[str, ...], code: int, said: str | None
) -> None:
    done = sublet(*arguments, "--reseller", reseller)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.count("\n") == 1
    assert said is None or done.stderr == f"sublet: {said}\n"


def test_only_a_reseller_has_clients(sublet: Command, place: Installation) -> None:
    [(vendor,)] = place.ask("SELECT ref FROM account WHERE kind = 'vendor'")
    for ref in (vendor, "acc_nobody22", "%"):
        done = sublet("export", "--reseller", ref, "-o", "x.csv")
        assert (done.returncode, done.stderr) == (
            1,
            f"sublet: There is no reseller {ref}. The vendor's list of accounts shows the references.\n",
        )
