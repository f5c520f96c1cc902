"""A list of heads kept elsewhere shows what the chains alone cannot: that all of them were computed anew, or cut off."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection, transaction

from sublet.foundation.actor import JOB, platform_actor
from sublet.foundation.jobs.events import ScheduleSwitchedOn
from sublet.foundation.journal.heads import NotAList, compare_heads, write_heads
from sublet.foundation.journal.operations import record
from sublet.foundation.journal.seals import heads, seal_journal, verify_journal
from sublet.portals.cli.main import main
from tests.factories import AT
from tests.owner import fences_lifted
from tests.people import World

pytestmark = pytest.mark.django_db

ACTOR = platform_actor(name="Test", account_id=1, account_ref="acc_test", account_name="Vantage", via=JOB)


def told(*accounts: int) -> None:
    with transaction.atomic():
        for account_id in accounts:
            record(ScheduleSwitchedOn(schedule="x"), account_id=account_id, actor=ACTOR, at=AT)
    seal_journal(at=AT)


def sql(*statements: str) -> None:
    with fences_lifted(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def listed() -> str:
    return "".join(write_heads(heads(), at=AT))


def test_a_chain_that_only_grew_is_the_same() -> None:
    told(1, 1, 2)
    kept = listed()
    told(1, 3)

    compared = compare_heads(kept)

    assert (compared.at, compared.chains, compared.rewritten, compared.gone) == (AT, 2, (), 0)


def test_a_whole_chain_computed_anew_holds_but_is_another() -> None:
    told(1, 1, 2)
    kept = listed()
    sql("UPDATE journal SET reason = 'another' WHERE account_id = 1", "DELETE FROM journal_seal WHERE account_id = 1")
    seal_journal(at=AT, everything=True)

    assert list(verify_journal().breaks) == []
    assert compare_heads(kept).rewritten == (1,)


def test_what_was_cut_off_is_missed() -> None:
    told(1, 1, 2)
    kept = listed()
    sql("DELETE FROM journal_seal WHERE position = 2 OR account_id = 2", "DELETE FROM journal WHERE account_id = 2")

    assert list(verify_journal().breaks) == []
    compared = compare_heads(kept)
    assert (compared.rewritten, compared.gone) == ((1,), 1)


def test_a_list_that_was_changed_is_refused() -> None:
    told(1)
    lines = listed().splitlines(keepends=True)

    for text in (
        "",
        "a letter\n",
        "".join(lines[:-1]),
        "".join([*lines[:2], *lines[3:]]),
        "".join(lines).replace(" 1 ", " 2 "),
    ):
        with pytest.raises(NotAList):
            compare_heads(text)


def test_the_commands(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(world.carl.id, world.carl.id, world.rosa.id)
    kept = tmp_path / "heads"

    assert main(["journal", "seal"]) == 0
    assert main(["journal", "heads", "-o", str(kept)]) == 0
    assert main(["journal", "verify", "--against", str(kept)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "0 entries were sealed.",
        "3 links in 2 chains were compared; 0 entries wait for their seal.",
        "Every chain holds.",
    ]
    sql(f"DELETE FROM journal WHERE account_id = {world.carl.id}")
    assert main(["journal", "verify", "--account", world.carl.ref]) == 1
    assert f"WRONG {world.carl.name} ({world.carl.ref}): link 1 is missing" in capsys.readouterr().out
    assert main(["journal", "verify", "--account", world.rosa.ref]) == 0
    assert main(["journal", "verify", "--account", "acc_nobody"]) == 1
    assert main(["journal", "verify", "--against", str(tmp_path / "nothing")]) == 2
