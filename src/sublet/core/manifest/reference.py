"""The generated half of the reference page: every key of a manifest with type, meaning and example."""

from __future__ import annotations

from typing import assert_never

from sublet.core.manifest.keys import MANIFEST
from sublet.core.manifest.shapes import (
    PRODUCT_CURRENCY,
    Address,
    Amount,
    Entry,
    FeatureValues,
    Flag,
    Key,
    ListOf,
    NamesShape,
    Record,
    Ref,
    Rights,
    Shape,
    Text,
    Whole,
    Word,
)
from sublet.core.manifest.words import CURRENCIES, ICONS, LARGEST_NUMBER, LEVELS


def reference_keys() -> str:
    """Markdown with a heading `## record` for each table and `### record.key` for each of its keys, and the word lists."""
    records = [_record(record) for record in _records(MANIFEST, [])]
    icons = ", ".join(f"`{icon}`" for icon in ICONS)
    words = f"## Icons\n\n{icons}\n\n## Currencies\n\nISO 4217: {', '.join(CURRENCIES)}.\n"
    return "\n".join([*records, words])


def _records(record: Record, found: list[Record]) -> list[Record]:
    """This table and all that stand in it, each once, in the order in which a reader meets them."""
    if record not in found:
        found.append(record)
        for entry in record.entries:
            inner = entry.shape.item if isinstance(entry.shape, ListOf) else entry.shape
            if isinstance(inner, Record):
                _records(inner, found)
    return found


def _record(record: Record) -> str:
    parts = [f"## {record.name}", "", record.title, ""]
    if record is MANIFEST:
        parts += ["### manifest.manifest", "", "- Type: the number 1; required", "- Meaning: The format of the file."]
        parts += ["- Example: `manifest = 1`", ""]
    for entry in record.entries:
        parts += [f"### {record.name}.{entry.key}", "", *_entry(entry), ""]
    return "\n".join(parts)


def _entry(entry: Entry) -> list[str]:
    lines = [f"- Type: {_type(entry.shape)}; {_presence(entry)}", f"- Meaning: {entry.meaning}"]
    if entry.only_when:
        other, words = entry.only_when
        where = " or ".join(f"`{word}`" for word in words)
        needed = ", and is needed there" if entry.needed else ""
        lines.append(f"- Only where `{other}` is {where}{needed}")
    return [*lines, f"- Example: `{entry.example}`"]


def _presence(entry: Entry) -> str:
    if entry.required:
        return "required"
    if entry.default is PRODUCT_CURRENCY:
        return "without it, the currency of the product"
    match entry.default:
        case bool():
            return f"without it, `{str(entry.default).lower()}`"
        case int() | str():
            return f"without it, `{entry.default}`"
        case tuple() if entry.default:
            words = ", ".join(f'"{word}"' if isinstance(word, str) else str(word) for word in entry.default)
            return f"without it, `[{words}]`"
    return "may be left out"


def _type(shape: Shape) -> str:
    match shape:
        case Text():
            return f"text of at most {shape.longest} characters"
        case Key():
            return f"key: a to z, 0 to 9 and _, beginning with a letter, at most {shape.longest} characters"
        case Address():
            return f"address template of at most {shape.longest} characters"
        case NamesShape():
            return f"text in six languages, each of at most {shape.longest} characters"
        case Flag():
            return "true or false"
        case Whole():
            return f"whole number {_bounds(shape.least, shape.most)}"
        case Amount():
            return f"whole number {_bounds(shape.least, shape.most)}, or `unlimited`"
        case Word():
            return (
                f"one of the [{shape.title}](#{shape.title})"
                if shape.title
                else " or ".join(f"`{w}`" for w in shape.words)
            )
        case Ref():
            return f"key of one of the `{shape.kind}`"
        case FeatureValues():
            return "table from keys of `features` to true or false, a whole number, or a text"
        case Rights():
            return f"table from keys of `sections` to {' or '.join(f'`{level}`' for level in LEVELS)}"
        case ListOf():
            return f"list of at most {shape.most}: {_type(shape.item)}"
        case Record():
            return f"table [{shape.name}](#{shape.name})"
        case _:  # pragma: no cover - mypy proves that nothing is left
            assert_never(shape)


def _bounds(least: int, most: int) -> str:
    return f"from {least}" if most == LARGEST_NUMBER else f"from {least} to {most}"
