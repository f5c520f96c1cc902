"""Fill an installation's database with the people of the tests; print what a test must know as JSON."""

from __future__ import annotations

import json
import sys

import django


def main(callback: str) -> None:
    django.setup()
    from sublet.foundation.scope import platform_scope
    from sublet.people.models import Section
    from sublet.signon import operations
    from tests.people import AT, make_world

    with platform_scope("furnishing a test"):
        world = make_world()
        Section.objects.update(address="https://{host}/app/{account}/nowhere")
        Section.objects.filter(key="content").update(address="https://{host}/app/{account}/content")
        Section.objects.filter(key="design").update(address="https://{host}/app/{account}/design")
        made = operations.register_application(
            name="Planner",
            redirect_addresses=[callback],
            logout_addresses=[callback.replace("/callback", "/bye")],
            actor=world.actor("vera"),
            at=AT,
        )
    print(
        json.dumps(
            {
                "client": made.ref,
                "secret": made.secret,
                "account": world.carl.ref,
                "cleo": world.users["cleo"].ref,
                "vendor": world.vendor.name,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
