"""Several processes that want the same at the same moment: the database decides, and nobody sees an error."""

from __future__ import annotations

import json
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.installation import Installation, installed
from tests.thorough import FULL

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


def test_without_the_rule_of_the_database_one_host_is_had_by_many(tmp_path: Path) -> None:
    """The positive control of D4: with its unique index one of two has a name, also where nobody looked first; without, both."""
    with installed(tmp_path, "unguarded") as there:
        told = json.loads(there.run("tests.branding.processes", "unguarded"))
        assert len(told["kept"]) == 1
        assert len(told["claimed"]) == 2
        assert told["proved"] == ["proved"] * 4
        assert there.ask("SELECT count(*) FROM domain WHERE host = 'app.agency.example' AND state = 'proved'") == [(4,)]


def test_a_reseller_never_loses_its_last_two_hosts_at_once(tmp_path: Path) -> None:
    with installed(tmp_path, "releases") as there:
        answers = Counter(json.loads(there.run("tests.branding.processes", "race", "release")))
        assert answers["released"] == 1
        assert set(answers) <= {"released", "last", "gone"}
        assert there.ask(
            "SELECT count(*) FROM domain WHERE state = 'proved' AND host IN ('rosa.localhost', 'second.localhost')"
        ) == [(1,)]


def test_of_many_who_publish_at_once_one_wins_and_the_others_are_told(tmp_path: Path) -> None:
    with installed(tmp_path, "publishers") as there:
        told = json.loads(there.run("tests.branding.processes", "publish"))
        assert Counter(told["published"]) == {"published": 1, "no-draft": 7}
        [winner] = [word for word in told["written"] if word != "changed-meanwhile"]
        assert len(told["written"]) == 8
        [(name, footer, number, draft)] = there.ask(
            "SELECT b.name, b.footer, b.published, b.draft FROM brand b JOIN account a ON a.id = b.account_id"
            " WHERE a.kind = 'reseller'"
        )
        assert (name, footer, number, draft in (None, "null")) == (winner, "d", 2, True)
        assert there.ask("SELECT count(*) FROM brand_version") == [(2,)]
        assert there.ask("SELECT count(*) FROM journal WHERE event = 'brand.changed'") == [(2,)]


def test_a_publisher_that_is_killed_leaves_nothing_half(tmp_path: Path) -> None:
    luck = random.Random(8)
    with installed(tmp_path, "killed_publishers") as there:
        ref, place = there.run("tests.branding.processes", "seed").split()
        for life in range(8 if FULL else 4):
            worker = there.start("tests.branding.processes", "publish-on", ref, place, str(life))
            assert worker.stdout is not None
            for _ in range(luck.randint(1, 4)):
                assert worker.stdout.readline()
            time.sleep(luck.random() / 20)  # to meet it anywhere in the next one
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            whole(there)


def whole(there: Installation) -> None:
    """What is shown is the newest version and nothing else; each version was told once; a draft is whole, or there is none."""
    [(name, footer, support, more, draft, published)] = there.ask(
        "SELECT name, footer, support_name, more, draft, published FROM brand"
    )
    assert name == footer == support == as_json(more)["footer@it"]
    found = there.ask('SELECT number, "values" FROM brand_version ORDER BY number')
    assert [row[0] for row in found] == list(range(1, published + 1))[-len(found) :]
    assert as_json(found[-1][1])["name"] == name
    assert there.ask("SELECT count(*) FROM journal WHERE event = 'brand.changed'") == [(published,)]
    drafted = as_json(draft)
    assert drafted is None or (len(set(drafted.values())) == 1 and len(drafted) == 4)
    [(begun,)] = there.ask("SELECT count(*) FROM journal WHERE event = 'brand.drafted'")
    assert begun == published + (drafted is not None) or begun > published


def as_json(value: Any) -> Any:
    """A JSON column as either database's driver gives it."""
    return json.loads(value) if isinstance(value, str) else value


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
