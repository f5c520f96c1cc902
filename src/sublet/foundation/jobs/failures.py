"""A failure as text that may be stored and shown to the vendor: what and where, without secrets or addresses."""

from __future__ import annotations

import re
import traceback

LONGEST = 1000
HIDDEN = "[hidden]"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"://[^/\s@]+@"), f"://{HIDDEN}@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w+/=.~-]{6,}"), rf"\1 {HIDDEN}"),
    (
        re.compile(
            r"(?i)([\w-]*(?:password|passwd|secret|token|api[_-]?key|authorization|signature|cookie|credential)[\w-]*"
            r"[\"']?\s*[:=]\s*)(?:\"[^\"]*\"|'[^']*'|[^\s,;&]+)"
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), "[address]"),
    (re.compile(r"(?<![\w/.-])(?=[\w+/=-]*\d)[A-Za-z0-9+/=_-]{32,}"), HIDDEN),
)


def without_secrets(text: str) -> str:
    """The text with passwords, tokens, long keys and mail addresses replaced."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def describe(error: BaseException) -> str:
    """``module.Class: message (file.py:12 in function)``, at most 1,000 characters, without secrets."""
    cls = type(error)
    name = cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno} in {frames[-1].name})" if frames else ""
    message = without_secrets(str(error)).replace("\x00", "")[: LONGEST - len(name) - len(place) - 2]
    return f"{name}: {message}{place}"
