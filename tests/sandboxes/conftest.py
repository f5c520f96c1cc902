"""The empty file that each sandbox begins with: made once for a run, and in a commit's run on SQLite taken from the template."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.thorough import ALONE, FULL, ON_POSTGRESQL


@pytest.fixture(scope="session")
def empty_file() -> Path:
    """It, with all tables. The migrations in a process of their own take longer than most sandboxes: PostgreSQL's run waits for
    them, as an installation does."""
    from sublet.sandboxes import running  # models can be imported only once Django is ready
    from tests.installation import template

    run = Path(os.environ["SUBLET_VAR"])
    folder = running._folder()
    if not (ON_POSTGRESQL or FULL or ALONE):
        with template(run) as made:
            kept = folder / f"empty-{running._state_of_tables()}.sqlite3"
            if not kept.exists():
                shutil.copyfile(made, kept)
    begun = run / f"begun-{os.getpid()}"
    begun.mkdir(exist_ok=True)
    running.begin_file(begun)
    return next(folder.glob("empty-*.sqlite3"))


@pytest.fixture(autouse=True)
def it_is_there(empty_file: Path) -> None:
    """Before the first sandbox of any test."""
