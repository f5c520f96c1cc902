"""What the tests with several processes start: ``python -m tests.branding.processes COMMAND``."""

from __future__ import annotations

import json
import sys
import time

import django

from tests.installation import together


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
        case "race":
            print(json.dumps(race(arguments[0])))
        case _:
            return 2
    return 0


if __name__ == "__main__":
    django.setup()
    sys.exit(main(*sys.argv[1:]))
