"""Fill an installation's database with the people of the tests, the product of the examples, keys and an application; print what
a product must know as JSON: ``python -m tests.products.furnish SHOP…`` (addresses of products)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django

PRODUCTS = Path(__file__).resolve().parents[2] / "examples" / "products"


def main(*shops: str) -> None:
    django.setup()
    from sublet.catalog.operations import load_manifest
    from sublet.foundation.clock import now
    from sublet.foundation.scope import platform_scope
    from sublet.people.models import Collaborator
    from sublet.signon import operations
    from tests.people import CARL_HOST, make_world
    from tests.portals.api.caller import make_caller

    with platform_scope("furnishing a test"):
        world = make_world()
        vera = world.actor("vera")
        source = (PRODUCTS / "bookings.toml").read_bytes()
        load_manifest(source=source, file_name="bookings.toml", confirmed=True, actor=vera, at=now())
        # unscoped: test data
        Collaborator.unscoped.filter(id=world.places["cleo"].id).update(rights_words={"product.agenda": "manage"})
        made = operations.register_application(
            name="Shop",
            redirect_addresses=[f"{shop}/app/callback" for shop in shops],
            notice_address=f"{shops[0]}/app/notice",
            actor=vera,
            at=now(),
        )
        key = make_caller(world, "vera").secret
    told = {
        "client": made.ref, "secret": made.secret, "key": key, "carl": world.carl.ref, "bakery": world.bakery.ref,
        "cleo": world.users["cleo"].ref, "host": CARL_HOST, "carl_name": world.carl.name,
    }  # fmt: skip
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
