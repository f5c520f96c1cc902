"""`sublet manifest check|diff|load`: a product manifest on the command line. `check` needs neither Django nor a database."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sublet.core.manifest import LARGEST_FILE, Manifest, ManifestErrors, parse_manifest_bytes
from sublet.foundation.settings import WrongSetting

if TYPE_CHECKING:
    from sublet.catalog.queries import ManifestPreview
    from sublet.foundation.actor import Actor


def _read(name: str) -> bytes:
    """The file, or the standard input for ``-``. One byte more than allowed is enough to know."""
    try:
        if name == "-":
            return sys.stdin.buffer.read(LARGEST_FILE + 1)
        with Path(name).open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as fault:
        raise WrongSetting(f"{name} cannot be read: {fault.strerror}.") from fault


def _tell(fault: ManifestErrors) -> int:
    for problem in fault.problems:
        print(problem.sentence())
    return 1


def _summary(manifest: Manifest) -> str:
    product = manifest.product
    parts = [
        (len(manifest.sections), "section", "sections"),
        (len(manifest.role_presets), "role preset", "role presets"),
        (len(manifest.plans), "plan", "plans"),
        (len(manifest.add_ons), "add-on", "add-ons"),
    ]
    counted = ", ".join(f"{number} {one if number == 1 else many}" for number, one, many in parts)
    return f"{product.name.en} {product.version}: {counted}"


def check(arguments: argparse.Namespace) -> int:
    """Every problem as ``file:line: key: sentence``, or one line that says what is declared."""
    try:
        manifest = parse_manifest_bytes(_read(arguments.file), file=arguments.file)
    except ManifestErrors as fault:
        return _tell(fault)
    print(f"{arguments.file}: {_summary(manifest)}")
    return 0


def diff(arguments: argparse.Namespace) -> int:
    """What loading the file would change, line by line. Exit code 0 also when nothing would."""
    content = _read(arguments.file)
    from sublet.portals.cli.acting import as_operator

    def work(actor: Actor, at: datetime) -> int:
        from sublet.catalog.queries import preview_manifest
        from sublet.portals.shared.manifest_effects import effect_words
        from sublet.portals.shared.manifest_words import as_text, change_lines

        try:
            preview = preview_manifest(content, file_name=arguments.file, at=at)
        except ManifestErrors as fault:
            return _tell(fault)
        if preview.diff.is_empty:
            print("Nothing changes.")
            return 0
        print(as_text(change_lines(preview.diff, preview.in_use)))
        told = {f"{effect.key}@{effect.version}" for effect in preview.asked}
        for key in [key for _kind, key in preview.diff.terms_changed if key not in told]:
            print(f"Note: the terms of {key} change without a new version.")
        for effect in preview.effects:
            print(f"{'Asks' if effect.asks else 'Note'}: {effect_words(effect)}")
        return 0

    return as_operator(work)


def load(arguments: argparse.Namespace) -> int:
    """Load the file. What is in use is removed only with ``--yes`` or after a question on a terminal."""
    content = _read(arguments.file)
    from sublet.portals.cli.acting import as_operator

    def work(actor: Actor, at: datetime) -> int:
        from sublet.catalog.operations import load_manifest
        from sublet.catalog.queries import preview_manifest

        _require_vendor(actor)
        try:
            preview = preview_manifest(content, file_name=arguments.file, at=at)
            confirmed = arguments.yes or (preview.asks and _asked(preview))
            loaded = load_manifest(
                source=content,
                file_name=Path(arguments.file).name,
                confirmed=confirmed,
                base=preview.base,
                actor=actor,
                at=at,
            )
        except ManifestErrors as fault:
            return _tell(fault)
        if not loaded.is_new:
            print(f"Nothing changes: version {loaded.number} says the same.")
            return 0
        print(f"Version {loaded.number} is in force: {_summary(preview.manifest)}")
        for word, keys in (("new", loaded.added), ("changed", loaded.changed), ("removed", loaded.removed)):
            if keys:
                print(f"  sections {word}: {', '.join(keys)}")
        return 0

    return as_operator(work)


def _require_vendor(actor: Actor) -> None:
    if not actor.account_id:
        raise WrongSetting("There is no vendor yet. Make it with `sublet user create ADDRESS --vendor NAME`.")


def _asked(preview: ManifestPreview) -> bool:
    """Ask on the terminal whether what is in use may go; without one the answer is no."""
    if not sys.stdin.isatty():
        return False
    from sublet.portals.shared.manifest_effects import effect_words  # needs Django

    if preview.in_use:
        print("Somebody has rights on sections that this manifest removes:")
    for key, count in sorted(preview.in_use.items()):
        print(f"  {key}: in use in {count} {'place' if count == 1 else 'places'}")
    if preview.asked:
        print("Accounts use what this manifest removes or changes:")
    for effect in preview.asked:
        print(f"  {effect_words(effect)}")
    return input("Load it all the same? [y/N] ").strip().lower() in {"y", "yes"}
