"""Having pages shown by a real Chromium, and answering what it asks for. The browser's own process is `proof.rendering`."""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from django.conf import settings

from sublet.proof.pictures import Picture
from sublet.proof.visitor import Answer

Ask = Callable[[str, str], Answer | None]  # an address and as whom; None: not to be had
#: Seconds: for all pages of a scan; and without a word from the browser, after which it has hung and is ended.
LONGEST, SILENT = 900.0, 45.0
MOST_PAGES = 300
#: So many pages may take the browser along: each is left out, and another one shows the rest.
MOST_LOST = 3
_MOST_LINE = 64 * 1024 * 1024
NO_LIBRARY, NO_PROGRAM, SWITCHED_OFF = "no-library", "no-program", "off"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page to show: its address, as whom, and whether its pictures are compared with logos."""

    address: str
    who: str
    logos: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page was when its scripts had run. `fault`: why it could not be shown. `whole`: whether `html`, with what scripts
    keep apart and what stands in frames, and `text`, as people read it, are all of it. `pictures` are pieces of it by word."""

    address: str
    who: str
    fault: str = ""
    html: str = ""
    text: str = ""
    whole: bool = True
    stored: str = ""
    cookies: tuple[tuple[str, str], ...] = ()
    foreign: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    pictures: dict[str, list[Picture]] = field(default_factory=dict)
    shown: tuple[bytes, ...] = ()


class BrowserLost(Exception):
    """It ended, or was silent for too long. What it had told until then is good."""


def program() -> str:
    """Where Chromium is; empty for Playwright's own."""
    wanted = settings.SUBLET.text("SUBLET_SCAN_BROWSER")
    found = (shutil.which(name) for name in ("chromium", "chromium-headless-shell", "google-chrome"))
    return wanted or next((each for each in found if each), "")


def lacking() -> str:
    """Why no browser can be had; empty when one can."""
    if settings.SUBLET.text("SUBLET_SCAN_BROWSER") == "none":
        return SWITCHED_OFF
    if importlib.util.find_spec("playwright") is None:
        return NO_LIBRARY
    found = program()
    if found:
        return "" if os.access(found, os.X_OK) else NO_PROGRAM
    home = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or os.path.expanduser("~/.cache/ms-playwright")
    return "" if os.path.isdir(home) and any(name.startswith("chromium") for name in os.listdir(home)) else NO_PROGRAM


def show(
    pages: Sequence[Wanted], *, host: str, origin: str, language: str, words: Sequence[str], ask: Ask
) -> Iterator[Seen]:
    """Each page as it is shown. Raises BrowserLost at the end if some were not, because a browser was lost with them."""
    left, lost, ends = list(pages), 0, monotonic() + LONGEST
    while True:
        told = 0
        try:
            with closing(_shown(left, ends, host, origin, language, words, ask)) as seen:
                for each in seen:
                    told += 1
                    yield each
            break
        except BrowserLost:
            lost, left = lost + 1, left[told + 1 :]
        if not left or lost > MOST_LOST or monotonic() > ends:
            break
    if lost:
        raise BrowserLost


def _shown(
    pages: Sequence[Wanted], ends: float, host: str, origin: str, language: str, words: Sequence[str], ask: Ask
) -> Generator[Seen, None, None]:
    """The same by one browser, which may be lost with any of them."""
    command = [sys.executable, "-I", "-c", _BROWSER, *sys.path]
    # What it and its browser keep while they run goes with them, however they end.
    folder = tempfile.TemporaryDirectory(prefix="looked-", ignore_cleanup_errors=True)
    # A group of its own: whatever it starts is ended with it. Chromium ends when the pipe to it is closed.
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={
            name: os.environ[name]
            for name in ("PATH", "HOME", "LANG", "PLAYWRIGHT_BROWSERS_PATH")
            if name in os.environ
        }
        | {"TMPDIR": folder.name},
    )
    task = {
        "host": host,
        "origin": origin,
        "language": language,
        "words": list(words),
        "program": program(),
        "seconds": max(0.0, ends - monotonic()),
        "parent": os.getpid(),
        "folder": folder.name,
        "pages": [{"address": each.address, "who": each.who, "logos": each.logos} for each in pages],
    }
    try:
        _write(process, task)
        for message in _messages(process, ends + SILENT):
            if "ask" in message:
                _write(process, _told(ask(str(message["ask"]), str(message["who"]))))
            elif "seen" in message:
                yield _seen(message)
            else:
                return
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it had ended already
        process.wait()
        for pipe in (process.stdin, process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:
                pass  # what was left to be written has nobody to read it
        folder.cleanup()


_BROWSER = "import sys; sys.path[:] = sys.argv[1:]; from sublet.proof.rendering import drive; drive()"


def _write(process: subprocess.Popen[bytes], message: dict[str, Any]) -> None:
    assert process.stdin is not None  # noqa: S101  # started with a pipe
    try:
        process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()
    except OSError as gone:
        raise BrowserLost from gone


def _messages(process: subprocess.Popen[bytes], ends: float) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None  # noqa: S101  # started with a pipe
    pipe = process.stdout.fileno()
    left = b""
    parts: list[bytes] = []
    while True:
        ready, _, _ = select.select([pipe], [], [], max(0.0, min(SILENT, ends - monotonic())))
        found = os.read(pipe, 1 << 16) if ready else b""
        if not found:
            raise BrowserLost
        parts.append(found)
        if b"\n" not in found:
            if sum(map(len, parts)) > _MOST_LINE:
                raise BrowserLost
            continue
        *lines, left = b"".join(parts).split(b"\n")
        parts = [left]
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError as broken:
                raise BrowserLost from broken


def _told(answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {"status": 0, "headers": [], "body": ""}
    return {
        "status": answer.status,
        "headers": [list(each) for each in answer.headers],
        "body": base64.b64encode(answer.body).decode(),
    }


def _pictures(told: Iterable[Sequence[Any]]) -> dict[str, list[Picture]]:
    found: dict[str, list[Picture]] = {}
    for word, data, texts in told:
        found.setdefault(str(word), []).append(Picture(base64.b64decode(data), tuple(map(str, texts))))
    return found


def _seen(message: dict[str, Any]) -> Seen:
    return Seen(
        address=message["seen"],
        who=message["who"],
        fault=message["fault"],
        html=message.get("html", ""),
        text=message.get("text", ""),
        whole=message.get("whole", True),
        stored=message.get("stored", ""),
        cookies=tuple((str(name), str(value)) for name, value in message.get("cookies", ())),
        foreign=tuple(dict.fromkeys(message.get("foreign", ()))),
        lines=tuple(message.get("lines", ())),
        pictures=_pictures(message.get("pictures", ())),
        shown=tuple(base64.b64decode(data) for data in message.get("shown", ())),
    )
