"""API keys: shown once, never wider than whoever made them, gone at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.core.rights import FLOOR, Rights
from sublet.foundation.actor import Actor, Impersonator
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.people import operations, queries
from sublet.people.models import ApiKey, Collaborator
from sublet.people.queries.entry import Entry
from tests.people import AT, ROSA_HOST, World


def make(world: World, by: str = "rosa", **rights: str) -> operations.NewKey:
    with world.scope(by) as actor:
        return operations.create_key(
            name="Shop", rights={key.replace("__", "."): word for key, word in rights.items()}, actor=actor, at=AT
        )


def use(secret: str, *, at: object = AT, remote: str = "192.0.2.7") -> Entry | None:
    with platform_scope("test"):
        return queries.actor_for_key(secret, request_id="r-1", host=ROSA_HOST, at=at, remote=remote)  # type: ignore[arg-type]


def test_a_key_is_an_actor_with_exactly_its_rights(world: World) -> None:
    made = make(world, clients="manage", journal="view", product__design="view")
    entry = use(made.secret)
    assert entry is not None
    assert entry.account.id == world.rosa.id
    assert entry.actor == Actor(
        user_id=None,
        name="Shop",
        account_id=world.rosa.id,
        account_ref=world.rosa.ref,
        account_kind="reseller",
        account_name="Rosa Web Studio",
        rights=entry.actor.rights,
        key_ref=made.ref,
        via="api",
        host=ROSA_HOST,
        request_id="r-1",
    )
    assert entry.actor.rights.as_words() == {"clients": "manage", "journal": "view", "product.design": "view"}


def test_the_secret_is_nowhere_but_in_the_answer(world: World) -> None:
    made = make(world, clients="view")
    row = ApiKey.unscoped.get()
    assert made.secret.startswith("sk_")
    assert len(made.secret) == 46  # sk_ and 256 bits
    assert row.prefix == made.secret[:11]
    stored = str(row.__dict__) + "".join(str(entry.__dict__) for entry in JournalEntry.unscoped.all())
    assert made.secret not in stored
    with world.scope("rosa") as actor:
        assert made.secret not in str(queries.keys_of_account(actor, at=AT))


@pytest.mark.parametrize("secret", ["", "sk_", "sk_wrong", "\x00", "sk_" + "x" * 5000, "Bearer x", "sk_\udcff"])
def test_what_is_no_key_is_nobody(world: World, secret: str) -> None:
    make(world, clients="view")
    assert use(secret) is None


def test_a_revoked_key_is_nobody_at_once(world: World) -> None:
    made = make(world, clients="view")
    assert use(made.secret) is not None
    with world.scope("rosa") as actor:
        operations.revoke_key(key_ref=made.ref, actor=actor, at=AT)
        with pytest.raises(NotFound):
            operations.revoke_key(key_ref=made.ref, actor=actor, at=AT)
    assert use(made.secret) is None
    assert [entry.event for entry in JournalEntry.unscoped.order_by("id")] == ["api_key.created", "api_key.revoked"]


def test_a_key_expires(world: World) -> None:
    with world.scope("rosa") as actor:
        made = operations.create_key(
            name="Shop", rights={"clients": "view"}, expires_at=AT + timedelta(days=1), actor=actor, at=AT
        )
    assert use(made.secret, at=AT + timedelta(hours=23, minutes=59)) is not None
    assert use(made.secret, at=AT + timedelta(days=1)) is None


def test_the_last_use_is_written_at_most_once_a_minute(world: World) -> None:
    made = make(world, clients="view")
    use(made.secret, remote="192.0.2.1")
    with CaptureQueriesContext(
        connection,
    ) as quiet:
        use(made.secret, at=AT + timedelta(seconds=59), remote="192.0.2.2")
    assert len(quiet) == 1
    assert (ApiKey.unscoped.get().last_used_at, ApiKey.unscoped.get().last_used_from) == (AT, "192.0.2.1")
    with CaptureQueriesContext(connection) as writing:
        use(made.secret, at=AT + timedelta(seconds=60), remote="192.0.2.2")
    assert len(writing) == 2
    assert ApiKey.unscoped.get().last_used_from == "192.0.2.2"


@pytest.mark.parametrize(
    ("by", "rights", "code"),
    [
        ("rico", {"clients": "manage", "keys": "manage", "team": "view"}, "beyond-own"),
        ("carl", {"billing": "view"}, "floor"),
        ("carl", {"clients": "view"}, "unknown-section"),
        ("rosa", {"accounts": "view"}, "unknown-section"),
        ("rosa", {}, "no-rights"),
        ("rosa", {"clients": "none"}, "no-rights"),
    ],
)
def test_a_key_is_no_wider_than_its_maker_and_its_account(
    world: World, by: str, rights: dict[str, str], code: str
) -> None:
    Collaborator.unscoped.filter(id=world.places["rico"].id).update(
        rights_words={"clients": "manage", "keys": "manage"}
    )
    with world.scope(by) as actor, pytest.raises(operations.CannotCreateKey) as refusal:
        operations.create_key(name="Shop", rights=rights, actor=actor, at=AT)
    assert refusal.value.code == code
    assert ApiKey.unscoped.count() == 0


def test_a_key_of_confined_staff_is_confined(world: World) -> None:
    Collaborator.unscoped.filter(id=world.places["rico"].id).update(
        rights_words={"clients": "manage", "keys": "manage"}
    )
    entry = use(make(world, by="rico", clients="manage").secret)
    assert entry is not None
    assert entry.actor.reach == frozenset({world.carl.id})
    with actor_scope(entry.actor), pytest.raises(NotFound):
        queries.team(entry.actor, account_ref=world.elan.ref, at=AT)


def test_a_key_stays_below_the_floor_even_if_its_row_does_not(world: World) -> None:
    made = make(world, by="carl", team="view")
    ApiKey.unscoped.update(rights_words=dict.fromkeys(FLOOR, "manage") | {"team": "view"})
    entry = use(made.secret)
    assert entry is not None
    assert entry.actor.rights.as_words() == {"team": "view"}


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"name": "  "}, "name-missing", "name"),
        ({"name": "x" * 81}, "name-long", "name"),
        ({"expires_at": AT}, "expiry-past", "expires_at"),
        ({"expires_at": AT + timedelta(days=3000)}, "expiry-far", "expires_at"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(world: World, values: dict[str, object], code: str, field: str) -> None:
    with world.scope("rosa") as actor, pytest.raises(operations.CannotCreateKey) as refusal:
        operations.create_key(**{"name": "Shop", "rights": {"clients": "view"}, **values}, actor=actor, at=AT)  # type: ignore[arg-type]
    assert (refusal.value.code, refusal.value.field) == (code, field)


@pytest.mark.parametrize("by", ["ruth", "cleo"])
def test_without_the_right_there_are_no_keys(world: World, by: str) -> None:
    with world.scope(by) as actor:
        with pytest.raises(Forbidden):
            operations.create_key(name="Shop", rights={}, actor=actor, at=AT)
        with pytest.raises(Forbidden):
            queries.keys_of_account(actor, at=AT)
        with pytest.raises(Forbidden):
            operations.revoke_key(key_ref="key_23456789", actor=actor, at=AT)


@pytest.mark.parametrize("by", ["remo", "carl", "vera", "nora"])
def test_a_key_of_another_account_is_not_found(world: World, by: str) -> None:
    made = make(world, clients="view")
    with world.scope(by) as actor:
        with pytest.raises(NotFound):
            operations.revoke_key(key_ref=made.ref, actor=actor, at=AT)
        assert queries.keys_of_account(actor, at=AT).rows == ()
    assert ApiKey.unscoped.get().revoked_at is None


def test_nobody_makes_or_ends_keys_in_anothers_place(world: World) -> None:
    from dataclasses import replace

    made = make(world, by="carl", team="view")
    for mode in ("reseller", "client"):
        acting = Impersonator(
            user_id=world.users["rosa"].id,
            name="Rosa Ricci",
            account_id=world.rosa.id,
            impersonation_ref="ims_2345678",
            mode=mode,
        )
        actor = replace(world.actor("carl"), impersonator=acting)
        with actor_scope(actor):
            with pytest.raises(CannotWhileImpersonating):
                operations.create_key(name="Shop", rights={"team": "view"}, actor=actor, at=AT)
            with pytest.raises(CannotWhileImpersonating):
                operations.revoke_key(key_ref=made.ref, actor=actor, at=AT)
    assert ApiKey.unscoped.filter(revoked_at__isnull=True).count() == 1


def test_the_list_of_keys_shows_state_and_use_and_is_paged(world: World) -> None:
    made = [make(world, clients="view") for _ in range(3)]
    with world.scope("rosa") as actor:
        operations.revoke_key(key_ref=made[0].ref, actor=actor, at=AT)
        page = queries.keys_of_account(actor, at=AT, size=2)
        rest = queries.keys_of_account(actor, at=AT, size=2, cursor=page.next_cursor)
    assert [row.ref for row in (*page.rows, *rest.rows)] == [made[2].ref, made[1].ref, made[0].ref]
    assert [row.state for row in (*page.rows, *rest.rows)] == ["active", "active", "revoked"]
    assert page.rows[0].summary == "Clients (view)"
    assert rest.next_cursor == ""


def test_an_account_has_a_bounded_number_of_keys(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from sublet.people.operations import keys

    monkeypatch.setattr(keys, "MOST_KEYS", 2)
    make(world, clients="view")
    make(world, clients="view")
    with pytest.raises(operations.CannotCreateKey) as refusal:
        make(world, clients="view")
    assert refusal.value.code == "too-many"


# Addresses and rotation ----------------------------------------------------------------------------------------------


def test_a_key_works_from_its_addresses_only(world: World) -> None:
    with world.scope("rosa") as actor:
        made = operations.create_key(
            name="Shop",
            rights={"clients": "view"},
            allowed_from=["192.0.2.7", "198.51.100.9/24", "2001:db8::/48"],
            actor=actor,
            at=AT,
        )
    for remote, lets_in in [
        ("192.0.2.7", True),
        ("::ffff:192.0.2.7", True),
        ("198.51.100.200", True),
        ("2001:db8::1", True),
        ("192.0.2.8", False),
        ("2001:db9::1", False),
        ("", False),
    ]:
        assert (use(made.secret, remote=remote) is not None) is lets_in, remote
    row = ApiKey.unscoped.get()
    assert row.allowed_from == ["192.0.2.7/32", "198.51.100.0/24", "2001:db8::/48"]
    assert (row.refused_at, row.refused_from) == (AT, "192.0.2.8")
    assert row.last_used_from == "192.0.2.7"


def test_where_a_key_works_is_changed_and_told(world: World) -> None:
    made = make(world, clients="view")
    with world.scope("rosa") as actor:
        for _ in range(2):  # the second time nothing is new
            operations.change_key_addresses(key_ref=made.ref, allowed_from=["192.0.2.7"], actor=actor, at=AT)
        with pytest.raises(operations.CannotChangeKey) as refusal:
            operations.change_key_addresses(key_ref=made.ref, allowed_from=["office"], actor=actor, at=AT)
    assert (refusal.value.code, refusal.value.field) == ("address", "allowed_from")
    assert "“office”" in refusal.value.sentence
    assert use(made.secret) is not None
    assert use(made.secret, remote="192.0.2.8") is None
    entries = JournalEntry.unscoped.filter(event="api_key.addresses_changed")
    assert [entry.data["allowed_from"] for entry in entries] == [["192.0.2.7/32"]]


def test_two_secrets_work_until_the_old_one_ends(world: World) -> None:
    made = make(world, clients="view")
    use(made.secret, remote="192.0.2.1")
    with world.scope("rosa") as actor:
        new = operations.rotate_key(key_ref=made.ref, overlap=timedelta(days=1), actor=actor, at=AT)
    assert new.ref == made.ref
    later = AT + timedelta(hours=23)
    for secret, remote in ((made.secret, "192.0.2.2"), (new.secret, "192.0.2.3")):
        entry = use(secret, at=later, remote=remote)
        assert entry is not None
        assert entry.actor.key_ref == made.ref
    with world.scope("rosa") as actor:
        row = queries.key_of_account(actor, made.ref, at=later)
    assert (row.prefix, row.last_used_from) == (new.secret[:11], "192.0.2.3")
    assert (row.old_prefix, row.old_used_from, row.old_used_at) == (made.secret[:11], "192.0.2.2", later)
    assert use(made.secret, at=AT + timedelta(days=1)) is None
    assert use(new.secret, at=AT + timedelta(days=1)) is not None
    stored = str(ApiKey.unscoped.get().__dict__) + "".join(str(each.data) for each in JournalEntry.unscoped.all())
    assert new.secret not in stored


def test_only_the_last_old_secret_works(world: World) -> None:
    first = make(world, clients="view")
    with world.scope("rosa") as actor:
        second = operations.rotate_key(key_ref=first.ref, overlap=timedelta(days=7), actor=actor, at=AT)
        use(second.secret)
        third = operations.rotate_key(key_ref=first.ref, overlap=timedelta(days=7), actor=actor, at=AT)
        assert [use(each.secret) is not None for each in (first, second, third)] == [False, True, True]
        operations.end_old_secret(key_ref=first.ref, actor=actor, at=AT)
        with pytest.raises(operations.CannotChangeKey):
            operations.end_old_secret(key_ref=first.ref, actor=actor, at=AT)
    assert [use(each.secret) is not None for each in (first, second, third)] == [False, False, True]
    with world.scope("rosa") as actor:
        fourth = operations.rotate_key(key_ref=first.ref, overlap=timedelta(), actor=actor, at=AT)
        assert [use(each.secret) is not None for each in (third, fourth)] == [False, True]
        operations.revoke_key(key_ref=first.ref, actor=actor, at=AT)
    assert use(fourth.secret) is None


def test_whoever_rotates_twice_keeps_the_secret_that_is_in_use(world: World) -> None:
    """Nobody has the second secret yet: it ends, not the one that all programs have."""
    first = make(world, clients="view")
    use(first.secret, remote="192.0.2.1")
    later = AT + timedelta(hours=20)
    with world.scope("rosa") as actor:
        second = operations.rotate_key(key_ref=first.ref, overlap=timedelta(days=1), actor=actor, at=AT)
        third = operations.rotate_key(key_ref=first.ref, overlap=timedelta(days=1), actor=actor, at=later)
        row = queries.key_of_account(actor, first.ref, at=later)
    assert (row.prefix, row.old_prefix, row.old_used_from) == (third.secret[:11], first.secret[:11], "192.0.2.1")
    assert row.old_until == later + timedelta(days=1)
    assert [use(each.secret, at=later) is not None for each in (first, second, third)] == [True, False, True]
    with world.scope("rosa") as actor:  # the third is in use by now: from here on it is the one before
        fourth = operations.rotate_key(key_ref=first.ref, overlap=timedelta(days=1), actor=actor, at=later)
    works = [use(each.secret, at=later) is not None for each in (first, second, third, fourth)]
    assert works == [False, False, True, True]


def test_an_old_secret_that_has_ended_is_not_revived_by_another_rotation(world: World) -> None:
    first = make(world, clients="view")
    use(first.secret)
    later = AT + timedelta(days=1)
    with world.scope("rosa") as actor:
        second = operations.rotate_key(key_ref=first.ref, overlap=timedelta(days=1), actor=actor, at=AT)
        third = operations.rotate_key(key_ref=first.ref, overlap=timedelta(days=1), actor=actor, at=later)
    assert [use(each.secret, at=later) is not None for each in (first, second, third)] == [False, True, True]


def test_without_overlap_every_secret_before_ends(world: World) -> None:
    first = make(world, clients="view")
    use(first.secret)
    with world.scope("rosa") as actor:
        second = operations.rotate_key(key_ref=first.ref, overlap=timedelta(days=1), actor=actor, at=AT)
        third = operations.rotate_key(key_ref=first.ref, overlap=timedelta(), actor=actor, at=AT)
    assert [use(each.secret) is not None for each in (first, second, third)] == [False, False, True]


def test_a_use_that_a_rotation_overtakes_does_not_count_for_the_new_secret(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(world, clients="view")
    noted = queries.keys._note

    def overtaken(row: ApiKey, what: str, *, at: datetime, remote: str) -> None:
        with world.scope("rosa") as actor:
            operations.rotate_key(key_ref=made.ref, overlap=timedelta(days=1), actor=actor, at=AT)
        noted(row, what, at=at, remote=remote)

    monkeypatch.setattr(queries.keys, "_note", overtaken)
    assert use(made.secret) is not None
    assert ApiKey.unscoped.get().last_used_at is None


@pytest.mark.parametrize("days", [-1, 8])
def test_an_old_secret_never_outlives_a_week(world: World, days: int) -> None:
    made = make(world, clients="view")
    with world.scope("rosa") as actor, pytest.raises(operations.CannotChangeKey) as refusal:
        operations.rotate_key(key_ref=made.ref, overlap=timedelta(days=days), actor=actor, at=AT)
    assert refusal.value.code == "overlap"


def test_nobody_takes_a_key_that_is_wider_than_itself(world: World) -> None:
    """Whoever rotates a key holds its secret: that must not be a way up."""
    wide = make(world, clients="manage", team="manage")
    narrow = replace(world.actor("rosa"), rights=Rights.of({"keys": "manage", "clients": "view"}))
    confined = replace(world.actor("rosa"), reach=frozenset({world.carl.id}))
    for actor in (narrow, confined):
        with actor_scope(actor):
            for attempt in (
                lambda who=actor: operations.rotate_key(key_ref=wide.ref, overlap=timedelta(), actor=who, at=AT),
                lambda who=actor: operations.change_key_addresses(key_ref=wide.ref, allowed_from=[], actor=who, at=AT),
            ):
                with pytest.raises(operations.CannotChangeKey) as refusal:
                    attempt()
                assert refusal.value.code == "beyond-own"
    assert use(wide.secret) is not None
