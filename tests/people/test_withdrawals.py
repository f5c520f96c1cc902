"""One box for all clients: what is taken, from whom, what new clients get then, and that giving back gives back just that."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.people import operations, queries
from sublet.people.models import Collaborator, Invitation, Withdrawal, WithdrawnRight
from sublet.people.operations import withdrawals
from tests import factories
from tests.people import AT, World

DESIGN = "product.design"


def staff_of_clients(world: World) -> dict[str, Collaborator]:
    """Dino of Carl manages design, Elsa of Élan only looks at it; Nora is another reseller's."""
    dino = factories.make_collaborator(
        world.carl, factories.make_user("Dino Donati"), rights={DESIGN: "manage", "team": "view"}
    )
    elsa = factories.make_collaborator(world.elan, factories.make_user("Elsa Ernst"), rights={DESIGN: "view"})
    return {"dino": dino, "elsa": elsa, "carl": world.places["carl"], "nora": world.places["nora"]}


def design_of(places: dict[str, Collaborator]) -> dict[str, str]:
    rows = {row.id: row for row in Collaborator.unscoped.filter(id__in=[place.id for place in places.values()])}
    return {name: rows[place.id].rights_words.get(DESIGN, "none") for name, place in places.items()}


def take(world: World, by: str = "rosa", **more: object) -> str:
    values = {"section": DESIGN, "client_refs": None, **more}
    with world.scope(by) as actor:
        return operations.withdraw_section(actor=actor, at=AT, **values)  # type: ignore[arg-type]


def give_back(world: World, ref: str, by: str = "rosa") -> None:
    with world.scope(by) as actor:
        operations.give_section_back(withdrawal_ref=ref, actor=actor, at=AT + timedelta(hours=1))


def test_a_section_is_taken_from_everybody_of_all_clients_and_given_back_exactly(world: World) -> None:
    places = staff_of_clients(world)
    before = design_of(places)
    assert before == {"dino": "manage", "elsa": "view", "carl": "manage", "nora": "manage"}
    ref = take(world, reason="Sold as a service")
    assert design_of(places) == {"dino": "none", "elsa": "none", "carl": "none", "nora": "manage"}
    assert Collaborator.unscoped.get(id=places["dino"].id).rights_words == {"team": "view"}  # nothing else
    give_back(world, ref)
    assert design_of(places) == before
    told = JournalEntry.unscoped.filter(account_id=world.rosa.id).order_by("id")
    assert [(entry.event, entry.data["people"]) for entry in told] == [
        ("section.withdrawn", 3),
        ("section.given_back", 3),
    ]


def test_each_client_reads_in_its_history_whose_rights_changed_and_why(world: World) -> None:
    staff_of_clients(world)
    take(world, reason="Sold as a service")
    told = JournalEntry.unscoped.filter(account_id=world.carl.id, event="collaborator.rights_changed").order_by("id")
    assert [(entry.data["person"], entry.data["before"], entry.data["after"], entry.reason) for entry in told] == [
        ("Carl Conti", {DESIGN: "manage"}, {DESIGN: "none"}, "Sold as a service"),
        ("Dino Donati", {DESIGN: "manage"}, {DESIGN: "none"}, "Sold as a service"),
    ]


def test_it_can_be_left_to_look_at(world: World) -> None:
    places = staff_of_clients(world)
    ref = take(world, level="view")
    assert design_of(places) == {"dino": "view", "elsa": "view", "carl": "view", "nora": "manage"}
    assert WithdrawnRight.unscoped.count() == 2  # Elsa lost nothing
    give_back(world, ref)
    assert design_of(places) == {"dino": "manage", "elsa": "view", "carl": "manage", "nora": "manage"}


def test_chosen_clients_only(world: World) -> None:
    places = staff_of_clients(world)
    take(world, client_refs=[world.elan.ref])
    assert design_of(places) == {"dino": "manage", "elsa": "none", "carl": "manage", "nora": "manage"}
    with world.scope("rosa"):
        assert queries.kept_sections(world.rosa.id) == {}


@pytest.mark.parametrize("client", ["bakery", "dora", "rosa", "remo"])
def test_other_peoples_clients_cannot_be_chosen(world: World, client: str) -> None:
    places = staff_of_clients(world)
    with pytest.raises(NotFound):
        take(world, client_refs=[world.carl.ref, getattr(world, client).ref])
    assert design_of(places) == {"dino": "manage", "elsa": "view", "carl": "manage", "nora": "manage"}
    assert Withdrawal.unscoped.count() == 0


def test_staff_takes_only_from_the_clients_that_it_reaches(world: World) -> None:
    places = staff_of_clients(world)
    ref = take(world, by="rico")
    assert design_of(places) == {"dino": "none", "elsa": "view", "carl": "none", "nora": "manage"}
    with world.scope("rosa"):
        assert queries.kept_sections(world.rosa.id) == {}  # not all clients
    give_back(world, ref, by="rico")
    assert design_of(places)["carl"] == "manage"


def test_confined_staff_gives_nothing_back_that_others_took(world: World) -> None:
    places = staff_of_clients(world)
    ref = take(world)
    with pytest.raises(NotFound):
        give_back(world, ref, by="rico")
    assert design_of(places)["carl"] == "none"


@pytest.mark.parametrize(
    ("by", "fault"), [("ruth", Forbidden), ("carl", Forbidden), ("vera", Forbidden), ("dora", Forbidden)]
)
def test_others_take_nothing(world: World, by: str, fault: type[Exception]) -> None:
    places = staff_of_clients(world)
    before = design_of(places)
    with pytest.raises(fault):
        take(world, by=by)
    assert design_of(places) == before


def test_another_reseller_neither_sees_nor_gives_back(world: World) -> None:
    staff_of_clients(world)
    ref = take(world)
    with world.scope("remo") as actor, pytest.raises(NotFound):
        queries.withdrawal(actor, withdrawal_ref=ref)
    with pytest.raises(NotFound):
        give_back(world, ref, by="remo")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"section": "product.gone"}, "section"),
        ({"section": "team"}, "section"),
        ({"section": "billing"}, "section"),
        ({"level": "manage"}, "section"),
        ({"client_refs": []}, "clients"),
    ],
)
def test_what_cannot_be_taken_is_refused(world: World, values: dict[str, object], code: str) -> None:
    staff_of_clients(world)
    with pytest.raises(operations.CannotWithdrawSection) as refusal:
        take(world, **values)  # type: ignore[arg-type]  # a table of arguments
    assert refusal.value.code == code


def test_what_nobody_has_cannot_be_taken(world: World) -> None:
    staff_of_clients(world)
    take(world)
    with pytest.raises(operations.CannotWithdrawSection) as refusal:
        take(world)
    assert refusal.value.code == "nobody"
    assert Withdrawal.unscoped.count() == 1


def test_who_left_or_was_changed_since_stays_as_it_is(world: World) -> None:
    places = staff_of_clients(world)
    ref = take(world, level="view")
    Collaborator.unscoped.filter(id=places["carl"].id).update(rights_words={})
    Collaborator.unscoped.filter(id=places["dino"].id).update(ended_at=AT)
    give_back(world, ref)
    assert design_of(places) == {"dino": "view", "elsa": "view", "carl": "none", "nora": "manage"}


def test_it_is_given_back_once(world: World) -> None:
    staff_of_clients(world)
    ref = take(world)
    give_back(world, ref)
    with pytest.raises(operations.CannotGiveSectionBack):
        give_back(world, ref)


def test_open_invitations_lose_it_too_and_get_it_back_even_when_accepted_meanwhile(world: World) -> None:
    with world.scope("rosa") as actor:
        for email in ("sam@example.test", "later@example.test"):
            operations.invite_collaborator(
                account_ref=world.carl.ref, email=email, rights={DESIGN: "manage"}, actor=actor, at=AT
            )
    ref = take(world)
    assert list(Invitation.unscoped.values_list("rights_words", flat=True)) == [{}, {}]
    Invitation.unscoped.filter(email="sam@example.test").update(accepted_at=AT)
    sam = factories.make_collaborator(world.carl, world.users["sam"], rights={})
    give_back(world, ref)
    assert Collaborator.unscoped.get(id=sam.id).rights_words == {DESIGN: "manage"}
    assert Invitation.unscoped.get(email="later@example.test").rights_words == {DESIGN: "manage"}


def test_new_clients_do_not_get_what_the_reseller_keeps(world: World) -> None:
    staff_of_clients(world)
    ref = take(world)
    take(world, section="product.push", level="view")
    with world.scope("rosa") as actor:
        operations.open_client(name="Bar Nuovo", owner_email="nina@new.test", actor=actor, at=AT)
    row = Invitation.unscoped.get(email="nina@new.test")
    assert row.rights_words == {
        "product.add-ons": "manage",
        "product.content": "manage",
        "product.push": "view",
        "product.statistics": "manage",
    }
    give_back(world, ref)
    with world.scope("rosa"):
        assert queries.kept_sections(world.rosa.id) == {"product.push": "view"}


def test_a_preview_tells_how_many_and_some_by_name(world: World) -> None:
    staff_of_clients(world)
    with world.scope("rosa") as actor:
        everything = queries.withdrawal_preview(actor, section=DESIGN, level="none", client_refs=None, at=AT)
        one = queries.withdrawal_preview(actor, section=DESIGN, level="view", client_refs=[world.elan.ref], at=AT)
        page = queries.sections_of_clients(actor)
    assert (everything.people, everything.clients, everything.invited) == (3, 2, 0)
    assert everything.sample == (
        ("Carl Conti", "Carl’s Kitchen"), ("Dino Donati", "Carl’s Kitchen"), ("Elsa Ernst", "Élan Coiffure"),
    )  # fmt: skip
    assert (one.people, one.chosen) == (0, ((world.elan.ref, "Élan Coiffure"),))
    uses = {use.section.key: (use.people, use.manage) for use in page.uses}
    assert uses[DESIGN] == (3, 2)
    assert uses["product.content"] == (2, 2)


# As a job -------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_many_people_are_a_job_that_goes_on_where_it_was_interrupted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withdrawals, "AT_ONCE", 2)
    monkeypatch.setattr(withdrawals, "BATCH", 2)
    places = [
        factories.make_collaborator(world.carl, factories.make_user(f"Person {number}"), rights={DESIGN: "manage"})
        for number in range(5)
    ]
    ref = take(world)
    assert Withdrawal.unscoped.get(ref=ref).state == "running"
    assert {row.rights_words.get(DESIGN) for row in Collaborator.unscoped.filter(id__in=[p.id for p in places])} == {
        "manage"
    }
    with world.scope("rosa") as actor:  # one batch, then the process dies

        class Died(Exception):
            pass

        def die(done: int, total: int) -> None:
            if done >= 4:
                raise Died

        with pytest.raises(Died):
            withdrawals.go_on_withdrawing(withdrawal_ref=ref, actor=actor, at=AT, progress=die)
    assert Withdrawal.unscoped.get(ref=ref).people == 2
    run_due_jobs(at=AT + timedelta(minutes=1))
    row = Withdrawal.unscoped.get(ref=ref)
    assert (row.state, row.people, WithdrawnRight.unscoped.count()) == ("done", 6, 6)
    give_back(world, ref)
    assert Withdrawal.unscoped.get(ref=ref).state == "returning"
    run_due_jobs(at=AT + timedelta(hours=2))
    assert Withdrawal.unscoped.get(ref=ref).state == "returned"
    found = Collaborator.unscoped.filter(
        account=world.carl, ended_at__isnull=True, **{f"rights_words__{DESIGN}": "manage"}
    )
    assert found.count() == 6


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_tick_set_while_a_section_is_withdrawn_is_not_undone(world: World) -> None:
    """Rights are one value: a withdrawal that wrote what it had read before would bring back what was just taken."""
    dino = factories.make_collaborator(
        world.carl, factories.make_user("Dino Donati"), rights={DESIGN: "manage", "team": "view"}
    )

    def withdraw() -> None:
        try:
            take(world)
        finally:
            connection.close()

    thread = threading.Thread(target=withdraw)
    with transaction.atomic():
        Collaborator.unscoped.filter(id=dino.id).update(rights_words={DESIGN: "manage"})
        thread.start()
        thread.join(1)  # by then it waits for this row, or has read what it was before
    thread.join()

    assert Collaborator.unscoped.get(id=dino.id).rights_words == {}
