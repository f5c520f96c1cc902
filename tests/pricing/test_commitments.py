"""What a client promises to spend at least: agreed on its page, as a contract among the others."""

from __future__ import annotations

import html

from sublet.foundation.clock import now
from sublet.pricing.models import AgreedContract
from tests.people import World
from tests.pricing import load


def text(response: object) -> str:
    return html.unescape(str(response.content.decode()))  # type: ignore[attr-defined]  # of the test client


def test_a_commitment_is_agreed_on_the_page_of_a_client(world: World) -> None:
    load(world)
    rosa, base = world.browser("rosa"), f"/reseller/{world.rosa.ref}/"
    path = f"{base}clients/{world.carl.ref}/prices/"
    sent = {
        "what": "contract", "once": "a", "kind": "commitment", "name": "Frame", "first_day": now().date().isoformat(),
        "months": "12", "renew_months": "0", "notice_days": "0", "amount": "50", "interval": "month",
    }  # fmt: skip
    assert rosa.post(path, sent | {"amount": ""}).status_code == 409
    assert AgreedContract.unscoped.count() == 0
    assert rosa.post(path, sent).status_code == 302
    row = AgreedContract.unscoped.get()
    assert row.price is not None
    assert (row.kind, row.price["amount"], row.price["interval"]) == ("commitment", "5000", "month")
    for page in (path, f"{base}prices/contracts/"):
        assert "at least €50.00 a month" in text(rosa.get(page))
