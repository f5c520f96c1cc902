"""What a reader is not shown of an entry is nowhere: in no list, found by no search and no filter, in no webhook."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from sublet.accounts.events import AccountSuspended, TagsChanged
from sublet.entitlements.events import LimitSet
from sublet.foundation.actor import JOB, SCHEDULE, Actor, Impersonator
from sublet.foundation.journal.events import Event
from sublet.foundation.journal.operations import record
from sublet.foundation.journal.pseudonyms import set_pseudonym
from sublet.foundation.journal.queries import history
from sublet.messaging.models import Delivery
from sublet.messaging.webhook_operations import create_webhook
from tests.people import AT, World

pytestmark = pytest.mark.django_db


def happen(actor: Actor, event: Event, account: str, world: World, *, minutes: int = 0, reason: str = "") -> None:
    about = getattr(world, account)
    with transaction.atomic():
        record(
            event,
            account_id=about.id,
            parent_id=about.parent_id,
            actor=actor,
            at=AT + timedelta(minutes=minutes),
            reason=reason,
        )


def limit(note: str) -> LimitSet:
    return LimitSet("acc_x", "Rosa Web Studio", "vendor", "meter", "mails", {"en": "Mails"}, 5, "hard", note)


def found(actor: Actor, account_id: int, **asked: str) -> list[str]:
    return [row.event for row in history(actor, account_id=account_id, **asked).rows]  # type: ignore[arg-type]


def test_a_client_finds_nobody_of_the_vendor_by_words_nor_by_person(world: World) -> None:
    vera = replace(world.actor("vera"), host="vendor.localhost")
    happen(vera, AccountSuspended(ref="acc_x", name="Vera Voss"), "carl", world)
    happen(world.actor("rosa"), AccountSuspended(ref="acc_x", name="Carl"), "carl", world, minutes=1)
    carl = world.actor("carl")
    (_rosas, veras) = history(carl, account_id=world.carl.id).rows
    assert (veras.actor_name, veras.actor_account_name, veras.host) == ("The platform", "", "")
    assert veras.data == {"ref": "acc_x", "name": "The platform"}
    assert "Vera" not in repr(veras)
    for asked in ({"words": "vera"}, {"words": "voss"}, {"person": "vera"}, {"person": "voss"}):
        assert found(carl, world.carl.id, **asked) == [], asked
    assert found(carl, world.carl.id, words="platform") == ["account.suspended"]
    assert found(carl, world.carl.id, person="the platform") == ["account.suspended"]
    assert found(carl, world.carl.id, person="rosa") == ["account.suspended"]
    assert found(carl, world.carl.id, words="ricci") == ["account.suspended"]
    assert found(world.actor("rosa"), world.carl.id, words="voss") == ["account.suspended"]


def test_nor_what_a_job_did_in_the_name_of_somebody_of_the_vendor(world: World) -> None:
    vera, carl = world.actor("vera"), world.actor("carl")
    happen(vera.through(JOB), AccountSuspended(ref="acc_x", name="Carl"), "carl", world)
    happen(
        replace(vera, user_id=None, name=SCHEDULE, via=JOB), AccountSuspended("acc_x", "Carl"), "carl", world, minutes=1
    )
    assert [row.actor_name for row in history(carl, account_id=world.carl.id).rows] == ["Schedule", "The platform"]
    assert found(carl, world.carl.id, person="vera") == []
    assert found(carl, world.carl.id, words="schedule") == ["account.suspended"]


def test_a_pseudonym_of_the_vendor_is_as_little_for_a_client(world: World) -> None:
    happen(world.actor("vera"), AccountSuspended(ref="acc_x", name="Carl"), "carl", world, reason="Vera Voss")
    set_pseudonym(user_id=world.users["vera"].id, word="Heron 7", at=AT)
    carl = world.actor("carl")
    assert [row.actor_name for row in history(carl, account_id=world.carl.id).rows] == ["The platform"]
    assert found(carl, world.carl.id, words="heron") == found(carl, world.carl.id, person="heron") == []
    assert found(world.actor("rosa"), world.carl.id, person="heron") == ["account.suspended"]


def test_what_is_kept_above_is_not_found_below(world: World) -> None:
    """A reseller reads no note of the vendor about itself, and so finds none; about its client it does both."""
    happen(world.actor("vera"), limit("Bargained hard"), "rosa", world)
    happen(world.actor("rosa"), limit("Bargained too"), "carl", world)
    rosa, carl, vera = world.actor("rosa"), world.actor("carl"), world.actor("vera")
    (row,) = history(rosa, account_id=world.rosa.id).rows
    assert "note" not in row.data
    assert found(rosa, world.rosa.id, words="bargained") == []
    assert found(vera, world.rosa.id, words="bargained") == ["limit.set"]
    assert found(rosa, world.carl.id, words="bargained") == ["limit.set"]
    assert found(carl, world.carl.id, words="bargained") == []
    assert found(carl, world.carl.id) == ["limit.set"]


def test_an_entry_that_is_not_for_a_client_is_read_by_nobody_who_acts_for_it(world: World) -> None:
    happen(world.actor("rosa"), TagsChanged("acc_x", "Carl", ["vip"], []), "carl", world)
    assert found(world.actor("carl"), world.carl.id) == found(world.actor("carl"), world.carl.id, words="vip") == []
    assert found(world.actor("rosa"), world.carl.id, words="vip") == ["client.tags_changed"]


def test_a_webhook_of_those_below_names_nobody_of_the_vendor_in_its_details_either(world: World) -> None:
    for who in ("vera", "rosa", "carl"):
        with world.scope(who) as actor:
            create_webhook(name="Shop", url=f"https://{who}.example/", groups=(), actor=actor, at=AT)
    happen(
        world.actor("vera"), AccountSuspended(ref="acc_x", name="Vera Voss"), "carl", world, reason="Vera Voss asked"
    )
    told = {
        row.endpoint.account.kind: json.loads(row.body)["data"]
        for row in Delivery.unscoped.filter(event="account.suspended").select_related("endpoint__account")
    }
    assert told["vendor"]["details"]["name"] == "Vera Voss"
    assert told["reseller"]["details"]["name"] == told["client"]["details"]["name"] == "…"
    assert "Voss" not in str(told["reseller"]) + str(told["client"])


def test_whoever_visits_a_reseller_reads_what_the_reseller_reads(world: World) -> None:
    """What a reseller does in its own account stands below nobody; below it, what happened while they were its clients."""
    rosa = world.actor("rosa")
    with transaction.atomic():
        record(AccountSuspended("acc_x", "Own"), account_id=world.rosa.id, actor=rosa, at=AT)
    happen(rosa, AccountSuspended("acc_x", "Carl"), "carl", world)
    vera = world.actor("vera")
    visit = Impersonator(
        user_id=vera.user_id or 0,
        name=vera.name,
        account_id=vera.account_id,
        impersonation_ref="imp_x",
        mode="reseller",
        people_data=vera.people_data,
    )
    visiting = replace(rosa, impersonator=visit)
    for account_id in (world.rosa.id, world.carl.id):
        assert found(visiting, account_id) == found(rosa, account_id) == ["account.suspended"]
    assert [row.event for row in history(visiting, below=True).rows] == ["account.suspended"]
