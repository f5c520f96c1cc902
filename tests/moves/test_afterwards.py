"""What is left open by a move: what the next reseller reads in a visit, what the former one still hears, what waits, keys of keys."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.test import Client

from sublet.accounts.models import Account
from sublet.accounts.operations import change_details, suspend_account
from sublet.foundation.clock import now
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.queries import history
from sublet.foundation.refs import uuid7
from sublet.foundation.scope import platform_scope
from sublet.messaging import queries as mail_queries
from sublet.messaging.models import OutboxMail
from sublet.messaging.operations import CannotSendMail, send_again
from sublet.moves import operations, queries
from sublet.moves.models import Move
from sublet.moves.operations import CannotMoveAccount, asking, merging
from sublet.people import operations as people_operations
from sublet.people.models import ApiKey, Collaborator
from sublet.people.operations import keys as key_operations
from sublet.people.operations.team import end_keys_of
from sublet.people.queries.impersonation import visits_of_client
from tests import factories
from tests.moves.steps import agree, ask_merge, ask_transfer, carry_merge_out, code_of, transfer
from tests.people import AT, CARL_HOST, World


def visit(world: World, who: str) -> tuple[str, Client]:
    """That person in Carl's account, as a reseller: the reference of the visit and the browser in it."""
    browser = world.stranger(CARL_HOST)
    with world.scope(who) as actor:
        begun = people_operations.begin_impersonation(
            client_ref=world.carl.ref, mode="reseller", collaborator_ref="", reason="To help with the articles",
            session_hash="0" * 64, second_factor_at=now(), actor=actor, at=now(),
        )  # fmt: skip
    browser.get(f"/enter/{begun.code}/", secure=True)
    return begun.impersonation_ref, browser


def page(world: World, browser: Client, ref: str, path: str) -> str:
    answer = browser.get(f"/as/{ref}/client/{world.carl.ref}/{path}", secure=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_next_reseller_reads_nothing_of_the_time_before_in_a_visit_either(world: World) -> None:
    with world.scope("rosa") as rosa:
        suspend_account(ref=world.carl.ref, reason="Has not paid us", actor=rosa, at=AT - timedelta(days=2))
    Account.unscoped.filter(id=world.carl.id).update(state="active")
    hers, browser = visit(world, "rosa")
    assert "suspended" in page(world, browser, hers, "history/")  # it is there to be read
    move = transfer(world)
    his, browser = visit(world, "remo")
    told = page(world, browser, his, "history/")
    assert "was moved" in told
    assert "suspended" not in told
    assert "Rosa" not in told
    with world.scope("carl") as carl:  # his own history remains his
        seen = [each.event for each in history(carl, account_id=world.carl.id).rows]
        assert "account.suspended" in seen
        assert len(visits_of_client(carl, client_ref=world.carl.ref).rows) == 2
    # It goes on to a third one, which reads in a visit neither that move nor who was there.
    world.users["tess"] = factories.make_user("Tess Third", "tess@example.test")
    third = factories.make_reseller(world.vendor, "Third Web")
    world.places["tess"] = factories.make_collaborator(third, world.users["tess"], owner=True)
    world.hosts["tess"] = "third.localhost"
    factories.make_host(third, "third.localhost")
    onward = ask_transfer(world, by="remo", to="tess", at=now())
    assert agree(world, "tess", onward, now())
    theirs, browser = visit(world, "tess")
    told = page(world, browser, theirs, "moves/")
    assert onward in told
    assert move not in told
    assert browser.get(f"/as/{theirs}/client/{world.carl.ref}/moves/{move}/", secure=True).status_code == 404


def test_whom_it_has_left_hears_no_newer_name(world: World) -> None:
    move = transfer(world, AT)
    with world.scope("remo") as remo:
        change_details(ref=world.carl.ref, changes={"name": "Carl & Daughters"}, version=None, actor=remo, at=AT)
    for who in ("rosa", "remo", "vera"):
        with world.scope(who) as actor:
            assert queries.move_of(actor, move_ref=move, at=AT).account_name == "Carl’s Kitchen"
    page = world.browser("rosa").get(f"/reseller/{world.rosa.ref}/moves/{move}/", secure=True).content.decode()
    assert "Daughters" not in page


def test_what_waits_for_an_answer_runs_out_when_a_merge_takes_the_client_along(world: World) -> None:
    """Otherwise nobody who is left could take it back, and the client could move nowhere for two weeks."""
    world.users["tess"] = factories.make_user("Tess Third", "tess@example.test")
    third = factories.make_reseller(world.vendor, "Third Web")
    world.places["tess"] = factories.make_collaborator(third, world.users["tess"], owner=True)
    world.hosts["tess"] = "third.localhost"
    waiting = ask_transfer(world, to="tess", at=AT)
    merge = ask_merge(world, AT)
    assert agree(world, "remo", merge, AT)
    carry_merge_out(world, merge, AT)
    assert Move.unscoped.get(ref=waiting).state == Move.State.LAPSED
    assert JournalEntry.unscoped.filter(event="move.lapsed").count() == 2  # in the histories of both sides
    with world.scope("remo") as remo:
        code = code_of(world, "tess", AT)
        assert not operations.ask_transfer(account_ref=world.carl.ref, code=code, actor=remo, at=AT).done


def test_an_account_that_goes_elsewhere_before_it_is_locked_is_left_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL another transaction may commit between the two: the one above it by then would not be locked."""
    Account.unscoped.filter(id=world.carl.id).update(ownership="client")
    lock = asking.lock_accounts  # type: ignore[attr-defined]  # as it is used there

    def late(ids: list[int]) -> dict[int, Account]:
        Account.unscoped.filter(id=world.carl.id).update(parent=world.remo)
        return lock(ids)

    monkeypatch.setattr(asking, "lock_accounts", late)
    with world.scope("carl") as carl, pytest.raises(CannotMoveAccount) as refusal:
        operations.detach(account_ref=world.carl.ref, actor=carl, at=AT)
    assert refusal.value.code == "meanwhile"
    assert not Move.unscoped.exists()


def test_a_merge_locks_clients_and_resellers_together_in_the_order_of_their_keys(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it waits for a client that somebody moves, who waits for its reseller: on PostgreSQL one of the two fails."""
    locked: list[list[int]] = []
    lock = merging.lock_accounts  # type: ignore[attr-defined]  # as it is used there

    def told(ids: Iterable[int]) -> dict[int, Account]:
        found = lock(ids)
        locked.append(list(found))
        return found

    def late(ids: Iterable[int]) -> dict[int, Account]:
        """One of them goes elsewhere just before."""
        monkeypatch.setattr(merging, "lock_accounts", told)
        Account.unscoped.filter(id=world.elan.id).update(parent=world.vendor)
        return told(ids)

    move = ask_merge(world, AT)
    assert agree(world, "remo", move, AT)
    monkeypatch.setattr(merging, "lock_accounts", late)
    carry_merge_out(world, move, AT)
    clients = [world.carl.id, world.elan.id, world.zorba.id]
    assert locked[0] == sorted([world.rosa.id, world.remo.id, *clients])
    assert dict(Account.unscoped.filter(id__in=clients).values_list("id", "parent_id")) == {
        world.carl.id: world.remo.id,
        world.elan.id: world.vendor.id,
        world.zorba.id: world.remo.id,
    }
    assert Move.unscoped.get(ref=move).moved == 2


def key_of_a_key(world: World) -> tuple[str, str]:
    """Rex, of Rosa's staff and on Carl's team, has made a key by which another one is made; the secrets of both."""
    world.users["rex"] = factories.make_user("Rex Rossi", "rex@example.test")
    factories.make_collaborator(world.rosa, world.users["rex"], rights={"clients": "manage"})
    world.places["rex"] = factories.make_collaborator(
        world.carl, world.users["rex"], rights={"keys": "manage", "settings": "view"}
    )
    world.hosts["rex"] = CARL_HOST
    with world.scope("rex") as rex:
        first = key_operations.create_key(
            name="Sync", rights={"keys": "manage", "settings": "view"}, expires_at=None, actor=rex, at=now()
        )
    asked = Client(headers={"host": CARL_HOST, "authorization": f"Bearer {first.secret}"})
    body = json.dumps({"name": "Quiet one", "rights": {"settings": "view"}})
    answer = asked.post("/api/v1/keys", body, content_type="application/json", secure=True)
    assert answer.status_code == 201, answer.content
    return first.secret, answer.json()["secret"]


def enters(secret: str) -> bool:
    asked = Client(headers={"host": CARL_HOST, "authorization": f"Bearer {secret}"})
    return bool(asked.get("/api/v1/account", secure=True).status_code == 200)


def test_a_key_that_a_key_of_the_staff_made_ends_with_it(world: World) -> None:
    first, second = key_of_a_key(world)
    assert (enters(first), enters(second)) == (True, True)
    with world.scope("rosa") as rosa:
        plan = operations.preview_detach(account_ref=world.carl.ref, actor=rosa, at=now()).plan
        assert [each.names for each in plan.ends if each.code == "keys"] == [("Quiet one", "Sync")]
    transfer(world)
    assert (enters(first), enters(second)) == (False, False)


def test_whoever_is_removed_does_not_come_back_by_a_key_of_a_key(world: World) -> None:
    _first, second = key_of_a_key(world)
    with world.scope("carl"):
        assert end_keys_of(Collaborator.objects.get(id=world.places["rex"].id), at=now()) == 2
    assert not enters(second)
    assert ApiKey.unscoped.filter(revoked_at__isnull=True).count() == 0


def test_a_mail_of_the_time_before_does_not_go_again(world: World) -> None:
    """Sent again it would be as new: it would go out in the old name, and the next reseller would read it."""
    written = AT - timedelta(days=1)
    with platform_scope("test data"):
        mails = [
            OutboxMail.objects.create(
                id=uuid7(written), account=world.carl, template="grant", key=state, language="en", message_id="<x>",
                to_email="carl@example.test", from_email="rosa@agency.example", from_name="Rosa", subject="Our prices",
                text="x", html="x", state=state, created_at=written, sent_at=written if state == "sent" else None,
            )
            for state in ("failed", "sent", "queued")
        ]  # fmt: skip
    with world.scope("vera") as vera:
        assert mail_queries.mail_text(
            vera, str(mails[0].id), at=AT
        ).can_be_sent_again  # as long as it stands where it stood
    transfer(world, AT)
    for mail in mails:
        with world.scope("vera") as vera:
            with pytest.raises(CannotSendMail) as refusal:
                send_again(mail_id=str(mail.id), actor=vera, at=AT + timedelta(hours=1))
            assert refusal.value.code == "left"
            assert not mail_queries.mail_text(vera, str(mail.id), at=AT).can_be_sent_again
    assert set(OutboxMail.unscoped.filter(subject="Our prices").values_list("state", flat=True)) == {
        "failed", "sent", "left",
    }  # fmt: skip
    with world.scope("remo") as remo:
        assert "Our prices" not in [each.subject for each in mail_queries.outbox(remo).rows]
