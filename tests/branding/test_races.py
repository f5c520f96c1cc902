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


def test_domains_are_proved_and_lost_by_many_at_once(tmp_path: Path) -> None:
    with installed(tmp_path, "domains") as there:
        told = json.loads(there.run("tests.branding.processes", "domains"))
        # D4: sixteen tenants prove one host at once. A claim is in nobody's way, and exactly one wins.
        assert Counter(told["prove"]) == {"proved": 1, "pending": 15}
        assert there.ask(
            "SELECT count(*) FROM journal WHERE event = 'host.proved' AND CAST(data AS text) LIKE '%app.agency%'"
        ) == [(1,)]
        late = "SELECT count(*) FROM domain WHERE host = 'app.agency.example' AND CAST(findings AS text) LIKE '%taken%'"
        assert there.ask(late) == [(15,)]
        # Wildcards end while names are put below them: none stays behind, and nobody waits for another in a circle.
        assert [len(told[how]) for how in ("release", "lose")] == [8, 8]
        assert (
            there.ask(
                "SELECT d.host FROM domain w, domain d WHERE w.host LIKE '*.%' AND w.state <> 'proved' AND d.state = 'proved'"
                " AND d.proof = 'wildcard' AND d.host LIKE '%.' || substr(w.host, 3)"
            )
            == []
        )
        assert there.ask("SELECT count(*) FROM domain WHERE host LIKE '*.lose%' AND state = 'proved'") == [(0,)]
        assert (
            there.ask(
                "SELECT a.name FROM account a WHERE a.kind = 'reseller' AND NOT EXISTS"
                " (SELECT 1 FROM domain d WHERE d.account_id = a.id AND d.is_primary AND d.state = 'proved')"
            )
            == []
        )
