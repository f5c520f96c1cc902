"""Several processes that want the same at the same moment: the database decides, and nobody sees an error."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.installation import installed

pytestmark = pytest.mark.slow


def test_a_name_that_eight_processes_claim_is_had_once(tmp_path: Path) -> None:
    with installed(tmp_path, "claims") as there:
        answers = Counter(json.loads(there.run("tests.branding.processes", "race", "claim")))
        assert answers["had"] == 1
        assert sum(answers.values()) == 8
        assert set(answers) <= {"had", "taken", "already"}
        assert there.ask("SELECT count(*) FROM domain WHERE host = 'wanted.localhost'") == [(1,)]
        assert there.ask(
            "SELECT count(*) FROM journal WHERE event = 'host.added' AND CAST(data AS text) LIKE '%wanted%'"
        ) == [(1,)]


def test_a_reseller_never_loses_its_last_two_hosts_at_once(tmp_path: Path) -> None:
    with installed(tmp_path, "releases") as there:
        answers = Counter(json.loads(there.run("tests.branding.processes", "race", "release")))
        assert answers["released"] == 1
        assert set(answers) <= {"released", "last", "gone"}
        assert there.ask(
            "SELECT count(*) FROM domain WHERE state = 'proved' AND host IN ('rosa.localhost', 'second.localhost')"
        ) == [(1,)]
