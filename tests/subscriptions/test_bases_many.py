"""How many clients are charged: the same for each as one by one, said beforehand, by page and as a job."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from sublet.accounts.models import Account
from sublet.accounts.queries import Selection
from sublet.foundation.actor import Actor
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, Refusal
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.subscriptions import operations, queries
from sublet.subscriptions.models import BasisChosen
from sublet.subscriptions.operations import CannotChooseBasis
from tests import factories
from tests.people import AT, World
from tests.subscriptions import sell
from tests.subscriptions.test_bases import rule

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = AT + 2 * DAY
#: Why each of them is charged as before, by the end of its period, at once.
WHY = {
    "small": ("", ""),
    "none": ("no-period", ""),
    "ruled": ("vendor-says", ""),
    "same": ("same", "same"),
    "waiting": ("", ""),
    "closed": ("closed", "closed"),
    "waiting the same": ("same", ""),
}


@pytest.fixture
def clients(world: World) -> dict[str, Account]:
    """One of each kind: on a plan, on none, on one of which the vendor says it soon, charged so already, and about to be."""
    sell(world)
    found = {name: factories.make_client(world.rosa, name.title(), timezone="Europe/Rome") for name in WHY}
    rule(world, "calendar", (AT + 5 * DAY).date(), plan="medium")
    with world.scope("rosa") as rosa:
        for name in found:
            if name != "none":
                plan = "medium" if name == "ruled" else "small"
                operations.take_plan(ref=found[name].ref, plan=plan, actor=rosa, at=AT)
        for name, when, day in (
            ("same", "now", None),
            ("waiting", "day", (AT + 40 * DAY).date()),
            ("waiting the same", "period", None),
        ):
            operations.choose_basis(ref=found[name].ref, basis="calendar", when=when, day=day, actor=rosa, at=AT + DAY)
    with platform_scope("test"):
        Account.objects.filter(id=found["closed"].id).update(state="closed")
    return found


def refs(clients: dict[str, Account]) -> Selection:
    return Selection(refs=tuple(each.ref for each in clients.values()))


@pytest.mark.parametrize(("place", "when"), [(0, "period"), (1, "now")])
def test_what_is_said_beforehand_is_what_choosing_for_each_does(
    world: World, clients: dict[str, Account], place: int, when: str
) -> None:
    expected = {name: why[place] for name, why in WHY.items()}
    with world.scope("rosa") as rosa:
        preview = queries.preview_bases(rosa, refs(clients), basis="calendar", when=when, at=LATER)
        done = operations.choose_bases(
            selection=refs(clients), basis="calendar", when=when, reason="As of new ones", actor=rosa, at=LATER
        )
    left = {why: list(expected.values()).count(why) for why in expected.values() if why}
    assert (preview.selected.number, preview.changing, preview.known) == (len(WHY), len(WHY) - sum(left.values()), True)
    assert dict(preview.staying) == left
    assert sorted(preview.names) == sorted(name.title() for name, why in expected.items() if not why)
    assert (done.changed, done.left) == (preview.changing, left)
    with platform_scope("test"):
        decided = BasisChosen.objects.filter(decided_at=LATER, dropped_at__isnull=True)
        assert {each.account.name.lower() for each in decided.select_related("account")} == {
            name for name, why in expected.items() if not why
        }
        entries = JournalEntry.unscoped.filter(at=LATER, event="subscription.basis_chosen")
        assert {each.reason for each in entries} == {"As of new ones"}
        assert entries.count() == done.changed
    # One by one there is nothing left to do, for the same reasons.
    with world.scope("rosa") as rosa:
        assert {name: answer(account, when, rosa) for name, account in clients.items()} == {
            name: why or "same" for name, why in expected.items()
        }


def answer(account: Account, when: str, actor: Actor) -> str:
    """What choosing the calendar for that one says."""
    try:
        done = operations.choose_basis(ref=account.ref, basis="calendar", when=when, actor=actor, at=LATER)
    except Refusal as refusal:
        return refusal.code
    return "done" if done else "same"


def test_a_job_does_it_for_very_many_and_can_run_twice(
    world: World, clients: dict[str, Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sublet.subscriptions.operations.many.AT_ONCE", 1)
    monkeypatch.setattr("sublet.subscriptions.jobs.BATCH", 2)
    with world.scope("rosa") as rosa:
        asked = {"selection": refs(clients), "basis": "calendar", "when": "period", "actor": rosa, "at": LATER}
        one = operations.choose_bases(**asked, once="one")  # type: ignore[arg-type]  # as above
        assert one.job_id
        assert operations.choose_bases(**asked, once="one").job_id == one.job_id  # type: ignore[arg-type]  # as above
        operations.choose_bases(**asked, once="two")  # type: ignore[arg-type]  # as above
    run_due_jobs(at=LATER)
    with platform_scope("test"):
        assert BasisChosen.objects.filter(decided_at=LATER).count() == 2  # of `small` and `waiting`, each once


def test_of_too_many_it_is_not_said_whom_it_changes(
    world: World, clients: dict[str, Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sublet.subscriptions.queries.many.MOST_TOLD", 3)
    with world.scope("rosa") as rosa:
        preview = queries.preview_bases(rosa, refs(clients), basis="calendar", when="now", at=LATER)
    assert (preview.known, preview.changing, dict(preview.staying)) == (False, 0, {})
    assert len(preview.names) > 0


@pytest.mark.parametrize("person", ["ruth", "rico", "carl"])
def test_it_takes_the_right_to_change_a_plan(world: World, clients: dict[str, Account], person: str) -> None:
    with world.scope(person) as actor:
        with pytest.raises(Forbidden):
            operations.choose_bases(selection=refs(clients), basis="calendar", when="now", actor=actor, at=LATER)
        with pytest.raises(Forbidden):
            queries.preview_bases(actor, refs(clients), basis="calendar", when="now", at=LATER)


def test_nobody_reaches_the_clients_of_another(world: World, clients: dict[str, Account]) -> None:
    with world.scope("remo") as remo, pytest.raises(Refusal) as refused:
        operations.choose_bases(selection=refs(clients), basis="calendar", when="now", actor=remo, at=LATER)
    assert refused.value.code == "nothing-selected"


def test_what_is_no_basis_is_refused(world: World, clients: dict[str, Account]) -> None:
    with world.scope("rosa") as rosa:
        with pytest.raises(CannotChooseBasis):
            operations.choose_bases(selection=refs(clients), basis="moon", when="now", actor=rosa, at=LATER)
        with pytest.raises(ValueError, match="day"):
            operations.choose_bases(selection=refs(clients), basis="calendar", when="day", actor=rosa, at=LATER)


def test_the_statements_do_not_grow_with_the_clients(
    world: World, clients: dict[str, Account], django_assert_max_num_queries: object
) -> None:
    with world.scope("rosa") as rosa:
        more = [factories.make_client(world.rosa, f"More {number}") for number in range(30)]
        everyone = Selection(refs=(*refs(clients).refs, *(each.ref for each in more)))
        with django_assert_max_num_queries(10):  # type: ignore[operator]  # pytest-django's
            preview = queries.preview_bases(rosa, everyone, basis="calendar", when="now", at=LATER)
    assert preview.selected.number == len(WHY) + 30


def test_from_the_list_after_a_preview(world: World, clients: dict[str, Account]) -> None:
    rosa = world.browser("rosa")
    listing = f"/reseller/{world.rosa.ref}/clients/"
    path = f"{listing}basis/"
    assert path in rosa.get(listing).text
    keys = {"keys": [each.ref for each in clients.values()]}
    assert "How are they charged?" in rosa.post(path, keys).text
    assert rosa.post(path, keys | {"basis": "calendar"}).status_code == 422
    chosen = keys | {"basis": "calendar", "when": "period", "reason": "Tidy"}
    page = re.sub(r"\s+", " ", rosa.post(path, chosen).text)
    for words in (
        "1 client will be charged otherwise.",
        "are charged so already.",
        "no plan whose period could end.",
        "is closed.",
        "Limits and what is included stay as they are",
    ):
        assert words in page, words
    with platform_scope("test"):
        assert not BasisChosen.objects.filter(decided_at__gt=LATER).exists()
    done = rosa.post(path, chosen | {"confirmed": "1"}, follow=True)
    assert "1 client changed." in done.text
    with world.scope("rosa") as actor:
        view = queries.subscription_of(actor, clients["small"].ref, at=now()).basis
    assert view.comes is not None
    assert view.comes.basis == "calendar"
    assert "Nothing would change." in rosa.post(path, chosen).text
    assert world.browser("ruth").post(path, chosen).status_code == 403
    assert rosa.post(path, {"basis": "calendar", "when": "now"}).status_code == 302  # nothing is selected
