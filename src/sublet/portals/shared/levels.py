"""The levels of rights in words. On people data they are ways in which it leaves (`core.peopledata`)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import pgettext_lazy

from sublet.core.peopledata import SECTION as PEOPLE
from sublet.portals.shared.shell import Text

LEVEL_LABELS: Mapping[str, Text] = {
    "none": pgettext_lazy("level", "None"),
    "view": pgettext_lazy("level", "View"),
    "manage": pgettext_lazy("level", "Manage"),
}
#: The same on the section of people data.
PEOPLE_LABELS: Mapping[str, Text] = {
    "none": pgettext_lazy("level", "Look up"),
    "view": pgettext_lazy("level", "List"),
    "manage": pgettext_lazy("level", "Export"),
}


def level_word(level: str, section: str = "") -> str:
    """``view`` → the word for it in the active language."""
    words = PEOPLE_LABELS if section == PEOPLE else LEVEL_LABELS
    return str(words.get(level, level))
