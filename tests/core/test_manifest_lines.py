"""On which line of a TOML text each key stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sublet.core.manifest.lines import Lines
from tests.core.manifests import EXAMPLES
from tests.thorough import examples

TRICKY = r"""# comment with [brackets] and key = "value"
title = "a # b" # not = this
"quoted key" = 1
'literal key' = 2
"esc\u0061ped" = 3
a.b . c = 4
a."d.e" = 5
[table] # heading
text = ^^^
[not.a.table]
key = "inside" \
   \^^^
^^^"
literal = ~~~
[[neither]]
it''s + ^^^~~~
list = [ # comment ]
  1, [2, 3],
  { x = 1, y.z = [4] }, # }
  "]",
  ~~~
  ,~~~,
]
date = 1979-05-27 07:32:00
[[entries]]
name = "first"
[entries.sub]
deep = 1
[[entries.list]]
n = 1
[[entries.list]]
n = 2
[[entries]]
name = "second"
[[entries.list]]
n = 3
[table.below]
end = true
""".replace("~~~", "'''").replace("^^^", '"' * 3)


def test_every_way_to_write_a_key_is_found() -> None:
    tomllib.loads(TRICKY)
    lines = Lines(TRICKY)
    expected: dict[tuple[str | int, ...], int] = {
        ("title",): 2,
        ("quoted key",): 3,
        ("literal key",): 4,
        ("escaped",): 5,
        ("a",): 6,
        ("a", "b"): 6,
        ("a", "b", "c"): 6,
        ("a", "d.e"): 7,
        ("table",): 8,
        ("table", "text"): 9,
        ("table", "literal"): 14,
        ("table", "list"): 17,
        ("table", "list", 0): 18,
        ("table", "list", 1): 18,
        ("table", "list", 1, 0): 18,
        ("table", "list", 1, 1): 18,
        ("table", "list", 2): 19,
        ("table", "list", 2, "x"): 19,
        ("table", "list", 2, "y"): 19,
        ("table", "list", 2, "y", "z"): 19,
        ("table", "list", 2, "y", "z", 0): 19,
        ("table", "list", 3): 20,
        ("table", "list", 4): 21,
        ("table", "date"): 24,
        ("entries",): 25,
        ("entries", 0): 25,
        ("entries", 0, "name"): 26,
        ("entries", 0, "sub"): 27,
        ("entries", 0, "sub", "deep"): 28,
        ("entries", 0, "list"): 29,
        ("entries", 0, "list", 0): 29,
        ("entries", 0, "list", 0, "n"): 30,
        ("entries", 0, "list", 1): 31,
        ("entries", 0, "list", 1, "n"): 32,
        ("entries", 1): 33,
        ("entries", 1, "name"): 34,
        ("entries", 1, "list"): 35,
        ("entries", 1, "list", 0): 35,
        ("entries", 1, "list", 0, "n"): 36,
        ("table", "below"): 37,
        ("table", "below", "end"): 38,
    }
    assert lines.known() == expected


def test_what_is_not_there_is_told_by_what_is_around_it() -> None:
    lines = Lines('a = 1\n[[entries]]\nname = "x"\n')
    assert lines.of(("entries", 0, "missing")) == 2
    assert lines.of(("entries", 7, "missing")) == 2
    assert lines.of(("nowhere",)) == 1
    assert lines.of(()) == 1


def test_windows_line_ends_and_unusual_separators_do_not_shift_lines() -> None:
    assert Lines("a = 1\r\nb = '\u2028'\r\nc = 3").known() == {("a",): 1, ("b",): 2, ("c",): 3}


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from _paths(item, (*path, key))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_key_of_an_example_is_found_on_its_line(path: Path) -> None:
    """Renaming the key on the line that was told makes just that key vanish from what the text means."""
    text = path.read_text("utf-8")
    data = tomllib.loads(text)
    lines = Lines(text)
    wanted = set(_paths(data))
    assert set(lines.known()) == wanted
    rows = text.split("\n")
    for place in wanted:
        row = rows[lines.of(place) - 1]
        name = place[-1]
        if isinstance(name, str):
            assert re.search(rf"(?:^|[\s{{,.\[]){re.escape(name)}(?:\s*=|\])", row), (place, row)
    for place in [p for p in sorted(wanted, key=str) if len(p) == 3 and isinstance(p[1], int)][::17]:
        kind, position, key = str(place[0]), place[1], str(place[2])
        changed = list(rows)
        at = lines.of(place) - 1
        changed[at] = re.sub(rf"^(\[\[?\w+\.)?{key}\b", r"\1zzz", changed[at])
        renamed = tomllib.loads("\n".join(changed))[kind][position]
        assert set(renamed) == (set(data[kind][position]) - {key}) | {"zzz"}, place


_WORDS = st.sampled_from(["a", "b", "c", "key", "x-1"])
_TOML_VALUES = st.sampled_from(
    ["1", "true", '"t # ["', "'''\nx = 1\n'''", '"""\n[y]\n\\""""', "[]", "[1,\n 2]", "{ p = 1, q.r = [{ s = 2 }] }"]
)


@given(st.lists(st.tuples(_WORDS, st.lists(st.tuples(_WORDS, _TOML_VALUES, st.integers(0, 2)), max_size=4))))
def test_the_line_told_is_the_line_written(tables: list[tuple[str, list[tuple[str, str, int]]]]) -> None:
    """A writer that knows where it writes, with blank lines, comments and values over several lines between."""
    text = ""
    expected: dict[tuple[str | int, ...], int] = {}
    counts: dict[str, int] = {}
    for name, pairs in tables:
        position = counts.get(name, 0)
        counts[name] = position + 1
        expected[(name, position)] = text.count("\n") + 1
        text += f"[[{name}]]\n"
        written: set[str] = set()
        for key, value, blank in pairs:
            if key in written:
                continue
            written.add(key)
            text += "\n" * blank + "# [c] = {\n" * (blank % 2)
            expected[(name, position, key)] = text.count("\n") + 1
            text += f"{key} = {value}\n"
    tomllib.loads(text)
    lines = Lines(text)
    assert {path: lines.of(path) for path in expected} == expected


_FRAGMENTS = st.lists(
    st.sampled_from(
        ["[", "]", "[[", "]]", "{", "}", "=", ".", ",", '"', "'", '"""', "'''", "\\", "#", "\n", "\r\n", " ", "a", "1"]
    ),
    max_size=60,
).map("".join)


@settings(max_examples=examples(300))
@given(st.one_of(st.text(), _FRAGMENTS))
def test_no_text_makes_it_fail(text: str) -> None:
    lines = Lines(text)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.known().values())


@settings(max_examples=examples(300))
@given(_FRAGMENTS)
def test_it_finds_every_key_of_any_text_that_is_toml(text: str) -> None:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(Lines(text).known()) == set(_paths(data))


@pytest.mark.parametrize("text", ["[" * 100_000, "a = " + "[" * 100_000, "a = " + "{b=" * 50_000, "a." * 100_000])
def test_nesting_without_end_is_left_alone(text: str) -> None:
    assert Lines(text).of(("a", "b")) == 1
