"""What the import contracts cannot see: owners of tables, rights of views, reasons of exceptions, documents."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from sublet.foundation.journal.events import EVENTS
from sublet.foundation.scope import TenantModel
from sublet.foundation.settings import SETTINGS

TOP = Path(__file__).resolve().parents[2]
SOURCE = TOP / "src" / "sublet"

#: Tables that belong to no account, each with its reason. A name that no longer exists fails the test.
WITHOUT_OWNER = {
    "IdempotentAnswer": "keeps a plain account id: foundation knows no accounts; read by that id and a hashed key",
    "InvariantState": "what the last look at the installation's invariants found",
    "JournalEntry": "keeps a plain account id, because it outlives accounts; read by journal.queries only",
    "JournalSeal": "keeps a plain account id, as the journal; read by journal.seals only",
    "Job": "the machine's work; keeps a plain account id",
    "Schedule": "the installation's own clockwork",
    "Worker": "a process of the installation",
    "User": "a person belongs to no account; collaborators say where it may work",
    "PersonLink": "a one-time link to a person, read by its hash alone",
    "LogIn": "a person's own, read by the person or by the key of its browser session",
    "Pseudonym": "belongs to a person, whatever the account; read by the journal only",
    "Throttle": "counts of attempts by hashed key",
    "Section": "the vendor's product manifest, the same for every account",
    "RolePreset": "the vendor's product manifest, the same for every account",
    "ManifestVersion": "the vendor's product manifest, the same for every account",
    "OfferItem": "what the vendor's product offers, the same for every account",
    "BasisRuled": "what the vendor says of its plans, the same for every account",
    "SigningKey": "the installation's own; signs for every host",
    "EntitlementClock": "one number that says how many answers have changed",
    "BrandGeneration": "one number that tells processes to read hosts anew",
    "TrialIdentity": "holds for all accounts, and for those that are gone; a keyed digest, no address",
    "MaintenanceState": "whether the whole installation is closed for maintenance",
}
OURS = ("sublet.",)


def test_every_table_has_an_owner_or_a_reason() -> None:
    models = [model for model in apps.get_models() if model.__module__.startswith(OURS)]
    ownerless = {model.__name__ for model in models if not issubclass(model, TenantModel)}
    assert ownerless == set(WITHOUT_OWNER)


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        else:
            yield route, entry


@pytest.mark.parametrize("urlconf", ["sublet.config.urls_brand", "sublet.config.urls_main"])
def test_every_view_names_its_right(urlconf: str) -> None:
    nameless = [
        route
        for route, pattern in patterns(get_resolver(urlconf))
        if not getattr(pattern.callback, "needs", "") and not route.startswith("api/")
    ]
    assert nameless == []


@pytest.mark.parametrize("urlconf", ["sublet.config.urls_brand", "sublet.config.urls_main"])
def test_every_address_has_a_name(urlconf: str) -> None:
    assert [route for route, pattern in patterns(get_resolver(urlconf)) if not pattern.name] == []


def python_files() -> list[Path]:
    return [path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts]


UNSCOPED = re.compile(r"\.unscoped\.")
PAST = re.compile(r"\._default_manager|\._base_manager|\.raw\(|connection\.cursor\(|get_model\(")


def without_reason(text: str, passes: re.Pattern[str], reason: str) -> list[int]:
    """Lines that pass the scope by without saying why in the three lines before, or on the same."""
    lines = text.splitlines()
    return [
        number + 1
        for number, line in enumerate(lines)
        if passes.search(line) and reason not in "\n".join(lines[max(0, number - 3) : number + 1])
    ]


def silent_lines(passes: re.Pattern[str], reason: str) -> list[str]:
    return [
        f"{path.relative_to(TOP)}:{number}"
        for path in python_files()
        for number in without_reason(path.read_text(encoding="utf-8"), passes, reason)
    ]


def test_every_unscoped_query_gives_its_reason() -> None:
    assert silent_lines(UNSCOPED, "unscoped:") == []


def test_no_model_is_read_past_its_scope() -> None:
    """`_default_manager`, `_base_manager` and raw SQL pass the scope by; each use says why."""
    assert silent_lines(PAST, "past the scope:") == []


def test_the_checks_see_a_query_past_its_scope() -> None:
    """X5, positive control: what the two tests above look for is found, with and without its reason."""
    text = "\n".join(
        (
            "rows = Account.unscoped.filter(id=1)",
            "x = 1", "x = 1", "x = 1", "x = 1",
            "# unscoped: the person's own places",
            "rows = Account.unscoped.filter(id=1)",
            "with connection.cursor() as cursor: ...",
            "rows = Account.objects.raw('SELECT 1')",
            "# past the scope: counts alone leave",
            "rows = Account._base_manager.all()",
        )
    )  # fmt: skip
    assert without_reason(text, UNSCOPED, "unscoped:") == [1]
    assert without_reason(text, PAST, "past the scope:") == [8, 9]


def test_every_exception_to_a_check_gives_its_reason() -> None:
    """`noqa` and `type: ignore` are followed by words."""
    bare = re.compile(r"#\s*(noqa(?::\s*[A-Z0-9, ]+)?|type:\s*ignore(?:\[[^\]]*\])?)\s*$")
    found = [
        f"{path.relative_to(TOP)}:{number}"
        for path in python_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if bare.search(line)
    ]
    assert found == []


def test_no_file_is_too_long_without_a_reason() -> None:
    long = {
        str(path.relative_to(TOP)): count
        for path in python_files()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 500
    }
    assert long == {}


def test_every_write_takes_actor_and_instant() -> None:
    """Public functions of `operations` are keyword-only and name `actor` and `at`."""
    #: Where there is no actor yet, or the function is not a use case of its own.
    exempt = {
        "bump_generation": "a step of other writes",
        "follow_up": "a step of record()",
        "record": "takes the event first",
        "note_impersonated_request": "the guard's own record; the impersonation names who",
    }
    wrong = []
    for path in python_files():
        if "operations" not in path.parts and path.stem != "operations":
            continue
        if "portals" in path.parts or "core" in path.parts:
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or node.name in exempt:
                continue
            names = {argument.arg for argument in node.args.kwonlyargs}
            if "at" in names and ("actor" in names or "host" in names) and not node.args.args:
                continue
            writes = any(isinstance(inner, ast.Attribute) and inner.attr == "atomic" for inner in ast.walk(node))
            if writes:
                wrong.append(f"{path.relative_to(TOP)}: {node.name}")
    assert wrong == []


def test_every_event_and_setting_is_documented() -> None:
    assert headings("events.md") == {"# Events", *(f"## {name}" for name in EVENTS)}
    assert headings("settings.md") == {"# Settings", *(f"## {setting.name}" for setting in SETTINGS)}


def headings(page: str) -> set[str]:
    text = (TOP / "docs/reference" / page).read_text(encoding="utf-8")
    return {line for line in text.splitlines() if line.startswith("#")}


def test_the_project_speaks_of_itself_alone() -> None:
    """No source the ideas came from, and no machine, is named."""
    words = re.compile(r"goodbarber|supersaas|systeme\.io|sharpspring|/work/|/root/|\.pyenv", re.IGNORECASE)
    suffixes = {".py", ".html", ".txt", ".md", ".toml", ".sh", ".css", ".js", ".mjml", ".po", ".yml", ".json"}
    found = [
        str(path.relative_to(TOP))
        for folder in ("src", "docs", "tests", "scripts", "examples", "bench")
        for path in (TOP / folder).rglob("*")
        if path.suffix in suffixes
        and "vendor" not in path.parts
        and path != Path(__file__).resolve()
        and words.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []
