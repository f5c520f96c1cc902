"""Collecting the problems of one manifest, and showing values in them."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Sequence

from sublet.core.manifest.lines import Lines
from sublet.core.manifest.problems import MESSAGES, ManifestErrors, Param, Path, Problem
from sublet.core.manifest.words import MOST_PROBLEMS

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SHOWN = 60


class TooManyProblems(Exception):
    """Enough has been found."""


class Report:
    """The problems found so far; `lines` is None for data that never was a text."""

    def __init__(self, *, file: str, lines: Lines | None) -> None:
        self._file = file
        self._lines = lines
        self._problems: list[Problem] = []

    def use(self, lines: Lines) -> None:
        """From now on, tell places by these lines."""
        self._lines = lines

    def line(self, path: Path) -> int:
        """The line on which `path` stands; 0 for data that never was a text."""
        return self._lines.of(path) if self._lines else 0

    def add(self, path: Path, code: str, /, **params: Param) -> None:
        """Note a problem with the key at `path`; raises `TooManyProblems` when there is no use in going on."""
        self._add(self.line(path), dotted(path), code, params)

    def add_at(self, line: int, code: str, /, **params: Param) -> None:
        """Note a problem of the file as a whole, which shows on a line."""
        self._add(line, "", code, params)

    def _add(self, line: int, key: str, code: str, params: dict[str, Param]) -> None:
        if code not in MESSAGES:
            raise KeyError(code)
        safe = {name: _printable(value) if isinstance(value, str) else value for name, value in params.items()}
        self._problems.append(Problem(file=self._file, line=line, key=key, code=code, params=safe))
        if len(self._problems) >= MOST_PROBLEMS:
            raise TooManyProblems

    def add_near(self, path: Path, code: str, word: str, known: Iterable[str], /, **params: Param) -> None:
        """Note a problem with a word; `code` or, where one of the `known` is like it, `code` with `-near`."""
        near = nearest(word, known)
        if near is None:
            self.add(path, code, **params)
        else:
            self.add(path, f"{code}-near", nearest=near, **{k: v for k, v in params.items() if k != "words"})

    def stop(self) -> None:
        """Raise `ManifestErrors` when there were problems."""
        if not self._problems:
            return
        problems = sorted(self._problems, key=lambda problem: problem.line)
        if len(problems) >= MOST_PROBLEMS:
            count: dict[str, Param] = {"count": len(problems)}
            problems.append(Problem(self._file, problems[-1].line, "", "too-many-problems", count))
        raise ManifestErrors(problems)


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that `word` was probably meant to be, or None."""
    if len(word) > 80:  # difflib is quadratic
        return None
    known = [candidate for candidate in words if candidate.isascii() and candidate.isprintable()]
    like = difflib.get_close_matches(word.lower().replace("-", "_"), known, n=1, cutoff=0.6)
    like = like or difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return like[0] if like else None


def dotted(path: Path) -> str:
    """`("sections", 3, "icon")` → `sections[3].icon`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if _BARE_KEY.fullmatch(part) else quoted(part))
    return text


def quoted(text: str) -> str:
    """A text as it would stand in the file, shortened, with invisible characters escaped."""
    short = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return _printable(json.dumps(short, ensure_ascii=False))


def _printable(text: str) -> str:
    """Without characters that could hide or turn around what stands beside them in a terminal or on a page."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04X}" for c in text)


def shown(value: object) -> str:
    """Any value in a few characters, as it would stand in the file."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case int():
            return str(value) if abs(value) < 10**30 else ("-" if value < 0 else "") + hex(abs(value))[:20] + "…"
        case list():
            return "[]" if not value else "[…]"
        case dict():
            return "{}" if not value else "{…}"
        case None:
            return "null"
        case _:
            return repr(value)[:_SHOWN] if isinstance(value, float) else str(value)[:_SHOWN]


def listed(words: Sequence[str]) -> str:
    """Words one beside the other, each in quotes."""
    return ", ".join(f'"{word}"' for word in words)
