"""Rights on the clients' people: who can give them, what a visit keeps, and what those have who were there before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from sublet.accounts import operations as account_operations
from sublet.accounts.queries import client_list, list_query
from sublet.core.matrix import RESELLER, ROLES, VENDOR
from sublet.core.peopledata import PeopleData
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden
from sublet.foundation.journal.queries import history
from sublet.foundation.scope import platform_scope
from sublet.messaging import webhook_delivery
from sublet.messaging.models import Delivery, WebhookEndpoint
from sublet.messaging.webhook_operations import CannotSetUpWebhook, change_webhook, create_webhook, switch_webhook
from sublet.messaging.webhook_queries import deliveries_of, webhook_of_account
from sublet.people import operations, queries
from sublet.people.models import ApiKey, Collaborator, Impersonation, User
from sublet.people.operations.directory import note_directory, switch_directory
from sublet.people.operations.directory_people import PersonFacts, add_directory_person, change_directory_person
from tests import factories
from tests.people import AT, CARL_HOST, World

MANAGER = {"clients": "manage", "team": "manage", "keys": "manage", "journal": "manage"}


def staff(world: World, people: str, name: str = "Lena Look") -> str:
    """Somebody of Rosa's with that level on people; the key in the world."""
    key = name.split()[0].lower()
    world.users[key] = factories.make_user(name, f"{key}@look.example")
    world.places[key] = factories.make_collaborator(
        world.rosa, world.users[key], rights={**MANAGER, "people": people} if people != "none" else MANAGER
    )
    world.hosts[key] = world.hosts["rosa"]
    return key


@pytest.mark.parametrize("kind", [RESELLER, VENDOR])
def test_whoever_gets_a_role_lists_people_and_takes_none_away(kind: str) -> None:
    assert {rights["people"] for rights in ROLES[kind].values()} == {"view"}


@pytest.mark.parametrize(("held", "given"), [("none", "view"), ("view", "manage")])
def test_nobody_hands_out_more_than_it_has(world: World, held: str, given: str) -> None:
    lena = staff(world, held)
    with world.scope(lena) as actor:
        with pytest.raises(operations.CannotInviteCollaborator):
            operations.invite_collaborator(
                account_ref=world.rosa.ref, email="new@look.example", rights={"people": given}, actor=actor, at=AT
            )
        with pytest.raises(operations.CannotCreateKey):
            operations.create_key(name="Sync", rights={"clients": "view", "people": given}, actor=actor, at=AT)


def test_a_visit_brings_what_its_visitor_has_at_home(world: World) -> None:
    for people, much in (("none", PeopleData.LOOK_UP), ("view", PeopleData.LIST), ("manage", PeopleData.EXPORT)):
        key = staff(world, people, f"{people.capitalize()} Person")
        place = world.places[key]
        with world.scope(key) as actor:
            assert actor.people_data is much
            row = _visit(world, place)
        visitor = _visitor(world, row)
        assert visitor.people_data is much
        with platform_scope("test"):
            page = queries.team(visitor, account_ref=world.carl.ref, at=AT)
        assert [bool(person.email) for person in page.people] == [much > PeopleData.LOOK_UP] * 2


def _visit(world: World, place: Collaborator) -> str:
    row = Impersonation(
        account=world.carl, mode="reseller", staff_collaborator=place, reason="Asked on the telephone", host=CARL_HOST,
        started_at=AT, last_used_at=AT, expires_at=AT + timedelta(hours=1), session_hash="h" * 64,
    )  # fmt: skip
    with platform_scope("test"):
        row.save()
    return row.ref


def _visitor(world: World, visit: str) -> Actor:
    """Whoever acts in that visit."""
    entry = queries.enter_as(
        impersonation_ref=visit,
        session_hash="h" * 64,
        account_ref=world.carl.ref,
        host=CARL_HOST,
        request_id="r",
        at=AT,
    )
    assert entry is not None
    return entry.actor


def test_a_team_is_found_by_name_or_by_the_whole_address(world: World) -> None:
    lena = staff(world, "none")
    with world.scope(lena) as actor:

        def found(search: str) -> list[tuple[str, str]]:
            page = queries.team(actor, account_ref=world.carl.ref, at=AT, search=search)
            return [(person.name, person.email) for person in page.people]

        assert found("cleo") == found("CLEO@example.test") == [("Cleo Costa", "")]
        assert found("example.test") == found("cleo@ex") == []
        form = queries.collaborator_form(
            actor, account_ref=world.carl.ref, collaborator_ref=world.places["cleo"].ref, at=AT
        )
        assert form.person.email == "cleo@example.test"
        own = queries.team(actor, account_ref=world.rosa.ref, at=AT)
        assert "rosa@example.test" in {person.email for person in own.people}  # colleagues


def test_a_webhook_tells_of_people_what_its_maker_exports(world: World) -> None:
    lena, max_ = staff(world, "view"), staff(world, "manage", "Max Most")
    with world.scope(max_) as actor:
        open_one = create_webhook(name="All", url="https://a.example/hook", actor=actor, at=AT)
    with world.scope(lena) as actor:
        create_webhook(name="Some", url="https://b.example/hook", actor=actor, at=AT)
        with pytest.raises(CannotSetUpWebhook) as refused:
            change_webhook(
                webhook_ref=open_one.ref, name="All", url="https://c.example/", groups=(), actor=actor, at=AT
            )
        assert refused.value.code == "people"
    with world.scope("rosa") as actor:
        operations.invite_collaborator(
            account_ref=world.carl.ref, email="guest@kitchen.example", rights={"team": "view"}, actor=actor, at=AT
        )
    told = Delivery.unscoped.filter(event="collaborator.invited").select_related("endpoint")  # unscoped: test
    bodies = {row.endpoint.name: row.body for row in told}
    assert "guest@kitchen.example" in bodies["All"]
    assert "guest@kitchen.example" not in bodies["Some"]
    blind = staff(world, "none", "Bo Blind")
    for who, sees in ((lena, True), (blind, False)):
        with world.scope(who) as actor:
            page = deliveries_of(actor, open_one.ref)
            assert any("guest@kitchen.example" in row.body for row in page.rows) is sees
    with world.scope(lena) as actor:
        switch_webhook(webhook_ref=open_one.ref, on=False, actor=actor, at=AT)
        assert not WebhookEndpoint.objects.get(ref=open_one.ref).is_on


def test_a_webhook_tells_no_more_than_its_maker_may_know_when_it_is_sent(world: World) -> None:
    max_ = staff(world, "manage", "Max Most")
    with world.scope(max_) as actor:
        person = create_webhook(name="Person", url="https://a.example/hook", actor=actor, at=AT)
        key = replace(actor, user_id=None, key_ref=_key(world, {"keys": "manage", "people": "manage"}).ref, via="api")
        create_webhook(name="Key", url="https://b.example/hook", actor=key, at=AT)
    with world.scope("rosa") as rosa:
        operations.invite_collaborator(
            account_ref=world.carl.ref, email="guest@kitchen.example", rights={"team": "view"}, actor=rosa, at=AT
        )
        operations.invite_collaborator(
            account_ref=world.rosa.ref, email="new@rosa.example", rights={"clients": "view"}, actor=rosa, at=AT
        )

    def sent(name: str) -> list[bool]:
        """Whether the address stands in the bodies that would leave now: about the client, about the own account."""
        endpoint = WebhookEndpoint.unscoped.select_related("account").get(name=name)  # unscoped: test
        rows = list(Delivery.unscoped.filter(endpoint=endpoint, event="collaborator.invited").order_by("id"))
        with platform_scope("test"):
            for row in rows:
                webhook_delivery._withhold(row, endpoint, at=AT)
        return ["@" in row.body for row in rows]

    assert sent("Person") == sent("Key") == [True, True]
    Collaborator.unscoped.filter(id=world.places[max_].id).update(rights_words=MANAGER)
    assert (sent("Person"), sent("Key")) == ([False, True], [True, True])
    ApiKey.unscoped.update(revoked_at=AT)
    assert sent("Key") == [False, True]
    # It is told on its page; whoever may, answers for it from then on.
    with world.scope("rosa") as rosa:
        assert webhook_of_account(rosa, person.ref, at=AT).withholds
        change_webhook(
            webhook_ref=person.ref, name="Person", url="https://a.example/hook", groups=(), actor=rosa, at=AT
        )
        assert not webhook_of_account(rosa, person.ref, at=AT).withholds
        operations.invite_collaborator(
            account_ref=world.carl.ref, email="guest2@kitchen.example", rights={"team": "view"}, actor=rosa, at=AT
        )
    assert sent("Person") == [False, True, True]  # what was left out stays so: the list shows what was sent
    User.objects.filter(id=world.users["rosa"].id).update(is_active=False)
    assert sent("Person") == [False, True, False]


def test_a_webhook_for_which_nobody_answers_tells_nothing_of_people_below(world: World) -> None:
    """One from before this was kept: saving it as it is makes somebody answer for it."""
    facts: dict[str, Any] = {"name": "Old", "url": "https://a.example/hook", "groups": ()}
    with world.scope("rosa") as rosa:
        old = create_webhook(**facts, actor=rosa, at=AT)
        assert not webhook_of_account(rosa, old.ref, at=AT).withholds
        WebhookEndpoint.objects.update(answers_user_id=None, answers_key="")
        assert webhook_of_account(rosa, old.ref, at=AT).withholds
        change_webhook(webhook_ref=old.ref, **facts, actor=rosa, at=AT)
        assert not webhook_of_account(rosa, old.ref, at=AT).withholds


def _key(world: World, rights: dict[str, str]) -> ApiKey:
    key = ApiKey(
        account=world.rosa, name="Sync", prefix="sk_x", secret_hash="2" * 64, rights_words=rights, created_at=AT,
        created_by_name="Max",
    )  # fmt: skip
    with platform_scope("test"):
        key.save()
    return key


def test_whoever_has_no_name_is_not_told_by_the_address(world: World) -> None:
    """Carl has no name: his address is what he is called by."""
    User.objects.filter(id=world.users["carl"].id).update(name="")
    lena, max_ = staff(world, "none"), staff(world, "view", "Max Most")
    with world.scope(lena) as actor:
        create_webhook(name="Some", url="https://b.example/hook", actor=actor, at=AT)
    with world.scope("carl") as carl:
        operations.invite_collaborator(
            account_ref=world.carl.ref, email="guest@kitchen.example", rights={"team": "view"}, actor=carl, at=AT
        )
    body = Delivery.unscoped.get(event="collaborator.invited").body  # unscoped: test
    assert "carl@example.test" not in body

    def told(who: str, *, person: str = "", words: str = "") -> list[tuple[str, str]]:
        with world.scope(who) as actor:
            page = history(actor, below=True, event="collaborator.invited", person=person, words=words)
            return [(row.actor_name, row.sentence) for row in page.rows]

    assert told(lena) == [("…", "… invited ….")]
    assert told(lena, person="carl@") == told(lena, words="carl") == []
    assert told(max_, person="carl@") == [("carl@example.test", "carl@example.test invited guest@kitchen.example.")]
    with world.scope(lena) as actor:
        assert not queries.team(actor, account_ref=world.carl.ref, at=AT, search="carl@ex").people
        compared = queries.compare(actor, account_ref=world.carl.ref, at=AT)
        assert "Without a name" in {person.name for person in compared.people}


def test_nameless_colleagues_are_named_to_their_own_team(world: World) -> None:
    """Rico has no name. What he does in a client's account is told by his address to his own team, not to a visit."""
    User.objects.filter(id=world.users["rico"].id).update(name="")
    lena = staff(world, "none")
    world.users["rico"].refresh_from_db()
    world.places["rico"].refresh_from_db()
    with world.scope("rico") as rico:
        account_operations.change_details(
            ref=world.carl.ref, changes={"city": "Napoli", "notes": "ask bo@kitchen.example"}, version=None, actor=rico,
            at=AT,
        )  # fmt: skip

    def told(actor: Actor, *, person: str = "") -> list[str]:
        rows = history(actor, account_id=world.carl.id, event="account.details_changed", person=person).rows
        return [row.actor_name for row in rows]

    with world.scope(lena) as actor:
        assert told(actor) == told(actor, person="rico@") == ["rico@example.test"]
        (row,) = history(actor, account_id=world.carl.id, event="account.details_changed").rows
        assert "bo@kitchen.example" not in str(row)
        visitor = _visitor(world, _visit(world, world.places[lena]))
    with world.scope("carl"):
        assert told(visitor) == ["…"]
        assert told(visitor, person="rico@") == []


def test_reasons_of_visits_hold_no_address_for_who_only_looks_up(world: World) -> None:
    lena, max_ = staff(world, "none"), staff(world, "view", "Max Most")
    with platform_scope("test"):
        _visit(world, world.places["rosa"])
        Impersonation.objects.update(reason="bo@kitchen.example asked for another logo")
    for who, reason in ((lena, "… asked for another logo"), (max_, "bo@kitchen.example asked for another logo")):
        with world.scope(who) as actor:
            (row,) = queries.visits_of_client(actor, client_ref=world.carl.ref).rows
            assert row.reason == reason


def test_notes_leave_with_the_people(world: World) -> None:
    for who, leaves in ((staff(world, "view"), False), (staff(world, "manage", "Max Most"), True)):
        with world.scope(who) as actor:
            leaving = account_operations.export_clients(
                query=list_query({}), format="csv", people={}, languages={}, zone=UTC, actor=actor, at=AT
            )
            assert ("Notes" in [str(column.heading) for column in leaving.columns]) is leaves


def test_a_visit_does_not_read_the_directory_beside_the_team(world: World) -> None:
    with world.scope("carl") as carl:
        switch_directory(on=True, actor=carl, at=AT)
        ref = add_directory_person(
            facts=PersonFacts(user_name="cleo@example.test", email="cleo@example.test"), actor=carl, at=AT
        )
        change_directory_person(
            person_ref=ref,
            rewrite=lambda _state: PersonFacts(user_name="cleo@example.test", email="costa@kitchen.example"),
            actor=carl,
            at=AT,
        )
        note_directory(actor=carl, refusal="“bo@kitchen.example” is taken", at=AT)
        page = queries.directory_page(carl)
        assert [each.directory for each in page.other_addresses] == ["costa@kitchen.example"]
        place = world.places[staff(world, "none")]
        page = queries.directory_page(_visitor(world, _visit(world, place)))
        assert (page.other_addresses, page.refusal) == ((), "“…” is taken")


@pytest.mark.parametrize(
    ("people", "by_hand", "by_program"), [("none", False, False), ("view", True, False), ("manage", True, True)]
)
def test_a_program_does_not_read_contacts_letter_by_letter(
    world: World, people: str, by_hand: bool, by_program: bool
) -> None:
    with world.scope("rosa") as rosa:
        changes = {"email": "mo@qvarnzyx.example"}
        account_operations.change_details(ref=world.carl.ref, changes=changes, version=None, actor=rosa, at=AT)
    with world.scope(staff(world, people)) as actor:
        key = replace(actor, user_id=None, key_ref="key_1")

        def found(asker: Actor, search: str) -> bool:
            query = list_query({"search": search})
            listed = bool(client_list(asker, query, at=AT).rows)
            leaving = account_operations.export_clients(
                query=query, format="csv", people={}, languages={}, zone=UTC, actor=asker, at=AT
            )
            assert bool(list(leaving.rows)) is listed
            return listed

        assert found(actor, "qvarn") is by_hand
        assert [found(each, "qvarn") for each in (key.through("api"), key.through("job"))] == [by_program] * 2
        assert found(key.through("api"), "mo@qvarnzyx.example")  # looked up by the whole address


def test_importing_takes_the_right_to_list_people(world: World) -> None:
    with world.scope(staff(world, "none")) as actor, pytest.raises(Forbidden) as refused:
        account_operations.upload_import(file_name="a.csv", data=b"Name,E-mail\nBar,a@b.example\n", actor=actor, at=AT)
    assert refused.value.right == "people:view"
