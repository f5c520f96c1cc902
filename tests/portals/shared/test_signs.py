"""Signs: each icon that a page names is in the sprite, and each kind of event has one. A missing one is an empty box."""

from __future__ import annotations

import re
from pathlib import Path

from sublet.foundation.journal.events import EVENTS
from sublet.portals.shared.histories import sign_of

PORTALS = Path(__file__).parents[3] / "src" / "sublet" / "portals"
SPRITE = frozenset(
    re.findall(r'id="([^"]+)"', (PORTALS / "shared/static/vendor/icons/icons.svg").read_text(encoding="utf-8"))
)
NAMED = re.compile(r'(?:icon_name=|icon=|{% icon )"([a-z0-9-]+)"')


def test_each_icon_that_a_page_names_exists() -> None:
    named = {
        (path.name, icon)
        for path in (*PORTALS.rglob("*.html"), *PORTALS.rglob("*.py"))
        for icon in NAMED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 100  # else this looks for the wrong words
    assert sorted((page, icon) for page, icon in named if icon not in SPRITE) == []


def test_each_kind_of_event_has_a_sign() -> None:
    signs = {event: sign_of(event)[0] for event in EVENTS}
    assert sorted(event for event, icon in signs.items() if icon == "point" or icon not in SPRITE) == []
