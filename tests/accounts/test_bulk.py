"""Many clients changed at once: what the preview says, what happens, what is left, and the job for very many."""

from __future__ import annotations

import pytest

from sublet.accounts import operations, queries
from sublet.accounts.models import Account, AccountTag
from sublet.accounts.operations import Change
from sublet.accounts.queries import ListQuery, Selection
from sublet.foundation.errors import Forbidden
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.queries import sentence_of
from tests import factories
from tests.people import AT, World


def states(world: World) -> dict[str, str]:
    accounts = Account.unscoped.filter(parent__kind="reseller").order_by("id")  # unscoped: as stored
    return {account.name: account.state for account in accounts}


def events() -> list[tuple[str, int]]:
    rows = JournalEntry.unscoped.order_by("id")  # unscoped: the whole journal
    return [(entry.event, entry.account_id) for entry in rows]


def test_what_is_lawful_is_done_and_the_rest_is_counted(world: World) -> None:
    refs = (world.carl.ref, world.elan.ref, world.zorba.ref, world.bakery.ref, "acc_" + "2" * 14, world.rosa.ref)
    chosen = Selection(refs=refs)
    with world.scope("rosa") as actor:
        preview = queries.preview_change(actor, chosen, action="suspend", at=AT)
        done = operations.change_many(selection=chosen, change=Change("suspend", reason="Holiday"), actor=actor, at=AT)
    assert (preview.selected.number, preview.changing.number, preview.unchanged) == (3, 2, 1)
    assert sorted(preview.names) == ["Carl’s Kitchen", "Élan Coiffure"]
    assert (done.changed, done.left, done.job_id) == (2, {"same": 1}, "")
    assert states(world) == {
        "Carl’s Kitchen": "suspended", "Élan Coiffure": "suspended", "Zorba Sports Club": "suspended",
        "Nora’s Bakery": "active",
    }  # fmt: skip
    assert events() == [("account.suspended", world.carl.id), ("account.suspended", world.elan.id)]


@pytest.mark.parametrize(
    ("change", "changing"),
    [
        (Change("suspend", reason="x"), 2),
        (Change("resume"), 1),
        (Change("close", reason="x"), 2),  # one is its client's own
        (Change("tag", tag="VIP"), 2),
        (Change("untag", tag="vip"), 1),
        (Change("assign", responsible_id=7, responsible_name="Rosa"), 3),
    ],
)
def test_the_preview_says_what_then_happens(world: World, change: Change, changing: int) -> None:
    Account.unscoped.filter(id=world.zorba.id).update(ownership="client")  # unscoped: set up
    chosen = Selection(query=ListQuery())
    with world.scope("rosa") as actor:
        preview = queries.preview_change(
            actor, chosen, action=change.action, tag=change.tag, responsible_id=change.responsible_id, at=AT
        )
        done = operations.change_many(selection=chosen, change=change, actor=actor, at=AT)
        again = queries.preview_change(
            actor, chosen, action=change.action, tag=change.tag, responsible_id=change.responsible_id, at=AT
        )
    assert (preview.changing.number, done.changed) == (changing, changing)
    assert again.changing.number == 0
    assert len(events()) == changing
    tags = AccountTag.unscoped.filter(account=world.bakery)  # unscoped: as stored
    assert [tag.name for tag in tags] == ["secret-tag"]


def test_staff_change_only_what_they_reach(world: World) -> None:
    with world.scope("rico") as actor:
        done = operations.change_many(
            selection=Selection(query=ListQuery()), change=Change("suspend", reason="x"), actor=actor, at=AT
        )
    assert done.changed == 1
    assert [name for name, state in states(world).items() if state == "suspended"] == [
        "Carl’s Kitchen", "Zorba Sports Club",
    ]  # fmt: skip
    for person in ("ruth", "carl"):
        with world.scope(person) as actor, pytest.raises(Forbidden):
            operations.change_many(selection=Selection(query=ListQuery()), change=Change("resume"), actor=actor, at=AT)


@pytest.mark.parametrize(
    ("change", "refs", "code"),
    [
        (Change("delete"), None, "action-unknown"),
        (Change("suspend", reason=" "), None, "reason-missing"),
        (Change("tag", tag=" , "), None, "tag-missing"),
        (Change("tag", tag="x" * 41), None, "tag-too-long"),
        (Change("resume"), (), "nothing-selected"),
    ],
)
def test_a_change_that_cannot_be_is_refused(
    world: World, change: Change, refs: tuple[str, ...] | None, code: str
) -> None:
    chosen = Selection(query=ListQuery()) if refs is None else Selection(refs=refs)
    with world.scope("rosa") as actor, pytest.raises(operations.CannotChangeClients) as refused:
        operations.change_many(selection=chosen, change=change, actor=actor, at=AT)
    assert refused.value.code == code
    assert events() == []


@pytest.mark.django_db(transaction=True)
def test_very_many_are_left_to_a_job(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sublet.accounts.operations.bulk.AT_ONCE", 2)
    monkeypatch.setattr("sublet.accounts.jobs.BATCH", 2)
    for number in range(5):
        factories.make_client(world.rosa, f"Bar {number}")
    chosen = Selection(query=ListQuery(search="bar"))
    with world.scope("rosa") as actor:
        done = operations.change_many(selection=chosen, change=Change("suspend", reason="x"), actor=actor, at=AT)
    assert done.job_id
    (started,) = JournalEntry.unscoped.filter(event="client_list.change_started")  # unscoped: as below
    assert sentence_of(started) == "Rosa Ricci started to change many clients at once (5): suspend."
    assert states(world)["Bar 0"] == "active"
    factories.make_client(world.rosa, "Bar 5", created_at=AT.replace(year=2027))  # came after the order was given
    run_due_jobs(at=AT)
    assert [state for name, state in states(world).items() if name.startswith("Bar")] == ["suspended"] * 5 + ["active"]
    told = JournalEntry.unscoped.filter(event="account.suspended")  # unscoped: the whole journal
    assert {(entry.actor_name, entry.via) for entry in told} == {("Rosa Ricci", "job")}


@pytest.mark.django_db(transaction=True)
def test_the_same_order_is_one_job_as_long_as_that_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sublet.accounts.operations.bulk.AT_ONCE", 1)
    chosen, change = Selection(query=ListQuery()), Change("tag", tag="a")

    def order(once: str, change: Change = change, person: str = "rosa") -> str:
        with world.scope(person) as actor:
            return operations.change_many(selection=chosen, change=change, actor=actor, at=AT, once=once).job_id

    first = order("t_1")
    assert order("t_1") == first
    others = [order("t_2"), order("t_1", Change("tag", tag="b")), order(""), order("")]
    assert len({first, *others}) == 5
    # unscoped: the whole journal
    assert JournalEntry.unscoped.filter(event="client_list.change_started").count() == 5
    run_due_jobs(at=AT)
    assert AccountTag.unscoped.filter(name="a").count() == 3  # unscoped: as stored
    assert order("t_1") != first  # an order of its own by now, which finds nothing to do
