"""`sublet doctor`: what is wrong with this installation, in sentences with the mend."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from sublet.foundation.loading import load
from sublet.foundation.settings import BY_NAME, SETTINGS, Settings, WrongSetting, read

if TYPE_CHECKING:
    from sublet.portals.cli.findings import Finding

_SIGNS = {"ok": "ok    ", "note": "note  ", "wrong": "WRONG "}


def run(arguments: argparse.Namespace) -> int:
    """Print the findings. Exit code 1 when something is wrong, else 0."""
    if arguments.settings:
        return _settings(as_json=arguments.json)
    found: list[Finding] = []
    try:
        for finding in _findings(read(), deep=arguments.deep):
            found.append(finding)
            if not arguments.json:
                print(_line(finding), flush=True)
    except WrongSetting as fault:
        # Written here and not in findings.py, which needs settings that can be read.
        told = {"topic": "settings", "level": "wrong", "sentence": str(fault), "mend": ""}
        print(json.dumps([told], indent=2) if arguments.json else f"{_SIGNS['wrong']}{fault}")
        return 1
    wrong = sum(finding.level == "wrong" for finding in found)
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in found], indent=2))
    else:
        print("\nNothing is wrong." if not wrong else f"\n{wrong} {'thing is' if wrong == 1 else 'things are'} wrong.")
    return 1 if wrong else 0


def _line(finding: Finding) -> str:
    return f"{_SIGNS[finding.level]}{finding.sentence}" + (f"\n      {finding.mend}" if finding.mend else "")


def _findings(table: Settings, *, deep: bool = False) -> Iterator[Finding]:
    """Everything, the cheap and the certain first; what needs a database only when there is one."""

    load()
    from sublet.accounts.queries import installation_actor
    from sublet.foundation.actor import CLI
    from sublet.foundation.clock import now
    from sublet.foundation.scope import platform_scope
    from sublet.portals.cli import domain_findings, findings, mail_findings, maintenance, wall_findings

    yield findings.Finding("settings", findings.OK, "The settings can be read.")
    yield from findings.secrets_and_switches(table)
    yield from findings.hosts(table)
    yield from findings.disk(table)
    yield from findings.built_files(["it", "sq", "nl", "fr", "pt"])
    usable = True
    for finding in findings.database():
        yield finding
        usable = usable and not (finding.level == findings.WRONG and finding.topic in {"database", "migrations"})
    yield from findings.clocks(now(), ask_database=usable)
    if not usable:
        return
    yield from wall_findings.row_security()
    with platform_scope("the doctor looks at the whole installation"):
        yield from findings.vendor_account(installation_actor(name="doctor", via=CLI).account_id)
        yield from findings.loose_hosts()
        yield from domain_findings.resolvers()
        yield from domain_findings.domains()
        yield from maintenance.finding(now())
        yield from findings.jobs(now())
        yield from mail_findings.mail()
        yield from findings.scan_browser()
        yield from findings.invariants(now(), deep=deep)


def _settings(*, as_json: bool) -> int:
    """Every setting with its value now. Secrets are not shown; a value that cannot be read does not stop the list."""
    rows = []
    for setting in SETTINGS:
        from_file = os.environ.get(f"{setting.name}_FILE")
        value = os.environ.get(setting.name)
        if setting.secret and (value or from_file):
            shown = "(secret)"
        else:
            shown = value if value is not None else setting.default
        origin = "file" if from_file else "environment" if value is not None else "default"
        rows.append({"name": setting.name, "value": shown, "from": origin, "sentence": setting.sentence})
    known = {*BY_NAME, *(f"{name}_FILE" for name in BY_NAME)}
    strange = sorted(name for name in os.environ if name.startswith("SUBLET_") and name not in known)
    if as_json:
        print(json.dumps(rows, indent=2))
    else:
        for row in rows:
            print(f"{row['name']} = {row['value']}  ({row['from']})\n    {row['sentence']}")
        for name in strange:
            print(f"{name} is not a setting.")
    return 1 if strange else 0
