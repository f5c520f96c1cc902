"""On which line of a TOML text each key stands; `tomllib` does not tell.

The scanner reads text that `tomllib` has accepted. It still never raises: where it loses its way it stops, and the
line of the nearest enclosing key answers.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left

from sublet.core.manifest.problems import Path

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"[ \t]*")
_BLANK_LINES = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SIMPLE_VALUE = re.compile(r"[^,\]}#\n]+")
_BASIC_STRING = re.compile(r'"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*"')
_LITERAL_STRING = re.compile(r"'[^'\n]*'")
_LONG_BASIC_STRING = re.compile(r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}', re.DOTALL)
_LONG_LITERAL_STRING = re.compile(r"'''(?:[^']|'{1,2}(?!'))*'{3,5}")
_DEEPEST = 32


class _LostError(Exception):
    """The text is not what `tomllib` would have accepted, or is nested beyond reason."""


class Lines:
    """The line of each key, table and list entry of one TOML text."""

    def __init__(self, text: str) -> None:
        """Scan `text`; never raises."""
        self._text = text
        self._at = 0
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._lines: dict[Path, int] = {}
        self._entries: dict[Path, int] = {}
        """How many `[[…]]` headings each list of tables has had so far."""
        try:
            self._document()
        except (_LostError, RecursionError):
            return  # what was found until here still answers

    def of(self, path: Path) -> int:
        """The line of `path`, or of the nearest thing around it that stands in the text; 1 when there is none."""
        for end in range(len(path), 0, -1):
            line = self._lines.get(path[:end])
            if line is not None:
                return line
        return 1

    def known(self) -> dict[Path, int]:
        """Every path that was found, with its line."""
        return dict(self._lines)

    def _note(self, path: Path, at: int) -> None:
        self._lines.setdefault(path, bisect_left(self._breaks, at) + 1)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        if match:
            self._at = match.end()

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if not match:
            raise _LostError
        self._at = match.end()
        return match.group()

    def _expect(self, mark: str) -> None:
        if not self._text.startswith(mark, self._at):
            raise _LostError
        self._at += len(mark)

    def _sees(self, mark: str) -> bool:
        return self._text.startswith(mark, self._at)

    def _document(self) -> None:
        table: Path = ()
        while True:
            self._skip(_BLANK_LINES)
            if self._at >= len(self._text):
                return
            if self._sees("["):
                table = self._heading()
            else:
                self._pair(table, depth=0)

    def _heading(self) -> Path:
        start = self._at
        is_entry = self._sees("[[")
        self._expect("[[" if is_entry else "[")
        parts = self._key()
        self._expect("]]" if is_entry else "]")
        path: Path = ()
        for position, part in enumerate(parts):
            path = (*path, part)
            self._note(path, start)
            if is_entry and position == len(parts) - 1:
                self._entries[path] = self._entries.get(path, 0) + 1
            if path in self._entries:
                path = (*path, self._entries[path] - 1)
                self._note(path, start)
        return path

    def _key(self) -> list[str]:
        parts: list[str] = []
        while len(parts) < _DEEPEST:
            self._skip(_BLANK)
            parts.append(self._key_part())
            self._skip(_BLANK)
            if not self._sees("."):
                return parts
            self._at += 1
        raise _LostError

    def _key_part(self) -> str:
        if self._sees("'"):
            return self._take(_LITERAL_STRING)[1:-1]
        if self._sees('"'):
            quoted = self._take(_BASIC_STRING)
            if "\\" not in quoted:
                return quoted[1:-1]
            try:
                return str(tomllib.loads(f"key = {quoted}")["key"])
            except ValueError as error:
                raise _LostError from error
        return self._take(_BARE_KEY)

    def _pair(self, table: Path, *, depth: int) -> None:
        start = self._at
        path = table
        for part in self._key():
            path = (*path, part)
            self._note(path, start)
        self._expect("=")
        self._skip(_BLANK)
        self._value(path, depth=depth)

    def _value(self, path: Path, *, depth: int) -> None:
        if depth > _DEEPEST:
            raise _LostError
        if self._sees('"""'):
            self._take(_LONG_BASIC_STRING)
        elif self._sees("'''"):
            self._take(_LONG_LITERAL_STRING)
        elif self._sees('"'):
            self._take(_BASIC_STRING)
        elif self._sees("'"):
            self._take(_LITERAL_STRING)
        elif self._sees("["):
            self._list(path, depth=depth)
        elif self._sees("{"):
            self._inline_table(path, depth=depth)
        else:
            self._take(_SIMPLE_VALUE)

    def _list(self, path: Path, *, depth: int) -> None:
        self._expect("[")
        position = 0
        while True:
            self._skip(_BLANK_LINES)
            if self._sees("]"):
                break
            entry = (*path, position)
            self._note(entry, self._at)
            self._value(entry, depth=depth + 1)
            position += 1
            self._skip(_BLANK_LINES)
            if not self._sees(","):
                break
            self._at += 1
        self._expect("]")

    def _inline_table(self, path: Path, *, depth: int) -> None:
        self._expect("{")
        while True:
            self._skip(_BLANK_LINES)  # TOML 1.1 allows line breaks here
            if self._sees("}"):
                break
            self._pair(path, depth=depth + 1)
            self._skip(_BLANK_LINES)
            if not self._sees(","):
                break
            self._at += 1
        self._expect("}")
