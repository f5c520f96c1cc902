"""A stand-in for the outbound client of the part that builds it: the same name, no checks yet."""

from __future__ import annotations

import requests


def session() -> requests.Session:
    """What speaks HTTP to the outside."""
    return requests.Session()
