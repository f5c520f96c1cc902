"""Names that were given in several languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from django.utils.translation import get_language


class Texts(Protocol):
    """One text in several languages, as the product manifest has it."""

    def in_language(self, language: str) -> str:
        """The text in a language."""
        ...


def text_of(texts: Texts | None) -> str:
    """The text in the active language; empty for none."""
    return texts.in_language(get_language() or "en") if texts is not None else ""


def in_language(names: Mapping[str, str], otherwise: str) -> str:
    """The name in the active language, else in English, else `otherwise`."""
    language = (get_language() or "en").split("-")[0]
    return names.get(language) or names.get("en") or otherwise
