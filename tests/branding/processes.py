"""What the tests with several processes start: ``python -m tests.branding.processes COMMAND``."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

import django

from tests.installation import together

if TYPE_CHECKING:
    from tests.people import World  # at run time only once Django is set up


def race(what: str) -> list[str]:
    """Eight processes at once: ``claim`` the same word for two resellers, or ``release`` the two hosts of one."""
    from sublet.branding import operations
    from sublet.branding.models import Domain
    from sublet.foundation.clock import now
    from sublet.foundation.errors import NotFound, Refusal
    from sublet.foundation.scope import actor_scope
    from tests.people import make_world

    world = make_world()
    actors = [world.actor("rosa"), world.actor("remo")]
    with actor_scope(actors[0]):
        operations.add_host(account_ref=world.rosa.ref, host="second", actor=actors[0], at=now())
    hosts = list(
        Domain.unscoped.filter(account=world.rosa).order_by("id").values_list("ref", flat=True)
    )  # unscoped: a test
    Domain.unscoped.filter(account=world.rosa).update(is_primary=False)  # unscoped: so that either may be removed

    def claim(number: int) -> str:
        actor = actors[number % 2]
        with actor_scope(actor):
            try:
                operations.add_host(account_ref=actor.account_ref, host="wanted", actor=actor, at=now())
            except Refusal as refusal:
                return refusal.code
        return "had"

    def release(number: int) -> str:
        with actor_scope(actors[0]):
            try:
                operations.release_host(ref=hosts[number % 2], actor=actors[0], at=now())
            except Refusal as refusal:
                return refusal.code
            except NotFound:
                return "gone"
        return "released"

    return together(8, {"claim": claim, "release": release}[what])


ROUNDS = 4


def prove_at_once(world: World, tenants: int) -> list[str]:
    """As many tenants prove one host at the same moment, each by a check that has seen its own token (D4)."""
    from sublet.branding import operations
    from sublet.branding.models import Domain
    from sublet.core.domains import YES, Verdict
    from sublet.foundation.clock import now
    from sublet.foundation.scope import account_scope, platform_scope
    from tests import factories

    vera = world.actor("vera")
    refs = []
    for number in range(tenants):
        reseller = factories.make_reseller(world.vendor, f"Tenant {number}")
        factories.make_host(reseller, f"tenant-{number}.localhost")
        with platform_scope("a test"):
            refs.append(
                operations.add_host(account_ref=reseller.ref, host="app.agency.example", actor=vera, at=now()).ref
            )

    def prove(number: int) -> str:
        domain = Domain.unscoped.get(ref=refs[number])  # unscoped: a test
        with account_scope(domain.account_id):
            operations.settle_check(ref=domain.ref, verdict=Verdict(YES, YES, ()), actor=vera, at=now())
        return Domain.unscoped.get(ref=refs[number]).state  # unscoped: as above

    return together(tenants, prove)


def unguarded(world: World) -> dict[str, list[str]]:
    """The positive control of D4: the rule of the database that a proved host has one account is taken away."""
    from django.db import connection

    from sublet.branding import operations
    from sublet.branding.models import Domain
    from sublet.branding.operations import hosts
    from sublet.foundation.clock import now
    from sublet.foundation.errors import Refusal
    from sublet.foundation.postgresql.owner import as_owner
    from sublet.foundation.scope import actor_scope

    def claim_unchecked(number: int) -> str:
        actor = actors[number % 2]
        setattr(hosts, "refuse_host", lambda typed, **more: "")  # noqa: B010 - what looks before it writes; in this child only
        with actor_scope(actor):
            try:
                operations.add_host(account_ref=actor.account_ref, host=f"wanted{turn}", actor=actor, at=now())
            except Refusal as refusal:
                return refusal.code
        return "had"

    def owners() -> list[str]:
        rows = Domain.unscoped.filter(host=f"wanted{turn}.localhost")  # unscoped: a test looks at everything
        return sorted(rows.values_list("account__name", flat=True))

    actors, turn = [world.actor("rosa"), world.actor("remo")], 1
    together(4, claim_unchecked)
    kept = owners()  # nobody looked, and the database alone decided
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DROP INDEX a_proved_host_has_one_account")
    turn = 2
    together(4, claim_unchecked)
    return {"kept": kept, "claimed": owners(), "proved": prove_at_once(world, 4)}


def end_while_names_come(world: World, how: str) -> list[str]:
    """Two processes take wildcards away (``release``, or ``lose`` for want of proof) while six put names below them."""
    from datetime import timedelta

    from sublet.branding import operations
    from sublet.branding.models import Domain
    from sublet.core.domains import NO, Verdict
    from sublet.foundation.clock import now
    from sublet.foundation.errors import NotFound, Refusal
    from sublet.foundation.scope import account_scope, actor_scope, platform_scope
    from tests import factories

    rosa, vera = world.actor("rosa"), world.actor("vera")
    clients = [factories.make_client(world.rosa, f"{how} {number}") for number in range(6)]
    wild = []
    for turn in range(ROUNDS):
        with actor_scope(rosa):
            made = operations.add_host(account_ref=world.rosa.ref, host=f"*.{how}{turn}.example", actor=rosa, at=now())
        with platform_scope("a test"):
            operations.mark_proved(ref=made.ref, actor=vera, at=now())
        wild.append(made.ref)
    Domain.unscoped.filter(ref__in=wild).update(serving=True)  # unscoped: a test
    long_ago = now() - timedelta(days=9)
    if how == "lose":
        lost = {"proof": "dns", "lost_since": long_ago, "failing_since": long_ago, "told_at": long_ago}
        Domain.unscoped.filter(ref__in=wild).update(**lost)  # unscoped: a test

    def end(ref: str) -> str:
        try:
            if how == "lose":
                with account_scope(world.rosa.id):
                    operations.settle_check(ref=ref, verdict=Verdict(NO, NO, ()), actor=vera, at=now())
            else:
                with actor_scope(rosa):
                    operations.release_host(ref=ref, actor=rosa, at=now())
        except (Refusal, NotFound) as fault:
            return getattr(fault, "code", "gone")
        return "ended"

    def put(number: int, turn: int) -> str:
        with actor_scope(rosa):
            made = operations.add_host(
                account_ref=clients[number].ref, host=f"n{number}.{how}{turn}.example", actor=rosa, at=now()
            )
        return str(made.state)

    def work(number: int) -> str:
        said = [end(ref) if number < 2 else put(number - 2, turn) for turn, ref in enumerate(wild)]
        return ",".join(said)

    return together(8, work)


def publish_at_once(world: World) -> dict[str, list[str]]:
    """Eight people publish one draft at the same moment, and then each other words over what all of them have seen."""
    from sublet.branding import operations
    from sublet.foundation.clock import now
    from sublet.foundation.errors import Refusal
    from sublet.foundation.scope import actor_scope

    rosa = world.actor("rosa")
    with actor_scope(rosa):
        drafted = operations.save_draft(
            account_ref=world.rosa.ref, changes={"name": "Drafted", "footer": "d"}, version=None, actor=rosa, at=now()
        ).version

    def publish(number: int) -> str:
        with actor_scope(rosa):
            try:
                operations.publish_draft(account_ref=world.rosa.ref, version=drafted, actor=rosa, at=now())
            except Refusal as refusal:
                return refusal.code
        return "published"

    published = together(8, publish)

    def write(number: int) -> str:
        with actor_scope(rosa):
            try:
                operations.change_brand(
                    account_ref=world.rosa.ref,
                    changes={"name": f"Written {number}"},
                    version=drafted + 1,
                    actor=rosa,
                    at=now(),
                )
            except Refusal as refusal:
                return refusal.code
        return f"Written {number}"

    return {"published": published, "written": together(8, write)}


def main(command: str, *arguments: str) -> int:
    from sublet.branding import operations, queries
    from sublet.foundation.clock import now
    from sublet.foundation.scope import actor_scope
    from tests import factories
    from tests.people import make_world

    match command:
        case "seed":
            world = make_world()
            print(world.rosa.ref, world.places["rosa"].id)
        case "watch":
            # Prints each name that the host shows, with the instant on the clock that all processes share.
            last = ""
            end = time.monotonic() + 60
            while time.monotonic() < end:
                site = queries.host_view(arguments[0])
                name = site.brand.name if site else "nothing"
                if name != last:
                    print(f"{time.monotonic():.4f} {name}", flush=True)
                    last = name
                time.sleep(0.005)
        case "rename":
            # Each line of standard input becomes the brand's name; prints when it was committed.
            from sublet.people.models import Collaborator

            place = Collaborator.unscoped.get(id=int(arguments[1]))  # unscoped: a test
            actor = factories.actor_for(place)
            for line in sys.stdin:
                with actor_scope(actor):
                    operations.change_brand(
                        account_ref=arguments[0], changes={"name": line.strip()}, version=None, actor=actor, at=now()
                    )
                print(f"{time.monotonic():.4f}", flush=True)
        case "domains":
            world = make_world()
            told = {how: end_while_names_come(world, how) for how in ("release", "lose")}
            print(json.dumps(told | {"prove": prove_at_once(world, 16)}))
        case "unguarded":
            print(json.dumps(unguarded(make_world())))
        case "publish":
            world = make_world()
            print(json.dumps(publish_at_once(world)))
        case "publish-on":
            # Drafts and publishes until it is killed; says after each how far it is.
            from sublet.people.models import Collaborator

            actor = factories.actor_for(Collaborator.unscoped.get(id=int(arguments[1])))  # unscoped: a test
            with actor_scope(actor):
                for number in range(100_000):
                    given = {"account_ref": arguments[0], "version": None, "actor": actor, "at": now()}
                    words = dict.fromkeys(("name", "footer", "support_name"), f"{arguments[2]}-{number}")
                    operations.save_draft(changes={**words, "footer@it": words["name"]}, **given)  # type: ignore[arg-type]
                    operations.publish_draft(**given)  # type: ignore[arg-type]  # a test's own mixture
                    print(number, flush=True)
        case "dress":
            from sublet.accounts.queries import ListQuery, Selection

            world = make_world()
            for number in range(int(arguments[0])):
                factories.make_client(world.rosa, f"Dressed {number:04}")
            actor = world.actor("rosa")
            with actor_scope(actor):
                done = operations.change_brands(
                    selection=Selection(query=ListQuery()), changes={"color": "#abc"}, actor=actor, at=now()
                )
            print(done.ref, world.places["rosa"].id, done.selected)
        case "undress":
            from sublet.people.models import Collaborator

            actor = factories.actor_for(Collaborator.unscoped.get(id=int(arguments[1])))  # unscoped: a test
            with actor_scope(actor):
                operations.undo_brands(ref=arguments[0], actor=actor, at=now())
        case "race":
            print(json.dumps(race(arguments[0])))
        case _:
            return 2
    return 0


if __name__ == "__main__":
    django.setup()
    sys.exit(main(*sys.argv[1:]))
