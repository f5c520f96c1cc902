"""The command line tells for how many accounts a manifest changes what, and asks before they lose it."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from sublet.catalog.models import ManifestVersion
from sublet.portals.cli import manifest
from tests.catalog.test_offer import BOOKINGS, load, sold_anew
from tests.people import World


def test_the_difference_tells_how_many_keep_an_earlier_version(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load(world, BOOKINGS)
    file = tmp_path / "b.toml"
    file.write_text(sold_anew(BOOKINGS, "free"))
    assert manifest.diff(Namespace(file=str(file))) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith(("Note", "Asks"))] == [
        "Note: Free (free@2) is sold; 5 accounts keep an earlier version."
    ]


def test_what_is_used_is_not_taken_away_without_a_word(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load(world, BOOKINGS)
    file = tmp_path / "b.toml"
    file.write_text(BOOKINGS.replace("amount = 50,", "amount = 40,", 1))
    assert manifest.diff(Namespace(file=str(file))) == 0
    assert (
        "Asks: The terms of Free (free@1) change without a new version; 5 accounts have them."
        in capsys.readouterr().out
    )
    assert manifest.load(Namespace(file=str(file), yes=False)) == 1
    assert "Accounts use what this manifest removes or changes: free." in capsys.readouterr().err
    assert ManifestVersion.objects.count() == 1
    assert manifest.load(Namespace(file=str(file), yes=True)) == 0
    assert ManifestVersion.objects.count() == 2
