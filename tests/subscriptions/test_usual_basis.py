"""By which periods new clients are charged: what their reseller says of those to come, by page and by program."""

from __future__ import annotations

import html
from datetime import datetime, timedelta

import pytest

from sublet.accounts.models import Account
from sublet.accounts.operations import Details
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.subscriptions import operations, queries
from sublet.subscriptions.models import BasisChosen, UsualBasis
from sublet.subscriptions.operations import CannotSetUsualBasis
from sublet.subscriptions.operations.bases import take_usual_basis
from tests import factories
from tests.moves.steps import transfer
from tests.people import AT, World
from tests.portals.api.caller import make_caller
from tests.subscriptions import sell
from tests.subscriptions.test_bases import rule

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def sold(world: World) -> World:
    sell(world)
    return world


def says(world: World, basis: str = "calendar", *, person: str = "rosa", at: datetime = AT) -> bool:
    with world.scope(person) as actor:
        return operations.set_usual_basis(basis=basis, actor=actor, at=at)


def opened(world: World, name: str = "Newcomer", *, at: datetime = AT + DAY) -> Account:
    details = Details(language="en", timezone="Europe/Rome", currency="EUR", country="IT")
    with world.scope("rosa") as rosa:
        return operations.open_client(name=name, details=details, begins="small", actor=rosa, at=at)


def basis_of(world: World, account: Account, at: datetime, person: str = "rosa") -> tuple[str, str]:
    with world.scope(person) as actor:
        view = queries.subscription_of(actor, account.ref, at=at).basis
    return view.basis, view.source


def test_who_says_nothing_has_new_clients_charged_from_the_day_of_taking(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        view = queries.usual_basis(rosa)
    assert (view.basis, view.since, view.by, view.may_change) == ("anniversary", None, "", True)
    assert basis_of(sold, opened(sold), AT + DAY) == ("anniversary", "")


def test_new_clients_are_charged_as_it_was_said_and_who_is_there_stays_as_it_is(sold: World) -> None:
    before = opened(sold, "Before", at=AT)
    assert says(sold, at=AT + DAY) is True
    assert says(sold, at=AT + DAY) is False
    after = opened(sold, "After", at=AT + 2 * DAY)
    later = AT + 3 * DAY
    assert basis_of(sold, before, later) == ("anniversary", "")
    assert basis_of(sold, after, later) == ("calendar", "usual")
    assert says(sold, "anniversary", at=later) is True
    assert basis_of(sold, opened(sold, "Last", at=later), later) == ("anniversary", "")
    assert basis_of(sold, after, later + DAY) == ("calendar", "usual")
    with platform_scope("test"):
        assert [(row.basis, row.usual) for row in BasisChosen.objects.all()] == [("calendar", True)]
        entries = JournalEntry.unscoped.filter(event="subscription.usual_basis_set").order_by("id")  # unscoped: test
        assert [(row.account_id, row.data["basis"]) for row in entries] == [
            (sold.rosa.id, "calendar"), (sold.rosa.id, "anniversary"),
        ]  # fmt: skip


def test_what_is_chosen_for_one_and_what_the_vendor_says_go_before_it(sold: World) -> None:
    says(sold)
    client = opened(sold)
    with sold.scope("rosa") as rosa:
        operations.choose_basis(ref=client.ref, basis="anniversary", actor=rosa, at=AT + 2 * DAY)
    assert basis_of(sold, client, AT + 2 * DAY) == ("anniversary", "chosen")
    other = opened(sold, "Other")
    first_day = (AT + 20 * DAY).date()
    rule(sold, "anniversary", first_day)
    assert basis_of(sold, other, AT + 10 * DAY) == ("calendar", "usual")
    assert basis_of(sold, other, AT + 22 * DAY) == ("anniversary", "vendor")


def test_who_moves_in_keeps_its_periods(sold: World) -> None:
    says(sold, person="remo")
    transfer(sold, AT + DAY)
    with platform_scope("test"):
        assert Account.objects.get(id=sold.carl.id).parent_id == sold.remo.id
        assert not BasisChosen.objects.exists()


def test_clients_of_an_import_are_born_with_it_in_one_statement_more(sold: World) -> None:
    says(sold)
    with sold.scope("rosa") as rosa:
        made = [factories.make_client(sold.rosa, f"Imported {number}") for number in range(3)]
        take_usual_basis([each.id for each in made], sold.rosa.id, AT + DAY, rosa)
    with platform_scope("test"):
        assert BasisChosen.objects.filter(account__in=made, usual=True, basis="calendar").count() == 3


@pytest.mark.parametrize("person", ["carl", "cleo", "vera", "dora"])
def test_nobody_but_a_reseller_says_it(sold: World, person: str) -> None:
    with pytest.raises((Forbidden, NotFound)):
        says(sold, person=person)
    with platform_scope("test"):
        assert not UsualBasis.objects.exists()


@pytest.mark.parametrize("person", ["ruth", "rico"])
def test_nobody_of_the_staff_without_the_right_or_with_some_clients_only(sold: World, person: str) -> None:
    assert not sold.actor(person).may_for_all("subscription:manage")
    with pytest.raises(Forbidden):
        says(sold, person=person)
    page = sold.browser(person).get(f"/reseller/{sold.rosa.ref}/plans/new-clients/")
    assert page.status_code in (403, 404)


def test_a_word_that_is_none_is_refused(sold: World) -> None:
    with pytest.raises(CannotSetUsualBasis) as refused:
        says(sold, "either")
    assert refused.value.code == "wrong-basis"


def test_another_reseller_reads_its_own(sold: World) -> None:
    says(sold)
    with sold.scope("remo") as remo:
        assert queries.usual_basis(remo).basis == "anniversary"
        assert not UsualBasis.objects.exists()


def test_it_is_said_on_a_page_and_shown_with_its_source(sold: World) -> None:
    rosa, base = sold.browser("rosa"), f"/reseller/{sold.rosa.ref}"
    shown = html.unescape(rosa.get(f"{base}/plans/").content.decode())
    assert "By months from the day on which the plan was taken" in shown
    page = rosa.get(f"{base}/plans/new-clients/")
    assert page.context["form"]["basis"].value() == "anniversary"
    assert rosa.post(f"{base}/plans/new-clients/", {"basis": "monthly"}).status_code == 422
    done = rosa.post(f"{base}/plans/new-clients/", {"basis": "calendar"}, follow=True)
    assert "By the calendar" in html.unescape(done.content.decode())
    client = opened(sold, at=now())
    plan = html.unescape(rosa.get(f"{base}/clients/{client.ref}/subscription/").content.decode())
    assert "By the calendar, as set for new clients" in plan
    again = html.unescape(rosa.get(f"{base}/plans/new-clients/").content.decode())
    assert "Rosa" in again
    assert "Said on" in again


def test_it_is_said_by_a_program(sold: World) -> None:
    calls = make_caller(sold, "rosa", rights={"subscription": "manage", "clients": "view"})
    told = calls.ask("GET", "/new-clients/basis")
    assert (told.status, told.body) == (200, {"basis": "anniversary", "since": None})
    told = calls.ask("PUT", "/new-clients/basis", {"basis": "calendar"})
    assert (told.status, told.body["basis"]) == (200, "calendar")
    assert calls.ask("PUT", "/new-clients/basis", {"basis": "either"}).status == 422
    client = opened(sold, at=now())
    shown = calls.ask("GET", f"/accounts/{client.ref}/subscription").body["basis"]
    assert (shown["by"], shown["source"], shown["by_vendor"]) == ("calendar", "usual", False)
