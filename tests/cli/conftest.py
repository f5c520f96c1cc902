"""Commands as an operator gives them: real processes on a real database."""

from __future__ import annotations

import os
import pty
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.installation import ROOT, Installation, installed

Result = subprocess.CompletedProcess[str]
Command = Callable[..., Result]
PATIENCE = 300  # seconds; making all tables anew takes a busy machine a minute


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with all tables, empty, for the tests of one module in their order."""
    name = request.module.__name__.rpartition(".")[2]
    with installed(tmp_path_factory.mktemp(name), f"cli_{name}") as there:
        yield there


@pytest.fixture(scope="module")
def sublet(place: Installation) -> Command:
    """``sublet("user", "list")``: the command with what it printed; more settings by keyword."""

    def run(*arguments: str, typed: str = "", **settings: str) -> Result:
        if "SUBLET_DATABASE_URL" in settings:
            settings.setdefault("SUBLET_DATABASE_OWNER_URL", "")  # that of the place owns nothing there
        return place.zygote.run(arguments, folder=place.folder, typed=typed, settings=settings)

    return run


def on_a_terminal(place: Installation, answers: list[str], *arguments: str) -> tuple[int, str]:
    """Run the command on a terminal, type one answer for each question; exit code and all that was shown."""
    ours, theirs = pty.openpty()
    process = place.zygote.on_a_terminal(arguments, theirs)
    os.close(theirs)
    shown: list[bytes] = []
    waiting = list(answers)
    watch = threading.Timer(PATIENCE, process.kill)
    watch.start()
    try:
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:
                break  # the other end is closed: the command has ended
            if not part:
                break
            shown.append(part)
            # A question ends without a line break.
            if waiting and b"".join(shown).rstrip(b" ").endswith((b":", b"]")):
                os.write(ours, waiting.pop(0).encode() + b"\n")
    finally:
        watch.cancel()
        os.close(ours)
    return process.wait(PATIENCE), b"".join(shown).decode()


PRODUCTS = Path(ROOT) / "examples" / "products"
