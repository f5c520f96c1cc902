"""Moves: who may ask, who has to agree, what each side reads, what stays with whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils.translation import override

from sublet.accounts import queries as account_queries
from sublet.accounts.models import Account, AccountTag
from sublet.accounts.operations import change_details, set_tags, suspend_account
from sublet.foundation.actor import Impersonator
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.queries import history
from sublet.foundation.scope import platform_scope
from sublet.messaging import queries as mail_queries
from sublet.messaging.models import OutboxMail
from sublet.moves import operations, queries
from sublet.moves.models import FormerClient, Move, MovingCode
from sublet.moves.operations import CannotMoveAccount
from sublet.people.models import Collaborator, Grant
from sublet.people.operations.throttle import CannotTryAgainYet
from tests import factories
from tests.moves.former import Former
from tests.moves.steps import agree, ask_attach, ask_merge, ask_transfer, carry_merge_out, code_of, merge, transfer
from tests.people import AT, World


def place_of(account: Account) -> tuple[str, int | None, str]:
    row = Account.unscoped.get(id=account.id)
    return row.kind, row.parent_id, row.ownership


def own(account: Account, ownership: str = "client") -> None:
    Account.unscoped.filter(id=account.id).update(ownership=ownership)


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(CannotMoveAccount) as refusal:
        call()
    return refusal.value.code


# Detach ---------------------------------------------------------------------------------------------------------------


def test_a_client_becomes_a_direct_account_of_its_own(world: World) -> None:
    with world.scope("rosa") as rosa:
        assert operations.detach(account_ref=world.carl.ref, actor=rosa, at=AT).done
    assert place_of(world.carl) == ("direct", world.vendor.id, "client")
    # Its people stay, and work on as on any direct account.
    assert world.browser("carl").get(f"/client/{world.carl.ref}/").status_code == 200
    with world.scope("vera") as vera:
        found = account_queries.client_facts(vera, world.carl.ref)
        assert (found.tags, found.notes) == ((), "")


def test_only_whoever_owns_the_account_detaches_it(world: World) -> None:
    with world.scope("carl") as carl:
        assert refused(lambda: operations.detach(account_ref=world.carl.ref, actor=carl, at=AT)) == "reseller-owns"
    own(world.carl)
    with world.scope("rosa") as rosa:
        assert refused(lambda: operations.detach(account_ref=world.carl.ref, actor=rosa, at=AT)) == "client-owns"
    with world.scope("cleo") as cleo, pytest.raises(Forbidden):
        operations.detach(account_ref=world.carl.ref, actor=cleo, at=AT)
    for who in ("remo", "dora"):
        with world.scope(who) as stranger, pytest.raises(NotFound):
            operations.detach(account_ref=world.carl.ref, actor=stranger, at=AT)
    with world.scope("ruth") as ruth, pytest.raises(Forbidden):
        operations.detach(account_ref=world.carl.ref, actor=ruth, at=AT)
    with world.scope("vera") as vera, pytest.raises(NotFound):
        operations.detach(account_ref=world.carl.ref, actor=vera, at=AT)
    assert place_of(world.carl)[:2] == ("client", world.rosa.id)
    assert not Move.unscoped.exists()
    assert not JournalEntry.unscoped.exists()


def test_nobody_moves_an_account_in_a_visit(world: World) -> None:
    visitor = Impersonator(user_id=1, name="V", account_id=world.rosa.id, impersonation_ref="ims_x", mode="client")
    own(world.carl)
    with world.scope("carl") as carl, pytest.raises(CannotWhileImpersonating):
        operations.detach(account_ref=world.carl.ref, actor=replace(carl, impersonator=visitor), at=AT)


def test_an_account_that_nobody_owns_stays_where_it_is(world: World) -> None:
    with world.scope("rosa") as rosa:
        assert refused(lambda: operations.detach(account_ref=world.elan.ref, actor=rosa, at=AT)) == "nobody"


def test_a_client_keeps_the_notice_that_it_agreed_to(world: World) -> None:
    own(world.carl)
    Grant.unscoped.filter(account=world.carl).update(notice_days=30)
    with world.scope("carl") as carl:
        assert refused(lambda: operations.detach(account_ref=world.carl.ref, actor=carl, at=AT)) == "notice"
        Grant.unscoped.filter(account=world.carl).update(ends_at=AT)
        assert operations.detach(account_ref=world.carl.ref, actor=carl, at=AT).done


def test_what_the_reseller_kept_about_it_stays_with_the_reseller(world: World) -> None:
    Account.unscoped.filter(id=world.carl.id).update(
        notes="Pays late", external_id="C-17", responsible_id=world.users["rosa"].id
    )
    transfer(world, AT)
    row = Account.unscoped.get(id=world.carl.id)
    assert (row.notes, row.external_id, row.responsible_id) == ("", "", None)
    assert not AccountTag.unscoped.filter(account=row).exists()
    with world.scope("rosa") as rosa:
        (kept,) = queries.former_clients(rosa)[0]
        assert (kept.name, kept.notes, kept.external_id, list(kept.tags), kept.went_to) == (
            "Carl’s Kitchen", "Pays late", "C-17", ["restaurant", "vip"], "Remo Digital",
        )  # fmt: skip
    for who in ("remo", "rico"):
        with world.scope(who) as other:
            assert queries.former_clients(other)[0] == ()
    # Its words lead to it where it is now, and nowhere else.
    for who, found in (("rosa", []), ("remo", [world.carl.ref])):
        with world.scope(who) as actor:
            page = account_queries.client_list(actor, account_queries.ListQuery(search="kitchen"), at=AT)
            assert [each.ref for each in page.rows] == found


# Transfer -------------------------------------------------------------------------------------------------------------


def test_a_client_goes_to_another_reseller_once_both_have_agreed(world: World) -> None:
    move = ask_transfer(world, at=AT)
    assert place_of(world.carl)[1] == world.rosa.id
    assert agree(world, "remo", move, AT)
    assert place_of(world.carl) == ("client", world.remo.id, "reseller")
    assert agree(world, "remo", move, AT)  # pressed twice
    # It comes with what a new client comes with.
    (grant,) = Grant.unscoped.filter(account=world.carl, state="active")
    assert (grant.reseller_id, grant.everywhere) == (world.remo.id, "manage")
    assert world.browser("remo").get(f"/reseller/{world.remo.ref}/clients/{world.carl.ref}/").status_code == 200


def test_of_an_account_of_its_own_the_client_asks_and_both_resellers_agree(world: World) -> None:
    own(world.carl)
    assert refused(lambda: ask_transfer(world, at=AT)) == "client-owns"
    move = ask_transfer(world, by="carl", at=AT)
    assert not agree(world, "remo", move, AT)
    assert place_of(world.carl)[1] == world.rosa.id
    assert agree(world, "rosa", move, AT)
    assert place_of(world.carl) == ("client", world.remo.id, "client")


def test_who_became_the_owner_meanwhile_has_to_agree_too(world: World) -> None:
    move = ask_transfer(world, at=AT)
    own(world.carl)
    assert not agree(world, "remo", move, AT)
    assert agree(world, "carl", move, AT)
    assert place_of(world.carl)[1] == world.remo.id


def test_nobody_else_answers_or_even_sees_it(world: World) -> None:
    move = ask_transfer(world, at=AT)
    for who in ("carl", "nora", "dora", "vera"):
        with world.scope(who) as stranger, pytest.raises((NotFound, CannotMoveAccount)):
            operations.agree(move_ref=move, actor=stranger, at=AT)
    for who in (
        "carl",
        "nora",
        "dora",
    ):  # of a client that its reseller owns it is the reseller's affair until it is done
        with world.scope(who) as stranger, pytest.raises(NotFound):
            queries.move_of(stranger, move_ref=move, at=AT)
    with world.scope("ruth") as looks, pytest.raises(NotFound):
        operations.decline(move_ref=move, actor=looks, at=AT)
    with world.scope("rosa") as rosa, pytest.raises(CannotMoveAccount):
        operations.agree(move_ref=move, actor=rosa, at=AT)  # has agreed by asking
    assert place_of(world.carl)[1] == world.rosa.id


def test_declined_taken_back_or_run_out_everything_stays(world: World) -> None:
    first = ask_transfer(world, at=AT)
    with world.scope("remo") as remo:
        operations.decline(move_ref=first, reason="No room", actor=remo, at=AT)
        assert refused(lambda: operations.agree(move_ref=first, actor=remo, at=AT)) == "answered"
    second = ask_transfer(world, at=AT)
    with world.scope("rosa") as rosa:
        operations.take_back(move_ref=second, actor=rosa, at=AT)
    third = ask_transfer(world, at=AT)
    late = AT + operations.ANSWER_WITHIN
    with world.scope("remo") as remo:
        assert refused(lambda: operations.agree(move_ref=third, actor=remo, at=late)) == "lapsed"
        assert queries.move_of(remo, move_ref=third, at=late).state == "lapsed"
    with platform_scope("the schedule"):
        assert operations.let_moves_lapse(actor=world.actor("vera"), at=late) == 1
        assert operations.let_moves_lapse(actor=world.actor("vera"), at=late) == 0
    assert [row.state for row in Move.unscoped.order_by("id")] == ["declined", "taken-back", "lapsed"]
    assert place_of(world.carl)[1] == world.rosa.id


def test_an_account_moves_once_at_a_time(world: World) -> None:
    ask_transfer(world, at=AT)
    assert refused(lambda: ask_transfer(world, at=AT)) == "moving"
    with world.scope("rosa") as rosa:
        assert refused(lambda: operations.detach(account_ref=world.carl.ref, actor=rosa, at=AT)) == "moving"


def test_staff_of_chosen_clients_gives_no_codes_and_takes_nobody_in(world: World) -> None:
    move = ask_transfer(world, at=AT)
    limited = factories.make_user("Lia Lodi", "lia@example.test")
    world.users["lia"], world.hosts["lia"] = limited, "remo.localhost"
    world.places["lia"] = factories.make_collaborator(
        world.remo, limited, rights={"clients": "manage"}, reach=[world.bakery]
    )
    with world.scope("lia") as lia:
        assert refused(lambda: operations.agree(move_ref=move, actor=lia, at=AT)) == "confined"
        assert refused(lambda: operations.make_moving_code(actor=lia, at=AT)) == "confined"


# Codes ----------------------------------------------------------------------------------------------------------------


def test_a_code_names_its_account_for_a_week_and_until_the_next(world: World) -> None:
    first = code_of(world, "remo", AT)
    second = code_of(world, "remo", AT)
    typed = second.lower().replace("-", " ")
    with world.scope("rosa") as rosa:
        for code, at in ((first, AT), (second, AT + operations.LASTS), ("", AT), ("\x00'", AT), ("A" * 12, AT)):
            assert refused(
                lambda code=code, at=at: operations.preview_transfer(account_ref=world.carl.ref, code=code, actor=rosa, at=at)  # type: ignore[misc]
            ) == "code"  # fmt: skip
        found = operations.preview_transfer(account_ref=world.carl.ref, code=typed, actor=rosa, at=AT)
        assert (found.other, found.asks) == ("Remo Digital", True)
    with world.scope("remo") as remo:
        assert refused(lambda: operations.ask_merge(code=second, actor=remo, at=AT)) == "itself"
    dora = code_of(world, "dora", AT)
    with world.scope("rosa") as rosa:  # a direct account takes in no clients
        assert (
            refused(lambda: operations.preview_transfer(account_ref=world.carl.ref, code=dora, actor=rosa, at=AT))
            == "code"
        )


def test_codes_are_not_guessed(world: World) -> None:
    with world.scope("rosa") as rosa:
        for _each in range(20):
            refused(lambda: operations.preview_attach(code="AAAA-BBBB-CCCC", actor=rosa, at=AT))
        with pytest.raises(CannotTryAgainYet):
            operations.preview_attach(code="AAAA-BBBB-CCCC", actor=rosa, at=AT)


def test_who_gives_a_code_out(world: World) -> None:
    for who in ("carl", "cleo", "vera", "ruth"):
        with world.scope(who) as actor, pytest.raises(Forbidden):
            operations.make_moving_code(actor=actor, at=AT)
    assert not MovingCode.unscoped.exists()


# Attach ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("by", "other"), [("dora", "rosa"), ("rosa", "dora")])
def test_a_direct_account_joins_a_reseller_when_both_want_it(world: World, by: str, other: str) -> None:
    move = ask_attach(world, by, other=other, at=AT)
    assert place_of(world.dora) == ("direct", world.vendor.id, "reseller")
    assert agree(world, other, move, AT)
    # It remains its own: it can leave again, and put the reseller out.
    assert place_of(world.dora) == ("client", world.rosa.id, "client")
    assert Grant.unscoped.get(account=world.dora, state="active").reseller_id == world.rosa.id
    assert world.browser("rosa").get(f"/reseller/{world.rosa.ref}/clients/{world.dora.ref}/").status_code == 200
    with world.scope("dora") as dora:
        assert operations.detach(account_ref=world.dora.ref, actor=dora, at=AT).done


def test_a_reseller_learns_no_more_of_an_account_than_its_name_before_it_has_agreed(world: World) -> None:
    code = code_of(world, "dora", AT)
    with world.scope("rosa") as rosa:
        shown = operations.preview_attach(code=code, actor=rosa, at=AT)
        assert (shown.account_name, shown.plan.along, shown.plan.ends, shown.plan.host) == (
            "Dora’s Diner",
            (),
            (),
            ("", ""),
        )
        asked = operations.ask_attach(code=code, actor=rosa, at=AT)
        assert queries.move_of(rosa, move_ref=asked.ref, at=AT).plan is None


# Merge and revert -----------------------------------------------------------------------------------------------------


def test_two_resellers_become_one_and_no_client_is_lost(world: World) -> None:
    Account.unscoped.filter(id=world.carl.id).update(notes="Pays late", external_id="C-17")
    closed = factories.make_client(world.rosa, "Over", state="closed", gone_at=AT)
    before = set(Account.unscoped.filter(kind="client").values_list("id", flat=True))
    merge(world, AT)
    assert set(Account.unscoped.filter(kind="client").values_list("id", flat=True)) == before
    assert not Account.unscoped.filter(parent=world.rosa).exists()
    carl = Account.unscoped.get(id=world.carl.id)
    # Two become one: what was kept about the clients goes along.
    assert (carl.parent_id, carl.notes, carl.external_id) == (world.remo.id, "Pays late", "C-17")
    assert set(AccountTag.unscoped.filter(account=carl).values_list("name", "parent_id")) == {
        ("restaurant", world.remo.id), ("vip", world.remo.id)
    }  # fmt: skip
    assert Account.unscoped.get(id=closed.id).parent_id == world.remo.id
    rosa = Account.unscoped.get(id=world.rosa.id)
    assert (rosa.state, rosa.state_before_close) == ("closed", "")
    assert world.browser("rosa").get(f"/reseller/{world.rosa.ref}/clients/").status_code == 404
    assert Move.unscoped.get().moved == 4


def test_a_client_that_was_opened_during_a_merge_goes_along(world: World) -> None:
    move = ask_merge(world, AT)
    assert agree(world, "remo", move, AT)
    remo = world.actor("remo")
    with platform_scope("the job"):
        while operations.merge_batch(move_ref=move, actor=remo, at=AT):
            pass
    late = factories.make_client(world.rosa, "Late")
    with platform_scope("the job"):
        assert not operations.finish_merge(move_ref=move, actor=remo, at=AT)
    carry_merge_out(world, move, AT)
    assert Account.unscoped.get(id=late.id).parent_id == world.remo.id


def test_a_merge_whose_target_is_closed_meanwhile_is_stopped_and_both_are_told_why(world: World) -> None:
    move = ask_merge(world, AT)
    assert agree(world, "remo", move, AT)
    with platform_scope("the job"):
        assert operations.merge_batch(move_ref=move, actor=world.actor("remo"), at=AT)
    gone_over = Account.unscoped.filter(parent=world.remo).count()
    late = factories.make_client(world.rosa, "Late")
    Account.unscoped.filter(id=world.remo.id).update(state="suspended")
    OutboxMail.unscoped.all().delete()
    run_due_jobs(at=AT)
    stopped = Move.unscoped.get(ref=move)
    assert (stopped.state, stopped.ended_by) == ("stopped", "")
    assert not Job.unscoped.filter(kind="moves.merge", state="dead").exists()
    assert Account.unscoped.filter(parent=world.remo).count() == gone_over
    assert Account.unscoped.get(id=late.id).parent_id == world.rosa.id
    told = JournalEntry.unscoped.filter(event="move.stopped").order_by("account_id")
    assert [(each.account_id, each.data["why"], each.data["moved"]) for each in told] == [
        (side.id, "reseller-closed", stopped.moved) for side in (world.rosa, world.remo)
    ]
    mails = OutboxMail.unscoped.filter(template="move")
    assert sorted(mails.values_list("account_id", flat=True)) == [world.rosa.id, world.remo.id]
    for mail in mails:
        with override(mail.language):
            assert str(CannotMoveAccount.SENTENCES["reseller-closed"]) in mail.text
    # Nothing waits any more: it may be asked again, once the other is open.
    Account.unscoped.filter(id=world.remo.id).update(state="active")
    assert ask_merge(world, AT) != move


def test_only_owners_in_person_merge(world: World) -> None:
    boss = factories.make_user("Bea Bruni", "bea@example.test")
    world.users["bea"], world.hosts["bea"] = boss, "rosa.localhost"
    world.places["bea"] = factories.make_collaborator(
        world.rosa, boss, rights={"clients": "manage", "settings": "manage"}
    )
    code = code_of(world, "remo", AT)
    with world.scope("bea") as bea, pytest.raises(Forbidden):
        operations.ask_merge(code=code, actor=bea, at=AT)
    move = ask_merge(world, AT)
    second = factories.make_user("Ugo Urso", "ugo@example.test")
    world.users["ugo"], world.hosts["ugo"] = second, "remo.localhost"
    world.places["ugo"] = factories.make_collaborator(world.remo, second, rights={"clients": "manage"})
    with world.scope("ugo") as ugo, pytest.raises(Forbidden):
        operations.agree(move_ref=move, actor=ugo, at=AT)
    assert Move.unscoped.get().state == "asked"


def test_a_reseller_without_clients_becomes_a_direct_account_again(world: World) -> None:
    with world.scope("rosa") as rosa:
        assert refused(lambda: operations.revert(actor=rosa, at=AT)) == "has-clients"
    with world.scope("remo") as remo:
        assert refused(lambda: operations.revert(actor=remo, at=AT)) == "has-clients"
    Account.unscoped.filter(parent=world.remo).update(parent=world.rosa)
    with world.scope("remo") as remo:
        assert operations.revert(reason="Too much work", actor=remo, at=AT).done
    assert place_of(world.remo)[:2] == ("direct", world.vendor.id)
    assert world.browser("remo").get(f"/reseller/{world.remo.ref}/").status_code == 404
    assert world.browser("remo").get(f"/client/{world.remo.ref}/").status_code == 200


# What each side reads -------------------------------------------------------------------------------------------------


def test_the_former_reseller_reads_that_its_client_left_and_no_more(world: World) -> None:
    transfer(world, AT)
    later = AT + timedelta(hours=1)
    with world.scope("remo") as remo:
        operations.make_moving_code(actor=remo, at=later)
    with world.scope("carl") as carl:
        change_details(ref=world.carl.ref, changes={"city": "Milano"}, version=None, actor=carl, at=later)
    with world.scope("rosa") as rosa:
        own_events = [each.event for each in history(rosa).rows]
        assert own_events == ["client.left", "move.agreed", "move.asked"]
        assert "account.details_changed" not in [each.event for each in history(rosa, below=True).rows]
    with world.scope("remo") as remo:
        seen = [each.event for each in history(remo, account_id=world.carl.id).rows]
        assert seen == ["account.details_changed", "account.moved"]
    with world.scope("carl") as carl:
        assert "account.moved" in [each.event for each in history(carl, account_id=world.carl.id).rows]


def test_the_next_reseller_reads_nothing_of_the_time_before(world: World) -> None:
    with world.scope("rosa") as rosa:
        suspend_account(ref=world.carl.ref, reason="Has not paid us", actor=rosa, at=AT - timedelta(days=2))
        set_tags(ref=world.carl.ref, tags=["difficult"], actor=rosa, at=AT - timedelta(days=2))
    with platform_scope("test data"):
        OutboxMail.objects.create(
            id="019c0000-0000-7000-8000-000000000001", account=world.carl, template="grant", key="old", language="en",
            to_email="carl@example.test", from_email="rosa@agency.example", from_name="Rosa", subject="Our prices",
            text="x", html="x", message_id="<x>", state="sent", created_at=AT - timedelta(days=1),
        )  # fmt: skip
    with world.scope("rosa") as rosa:  # as long as it is hers, she does
        assert [each.subject for each in mail_queries.outbox(rosa).rows] == ["Our prices"]
        assert history(rosa, account_id=world.carl.id).rows
    transfer(world, AT)
    with world.scope("remo") as remo:
        assert "Our prices" not in [each.subject for each in mail_queries.outbox(remo).rows]
        assert [each.event for each in history(remo, account_id=world.carl.id).rows] == ["account.moved"]
        with pytest.raises(NotFound):
            mail_queries.mail_text(remo, "019c0000-0000-7000-8000-000000000001", at=AT)
    with world.scope("carl") as carl:
        assert "Our prices" in [each.subject for each in mail_queries.outbox(carl).rows]


def test_everybody_concerned_gets_a_mail_in_the_name_that_holds_then(world: World) -> None:
    move = ask_transfer(world, at=AT)
    told = list(OutboxMail.unscoped.filter(template="move").values_list("to_email", "account_id"))
    assert told == [("remo@example.test", world.remo.id)]
    OutboxMail.unscoped.all().delete()
    agree(world, "remo", move, AT)
    mails = {row.to_email: row for row in OutboxMail.unscoped.filter(template="move")}
    assert set(mails) == {"carl@example.test", "remo@example.test", "rosa@example.test"}
    assert "Remo" in mails["carl@example.test"].from_name
    assert "Rosa" in mails["rosa@example.test"].from_name
    assert "vantage" not in mails["carl@example.test"].html.lower()
    assert {row.state for row in mails.values()} == {"queued"}


def test_a_staff_member_that_owns_the_account_stays_its_owner(world: World) -> None:
    Collaborator.unscoped.filter(id=world.places["carl"].id).update(user=world.users["ruth"])
    with world.scope("rosa") as rosa:
        assert operations.preview_detach(account_ref=world.carl.ref, actor=rosa, at=AT).plan.owner_is_staff
        operations.detach(account_ref=world.carl.ref, actor=rosa, at=AT)
    assert Collaborator.unscoped.get(id=world.places["carl"].id).ended_at is None


# Plans ----------------------------------------------------------------------------------------------------------------


def test_what_is_shown_before_is_what_ends(world: World, former: Callable[[], Former]) -> None:
    there = former()
    with world.scope("rosa") as rosa:
        shown = operations.preview_detach(account_ref=world.carl.ref, actor=rosa, at=there.at).plan
        lines = {line.code: (line.count, line.names) for line in (*shown.along, *shown.ends, *shown.stays)}
    assert lines == {
        "people": (2, ()),
        "hosts-kept": (1, ("carl.localhost",)),
        "history": (1, ()),
        "access": (1, ()),
        "visits": (3, ()),
        "staff-places": (1, ()),
        "invitations": (1, ()),
        "keys": (1, ("Sync",)),
        "hosts": (1, ("carl.agency.example",)),
        "mails": (lines["mails"][0], ()),
        "sign-ons": (1, ()),
        "tags": (2, ()),
    }
    assert shown.brand == ("Rosa Web Studio", "Vantage Apps")
    with world.scope("rosa") as rosa:
        operations.detach(account_ref=world.carl.ref, actor=rosa, at=there.at)
    (kept,) = FormerClient.unscoped.all()
    assert len(kept.tags) == 2
    ended = list(JournalEntry.unscoped.filter(account_id=world.carl.id, at=there.at).values_list("event", flat=True))
    assert {name: ended.count(name) for name in set(ended)} == {
        "impersonation.ended": 3,
        "collaborator.removed": 1,
        "invitation.revoked": 1,
        "host.released": 1,
        "account.moved": 1,
    } | ({"api_key.revoked": 1} if "api_key.revoked" in ended else {})
