"""The vendor's list of resellers and direct accounts, one of them, and what is done to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest
from django.test import Client

from sublet.accounts.models import Account
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.people.models import Invitation
from tests import factories
from tests.people import World
from tests.portals.vendor.counting import statements


def text(browser: Client, address: str, status: int = 200) -> str:
    response = browser.get(address)
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def rows(page: str) -> list[str]:
    """The names in the first column of the list."""
    found = re.findall(r'<a class="row-link"[^>]*>(.*?)</a>', page, re.DOTALL)
    return [re.findall(r"<bdi>(.*?)</bdi>", each)[0] for each in found]


def account(which: Account) -> Account:
    with platform_scope("a test"):
        return Account.objects.get(id=which.id)


def test_resellers_and_direct_accounts_are_listed_and_nobody_s_clients(world: World, vera: Client, base: str) -> None:
    page = text(vera, base + "accounts/")

    assert rows(page) == ["Dora’s Diner", "Remo Digital", "Rosa Web Studio"]
    assert "Carl’s Kitchen" not in page


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("q=remo", ["Remo Digital"]),
        ("kind=direct", ["Dora’s Diner"]),
        ("kind=reseller&sort=-name", ["Rosa Web Studio", "Remo Digital"]),
        ("language=it", ["Remo Digital"]),
        ("state=suspended", []),
        ("kind=client", ["Dora’s Diner", "Remo Digital", "Rosa Web Studio"]),
        ("cursor=rubbish&sort=nothing&state=%00", ["Dora’s Diner", "Remo Digital", "Rosa Web Studio"]),
        ("q=" + "x" * 5000, []),
    ],
)
def test_the_list_is_searched_and_filtered(
    world: World, vera: Client, base: str, question: str, found: list[str]
) -> None:
    assert rows(text(vera, f"{base}accounts/?{question}")) == found


def test_a_closed_account_is_found_by_its_state(world: World, vera: Client, base: str) -> None:
    vera.post(f"{base}accounts/{world.dora.ref}/close/", {"reason": "Moved on"})

    assert rows(text(vera, base + "accounts/")) == ["Remo Digital", "Rosa Web Studio"]
    closed = text(vera, base + "accounts/?state=closed")
    assert rows(closed) == ["Dora’s Diner"]
    assert "Closing" in closed


def test_the_number_of_clients_stands_beside_a_reseller(world: World, vera: Client, base: str) -> None:
    page = text(vera, base + "accounts/?kind=reseller")

    assert re.findall(r'data-label="Clients"><bdi>(\d+)</bdi>', page) == ["1", "3"]


def test_the_list_asks_the_same_at_1_and_3_rows(world: World, vera: Client, base: str) -> None:
    text(vera, base + "accounts/?q=remo")
    with statements() as one:
        text(vera, base + "accounts/?kind=direct")
    with statements() as three:
        text(vera, base + "accounts/?kind=direct&kind=reseller")

    assert (len(one), len(three)) == (10, 11), three  # one more: the clients of the resellers


def test_pages_go_on_and_back(world: World, vera: Client, base: str) -> None:
    for number in range(120):
        factories.make_reseller(world.vendor, f"Reseller {number:03}")
    first = text(vera, base + "accounts/?kind=reseller")
    assert len(rows(first)) == 50
    onward = re.findall(r'rel="next" href="([^"]*)"', first)[0].replace("&amp;", "&")
    second = text(vera, onward)
    assert rows(second)[0] > rows(first)[-1]
    back = re.findall(r'rel="prev" href="([^"]*)"', second)[0].replace("&amp;", "&")
    assert rows(text(vera, back)) == rows(first)


def test_the_page_of_a_reseller_tells_what_is_the_vendor_s_business(world: World, vera: Client, base: str) -> None:
    page = text(vera, f"{base}accounts/{world.rosa.ref}/")

    assert "Rosa Web Studio" in page
    assert "rosa.localhost" in page
    assert "Rosa Ricci" in page  # the owner
    assert "Rico Russo" not in page  # her staff is her business
    assert "Carl’s Kitchen" in page  # names of clients
    assert "hello@carls-kitchen.example" not in page


def test_the_clients_of_a_reseller_are_names_and_states(world: World, vera: Client, base: str) -> None:
    page = text(vera, f"{base}accounts/{world.rosa.ref}/clients/")

    assert re.findall(r'data-label="Name"><a [^>]*><bdi>(.*?)</bdi>', page) == [
        "Carl’s Kitchen",
        "Élan Coiffure",
        "Zorba Sports Club",
    ]
    assert "Roma" not in page
    assert "Conti" not in page
    assert re.findall(
        r'data-label="Name"><a [^>]*><bdi>(.*?)</bdi>', text(vera, f"{base}accounts/{world.rosa.ref}/clients/?q=zorba")
    ) == ["Zorba Sports Club"]


def test_a_client_has_no_page_here(world: World, vera: Client, base: str) -> None:
    for address in ("", "edit/", "clients/"):
        text(vera, f"{base}accounts/{world.carl.ref}/{address}", 404)
    for act in ("suspend", "resume", "close", "take-back", "owner"):
        answer = vera.post(f"{base}accounts/{world.carl.ref}/{act}/", {"reason": "x", "owner_email": "a@example.test"})
        assert answer.status_code == 404
    assert account(world.carl).state == "active"
    text(vera, f"{base}accounts/{world.dora.ref}/clients/", 404)
    text(vera, f"{base}accounts/{world.vendor.ref}/", 404)
    text(vera, f"{base}accounts/acc_nobodynobody/", 404)


def test_suspending_needs_a_reason_and_keeps_it(world: World, vera: Client, base: str) -> None:
    here = f"{base}accounts/{world.remo.ref}/"
    answer = vera.post(here + "suspend/", {"reason": " "}, follow=True)
    assert "Say why" in answer.content.decode()
    assert account(world.remo).state == "active"

    answer = vera.post(here + "suspend/", {"reason": "Unpaid since January"}, follow=True)
    page = answer.content.decode()

    assert answer.redirect_chain == [(here, 302)]
    assert "Remo Digital is suspended." in page
    assert "Reason: Unpaid since January" in page
    assert account(world.remo).state == "suspended"
    entry = JournalEntry.unscoped.get(event="account.suspended")
    assert (entry.account_id, entry.reason, entry.actor_name) == (world.remo.id, "Unpaid since January", "Vera Voss")
    again = vera.post(here + "suspend/", {"reason": "x"}, follow=True).content.decode()
    assert "This account is suspended already." in again

    assert "Remo Digital is resumed." in vera.post(here + "resume/", follow=True).content.decode()
    assert account(world.remo).state == "active"


def test_a_reseller_with_clients_is_not_closed(world: World, vera: Client, base: str) -> None:
    page = vera.post(f"{base}accounts/{world.rosa.ref}/close/", {"reason": "Bye"}, follow=True).content.decode()

    assert "This reseller still has open clients. Close them first." in page
    assert account(world.rosa).state == "active"


def test_closing_can_be_taken_back(world: World, vera: Client, base: str) -> None:
    here = f"{base}accounts/{world.dora.ref}/"
    page = vera.post(here + "close/", {"reason": "Moved on"}, follow=True).content.decode()
    assert "Closed; it can be taken back until" in page
    assert account(world.dora).state == "closed"

    page = vera.post(here + "take-back/", follow=True).content.decode()
    assert "The closing of Dora’s Diner is taken back." in page
    assert account(world.dora).state == "active"


def test_details_are_changed_and_told(world: World, vera: Client, base: str) -> None:
    here = f"{base}accounts/{world.dora.ref}/edit/"
    form = {
        "version": "0",
        "name": "Dora’s Diner & Bar",
        "email": "DORA@diner.example",
        "language": "en",
        "timezone": "Europe/Dublin",
    }

    answer = vera.post(here, form)

    assert answer.status_code == 302
    changed = account(world.dora)
    assert (changed.name, changed.email, changed.timezone) == (
        "Dora’s Diner & Bar",
        "dora@diner.example",
        "Europe/Dublin",
    )
    assert JournalEntry.unscoped.get(event="account.details_changed").data["changes"]["name"] == [
        "Dora’s Diner",
        "Dora’s Diner & Bar",
    ]


def test_what_somebody_else_changed_meanwhile_is_shown(world: World, vera: Client, base: str) -> None:
    here = f"{base}accounts/{world.dora.ref}/edit/"
    form = {"version": "0", "name": "First", "language": "en", "timezone": "UTC"}
    assert vera.post(here, form).status_code == 302

    late = vera.post(here, {**form, "name": "Second"})

    page = late.content.decode()
    assert late.status_code == 409
    assert "Name of the account: now “First”, you typed “Second”" in page
    assert account(world.dora).name == "First"
    version = re.findall(r'name="version" value="(\d+)"', page)
    assert vera.post(here, {**form, "name": "Second", "version": version[0]}).status_code == 302
    assert account(world.dora).name == "Second"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "Enter"),
        ("name", "x" * 201, "200"),
        ("country", "ITA", "Choose a country from the list."),
        ("country", "1!", "Choose a country from the list."),
        ("website", "javascript:alert(1)", "This is not a web address."),
        ("timezone", "Mars/Base", "Select a valid choice"),
    ],
)
def test_details_that_cannot_be_are_said_at_their_field(
    world: World, vera: Client, base: str, field: str, value: str, said: str
) -> None:
    form = {"version": "0", "name": "Dora", "language": "en", "timezone": "UTC", field: value}

    answer = vera.post(f"{base}accounts/{world.dora.ref}/edit/", form)

    assert answer.status_code in {409, 422}
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert account(world.dora).name == "Dora’s Diner"


def new_form(**more: str) -> dict[str, str]:
    return {
        "once": "form-1", "name": "Studio Nuovo", "owner_name": "Nina Novak", "owner_email": "nina@studio.example",
        "language": "it", "timezone": "Europe/Rome", "country": "IT", **more,
    }  # fmt: skip


def test_a_new_reseller_waits_for_its_owner(world: World, vera: Client, base: str) -> None:
    answer = vera.post(base + "accounts/new/reseller/", new_form(), follow=True)

    page = answer.content.decode()
    assert "Studio Nuovo is open. nina@studio.example gets an invitation." in page
    assert "The owner has not accepted the invitation yet." in page
    assert "nina@studio.example is invited as the owner" in page
    with platform_scope("a test"):
        made = Account.objects.get(name="Studio Nuovo")
        invitation = Invitation.objects.get(account=made)
        mail = OutboxMail.objects.get(account=made)
    assert (made.kind, made.state, made.language, made.country) == ("reseller", "invited", "it", "IT")
    assert (invitation.email, invitation.is_owner) == ("nina@studio.example", True)
    assert (mail.to_email, mail.language, mail.secret) == ("nina@studio.example", "it", True)


def test_the_same_form_sent_twice_opens_one_account(world: World, vera: Client, base: str) -> None:
    for _ in range(2):
        assert vera.post(base + "accounts/new/direct/", new_form()).status_code == 302

    with platform_scope("a test"):
        assert Account.objects.filter(name="Studio Nuovo", kind="direct").count() == 1
        assert OutboxMail.objects.count() == 1


def test_a_form_gone_back_to_and_filled_in_anew_opens_another_account(world: World, vera: Client, base: str) -> None:
    vera.post(base + "accounts/new/direct/", new_form())
    answer = vera.post(
        base + "accounts/new/direct/", new_form(name="Studio Terzo", owner_email="tea@studio.example"), follow=True
    )

    assert "Studio Terzo is open. tea@studio.example gets an invitation." in answer.content.decode()
    with platform_scope("a test"):
        assert Account.objects.filter(name__startswith="Studio", kind="direct").count() == 2
        assert sorted(OutboxMail.objects.values_list("to_email", flat=True)) == [
            "nina@studio.example",
            "tea@studio.example",
        ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " "), ("owner_email", "nobody"), ("owner_email", ""), ("country", "99"), ("name", "y" * 10_000)],
)
def test_a_new_account_that_cannot_be_leaves_nothing(
    world: World, vera: Client, base: str, field: str, value: str
) -> None:
    answer = vera.post(base + "accounts/new/reseller/", new_form(**{field: value}))

    assert answer.status_code in {409, 422}
    assert f'id="id_{field}_error"' in answer.content.decode()
    with platform_scope("a test"):
        assert Account.objects.filter(kind="reseller").count() == 2
        assert OutboxMail.objects.count() == 0


def test_there_is_no_third_kind(world: World, vera: Client, base: str) -> None:
    for kind in ("client", "vendor", "x"):
        assert vera.get(f"{base}accounts/new/{kind}/").status_code == 404
        assert vera.post(f"{base}accounts/new/{kind}/", new_form()).status_code == 404


def test_an_invitation_is_sent_again_taken_back_and_written_anew(world: World, vera: Client, base: str) -> None:
    vera.post(base + "accounts/new/reseller/", new_form())
    with platform_scope("a test"):
        made = Account.objects.get(name="Studio Nuovo")
        ref = Invitation.objects.get(account=made).ref
    here = f"{base}accounts/{made.ref}/"

    vera.post(f"{here}invitations/{ref}/again/")
    with platform_scope("a test"):
        assert Invitation.objects.get(ref=ref).sends == 2
        assert OutboxMail.objects.count() == 2
    page = vera.post(f"{here}invitations/{ref}/revoke/", follow=True).content.decode()
    assert "is taken back" in page
    assert "Nobody owns this account yet." in page
    faulty = vera.post(here + "owner/", {"owner_email": "no"})
    assert faulty.status_code == 422
    page = vera.post(here + "owner/", {"owner_email": "other@studio.example"}, follow=True).content.decode()
    assert "other@studio.example gets an invitation." in page
    assert "other@studio.example is invited as the owner" in page
    assert vera.post(here + "owner/", {"owner_email": "third@studio.example"}).status_code == 409
    assert vera.post(f"{here}invitations/inv_nobodynobody/again/").status_code == 404


def test_whoever_only_looks_changes_nothing(
    world: World, base: str, colleague: Callable[[Mapping[str, str]], Client]
) -> None:
    victor = colleague({"accounts": "view"})
    here = f"{base}accounts/{world.dora.ref}/"

    page = text(victor, here)
    assert "Suspend" not in page
    assert "Edit" not in page
    for address in (here + "edit/", base + "accounts/new/reseller/"):
        assert victor.get(address).status_code == 403
        assert victor.post(address, new_form(version="0")).status_code == 403
    for act in ("suspend", "resume", "close", "take-back", "owner"):
        assert victor.post(f"{here}{act}/", {"reason": "x"}).status_code == 403
    assert account(world.dora).state == "active"


def test_without_the_right_there_is_no_list(
    world: World, base: str, colleague: Callable[[Mapping[str, str]], Client]
) -> None:
    victor = colleague({"journal": "view"})

    assert victor.get(base + "accounts/").status_code == 403
    assert victor.get(f"{base}accounts/{world.rosa.ref}/").status_code == 403
