"""Many lines of a file as a short text, to be kept in JSON."""

from __future__ import annotations

import base64
import zlib
from array import array
from collections.abc import Collection
from itertools import accumulate


def pack_lines(lines: Collection[int]) -> str:
    """Numbers of lines as a short text: a hundred thousand rows that are left out take some kilobytes."""
    if not lines:
        return ""
    steps, before = array("I"), 0
    for line in sorted(lines):
        steps.append(line - before)
        before = line
    return base64.b85encode(zlib.compress(steps.tobytes(), 6)).decode("ascii")


def unpack_lines(packed: str) -> frozenset[int]:
    """What `pack_lines` made."""
    if not packed:
        return frozenset()
    steps: array[int] = array("I")
    steps.frombytes(zlib.decompress(base64.b85decode(packed)))
    return frozenset(accumulate(steps))
