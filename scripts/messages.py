"""The translations: collect the texts, merge them into the catalogs, compile them, and say what is missing.

    python scripts/messages.py update    collect and merge (new texts come in empty, old ones go)
    python scripts/messages.py compile   write the .mo files that run
    python scripts/messages.py check     fail on a missing, stale, unsure or broken translation
    python scripts/messages.py todo LANG print the texts without translation as JSON
    python scripts/messages.py fill LANG FILE   take translations from a JSON object {key: text or [one, many]}

No GNU gettext is needed: Babel reads Python, Django's own lexer turns templates into something like it.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

TOP = Path(__file__).resolve().parent.parent
SOURCE = TOP / "src" / "sublet"
LOCALE = SOURCE / "locale"
LANGUAGES = ("it", "sq", "nl", "fr", "pt")
PLURALS = {
    "fr": "nplurals=2; plural=(n > 1);",
    **dict.fromkeys(("it", "sq", "nl", "pt"), "nplurals=2; plural=(n != 1);"),
}
#: In French “de Anna” is wrong and “d’Rosa” as well: nobody knows the name beforehand.
ELIDED = re.compile(
    r"(?<![\w’])(?:de|que)[ \xa0]%\((?:account|actor|agency|brand|client|company|email|group|inviter|owner|person|reseller|staff"
    r"|visitor|who)\)s"
)
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_CALL = re.compile(r"\b(_|gettext|ngettext|pgettext|npgettext)\(")
#: French sets a space inside its quotes and before these signs; an ordinary one lets the sign begin the next line.
_LOOSE = re.compile(r"(?<=«) | (?=[:;?!»])")
#: One kind of quotation marks for a language: two kinds on one page look like two meanings.
QUOTES = {"fr": ("«\u202f", "\u202f»"), "it": ("«", "»"), "nl": ("“", "”"), "pt": ("«", "»"), "sq": ("“", "”")}
#: Something in quotation marks of any kind; a closing single one before a letter is an apostrophe.
_QUOTED = re.compile(r"“([^“”]*)”|„([^„“”]*)[“”]|«([^«»]*)»|‘((?:[^‘’]|’(?=\w))*)’")
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%|\{(\w*)\}")

Found = tuple[str, int, str | tuple[str, ...], str | None]


def from_python(path: Path) -> Iterator[Found]:
    with path.open("rb") as file:
        for line, message, _comments, context in extract("python", file, keywords=KEYWORDS):
            yield str(path.relative_to(TOP)), line, message, context


def from_template(path: Path) -> Iterator[Found]:
    text = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    for match in _CALL.finditer(text):
        arguments = _arguments(text, match.start())
        line = text.count("\n", 0, match.start()) + 1
        name, context = match[1], None
        if name in {"pgettext", "npgettext"}:
            context, *arguments = arguments
        message = tuple(arguments[:2]) if name in {"ngettext", "npgettext"} else arguments[0]
        yield str(path.relative_to(TOP)), line, message, context


def _arguments(text: str, start: int) -> list[str]:
    end = text.find(")", start)
    while end != -1:
        try:
            call = ast.parse(text[start : end + 1], mode="eval").body
        except SyntaxError:
            end = text.find(")", end + 1)
            continue
        if isinstance(call, ast.Call):
            return [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        break
    raise SystemExit(f"a text could not be read near: {text[start : start + 80]!r}")


def collect() -> Catalog:
    """Every text of the product, by file and line, in a stable order."""
    catalog = Catalog(fuzzy=False)
    for path in sorted(SOURCE.rglob("*")):
        if "locale" in path.parts or "static" in path.parts or "migrations" in path.parts:
            continue
        if path.suffix == ".py":
            found = from_python(path)
        elif path.suffix in {".html", ".txt", ".mjml"} and "templates" in path.parts:
            found = from_template(path)
        else:
            continue
        for where, _line, message, context in found:
            if isinstance(message, tuple) and len(message) == 1:
                message = message[0]
            if message and (isinstance(message, tuple) or message.strip()):
                catalog.add(message, locations=[(where, 0)], context=context)
    return catalog


def catalog_path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def load(language: str) -> Catalog:
    path = catalog_path(language)
    if not path.exists():
        return Catalog(locale=language, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def save(language: str, catalog: Catalog) -> None:
    path = catalog_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(
            file, catalog, width=120, sort_output=True, omit_header=False, include_lineno=False, ignore_obsolete=True
        )
    # Babel stamps each writing with its time and version; the catalogs change only when a text does.
    kept = [
        line
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True)
        if not re.match(
            r'^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By|Report-Msgid)', line
        )
        and not re.match(r"^# (Translations template|Copyright|This file|FIRST AUTHOR)|^#\n", line)
    ]
    path.write_text("".join(kept), encoding="utf-8")


def key_of(message: Message) -> tuple[str, str | None]:
    return (message.id[0] if isinstance(message.id, (tuple, list)) else message.id, message.context)


def update() -> None:
    template = collect()
    for language in LANGUAGES:
        old = {key_of(m): m for m in load(language) if m.id}
        new = Catalog(locale=language, fuzzy=False, charset="utf-8")
        # Not what this year's Babel says of the language: texts would lack a form that Django's own do not have either.
        new.mime_headers = [("Plural-Forms", PLURALS[language])]
        for message in template:
            if not message.id:
                continue
            before = old.get(key_of(message))
            kept = before.string if before is not None and _same_shape(before, message) else None
            empty: str | tuple[str, str] = ("", "") if message.pluralizable else ""
            if kept is not None:
                told = [bound(language, text) for text in _texts(kept)]
                kept = tuple(told) if message.pluralizable else told[0]
            new.add(message.id, kept or empty, locations=message.locations, context=message.context)
        save(language, new)


def bound(language: str, text: str) -> str:
    """The text in its language's quotation marks, and with spaces at which no line breaks where it needs them."""
    first, last = QUOTES[language]
    text = _QUOTED.sub(lambda found: f"{first}{found.group(found.lastindex or 0).strip()}{last}", text)
    if language != "fr":
        return text
    return _LOOSE.sub(lambda found: "\u00a0" if text[found.end() : found.end() + 1] == ":" else "\u202f", text)


def _same_shape(one: Message, other: Message) -> bool:
    return one.pluralizable == other.pluralizable and not one.fuzzy


def compile_all() -> None:
    for language in LANGUAGES:
        catalog = load(language)
        target = catalog_path(language).with_suffix(".mo")
        target.parent.mkdir(parents=True, exist_ok=True)
        spare = target.with_suffix(".new")
        with spare.open("wb") as file:
            write_mo(file, catalog)
        spare.replace(target)


def _texts(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, (tuple, list)) else [str(value or "")]


def placeholders(text: str) -> set[str]:
    return {a or b for a, b in _PLACEHOLDER.findall(text) if a or b}


def faults(language: str, template: Catalog) -> list[str]:
    """What is wrong with one language's catalog, a sentence each."""
    catalog = load(language)
    known = {key_of(m): m for m in catalog if m.id}
    wanted = {key_of(m): m for m in template if m.id}
    found = [f"{language}: not in the catalog: {key[0]!r}" for key in wanted.keys() - known.keys()]
    found += [f"{language}: no longer used: {key[0]!r}" for key in known.keys() - wanted.keys()]
    for key in wanted.keys() & known.keys():
        message = known[key]
        if message.fuzzy:
            found.append(f"{language}: unsure: {key[0]!r}")
        if _texts(message.id) != _texts(wanted[key].id):
            found.append(f"{language}: the plural changed: {key[0]!r}")
        if not all(text.strip() for text in _texts(message.string)):
            found.append(f"{language}: missing: {key[0]!r}")
            continue
        allowed = set().union(*(placeholders(text) for text in _texts(message.id)))
        needed = set.intersection(*(placeholders(text) for text in _texts(message.id)))
        for text in _texts(message.string):
            names = placeholders(text)
            if not needed <= names <= allowed:
                found.append(f"{language}: placeholders differ: {key[0]!r} → {text!r}")
            if bound(language, text) != text:
                found.append(
                    f"{language}: quotation marks, or a line that breaks before a sign; `make messages` mends it: {text!r}"
                )
            if language == "fr" and ELIDED.search(text):
                found.append(f"fr: before a name, “de” and “que” may lose a letter; say it without: {text!r}")
            source = _texts(message.id)[-1]
            if source.startswith("\n") != text.startswith("\n") or source.endswith("\n") != text.endswith("\n"):
                found.append(f"{language}: line breaks at the ends differ: {key[0]!r}")
    return sorted(found)


def check() -> int:
    template = collect()
    all_faults = [fault for language in LANGUAGES for fault in faults(language, template)]
    for fault in all_faults[:60]:
        print(fault)
    total = sum(1 for m in template if m.id)
    if all_faults:
        print(
            f"{len(all_faults)} faults in the translations of {total} texts. `make messages` collects; then translate."
        )
        return 1
    print(f"Translations are complete: {total} texts in {len(LANGUAGES) + 1} languages.")
    return 0


def todo(language: str) -> None:
    rows = {}
    for message in load(language):
        if message.id and not all(text.strip() for text in _texts(message.string)):
            key = json.dumps([*_texts(message.id), message.context], ensure_ascii=False)
            rows[key] = ["", ""] if message.pluralizable else ""
    print(json.dumps(rows, ensure_ascii=False, indent=0))


def fill(language: str, file: str) -> None:
    given = json.loads(Path(file).read_text(encoding="utf-8"))
    catalog = load(language)
    for message in catalog:
        if message.id:
            key = json.dumps([*_texts(message.id), message.context], ensure_ascii=False)
            if given.get(key):
                message.string = tuple(given[key]) if message.pluralizable else given[key]
    save(language, catalog)


def main(arguments: list[str]) -> int:
    match arguments:
        case ["update"]:
            update()
        case ["compile"]:
            compile_all()
        case ["check"]:
            return check()
        case ["todo", language]:
            todo(language)
        case ["fill", language, file]:
            fill(language, file)
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
