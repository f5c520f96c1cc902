"""Names that were given in several languages."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import get_language


def in_language(names: Mapping[str, str], otherwise: str) -> str:
    """The name in the active language, else in English, else `otherwise`."""
    language = (get_language() or "en").split("-")[0]
    return names.get(language) or names.get("en") or otherwise
