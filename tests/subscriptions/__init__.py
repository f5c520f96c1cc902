"""What the tests of subscriptions share."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sublet.catalog.operations import load_manifest
from tests.people import AT, World

PRODUCTS = Path(__file__).resolve().parents[2] / "examples" / "products"
BOOKINGS = (PRODUCTS / "bookings.toml").read_text()
APPFOLD = (PRODUCTS / "app-builder.toml").read_text()


def sell(world: World, text: str = BOOKINGS, at: datetime = AT) -> None:
    """Put a manifest into force."""
    with world.scope("vera") as vera:
        load_manifest(source=text.encode(), file_name="m.toml", confirmed=True, actor=vera, at=at)
