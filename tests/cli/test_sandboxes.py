"""`sublet sandbox`: a portfolio is copied, its clock moved, the copy thrown away, as an operator does it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.cli.conftest import Command
from tests.installation import Installation

pytestmark = pytest.mark.slow


def test_commands_are_known_before_there_are_settings() -> None:
    """Whoever types one has set nothing of Django's: a module that needs it is imported when its command runs."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SUBLET_", "DJANGO_"))}
    asked = [sys.executable, "-m", "sublet.portals.cli.main", "sandbox", "advance", "sbx_x", "--to", "tomorrow"]
    found = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr.splitlines()[-1]) == (
        2,
        "sublet sandbox advance: error: argument --to: tomorrow is no day; write 2027-03-01",
    )


@pytest.fixture(scope="module")
def reseller(place: Installation) -> str:
    """The reference of a reseller with clients."""
    return place.run("tests.branding.processes", "seed").split()[0]


def test_a_portfolio_is_copied_its_clock_moved_and_the_copy_thrown_away(sublet: Command, reseller: str) -> None:
    own = ("--reseller", reseller)
    assert sublet("sandbox", "list", *own).stdout == "There is no sandbox.\n"
    made = sublet("sandbox", "new", "Next year", *own)
    assert made.returncode == 0, made.stderr
    ref = made.stdout.strip()
    assert ref.startswith("sbx_")
    [before] = json.loads(sublet("sandbox", "list", "--json", *own).stdout)
    assert (before["ref"], before["name"], before["state"]) == (ref, "Next year", "ready")

    moved = sublet("sandbox", "advance", ref, "--by", "week", *own)
    assert moved.returncode == 0, moved.stderr
    [after] = json.loads(sublet("sandbox", "list", "--json", *own).stdout)
    assert after["clock"] > before["clock"]
    assert moved.stdout.startswith(after["clock"][:16].replace("T", " "))

    # The vendor's are others: nobody reaches a reseller's by naming it.
    assert sublet("sandbox", "list").stdout == "There is no sandbox.\n"
    for words in (("advance", ref), ("remove", ref)):
        refused = sublet("sandbox", *words)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "no such sandbox" in refused.stderr
    assert sublet("sandbox", "remove", ref, *own).returncode == 0
    assert sublet("sandbox", "list", *own).stdout == "There is no sandbox.\n"


def test_what_cannot_be_is_said_in_one_sentence(sublet: Command, reseller: str) -> None:
    unknown = sublet("sandbox", "new", "X", "--reseller", "acc_0000000000000000")
    assert (unknown.returncode, unknown.stderr[:43]) == (1, "sublet: There is no reseller acc_0000000000")
    nobody = sublet("sandbox", "new", "X", "--client", "acc_0000000000000000", "--reseller", reseller)
    assert (nobody.returncode, nobody.stderr) == (1, "sublet: One of the clients is not known here.\n")
    assert sublet("sandbox", "advance", "sbx_x", "--to", "tomorrow").returncode == 2
