"""Single rows of a list that stay out or come in: by hand, or because they look like sums."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

import pytest

from sublet.accounts import operations, queries
from sublet.accounts.clientlists import LEAVE, Choices, Findings
from sublet.accounts.linesets import pack_lines, unpack_lines
from sublet.accounts.models import Account, ClientImport
from sublet.accounts.operations import CannotImportClients
from sublet.foundation.actor import Actor
from sublet.foundation.jobs import run_due_jobs
from tests.accounts.lists import csv_of, xlsx_of
from tests.people import AT, World

HEAD = ("Company", "E-mail", "City")
ROWS = (
    ("Bar Verdi", "ugo@verdi.example", "Roma"),
    ("Café Noir", "c@noir.example", "Lyon"),
    ("BAR VERDI", "ugo@verdi.example", "Roma"),
    ("Somme", "", "3"),
)


def upload(actor: Actor, data: bytes, name: str = "list.csv") -> str:
    return operations.upload_import(file_name=name, data=data, actor=actor, at=AT)


def pick(actor: Actor, ref: str, *, leave: Iterable[int] = (), take: Iterable[int] = (), revision: int = 0) -> int:
    return operations.change_import(
        ref=ref,
        revision=revision or queries.import_facts(actor, ref).revision,
        leave=set(leave),
        take=set(take),
        actor=actor,
        at=AT,
    )


def verdicts(actor: Actor, ref: str) -> dict[int, str]:
    preview = queries.import_check(actor, ref).preview
    assert preview is not None
    return {row.line: row.verdict for row in preview.rows}


def come_in(actor: Actor, ref: str) -> list[str]:
    operations.start_import(ref=ref, revision=queries.import_facts(actor, ref).revision, actor=actor, at=AT)
    run_due_jobs(at=AT)
    rows = Account.unscoped.filter(parent_id=actor.account_id, import_id__isnull=False)  # unscoped: as stored
    return list(rows.order_by("sort_name").values_list("name", flat=True))


def test_a_row_that_is_left_out_makes_no_other_row_double(world: World) -> None:
    with world.scope("rosa") as actor:
        ref = upload(actor, csv_of(ROWS, HEAD))
        assert verdicts(actor, ref) == {2: "fine", 3: "fine", 4: "repeated", 5: "left-out"}
        assert queries.import_facts(actor, ref).sums == 1
        pick(actor, ref, leave={2})
        assert verdicts(actor, ref) == {2: "left-out", 3: "fine", 4: "fine", 5: "left-out"}
        pick(actor, ref, leave={3}, take={2})
        assert verdicts(actor, ref) == {2: "fine", 3: "left-out", 4: "repeated", 5: "left-out"}
        pick(actor, ref, take={5})
        assert queries.import_facts(actor, ref).sums == 0
        assert come_in(actor, ref) == ["Bar Verdi", "Somme"]
        done = queries.import_facts(actor, ref)
        assert (done.made, done.left_out, done.repeated) == (2, 1, 1)
        assert [(row[0], row[2]) for row in queries.left_rows(actor, ref).rows] == [(3, "You left this row out.")]


def test_what_is_decided_outlives_another_reading_but_not_another_sheet(world: World) -> None:
    sheets: dict[str, Sequence[Sequence[object]]] = {"One": (HEAD, *ROWS[:2]), "Two": (HEAD, *ROWS[:2])}
    with world.scope("rosa") as actor:
        ref = upload(actor, xlsx_of(sheets), "list.xlsx")
        revision = pick(actor, ref, leave={2})
        revision = operations.change_import(
            ref=ref, revision=revision, mapping={0: "name", 2: "city"}, actor=actor, at=AT
        )
        revision = operations.change_import(
            ref=ref, revision=revision, choices=Choices(without_email=LEAVE), actor=actor, at=AT
        )
        assert verdicts(actor, ref) == {2: "left-out", 3: "left-out"}
        pick(actor, ref, take={3})  # this one although it has no address
        assert verdicts(actor, ref) == {2: "left-out", 3: "warned"}
        revision = queries.import_facts(actor, ref).revision
        operations.change_import(ref=ref, revision=revision, sheet="Two", actor=actor, at=AT)
        assert verdicts(actor, ref) == {2: "fine", 3: "fine"}
        with pytest.raises(CannotImportClients) as refused:
            pick(actor, ref, leave={2}, revision=revision)  # said of the other sheet
        assert refused.value.code == "changed-meanwhile"


def test_the_same_file_again_adds_nothing_and_leaves_the_same_rows_out(world: World) -> None:
    with world.scope("rosa") as actor:
        ref = upload(actor, csv_of(ROWS, HEAD))
        pick(actor, ref, leave={3})
        assert come_in(actor, ref) == ["Bar Verdi"]
        again = upload(actor, csv_of(ROWS, HEAD))
        assert verdicts(actor, again) == {2: "known", 3: "left-out", 4: "repeated", 5: "left-out"}
        with pytest.raises(CannotImportClients) as refused:
            come_in(actor, again)
        assert refused.value.code == "nothing-new"
        operations.undo_import(ref=ref, actor=actor, at=AT)
        run_due_jobs(at=AT)
        assert not Account.unscoped.filter(import_id__isnull=False).exists()  # unscoped: as stored


@pytest.mark.parametrize(
    ("leave", "take", "code"),
    [({99}, (), "no-such-row"), ({2}, {2}, "both-ways"), (range(2, 10_100), (), "too-many-rows")],
)
def test_what_cannot_be_decided(world: World, leave: set[int], take: set[int], code: str) -> None:
    with world.scope("rosa") as actor:
        ref = upload(actor, csv_of(ROWS, HEAD))
        with pytest.raises(CannotImportClients) as refused:
            pick(actor, ref, leave=leave, take=take)
        assert refused.value.code == code


def test_in_a_long_list_nothing_is_read_again_for_one_row(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sublet.accounts.operations.import_drafts.CHECKED_AT_ONCE", 3)
    with world.scope("rosa") as actor:
        ref = upload(actor, csv_of(ROWS, HEAD))
        with pytest.raises(CannotImportClients) as refused:
            pick(actor, ref, leave={3})
        assert refused.value.code == "not-checked"
        run_due_jobs(at=AT)
        pick(actor, ref, leave={3, 4})
        assert not queries.import_facts(actor, ref).checking
        assert verdicts(actor, ref) == {2: "fine", 3: "left-out", 4: "left-out", 5: "left-out"}
        assert queries.import_facts(actor, ref).found["left-out"] == 3
        assert [row.line for row in queries.import_check(actor, ref, only="left-out").preview.rows] == [3, 4, 5]  # type: ignore[union-attr]  # there is one
        pick(actor, ref, take={3, 4})
        assert verdicts(actor, ref) == {2: "fine", 3: "fine", 4: "repeated", 5: "left-out"}
        pick(actor, ref, leave={2})  # another row is its double: all are looked at once more
        assert queries.import_facts(actor, ref).checking
        run_due_jobs(at=AT)
        assert verdicts(actor, ref) == {2: "left-out", 3: "fine", 4: "fine", 5: "left-out"}
        assert queries.import_facts(actor, ref).sums == 1
        pick(actor, ref, leave={3})
        assert come_in(actor, ref) == ["BAR VERDI"]


def test_what_is_kept_of_many_rows_is_small(world: World) -> None:
    lines = frozenset(random.Random(7).sample(range(2, 200_002), 100_000))
    assert unpack_lines(pack_lines(lines)) == lines
    assert len(pack_lines(lines)) < 60_000
    assert len(pack_lines(range(2, 200_002, 2))) < 2_000
    assert pack_lines(()) == ""
    assert unpack_lines("") == frozenset()


def test_an_older_import_is_still_read(world: World) -> None:
    with world.scope("rosa") as actor:
        ref = upload(actor, csv_of(ROWS, HEAD))
        row = ClientImport.objects.get(ref=ref)
        row.choices = {name: row.choices[name] for name in row.choices if name not in ("left", "taken", "since")}
        row.found = {name: count for name, count in row.found.items() if name != "sums"}
        row.save()
        assert queries.import_facts(actor, ref).sums == 0
        assert verdicts(actor, ref)[2] == "fine"
        assert Findings.unpack(bytes(row.findings)).pick({2}, ()) is False  # line 4 repeats it
