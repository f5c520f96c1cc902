"""The catalogs of the six languages: `python -m bookings.catalogs` renews them from the sources and says what is missing.

python -m bookings.catalogs                 # renew, and count what is missing
python -m bookings.catalogs todo it         # what is missing, as JSON: {"text": ""} or {"text": ["", ""]} for one and many
python -m bookings.catalogs fill it FILE    # put in what such a file says
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from bookings.i18n import LANGUAGES, LOCALE

SOURCES = Path(__file__).parent
#: `fault` names a field first; `say` and `says` belong to `Words`.
KEYWORDS = {"say": None, "says": (1, 2), "fault": (2,), "_": None, "ngettext": (1, 2)}


def extracted() -> Catalog:
    """All texts of the product, with the files in which they stand."""
    catalog = Catalog(project="bookings", charset="utf-8", header_comment="# Texts of bookings.")
    files = sorted([*SOURCES.rglob("*.py"), *SOURCES.rglob("*.html")])
    for file in files:
        method = "python" if file.suffix == ".py" else "jinja2.ext:babel_extract"
        options = (
            {"trimmed": "true", "silent": "false", "extensions": "jinja2.ext.i18n"} if file.suffix == ".html" else {}
        )
        with file.open("rb") as source:
            for _line, text, comments, context in extract(method, source, KEYWORDS, (), options):
                # No numbers of lines: they would change with every change.
                catalog.add(
                    text, locations=[(file.relative_to(SOURCES).as_posix(), 0)], auto_comments=comments, context=context
                )
    return catalog


def read(language: str) -> Catalog:
    """The catalog of a language as it stands."""
    file = LOCALE / f"{language}.po"
    if not file.exists():
        return Catalog(locale=language, charset="utf-8", header_comment="# Texts of bookings.")
    with file.open("rb") as source:
        return read_po(source, locale=language)


def renewed(language: str) -> Catalog:
    """The same with the texts of today: new ones empty, those that are gone left out; nothing is guessed."""
    catalog = read(language)
    catalog.update(extracted(), no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    return catalog


def written(catalog: Catalog) -> bytes:
    """As it stands in the file."""
    target = io.BytesIO()
    write_po(target, catalog, width=120, sort_output=True, omit_header=False, include_lineno=False)
    lines = target.getvalue().split(b"\n")
    dates = (
        b'"POT-Creation-Date',
        b'"PO-Revision-Date',
        b'"Generated-By',
        b'"Last-Translator',
        b'"Language-Team',
        b'"Report-Msgid',
    )
    return b"\n".join(line for line in lines if not line.startswith(dates))


def strings_of(message: Message) -> tuple[str, ...]:
    """A translation, or its forms; an empty one is missing."""
    told = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
    return tuple(each or "" for each in told)


def missing(catalog: Catalog) -> list[Message]:
    """Texts without a translation, or with one of which a form is missing."""
    return [each for each in catalog if each.id and not all(strings_of(each))]


def languages() -> tuple[str, ...]:
    """Those that have a catalog: English is what stands in the sources."""
    return tuple(each for each in LANGUAGES if each != "en")


def main(words: list[str]) -> int:
    """The exit code: 1 when something is missing."""
    if words[:1] == ["todo"]:
        todo = {
            (each.id if isinstance(each.id, str) else each.id[0]): (
                list(each.id) if not isinstance(each.id, str) else ""
            )
            for each in missing(renewed(words[1]))
        }
        print(json.dumps(todo, ensure_ascii=False, indent=1))
        return 0
    if words[:1] == ["fill"]:
        catalog = renewed(words[1])
        for text, translation in json.loads(Path(words[2]).read_text("utf-8")).items():
            message = catalog.get(text)
            if message is None:
                print(f"{words[1]}: there is no {text!r}")
                continue
            # Languages with a form of their own for millions have the same word there.
            forms = (
                [*translation, *translation[-1:] * 9][: catalog.num_plurals] if isinstance(translation, list) else ()
            )
            message.string = tuple(forms) or translation
        (LOCALE / f"{words[1]}.po").write_bytes(written(catalog))
        return 0
    left = 0
    for language in languages():
        catalog = renewed(language)
        (LOCALE / f"{language}.po").write_bytes(written(catalog))
        left += len(missing(catalog))
        print(f"{language}: {len(missing(catalog))} of {len(catalog)} are missing.")
    return int(left > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
