"""What the tests with several processes start: ``python -m tests.branding.processes COMMAND``."""

from __future__ import annotations

import sys
import time

import django


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
        case _:
            return 2
    return 0


if __name__ == "__main__":
    django.setup()
    sys.exit(main(*sys.argv[1:]))
