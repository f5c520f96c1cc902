"""A reseller that does not pay: it can read and pay, and nothing of its clients changes."""

from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.html import escape

from sublet.accounts.models import Account
from sublet.accounts.operations import change_details, suspend_account
from sublet.core.rights import Level
from sublet.foundation.errors import Forbidden
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.moves.operations import (
    CannotMoveAccount,
    ask_merge,
    make_moving_code,
    preview_merge,
    preview_revert,
    revert,
)
from sublet.people.models import User
from sublet.people.queries import enter
from tests.billing.dunned import case_of, day_by_day, is_paid, mails, on, passes, reseller_owes, rests, steps, takes
from tests.people import ROSA_HOST, World


def rosa_now(world: World, person: str = "rosa") -> object:
    entry = enter(user_id=world.users[person].id, account_ref=world.rosa.ref, host=ROSA_HOST, request_id="", at=on(22))
    assert entry is not None
    return entry.actor


def row(account: Account) -> Account:
    with platform_scope("test"):
        return Account.objects.get(id=account.id)


def test_it_can_read_and_pay_until_it_has_paid(world: World) -> None:
    takes(world)
    invoice = reseller_owes(world)
    before = rosa_now(world)
    day_by_day(0, 22)
    assert steps(invoice)[-1] == ("pause:21", "read-only")
    after = rosa_now(world)
    assert {section for section, level in after.rights.levels.items() if level > Level.VIEW} == {"billing"}  # type: ignore[attr-defined]
    assert set(after.rights.levels) == set(before.rights.levels)  # type: ignore[attr-defined]  # nothing is hidden
    with actor_scope(after), pytest.raises(Forbidden):  # type: ignore[arg-type]
        suspend_account(ref=world.carl.ref, reason="x", actor=after, at=on(22))  # type: ignore[arg-type]
    with actor_scope(after), pytest.raises(Forbidden):  # type: ignore[arg-type]
        change_details(ref=world.carl.ref, changes={"city": "Roma"}, version=0, actor=after, at=on(22))  # type: ignore[arg-type]
    is_paid(invoice)
    passes(23)
    assert case_of(invoice).state == "settled"
    assert rosa_now(world).rights == before.rights  # type: ignore[attr-defined]
    assert row(world.rosa).read_only_since is None
    rows = JournalEntry.unscoped.filter(account_id=world.rosa.id, event__startswith="reseller.").order_by("id")
    assert list(rows.values_list("event", flat=True)) == ["reseller.limited", "reseller.freed"]


def test_its_clients_go_on_as_before(world: World) -> None:
    takes(world)
    before = row(world.carl)
    reseller_owes(world)
    day_by_day(0, 30)
    assert row(world.rosa).read_only_since is not None
    now = row(world.carl)
    assert (now.state, now.plan, now.version) == (before.state, before.plan, before.version)
    assert not rests(world.carl, on(30))
    entry = enter(
        user_id=world.users["carl"].id, account_ref=world.carl.ref, host="carl.localhost", request_id="", at=on(30)
    )
    assert entry is not None
    assert entry.actor.rights == world.actor("carl").rights


def test_the_vendor_and_the_reseller_are_told_in_the_vendors_name(world: World) -> None:
    takes(world)
    reseller_owes(world)
    day_by_day(0, 22)
    assert mails() == [
        ("invoice-reminder", "rosa@example.test"), ("invoice-reminder", "rosa@example.test"),
        ("invoice-reminder", "rosa@example.test"), ("invoice-last-call", "rosa@example.test"),
        ("invoice-paused", "rosa@example.test"), ("reseller-limited", "vera@example.test"),
    ]  # fmt: skip
    day_by_day(23, 30)
    assert len(mails()) == 6


def test_two_invoices_limit_it_once_and_the_last_one_frees_it(world: World) -> None:
    takes(world)
    one, two = reseller_owes(world), reseller_owes(world, number=2)
    day_by_day(0, 22)
    is_paid(one)
    passes(23)
    assert row(world.rosa).read_only_since == on(21)
    is_paid(two)
    passes(30)
    assert row(world.rosa).read_only_since is None


def test_it_neither_closes_nor_becomes_something_else_before_it_has_paid(world: World) -> None:
    with platform_scope("test"):
        Account.objects.filter(id=world.carl.id).update(parent=world.remo)
        Account.objects.filter(id=world.rosa.id).update(read_only_since=on(0))
    for ask in (revert, preview_revert):
        with world.scope("rosa") as rosa, pytest.raises(CannotMoveAccount) as fault:
            ask(actor=rosa, at=on(1))
        assert fault.value.code == "unpaid"
    with world.scope("remo") as remo:
        code = make_moving_code(actor=remo, at=on(1))
    for ask_or_look in (ask_merge, preview_merge):
        with world.scope("rosa") as rosa, pytest.raises(CannotMoveAccount) as fault:
            ask_or_look(code=code, actor=rosa, at=on(1))
        assert fault.value.code == "unpaid"


#: What works there is tried in tests/people/test_ending_when_limited.py.
LIMITED = (
    "An invoice is not paid. You can still read everything, pay, see to your own prices and billing and end access: people, "
    "invitations, API keys, webhooks. Nothing else can be changed. Your clients go on as before."
)


@pytest.mark.parametrize("language", ["it", "sq", "nl", "fr", "pt"])
def test_the_banner_says_in_each_language_what_works(world: World, language: str) -> None:
    with platform_scope("test"):
        Account.objects.filter(id=world.rosa.id).update(read_only_since=on(0))
    User.objects.filter(id=world.users["rosa"].id).update(language=language)
    page = world.browser("rosa").get(f"/reseller/{world.rosa.ref}/clients/").content.decode()
    with translation.override(language):
        words = escape(translation.gettext(LIMITED))
    assert words != escape(LIMITED)
    assert words in page
    assert "webhook" in words.lower()


def test_its_pages_say_why_and_open(world: World) -> None:
    with platform_scope("test"):
        Account.objects.filter(id=world.rosa.id).update(read_only_since=on(0))
    browser = world.browser("rosa")
    page = browser.get(f"/reseller/{world.rosa.ref}/clients/")
    assert page.status_code == 200
    assert LIMITED in page.content.decode()
    refused = browser.post(f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/suspend/", {"reason": "x"})
    assert refused.status_code == 403
    assert row(world.carl).state == "active"


def test_the_vendor_sees_it_on_the_resellers_page(world: World) -> None:
    with platform_scope("test"):
        Account.objects.filter(id=world.rosa.id).update(read_only_since=on(0))
    page = world.browser("vera").get(f"/vendor/{world.vendor.ref}/accounts/{world.rosa.ref}/").content.decode()
    assert "Can only read and pay since" in page


def test_without_the_floor_the_same_is_done(world: World) -> None:
    """The positive control."""
    browser = world.browser("rosa")
    page = browser.get(f"/reseller/{world.rosa.ref}/clients/")
    assert "Your clients go on as before." not in page.content.decode()
    with world.scope("rosa") as rosa:
        suspend_account(ref=world.carl.ref, reason="x", actor=rosa, at=on(22))
    assert row(world.carl).state == "suspended"
