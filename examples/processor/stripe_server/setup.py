"""The accounts that a server has from its beginning, as a file says; with their keys, and the webhooks that were entered for them.

{"accounts": [{"id": "acct_…", "name": "…", "country": "IT",
               "keys": [{"key": "rk_test_…", "permissions": {"charge": "write", …}}],
               "hooks": [{"url": "http://…", "secret": "whsec_…"}]}]}
"""

from __future__ import annotations

from stripe_server.errors import Json
from stripe_server.webhooks import add_endpoint
from stripe_server.world import World


def declare(world: World, told: Json) -> None:
    """Again is no harm: of what the file said another time, the webhooks go."""
    for each in told.get("accounts", ()):
        id, name = each["id"], each["name"]
        world.open_account(
            id, country=each["country"], business_profile={"name": name, "url": None},
            settings={
                "dashboard": {"display_name": name, "timezone": "Etc/UTC"},
                "payments": {"statement_descriptor": name.upper()[:22]},
            },
        )  # fmt: skip
        for key in each["keys"]:
            world.declare_key(key["key"], id, key.get("permissions"))
        before = [
            row["id"] for row in world.objects.values()
            if row["object"] == "webhook_endpoint" and row.get("_of_setup") and world.owner[row["id"]] == id
        ]  # fmt: skip
        for gone in before:
            del world.objects[gone]
        for hook in each["hooks"]:
            add_endpoint(world, id, hook["url"], ["*"], secret=hook["secret"])["_of_setup"] = True
