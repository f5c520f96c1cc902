"""The cache's copy on the disk: written whole beside the old one and then put in its place, readable by its owner alone."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

log = logging.getLogger("sublet_client")
FORMAT = 1


def owner_of(base_url: str, api_key: str) -> str:
    """Whose copy it is: another key's must not be read as ours. Tells nothing of the key."""
    return hashlib.sha256(f"{base_url}\n{api_key}".encode()).hexdigest()[:24]


def write(path: Path, owner: str, told: Mapping[str, Any]) -> bool:
    """Write the copy; False when it cannot be (a full disk stops no product)."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                json.dump({"format": FORMAT, "owner": owner, **told}, file, separators=(",", ":"))
            os.replace(name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
    except OSError as fault:
        log.warning("the copy of the entitlements could not be written to %s: %s", path, fault)
        return False
    return True


def read(path: Path, owner: str) -> Mapping[str, Any] | None:
    """The copy, if there is one of this owner that can be read."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as fault:
        log.warning("the copy of the entitlements in %s cannot be read: %s", path, fault)
        return None
    if not isinstance(told, dict) or told.get("format") != FORMAT or told.get("owner") != owner:
        return None
    return told


def state_folder() -> Path:
    """Where the spool lies when nobody has said where."""
    base = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".local" / "state") / "sublet-client"
