"""The Chromium of the browser tests: the one that SUBLET_TEST_CHROMIUM names, else the system's, else Playwright's own.

`python tests/chromium.py` fails when there is none.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright


def executable() -> str | None:
    """Where Chromium is, or None for Playwright's own."""
    found = (shutil.which(name) for name in ("chromium-headless-shell", "chromium", "google-chrome"))
    return os.environ.get("SUBLET_TEST_CHROMIUM") or next(filter(None, found), None)


def launch(playwright: Playwright) -> Browser:
    """A headless Chromium that resolves every `*.localhost` to this machine, as a person's browser does, and every `*.test`."""
    # Containers give /dev/shm 64 MB, and tabs crash. Without a GPU, pretending to have one only costs time.
    options = ["--disable-dev-shm-usage", "--disable-gpu", "--host-resolver-rules=MAP *.test 127.0.0.1"]
    if os.getuid() == 0:
        options.append("--no-sandbox")  # Chromium refuses to start as root with it
    return playwright.chromium.launch(executable_path=executable(), args=options)


if __name__ == "__main__":
    with sync_playwright() as installed:
        if executable() is None and not Path(installed.chromium.executable_path).exists():
            sys.exit("There is no Chromium for the browser tests.")
