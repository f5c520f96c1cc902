"""Who may do what to Carl's account and to one's own: every role against every operation, in one table.

``y`` done, ``f`` lacks the right, ``n`` nothing there for this role, ``r`` refused in words. A row or a column that is
missing here is missing in the test; what the table says is compared with what happens, and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import transaction

from sublet.foundation.actor import Actor, Impersonator
from sublet.foundation.errors import Forbidden, NotFound, Refusal
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.people import operations, queries
from sublet.people.models import ApiKey, Collaborator, Invitation
from tests import factories
from tests.people import AT, CARL_HOST, ROSA_HOST, World

#: vera: the vendor; rosa: reseller; rico: her staff for Carl alone; ruth: her staff that looks; rita: her staff for another
#: client; remo: another reseller; carl: owner; dina: manages Carl's team; cleo: no more than content; nora: another
#: reseller's client; dora: a direct account; as-reseller, as-client: Rosa inside Carl's account; key: Rosa's key for clients.
TABLE = """
                 vera rosa rico ruth rita remo carl dina cleo nora dora as-reseller as-client key
read-team        n    y    y    y    n    n    y    y    f    n    n    y           y         y
read-person      n    y    y    y    n    n    y    y    f    n    n    y           y         y
invite           n    y    y    f    n    n    y    y    f    n    n    f           f         y
invite-owner     n    y    y    f    n    n    y    r    f    n    n    f           f         y
resend           n    y    y    f    n    n    y    y    f    n    n    f           f         y
revoke           n    y    y    f    n    n    y    y    f    n    n    f           f         y
change-rights    n    y    y    f    n    n    y    r    f    n    n    f           f         y
past-the-floor   n    r    r    f    n    n    r    r    f    n    n    f           f         r
change-owner     n    y    y    f    n    n    r    r    f    n    n    f           f         y
remove           n    y    y    f    n    n    y    y    f    n    n    f           f         y
remove-owner     n    y    y    f    n    n    r    r    f    n    n    f           f         y
hand-over        n    y    y    f    n    n    y    f    f    n    n    r           r         y
leave            n    n    n    n    n    n    r    y    y    n    n    r           r         r
read-visits      f    y    y    y    n    n    y    f    f    f    f    y           y         y
begin-visit      f    y    y    y    n    n    f    f    f    f    f    r           r         r
take-section     f    y    y    f    y    y    f    f    f    f    f    f           f         y
read-keys        y    y    f    f    f    y    y    f    f    y    y    y           y         f
make-key         y    y    f    f    f    y    y    f    f    y    y    r           r         f
revoke-key       n    n    f    f    f    n    y    f    f    n    n    r           r         f
"""


def parse() -> list[tuple[str, str, str]]:
    head, *rows = [line.split() for line in TABLE.strip().splitlines()]
    return [(row[0], role, outcome) for row in rows for role, outcome in zip(head, row[1:], strict=True)]


def actors(world: World) -> dict[str, Actor]:
    """Each role as an actor; those that the world lacks are added."""
    extra = {"dina": (world.carl, {"team": "manage"}, None), "rita": (world.rosa, {"clients": "manage"}, [world.elan])}
    for name, (account, rights, reach) in extra.items():
        world.users[name] = factories.make_user(f"{name.capitalize()} Doe")
        world.places[name] = factories.make_collaborator(account, world.users[name], rights=rights, reach=reach)
        world.hosts[name] = CARL_HOST
    found = {
        name: world.actor(name)
        for name in ("vera", "rosa", "rico", "ruth", "rita", "remo", "carl", "dina", "cleo", "nora", "dora")
    }
    with actor_scope(found["rosa"]):
        made = operations.create_key(name="Directory", rights={"clients": "manage"}, actor=found["rosa"], at=AT)
        for mode in ("reseller", "client"):
            begun = operations.begin_impersonation(
                client_ref=world.carl.ref, mode=mode, reason="Looking at the menu", session_hash="a" * 64,
                second_factor_at=AT,
                actor=found["rosa"], at=AT,
            )  # fmt: skip
            with platform_scope("test"):
                operations.enter_with_code(code=begun.code, session_hash="b" * 64, host=CARL_HOST, at=AT)
                entered = queries.enter_as(
                    impersonation_ref=begun.impersonation_ref, session_hash="b" * 64, account_ref=world.carl.ref,
                    host=CARL_HOST, request_id="r", at=AT,
                )  # fmt: skip
            assert entered is not None
            found[f"as-{mode}"] = entered.actor
    with platform_scope("test"):
        key = queries.actor_for_key(made.secret, request_id="r", host=ROSA_HOST, at=AT)
    assert key is not None
    found["key"] = key.actor
    return found


def act(world: World, what: str, actor: Actor) -> Callable[[], object]:
    """What that operation is, on Carl's account or on the actor's own."""
    account, cleo, owner = world.carl.ref, world.places["cleo"].ref, world.places["carl"].ref
    invitation = Invitation.unscoped.get(email="waiting@new.test").ref
    carls_key = ApiKey.unscoped.get(account=world.carl).ref
    own = {"vendor": "accounts", "reseller": "clients"}.get(actor.account_kind, "team")
    return {
        "read-team": lambda: queries.team(actor, account_ref=account, at=AT),
        "read-person": lambda: queries.collaborator_form(actor, account_ref=account, collaborator_ref=cleo, at=AT),
        "invite": lambda: operations.invite_collaborator(
            account_ref=account, email="new@new.test", rights={}, actor=actor, at=AT
        ),
        "invite-owner": lambda: operations.invite_collaborator(
            account_ref=account, email="new@new.test", rights={}, is_owner=True, actor=actor, at=AT
        ),
        "resend": lambda: operations.resend_invitation(
            account_ref=account, invitation_ref=invitation, actor=actor, at=AT
        ),
        "revoke": lambda: operations.revoke_invitation(
            account_ref=account, invitation_ref=invitation, actor=actor, at=AT
        ),
        "change-rights": lambda: operations.change_rights(
            account_ref=account, collaborator_ref=cleo, rights={"product.design": "view"}, actor=actor, at=AT
        ),
        "past-the-floor": lambda: operations.change_rights(
            account_ref=account, collaborator_ref=cleo, rights={"billing": "view"}, actor=actor, at=AT
        ),
        "change-owner": lambda: operations.change_rights(
            account_ref=account, collaborator_ref=owner, rights={}, actor=actor, at=AT
        ),
        "remove": lambda: operations.remove_collaborator(
            account_ref=account, collaborator_ref=cleo, actor=actor, at=AT
        ),
        "remove-owner": lambda: operations.remove_collaborator(
            account_ref=account, collaborator_ref=owner, actor=actor, at=AT
        ),
        "hand-over": lambda: operations.hand_over_ownership(
            account_ref=account, collaborator_ref=cleo, actor=actor, at=AT
        ),
        "leave": lambda: operations.leave_account(account_ref=account, actor=actor, at=AT),
        "read-visits": lambda: queries.visits_of_client(actor, client_ref=account),
        "begin-visit": lambda: operations.begin_impersonation(
            client_ref=account,
            mode="reseller",
            reason="Looking at the menu",
            session_hash="c" * 64,
            second_factor_at=AT,
            actor=actor,
            at=AT,
        ),
        "take-section": lambda: operations.withdraw_section(
            section="product.content", client_refs=None, actor=actor, at=AT
        ),
        "read-keys": lambda: queries.keys_of_account(actor, at=AT),
        "make-key": lambda: operations.create_key(name="New", rights={own: "view"}, actor=actor, at=AT),
        "revoke-key": lambda: operations.revoke_key(key_ref=carls_key, actor=actor, at=AT),
    }[what]


class _Undo(Exception):
    pass


def test_every_role_can_do_exactly_what_the_table_says(world: World) -> None:
    who = actors(world)
    with world.scope("carl") as carl:
        operations.create_key(name="Carl's", rights={"team": "view"}, actor=carl, at=AT)
    with world.scope("rosa") as rosa:
        operations.invite_collaborator(
            account_ref=world.carl.ref, email="waiting@new.test", rights={}, actor=rosa, at=AT
        )
    factories.make_collaborator(world.elan, factories.make_user("Elsa Ernst"), rights={"product.content": "view"})
    wrong = []
    for what, role, expected in parse():
        actor = who[role]
        outcome = "y"
        try:
            with transaction.atomic(), actor_scope(actor):
                act(world, what, actor)()
                raise _Undo
        except _Undo:
            pass
        except Forbidden:
            outcome = "f"
        except NotFound:
            outcome = "n"
        except Refusal:
            outcome = "r"
        if outcome != expected:
            wrong.append(f"{role} {what}: {outcome}, not {expected}")
    assert wrong == []


def test_no_visit_is_wider_than_its_mode_says(world: World) -> None:
    """Positive control for the table: the same actor without its impersonator could do what it is refused."""
    visitor = actors(world)["as-client"]
    assert isinstance(visitor.impersonator, Impersonator)
    free = replace(world.actor("carl"), impersonator=None)
    with actor_scope(free):
        operations.hand_over_ownership(
            account_ref=world.carl.ref, collaborator_ref=world.places["cleo"].ref, actor=free, at=AT
        )
    assert Collaborator.unscoped.get(id=world.places["cleo"].id).is_owner


@pytest.mark.parametrize("line", TABLE.strip().splitlines()[1:])
def test_every_row_of_the_table_is_whole(line: str) -> None:
    outcomes = line.split()[1:]
    assert len(outcomes) == 14
    assert set(outcomes) <= set("yfnr")
