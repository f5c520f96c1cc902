"""The same request sixteen times at the same moment, and a process that is killed in the middle: one effect."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.installation import installed
from tests.thorough import FULL

pytestmark = pytest.mark.slow


ROUNDS = 3 if FULL else 1


@pytest.fixture(scope="module")
def came_of_it(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What the processes were answered, on a database of their own, on the same kind of server as the other tests."""
    with installed(tmp_path_factory.mktemp("api"), "api") as there:
        yield json.loads(there.run("tests.portals.api.parallel", str(ROUNDS)).splitlines()[-1])


def test_sixteen_at_once_have_one_effect(came_of_it: Any) -> None:
    assert len(came_of_it["rounds"]) == ROUNDS
    for answers, effects in came_of_it["rounds"]:
        assert effects == [1, 1]
        assert answers == [['[201, ""]', 1], ['[201, "true"]', 15]]


def test_process_that_dies_before_the_answer_leaves_nothing(came_of_it: Any) -> None:
    exitcode, before, again, third, after = came_of_it["killed"]

    assert exitcode == -signal.SIGKILL
    assert before == [0, 0]
    assert (again, third) == ([201, ""], [201, "true"])
    assert after == [1, 1]
