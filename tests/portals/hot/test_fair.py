"""An account that sends fifty times its share waits for itself: counted at the hot application, as `sublet serve` starts it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from sublet.demo.ports import free_port
from tests.installation import installed
from tests.portals.hot.test_hot import Said, Served

pytestmark = pytest.mark.slow
#: What one account may at once; each minute it gets one back, so that the counts below are those of a slow machine as well.
SHARE = 20
GREEDY = 50 * SHARE


@contextmanager
def serving(folder: Path, name: str, burst: int) -> Iterator[Served]:
    web, hot = free_port(), free_port()
    settings = {
        "SUBLET_BIND": f"127.0.0.1:{web}",
        "SUBLET_HOT_BIND": f"127.0.0.1:{hot}",
        "SUBLET_PUBLIC_PORT": str(web),
        "SUBLET_WEB_WORKERS": "1",
        "SUBLET_TENANT_RATE": "1",
        "SUBLET_TENANT_BURST": str(burst),
    }
    with installed(folder, name, **settings) as there:
        told = json.loads(there.run("tests.portals.hot.furnish"))
        process = there.start("sublet.portals.cli.main", "serve")
        found = Served(there, process, web, hot, told["keys"], told["carl"], told["elan"])

        def up() -> bool:
            try:
                return all(found.ask(port, b"", path="/healthz", method="GET").status == 200 for port in (web, hot))
            except OSError:
                return False

        there.until(up)
        # The first of each kind is answered by the ordinary API, and so does not count here: about an account of nobody else's.
        assert found.ask(found.hot, {"events": [found.event("warm", account=told["dora"])]}).status == 202
        yield found


def storm(found: Served) -> tuple[list[Said], list[Said]]:
    """Carl's events, fifty times his share from eight connections with two keys; meanwhile Élan's, one after the other."""

    def greedy(number: int) -> Said:
        key = "vera" if number % 2 else "second"
        return found.ask(found.hot, {"events": [found.event(f"g{number}")]}, key=key)

    with ThreadPoolExecutor(8) as pool:
        told = pool.map(greedy, range(GREEDY))
        modest = [
            found.ask(found.hot, {"events": [found.event(f"m{number}", account=found.elan)]}) for number in range(SHARE)
        ]
        return list(told), modest


def stored(found: Served, ref: str) -> int:
    told = found.there.ask(
        "SELECT count(*) FROM usage_event e JOIN account a ON a.id = e.account_id WHERE a.ref = '" + ref + "'"
    )
    return int(told[0][0])


def test_the_greedy_one_is_refused_beyond_its_share_and_the_modest_one_never(tmp_path: Path) -> None:
    with serving(tmp_path, "fair", SHARE) as found:
        greedy, modest = storm(found)
        told = Counter(each.status for each in greedy)
        assert set(told) == {202, 429}
        assert SHARE <= told[202] <= SHARE + 3  # one each minute, should it take as long
        assert Counter(each.status for each in modest) == {202: SHARE}
        refused = next(each for each in greedy if each.status == 429)
        assert json.loads(refused.body)["code"] == "too-many-requests"
        assert int(refused.headers["retry-after"]) > 0
        # What was refused is not there, what was taken is, and nothing was lost of the modest one's.
        assert (stored(found, found.carl), stored(found, found.elan)) == (told[202], SHARE)
        # Asking what it may do is of the same share.
        place = f"/api/v1/entitlements/{found.carl}"
        assert found.ask(found.hot, b"", path=place, method="GET").status in {200, 429}
        assert (
            found.ask(found.hot, {"events": [found.event("both"), found.event("two", account=found.elan)]}).status
            == 429
        )


def test_without_a_share_all_of_it_is_taken(tmp_path: Path) -> None:
    """The positive control: it is the share that refuses, nothing else."""
    with serving(tmp_path, "unfair", 10 * GREEDY) as found:
        greedy, modest = storm(found)
        assert Counter(each.status for each in (*greedy, *modest)) == {202: GREEDY + SHARE}
