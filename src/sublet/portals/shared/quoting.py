"""Sentences that hold somebody else's words: those are kept apart, so that they cannot turn the rest around."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from sublet.portals.shared.shell import Text


def quoting(sentence: Text, quoted: str) -> SafeString:
    """The sentence, escaped, with its last `quoted` in an element of its own direction. Without one: the sentence."""
    before, found, after = str(sentence).rpartition(quoted) if quoted else ("", "", "")
    if not found:
        return format_html("{}", sentence)
    return format_html("{}<bdi>{}</bdi>{}", before, found, after)
