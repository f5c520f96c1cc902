"""Each product of `examples/products` is sold and used from the portals alone: by links and forms, and by its key for what a
product itself says."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sublet.portals.shared.locales import write_number
from tests.people import VENDOR_HOST, World
from tests.portals.public.mailbox import mails
from tests.portals.walking import Walk

PRODUCTS = sorted((Path(__file__).resolve().parents[2] / "examples" / "products").glob("*.toml"))
PERSON = "bella@napoli.example"
USED = 3


@pytest.mark.parametrize("file", PRODUCTS, ids=lambda file: file.stem)
def test_it_is_sold_and_used_from_the_portals(world: World, file: Path) -> None:
    product = tomllib.loads(file.read_text())
    plan = next(each for each in product["plans"] if each.get("public", True) and each.get("prices"))
    add_on = next(each for each in product["add_ons"] if plan["key"] in each.get("plans", ()) and each.get("adds"))
    trial = next(each for each in product["plans"] if each["key"] == product["product"]["starting_plan"]).get("trial")

    vera = Walk(world.browser("vera"), f"/vendor/{world.vendor.ref}/")
    _load(vera, file, product, plan)
    _agree_wholesale(vera, world.rosa.name)
    key = _make_key(vera)

    rosa = Walk(world.browser("rosa"), f"/reseller/{world.rosa.ref}/")
    _say_price(rosa, _called(plan))
    _open_client(rosa)
    client = _accept(world)
    if trial:
        client.follow("Your plan")
        client.send("Start the free trial")
        client.reads("Free trial of “")
    _give_plan(rosa, plan, add_on)
    _set_up(rosa, product["managed_services"])

    _report(vera, key, re.search(r"acc_\w+", client.url).group(), product["meters"])  # type: ignore[union-attr]
    _sees(client, product["meters"], plan, add_on)
    rosa.follow("Use and limits")
    rosa.reads(*(f"{_unit(meter)}: {_used(meter)}" for meter in product["meters"]))


def _called(thing: dict[str, Any]) -> str:
    return str(thing["name"]["en"])


def _unit(meter: dict[str, Any]) -> str:
    unit = str(meter["unit"]["en"])
    return unit[:1].upper() + unit[1:]


def _used(meter: dict[str, Any]) -> int:
    """What counts of one event of `USED`."""
    return 1 if meter["aggregation"] in ("count", "unique") else USED


# The vendor -----------------------------------------------------------------------------------------------------------


def _load(vera: Walk, file: Path, product: dict[str, Any], plan: dict[str, Any]) -> None:
    vera.follow("Product manifest")
    vera.follow("Load a manifest")
    vera.send("See what changes", {"file": SimpleUploadedFile(file.name, file.read_bytes())})
    # The people of the tests hold rights on sections of another product.
    vera.send("Load it", ticks="confirmed")
    vera.reads("Version 1 of the manifest is in force.", _called(product["product"]))
    vera.follow("Offer")
    vera.reads(*(_called(each) for each in (*product["plans"], *product["add_ons"], *product["managed_services"])))
    vera.follow(_called(plan))
    vera.reads(_called(plan), "Guide price")


def _agree_wholesale(vera: Walk, reseller: str) -> None:
    vera.follow("Wholesale")
    vera.follow(reseller)
    vera.send("Save", {"percent": "30", "note": "As agreed"})
    vera.reads("Saved.", "30 %")


def _make_key(vera: Walk) -> str:
    vera.follow("API keys")
    vera.follow("New API key")
    vera.send("Make the key", {"name": "Product", "right-usage": "manage"})
    return vera.page.values["secret"]


def _report(vera: Walk, key: str, account: str, meters: Sequence[dict[str, Any]]) -> None:
    events = [
        {"id": meter["key"], "source": "product", "account": account, "meter": meter["key"], "quantity": USED}
        | ({"properties": {meter["unique_by"]: "one"}} if "unique_by" in meter else {})
        for meter in meters
    ]
    headers = {"host": VENDOR_HOST, "authorization": f"Bearer {key}"}
    told = vera.browser.post(
        "/api/v1/usage-events", {"events": events}, content_type="application/json", headers=headers
    )
    assert (told.status_code, told.json()) == (202, {"accepted": len(meters), "duplicates": 0})


# The reseller ---------------------------------------------------------------------------------------------------------


def _say_price(rosa: Walk, plan: str) -> None:
    rosa.follow("Prices")
    rosa.reads("30 %", plan)
    rosa.follow(plan)
    rosa.send("Save", {"model": "flat", "amount": "399.00", "interval": "month"})
    rosa.reads("Saved.", "€399.00 a month")


def _open_client(rosa: Walk) -> None:
    rosa.follow("Clients")
    rosa.follow("New client")
    rosa.send("Open the account", {"name": "Bella Napoli", "owner_email": PERSON, "owner_name": "Bella Bruno"})
    rosa.reads("an invitation is on its way")


def _give_plan(rosa: Walk, plan: dict[str, Any], add_on: dict[str, Any]) -> None:
    rosa.follow("Subscription status")
    rosa.follow("Take a plan")
    rosa.send("Show what changes", {"plan": plan["key"], "when": "now"})
    rosa.reads(f"to “{_called(plan)}”")
    rosa.send("Change the plan")
    rosa.reads("The new plan holds from now on.")
    rosa.follow("Take an add-on")
    rosa.send("Take the add-on", {"add_on": add_on["key"]})
    rosa.reads("The add-on was taken.", _called(add_on))


def _set_up(rosa: Walk, services: Sequence[dict[str, Any]]) -> None:
    rosa.follow("Client settings")
    chosen = {f"f-service.{each['key']}.enabled": "on" for each in services}
    chosen |= {f"f-service.{each['key']}.managed_by": "reseller" for each in services if each.get("managed_by")}
    # A service that counts something and of which the manifest says no allowance wants one decided.
    undecided = [each["key"] for each in services if "meter" in each and "allowance" not in each]
    chosen |= {f"f-service.{key}.allowance": "none" for key in undecided}
    chosen |= {f"f-payer.{kind}": "client" for kind in ("base", "overage", "add_ons")}
    rosa.send("Save …", chosen | {"f-price": "month", "n-price": "449.00"})
    rosa.reads("What changes", "€449.00 a month", *(_called(each) for each in services if not each.get("enabled")))
    rosa.send("Save")
    rosa.reads("Saved. You can undo it.", "Everything that these settings need is decided.")


# The client -----------------------------------------------------------------------------------------------------------


def _accept(world: World) -> Walk:
    links = re.findall(r"https?://\S+/invitation/\S+", mails(PERSON)[-1].text)
    link = urlsplit(links[0])
    client = Walk(world.stranger(link.hostname or ""), link.path)
    client.send("Accept and log in", {"name": "Bella Bruno", "password": "seven green bottles"})
    client.reads("Bella Napoli")
    return client


def _sees(client: Walk, meters: Sequence[dict[str, Any]], plan: dict[str, Any], add_on: dict[str, Any]) -> None:
    client.follow("Your plan")
    client.reads(_called(plan), _called(add_on))
    client.follow("Use")
    client.reads(*(f"{_unit(meter)}: {_used(meter)}" for meter in meters))
    for limit in plan["limits"]:
        amount = "no limit" if limit["amount"] == "unlimited" else write_number(limit["amount"])
        decides = r"(?: \(decides\))?"
        said = re.escape(f"by the plan: {_called(plan)}") + decides + " " + re.escape(amount)
        assert re.search(said, client.page.text), (said, client.page.text)
    assert "€" not in client.page.text
