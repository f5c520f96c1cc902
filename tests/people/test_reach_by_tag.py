"""X10: staff confined to clients by their tags: a tag put on or taken off is felt at the next request, everywhere."""

from __future__ import annotations

from typing import Any, cast

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts import operations as account_operations
from sublet.accounts import queries as account_queries
from sublet.accounts.models import AccountTag
from sublet.accounts.queries import ListQuery
from sublet.foundation.scope import platform_scope
from sublet.people import operations
from sublet.people.models import Collaborator, Invitation
from sublet.people.queries import reach
from sublet.people.queries.access import who_can_enter
from tests import factories
from tests.people import AT, ROSA_HOST, World, proved
from tests.people.test_invitations import accept, mails, token_in
from tests.portals.api.caller import Caller, make_caller


@pytest.fixture
def tagged(world: World) -> World:
    """Tina, staff who reaches whoever is a hairdresser: Élan at present."""
    world.users["tina"] = factories.make_user("Tina Testa", "tina@example.test")
    world.places["tina"] = factories.make_collaborator(
        world.rosa, world.users["tina"], rights={"clients": "manage"}, reach=[], reach_tags=["hairdresser"]
    )
    world.hosts["tina"] = world.hosts["rosa"]
    return world


def put(world: World, client: str, *tags: str) -> None:
    with world.scope("rosa") as actor:
        account_operations.set_tags(ref=getattr(world, client).ref, tags=tags, actor=actor, at=AT)


def names(world: World, who: str = "tina") -> list[str]:
    with world.scope(who) as actor:
        return [row.name for row in account_queries.client_list(actor, ListQuery(), at=AT).rows]


def test_whoever_gets_the_tag_is_reached_and_whoever_loses_it_no_longer(tagged: World) -> None:
    assert names(tagged) == ["Élan Coiffure"]
    put(tagged, "carl", "vip", "hairdresser")
    assert names(tagged) == ["Carl’s Kitchen", "Élan Coiffure"]
    put(tagged, "carl", "vip")
    put(tagged, "elan")
    assert names(tagged) == []
    put(tagged, "elan", "Hairdresser abroad")  # another tag
    assert names(tagged) == []


def test_pages_and_an_open_visit_are_closed_at_the_next_request(tagged: World) -> None:
    tina = proved(tagged.browser("tina"))
    page = f"/reseller/{tagged.rosa.ref}/clients/{tagged.elan.ref}/"
    begun = tina.post(f"{page}impersonate/", {"mode": "reseller", "reason": "Checking the opening hours"})
    inside = str(begun["Location"])
    assert (tina.get(page).status_code, tina.get(inside).status_code) == (200, 200)
    put(tagged, "elan", "restaurant")
    assert (tina.get(page).status_code, tina.get(inside).status_code) == (404, 403)
    put(tagged, "elan", "hairdresser")
    assert tina.get(page).status_code == 200


def test_tags_of_another_reseller_reach_nothing(tagged: World) -> None:
    with platform_scope("test"):
        Collaborator.objects.filter(id=tagged.places["tina"].id).update(reach_tags=["secret-tag"])
    assert names(tagged) == []


def test_a_list_and_tags_add_up_and_cost_one_statement_more(tagged: World) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert reach.reached_by(tagged.places["rico"]) == {tagged.carl.id}
    assert len(asked) == 1
    rico = tagged.places["rico"]
    rico.reach_tags = ["hairdresser"]
    with CaptureQueriesContext(connection) as asked:
        assert reach.reached_by(rico) == {tagged.carl.id, tagged.elan.id}
    assert len(asked) == 2


def test_no_more_is_read_than_a_request_can_bear(tagged: World, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tagged, "carl", "hairdresser")
    monkeypatch.setattr(reach, "MOST_BY_TAG", 1)
    assert len(names(tagged)) == 1
    tags = AccountTag.unscoped.filter(parent_id=tagged.rosa.id, name__in=["hairdresser"])
    plan = tags.order_by("name", "account_id").values_list("account_id", flat=True)[:1].explain()
    assert "clients_with_a_tag" in plan or connection.vendor == "postgresql"  # which reads a small table as a whole


def test_who_can_enter_names_staff_that_reaches_by_tag(tagged: World) -> None:
    with tagged.scope("rosa") as actor:
        page = who_can_enter(actor, client_ref=tagged.elan.ref, at=AT)
        assert "Tina Testa" in [person.name for person in page.people]
    put(tagged, "elan", "restaurant")
    with tagged.scope("rosa") as actor:
        page = who_can_enter(actor, client_ref=tagged.elan.ref, at=AT)
        assert "Tina Testa" not in [person.name for person in page.people]


def test_tags_are_given_by_program_and_shown(tagged: World) -> None:
    rosa: Caller = make_caller(tagged, "rosa")
    team = f"/accounts/{tagged.rosa.ref}"
    ruth = tagged.places["ruth"].ref
    changed = rosa.put(f"{team}/collaborators/{ruth}/rights", {"rights": {"clients": "view"}, "reach_tags": ["vip"]})
    assert (changed["reaches_all"], changed["reach"], changed["reach_tags"]) == (False, [], ["vip"])
    assert names(tagged, "ruth") == ["Carl’s Kitchen"]
    many = rosa.put(
        f"{team}/collaborators/{ruth}/rights",
        {"rights": {"clients": "view"}, "reach_tags": [f"t{n}" for n in range(21)]},
    )
    assert many.status == 422
    invited = rosa.post(
        f"{team}/invitations", {"email": "new@example.test", "rights": {"clients": "view"}, "reach_tags": ["vip"]}
    )
    assert invited.status == 201


def test_tags_are_ticked_on_the_page(tagged: World) -> None:
    rosa, ruth = tagged.browser("rosa"), tagged.places["ruth"]
    page = f"/reseller/{tagged.rosa.ref}/team/{ruth.ref}/"
    assert 'name="reach-tag" value="hairdresser"' in rosa.get(page).content.decode()
    sent = {"right-clients": "view", "reach": "chosen", "reach-tag": ["vip", "hairdresser"]}
    assert rosa.post(page, sent).status_code == 302
    assert names(tagged, "ruth") == ["Carl’s Kitchen", "Élan Coiffure"]
    assert "By tag: hairdresser, vip" in rosa.get(f"/reseller/{tagged.rosa.ref}/team/").content.decode()
    assert rosa.post(page, sent | {"reach-tag": []}).status_code == 409  # neither a client nor a tag


def test_confined_staff_gives_no_tags_and_takes_none(tagged: World) -> None:
    boss = factories.make_collaborator(
        tagged.rosa,
        factories.make_user("Bea Bosco"),
        rights={"clients": "manage", "team": "manage"},
        reach=[tagged.elan],
    )
    tagged.places["bea"], tagged.hosts["bea"] = boss, tagged.hosts["rosa"]
    tina, common = tagged.places["tina"].ref, cast(dict[str, Any], {"account_ref": tagged.rosa.ref, "at": AT})
    with tagged.scope("bea") as actor:
        with pytest.raises(operations.CannotChangeRights) as refused:
            operations.change_rights(
                collaborator_ref=tina, rights={"clients": "view"}, reaches_all=False, reach_tags=["vip"], actor=actor,
                **common,
            )  # fmt: skip
        assert refused.value.code == "reach-tags"
        operations.change_rights(
            collaborator_ref=tina, rights={"clients": "view"}, reaches_all=False, reach=[tagged.elan.ref], actor=actor,
            **common,
        )  # fmt: skip
    with platform_scope("test"):
        assert Collaborator.objects.get(id=tagged.places["tina"].id).reach_tags == ["hairdresser"]


def test_an_invitation_by_tag_is_accepted_as_one(tagged: World) -> None:
    with tagged.scope("rosa") as actor:
        operations.invite_collaborator(
            account_ref=tagged.rosa.ref, email="new@example.test", rights={"clients": "view"}, reaches_all=False,
            reach_tags=[" hairdresser "], actor=actor, at=AT,
        )  # fmt: skip
    with platform_scope("test"):
        row = Invitation.objects.get(email="new@example.test")
        assert (row.reaches_all, row.reach_ids, row.reach_tags) == (False, [], ["hairdresser"])
    accept(token_in(mails("new@example.test")[-1]), ROSA_HOST)
    with platform_scope("test"):
        place = Collaborator.objects.get(account=tagged.rosa, user__email="new@example.test")
    assert reach.reached_by(place) == {tagged.elan.id}
