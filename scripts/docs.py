"""The generated pages of docs/reference: settings, events, rights, the API, and the JSON Schema of a product manifest.

python scripts/docs.py          write them; refuses a change of the API that would break those who use it
python scripts/docs.py break    write them all the same: before a first release, or for a new version of the API
python scripts/docs.py check    fail when one differs from what the code says
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from dataclasses import Field, fields
from inspect import cleandoc
from pathlib import Path

import django

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from scripts import rights_page
from scripts.api_changes import breaking_changes
from sublet.core.manifest.schema import json_schema_text
from sublet.foundation.journal.events import EVENTS, Event
from sublet.foundation.settings import SETTINGS, Setting
from sublet.portals.api.document import document
from sublet.portals.api.document_webhooks import page as webhooks_page
from sublet.portals.api.reference import markdown

REFERENCE = TOP / "docs" / "reference"
KINDS = {
    "text": "text",
    "int": "whole number",
    "bool": "`yes` or `no`",
    "list": "words, separated by commas",
    "path": "path of a folder",
}


def settings_page() -> str:
    head = """\
# Settings

Read once, from the environment, when a process starts; a wrong or unknown one ends it with a sentence that names it.
A value may also come from a file: `SUBLET_SECRET_KEY_FILE=/run/secrets/key` reads the key from there.
"""
    return "\n".join([head, *map(_setting, SETTINGS)])


def _setting(setting: Setting) -> str:
    if setting.required:
        default = "must be set"
    else:
        default = f"default `{setting.default}`" if setting.default else "empty by default"
    secret = "; secret" if setting.secret else ""
    return f"## {setting.name}\n\n{setting.sentence}\n\n*{KINDS[setting.kind]}; {default}{secret}*\n"


def events_page() -> str:
    for path in sorted((TOP / "src/sublet").glob("**/events.py")):
        importlib.import_module(".".join(path.relative_to(TOP / "src").with_suffix("").parts))
    head = """\
# Events

What the journal records, what histories show and what webhooks send. The fields are plain JSON values, as they were when
it happened. Each entry also says who, for which account, when, and through what.
"""
    return "\n".join([head, *(_event(EVENTS[name]) for name in sorted(EVENTS))])


def _event(cls: type[Event]) -> str:
    promise = cleandoc(cls.__doc__ or "")
    rows = [f"| `{field.name}` | `{_type(field)}` |" for field in fields(cls)]  # type: ignore[arg-type]  # every registered event is a dataclass
    table = "\n".join(["| field | type |", "| --- | --- |", *rows, ""]) if rows else "No fields.\n"
    return f"## {cls.NAME}\n\n{promise}\n\n> {cls.SENTENCE}\n\n{table}"


def _type(field: Field[object]) -> str:
    written = field.type if isinstance(field.type, str) else field.type.__name__
    return written.replace("|", "\\|")


def openapi_text() -> str:
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def api_page() -> str:
    return markdown(document())


PAGES = {
    "api.md": api_page,
    "openapi.json": openapi_text,
    "settings.md": settings_page,
    "events.md": events_page,
    "webhooks.md": webhooks_page,
    "rights.md": rights_page.text,
    "manifest.schema.json": json_schema_text,
}


def stale() -> list[str]:
    """The pages that differ from what the code says."""
    return [
        name
        for name, text in PAGES.items()
        if not (REFERENCE / name).is_file() or (REFERENCE / name).read_text(encoding="utf-8") != text()
    ]


def broken() -> list[str]:
    """What the API's published document promises and the code no longer keeps."""
    published = REFERENCE / "openapi.json"
    return (
        breaking_changes(json.loads(published.read_text(encoding="utf-8")), document()) if published.is_file() else []
    )


def main(arguments: list[str]) -> int:
    match arguments:
        case [] | ["break"]:
            faults = [] if arguments else broken()
            for fault in faults:
                print(f"The API would break for those who use it: {fault}.")
            if faults:
                return 1
            REFERENCE.mkdir(parents=True, exist_ok=True)
            for name, text in PAGES.items():
                (REFERENCE / name).write_text(text(), encoding="utf-8")
            return 0
        case ["check"]:
            old = stale()
            for name in old:
                print(f"docs/reference/{name} differs from the code: run `make docs`.")
            return int(bool(old))
        case _:
            print(__doc__)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
