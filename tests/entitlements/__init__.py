"""An offer to be entitled to."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sublet.catalog.operations import load_manifest
from tests.people import AT, World

PRODUCTS = Path(__file__).resolve().parents[2] / "examples" / "products"


def load(world: World, product: str = "bookings", at: datetime = AT, text: str = "") -> None:
    """Put one of the example manifests (or `text`) into force."""
    source = text or (PRODUCTS / f"{product}.toml").read_text()
    with world.scope("vera") as vera:
        load_manifest(source=source.encode(), file_name=f"{product}.toml", confirmed=True, actor=vera, at=at)
