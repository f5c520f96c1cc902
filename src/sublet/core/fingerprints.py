"""Which line of a long list had a fingerprint first, in twelve bytes for each instead of the hundred and more of a dict.

Pure. Law (tests/core/test_columns_rows.py): it answers what a dict would.
"""

from __future__ import annotations

from array import array


class Fingerprints:
    """Numbers of 64 bits (what `hash` gives) → the line that had each first. Lines count from 1."""

    def __init__(self) -> None:
        self._make(1 << 10)

    def _make(self, size: int) -> None:
        self._mask = size - 1
        self._room = size * 2 // 3
        self._keys = array("q", [0]) * size
        self._lines = array("I", [0]) * size

    def first(self, key: int) -> int:
        """The line that had the fingerprint first, 0 when none had."""
        keys, lines, mask = self._keys, self._lines, self._mask
        at = (key ^ key >> 32) & mask
        while lines[at]:
            if keys[at] == key:
                return lines[at]
            at = (at + 1) & mask
        return 0

    def add(self, key: int, line: int) -> None:
        """Remember the line, unless an earlier one is remembered."""
        keys, lines, mask = self._keys, self._lines, self._mask
        at = (key ^ key >> 32) & mask
        while lines[at]:
            if keys[at] == key:
                return
            at = (at + 1) & mask
        keys[at], lines[at] = key, line
        self._room -= 1
        if not self._room:
            self._make(2 * (mask + 1))
            for old_key, old_line in zip(keys, lines, strict=True):
                if old_line:
                    self.add(old_key, old_line)
