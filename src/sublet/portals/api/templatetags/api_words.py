"""Texts of the document in a page: `names` in backticks become code, empty lines and dashes their own lines."""

from __future__ import annotations

import re

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()
_PIECE = re.compile(r"(`[^`\n]*`|\*\*[^*\n]+\*\*|\n\n?(?:- )?)")


@register.filter
def words(text: str) -> SafeString:
    """The text, escaped, with `code`, **strong** and line breaks."""
    return format_html_join("", "{}{}{}", (_piece(part) for part in _PIECE.split(text) if part))


def _piece(part: str) -> tuple[SafeString, str, SafeString]:
    if part.startswith("`"):
        return SafeString("<code>"), part.strip("`"), SafeString("</code>")
    if part.startswith("**"):
        return SafeString("<strong>"), part.strip("*"), SafeString("</strong>")
    if part.startswith("\n"):
        return SafeString("<br>" if "-" in part or part == "\n\n" else " "), "", SafeString("")
    return SafeString(""), part, SafeString("")
