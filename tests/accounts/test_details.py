"""Details, tags, responsible persons, saved views: changed by whom, kept how, told to whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sublet.accounts import operations, queries
from sublet.accounts.models import Account, SavedView
from sublet.core.rights import Rights
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.queries import sentence_of
from tests.people import AT, World


def stored(account: Account) -> Account:
    return Account.unscoped.get(id=account.id)  # unscoped: as stored


def journal() -> list[JournalEntry]:
    return list(JournalEntry.unscoped.order_by("id"))  # unscoped: the whole journal


def found(world: World, text: str) -> list[str]:
    with world.scope("rosa") as actor:
        return [row.name for row in queries.client_list(actor, queries.ListQuery(search=text), at=AT).rows]


def test_changed_details_are_stored_told_and_found(world: World) -> None:
    with world.scope("rosa") as actor:
        operations.change_details(
            ref=world.carl.ref, changes={"name": "Carlo’s Ristorante", "city": "Roma", "phone": ""}, version=0,
            actor=actor, at=AT,
        )  # fmt: skip
    account = stored(world.carl)
    assert (account.name, account.sort_name, account.phone, account.version) == (
        "Carlo’s Ristorante", "carlo s ristorante", "", 1,
    )  # fmt: skip
    (entry,) = journal()
    assert sentence_of(entry) == "Rosa Ricci changed the details of Carlo’s Ristorante."
    assert entry.data["changes"] == {
        "name": ["Carl’s Kitchen", "Carlo’s Ristorante"], "phone": ["+39 06 1234 5678", ""],
    }  # fmt: skip
    assert (found(world, "kitchen"), found(world, "061234"), found(world, "ristor")) == (
        ["Carlo’s Ristorante"], [], ["Carlo’s Ristorante"],
    )  # fmt: skip  # its e-mail address still says kitchen


def test_a_form_begun_before_another_change_is_refused_with_both_values(world: World) -> None:
    with world.scope("rosa") as actor:
        operations.change_details(ref=world.carl.ref, changes={"city": "Milano"}, version=0, actor=actor, at=AT)
        with pytest.raises(operations.CannotChangeDetails) as refused:
            operations.change_details(
                ref=world.carl.ref, changes={"city": "Torino", "country": ""}, version=0, actor=actor, at=AT
            )
    assert refused.value.code == "changed-meanwhile"
    assert refused.value.conflicts == (operations.Conflict("city", "Milano", "Torino"),)
    assert refused.value.version == 1
    assert stored(world.carl).city == "Milano"
    assert len(journal()) == 1


def test_saving_the_same_again_tells_nothing(world: World) -> None:
    with world.scope("rosa") as actor:
        operations.change_details(ref=world.carl.ref, changes={"city": "Roma"}, version=7, actor=actor, at=AT)
    assert (stored(world.carl).version, journal()) == (0, [])


def test_a_client_changes_its_own_details_and_no_others_even_with_rights_it_never_has(world: World) -> None:
    with world.scope("carl") as actor:
        operations.change_details(ref=world.carl.ref, changes={"city": "Bari"}, version=0, actor=actor, at=AT)
        bold = replace(actor, rights=Rights.of({"clients": "manage", "settings": "manage"}))
        with pytest.raises(NotFound):
            operations.change_details(ref=world.elan.ref, changes={"city": "x"}, version=0, actor=bold, at=AT)
        with pytest.raises(NotFound):
            operations.change_details(ref=world.rosa.ref, changes={"city": "x"}, version=0, actor=bold, at=AT)
    assert (stored(world.carl).city, stored(world.elan).city, stored(world.rosa).city) == ("Bari", "", "")
    assert len(journal()) == 1


def test_tags_are_put_taken_away_and_told(world: World) -> None:
    with world.scope("rosa") as actor:
        kept = operations.set_tags(ref=world.carl.ref, tags=["VIP", "vip", "italian"], actor=actor, at=AT)
        again = operations.set_tags(ref=world.carl.ref, tags=["italian", "VIP"], actor=actor, at=AT)
        tags = queries.tags_in_use(actor)
    assert kept == again == ["italian", "VIP"]
    (entry,) = journal()
    assert (entry.data["added"], entry.data["removed"]) == (["italian", "VIP"], ["restaurant", "vip"])
    assert tags == ["VIP", "hairdresser", "italian"]
    with world.scope("rico") as actor:
        assert queries.tags_in_use(actor) == ["VIP", "italian"]


def test_a_responsible_person_is_assigned_and_removed(world: World) -> None:
    rosa = world.users["rosa"]
    with world.scope("rosa") as actor:
        assert operations.assign_responsible(
            ref=world.carl.ref, responsible_id=rosa.id, responsible_name=rosa.name, actor=actor, at=AT
        )
        assert not operations.assign_responsible(ref=world.carl.ref, responsible_id=rosa.id, actor=actor, at=AT)
        assert operations.assign_responsible(ref=world.carl.ref, responsible_id=None, actor=actor, at=AT)
    assert [sentence_of(entry) for entry in journal()] == [
        "Rosa Ricci made Rosa Ricci responsible for Carl’s Kitchen.",
        "Rosa Ricci left nobody responsible for Carl’s Kitchen.",
    ]


def test_views_are_kept_by_name_for_their_person_and_shared_on_demand(world: World) -> None:
    query = queries.ListQuery(search="x", states=("active",), sort="created", descending=True, cursor="abc")
    with world.scope("rosa") as actor:
        ref = operations.save_view(name=" My  view ", query=query, columns=["email"], actor=actor, at=AT)
        same = operations.save_view(name="My view", query=queries.ListQuery(tags=("vip",)), actor=actor, at=AT)
        other = operations.save_view(name="Other", query=query, columns=["email"], actor=actor, at=AT)
        with pytest.raises(operations.CannotRenameView):
            operations.rename_view(ref=other, name="My view", actor=actor, at=AT)
        operations.rename_view(ref=other, name="Second", actor=actor, at=AT)
        operations.share_view(ref=other, shared=True, actor=actor, at=AT)
        mine = queries.saved_views(actor)
    assert ref == same
    assert [(view.name, view.shared, view.mine) for view in mine] == [("My view", False, True), ("Second", True, True)]
    assert mine[0].query == queries.ListQuery(tags=("vip",))
    assert mine[1].query == queries.ListQuery(search="x", states=("active",), sort="created", descending=True)
    assert mine[1].columns == ("email",)
    with world.scope("ruth") as actor:
        assert [(view.name, view.mine) for view in queries.saved_views(actor)] == [("Second", False)]
        with pytest.raises(NotFound):
            operations.delete_view(ref=other, actor=actor, at=AT)
    with world.scope("remo") as actor:
        assert queries.saved_views(actor) == []
        with pytest.raises(NotFound):
            operations.share_view(ref=other, shared=False, actor=actor, at=AT)
    with world.scope("carl") as actor, pytest.raises(Forbidden):
        queries.saved_views(actor)
    with world.scope("rosa") as actor:
        operations.delete_view(ref=other, actor=actor, at=AT)
    assert SavedView.unscoped.count() == 1  # unscoped: all of them
    assert [entry.event for entry in journal()] == [
        "view.saved", "view.saved", "view.saved", "view.renamed", "view.shared", "view.deleted",
    ]  # fmt: skip


@pytest.mark.parametrize("field", ["notes", "external_id"])
def test_what_the_account_above_keeps_is_not_the_accounts_own(world: World, field: str) -> None:
    with world.scope("carl") as carl, pytest.raises(Forbidden):
        operations.change_details(ref=world.carl.ref, changes={field: "mine"}, version=None, actor=carl, at=AT)
    world.carl.refresh_from_db()
    assert getattr(world.carl, field) == ""
