"""Two people of the vendor pay out the same money in the same moment: it is paid once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.billing.test_races import told
from tests.thorough import FULL, ON_POSTGRESQL

pytestmark = pytest.mark.slow


def test_what_several_pay_out_at_the_same_moment_is_paid_once(tmp_path: Path) -> None:
    rounds, processes = (20, 8) if FULL else (4, 4)
    found = told(tmp_path, "payouts", rounds, processes)

    assert found["told"] == {"paid": rounds, "nothing": rounds * (processes - 1)}
    assert found["payouts"] == [[number, 10_000] for number in range(1, rounds + 1)]
    assert (found["entries"], found["owed"], found["broken"]) == (rounds, 0, [])


def test_without_a_lock_and_lines_of_their_own_it_is_paid_several_times(tmp_path: Path) -> None:
    """The positive control."""
    found = told(tmp_path, "naive_payouts", 1, 4)

    owed = found["owed"]
    assert isinstance(owed, int)
    assert owed < 0


def test_what_several_give_back_at_the_same_moment_goes_back_once(tmp_path: Path) -> None:
    rounds, processes = (20, 8) if FULL else (3, 4)
    found = told(tmp_path, "bank_refunds", rounds, processes)

    assert found["told"] == {"given": rounds, "too-much": rounds * (processes - 1)}
    assert (found["refunds"], found["left"], found["broken"]) == (2 * rounds, 0, [])


def test_what_cards_and_transfers_give_back_at_the_same_moment_goes_back_once(tmp_path: Path) -> None:
    rounds, processes = (20, 8) if FULL else (3, 4)
    found = told(tmp_path, "refunds", rounds, processes)

    assert found["told"] == {"given": rounds, "too-much": rounds * (processes - 1)}
    assert (found["waiting"], found["ahead"], found["broken"]) == (0, 0, [])


# 1: nobody asks what is there; 2: nobody waits for another one. SQLite lets one write at a time, whoever waits for whom.
@pytest.mark.parametrize("fault", (1, 2) if ON_POSTGRESQL else (1,))
def test_without_question_or_lock_it_goes_back_several_times(tmp_path: Path, fault: int) -> None:
    """The positive control."""
    found = told(tmp_path, "refunds", 1, 4, fault)

    ahead = found["ahead"]
    assert isinstance(ahead, int)
    assert ahead < 0


def test_what_several_write_off_while_money_arrives_is_lost_once_and_recovered(tmp_path: Path) -> None:
    rounds, processes = (20, 8) if FULL else (3, 4)
    found = told(tmp_path, "write_offs", rounds, processes)

    assert found["told"] == {"paid": rounds, "uncollectible": rounds * (processes - 1)}
    assert found["stands"] == [["uncollectible", 5_000, 5_000]]
    assert (found["write_offs"], found["entries"], found["broken"]) == (rounds, rounds, [])
