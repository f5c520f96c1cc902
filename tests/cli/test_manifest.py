"""`sublet manifest`: checked without anything, compared and loaded with a database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import PRODUCTS, Command, on_a_terminal
from tests.installation import Installation

pytestmark = pytest.mark.slow
APP_BUILDER, BOOKINGS = str(PRODUCTS / "app-builder.toml"), str(PRODUCTS / "bookings.toml")


@pytest.mark.parametrize("name", ["app-builder", "bookings", "funnels", "marketing-automation"])
def test_each_example_is_good(sublet: Command, name: str) -> None:
    done = sublet("manifest", "check", str(PRODUCTS / f"{name}.toml"))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{PRODUCTS / name}.toml: ")


def test_checking_needs_no_settings_and_no_django(tmp_path: Path) -> None:
    program = (
        "import sys; from sublet.portals.cli.main import main; code = main(sys.argv[1:]);"
        "sys.exit(9 if 'django' in sys.modules else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "manifest", "check", APP_BUILDER],
        env={"PYTHONPATH": ":".join(sys.path), "PATH": ""}, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr


def test_every_problem_is_told_with_its_place(sublet: Command, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(Path(APP_BUILDER).read_text().replace('icon = "palette"', 'icons = "palette"', 1))

    done = sublet("manifest", "check", str(file))

    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert [line.removeprefix(f"{file}:").partition(": ")[2] for line in lines] == [
        'sections[0]: "icon" is missing',
        'sections[0].icons: unknown key; did you mean "icon"?',
    ]


def test_a_file_that_is_not_there(sublet: Command) -> None:
    for step in ("check", "diff", "load"):
        done = sublet("manifest", step, "nowhere.toml")
        assert (done.returncode, done.stderr) == (
            2,
            "sublet: nowhere.toml cannot be read: No such file or directory.\n",
        )


def test_before_there_is_a_vendor_nothing_is_loaded(sublet: Command) -> None:
    done = sublet("manifest", "load", APP_BUILDER)

    assert done.returncode == 2
    assert done.stderr == ("sublet: There is no vendor yet. Make it with `sublet user create ADDRESS --vendor NAME`.\n")


def test_loading_and_loading_again(sublet: Command, place: Installation) -> None:
    sublet("user", "create", "vera@example.test", "--vendor", "Vantage", "--no-password")

    first = sublet("manifest", "load", APP_BUILDER)
    again = sublet("manifest", "load", APP_BUILDER)

    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[0] == (
        "Version 1 is in force: Appfold 1.0: 14 sections, 6 role presets, 3 plans, 8 add-ons"
    )
    assert again.stdout == "Nothing changes: version 1 says the same.\n"
    assert place.ask("SELECT number, file_name, loaded_by FROM manifest_version") == [
        (1, "app-builder.toml", "Command line")
    ]
    assert sublet("manifest", "diff", APP_BUILDER).stdout == "Nothing changes.\n"


def test_the_difference_is_told_line_by_line(sublet: Command, tmp_path: Path) -> None:
    file = tmp_path / "next.toml"
    text = Path(APP_BUILDER).read_text()
    file.write_text(text.replace('icon = "palette"', 'icon = "star"', 1).replace("amount = 4500 }", "amount = 4700 }"))

    done = sublet("manifest", "diff", str(file))

    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "Sections:",
        "  ~ Design (design): Icon: palette → star",
        "Plans:",
        "  ~ Content app (content@1): Price “month, EUR”, Amount: 4,500 → 4,700",
        "Note: the terms of content@1 change without a new version.",
    ]


def test_sections_in_use_are_removed_only_when_somebody_says_so(
    sublet: Command, place: Installation, tmp_path: Path
) -> None:
    """Given somebody with a right on “design”, which the other manifest does not have."""
    place.run("tests.cli.give_right", "product.design")

    silent = sublet("manifest", "load", BOOKINGS)
    assert silent.returncode == 1
    assert silent.stderr == (
        "sublet: Somebody has rights on sections that this manifest removes: design. Confirm that they may go.\n"
    )
    assert place.ask("SELECT MAX(number) FROM manifest_version") == [(1,)]

    code, shown = on_a_terminal(place, ["n"], "manifest", "load", BOOKINGS)
    assert code == 1
    assert "design: in use in 1 place" in shown
    assert place.ask("SELECT MAX(number) FROM manifest_version") == [(1,)]

    code, shown = on_a_terminal(place, ["y"], "manifest", "load", BOOKINGS)
    assert code == 0, shown
    assert place.ask("SELECT MAX(number) FROM manifest_version") == [(2,)]

    back = sublet("manifest", "load", APP_BUILDER)
    assert back.returncode == 0, back.stderr
    assert sublet("manifest", "load", BOOKINGS, "--yes").returncode == 0
    assert place.ask("SELECT MAX(number) FROM manifest_version") == [(4,)]


def test_a_wrong_manifest_is_not_loaded(sublet: Command, place: Installation, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text("manifest = 1\n[product]\nkeys = 1\n")

    for step in ("diff", "load"):
        done = sublet("manifest", step, str(file))
        assert done.returncode == 1
        assert f'{file}:3: product.keys: unknown key; did you mean "key"?' in done.stdout.splitlines()
    assert place.ask("SELECT MAX(number) FROM manifest_version") == [(4,)]
