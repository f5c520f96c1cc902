"""The reseller's pages of its pools: the whole of each, and what one client may draw."""

from __future__ import annotations

import re

import pytest

from sublet.entitlements.models import Share
from sublet.entitlements.operations import set_pool
from sublet.foundation.journal.models import JournalEntry
from tests import factories
from tests.entitlements import load
from tests.people import AT, World
from tests.portals.walking import Walk


@pytest.fixture
def pooled(world: World) -> World:
    load(world)
    with world.scope("vera") as vera:
        set_pool(ref=world.rosa.ref, meter="appointments", size=60, oversell=150, actor=vera, at=AT)
    return world


def at(world: World, rest: str = "") -> str:
    return f"/reseller/{world.rosa.ref}/{rest}"


def text_of(page: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.decode().partition("<main")[2]).split())


def test_a_pool_is_found_and_shared_out_by_links_and_forms(pooled: World) -> None:
    rosa = Walk(pooled.browser("rosa"), at(pooled))
    rosa.follow("Plans")
    rosa.follow("Pools")
    rosa.reads("Appointments 60 0 0 60")
    rosa.follow("Appointments")
    rosa.reads("150 %", "Carl’s Kitchen 0 – What there is 60")
    rosa.follow("Carl’s Kitchen")
    rosa.reads("Share of the pool: Appointments", "Your clients draw appointments from one pool together.")
    rosa.send("Save", {"reserve": "20", "cap": "40"})
    rosa.reads("Saved. It holds at once.")
    rosa.follow("Share of the pool")
    assert [control.value for name, control in rosa.page.forms[-1].controls.items() if name in ("cap", "reserve")] == [
        "40",
        "20",
    ]
    rosa.send("Save")
    rosa.reads("Nothing would change.")
    rosa.follow("Share of the pool")
    rosa.follow("Who draws from it")
    rosa.reads("Carl’s Kitchen 0 20 40 40", "Élan Coiffure 0 – What there is 40")
    rosa.follow("Carl’s Kitchen")
    rosa.send("Save", {"reserve": "", "cap": ""})
    assert not Share.unscoped.exists()
    assert JournalEntry.unscoped.filter(event="share.set", account_id=pooled.carl.id).count() == 2


def test_what_is_refused_is_said_at_its_field(pooled: World) -> None:
    rosa, path = pooled.browser("rosa"), at(pooled, f"clients/{pooled.carl.ref}/use/appointments/share/")
    for sent, field, status in (
        ({"reserve": "61", "cap": ""}, "reserve", 409),
        ({"reserve": "", "cap": "91"}, "cap", 409),
        ({"reserve": "9", "cap": "8"}, "cap", 409),
        ({"reserve": "-1", "cap": ""}, "reserve", 422),
        ({"reserve": "x", "cap": ""}, "reserve", 422),
        ({"reserve": "", "cap": "9999999999999"}, "cap", 422),
    ):
        answer = rosa.post(path, sent)
        assert (answer.status_code, list(answer.context["form"].errors)) == (status, [field]), sent
    assert not Share.unscoped.exists()
    assert rosa.post(path, {"reserve": "", "cap": "0"}).status_code == 302  # nothing at all: that is a share as well
    assert (Share.unscoped.get().reserve, Share.unscoped.get().cap) == (0, 0)


def test_who_may_not_is_told_so_and_the_others_find_nothing(pooled: World) -> None:
    share = f"clients/{pooled.carl.ref}/use/appointments/share/"
    ruth = pooled.browser("ruth")
    for rest in ("pools/", "pools/appointments/"):
        assert ruth.get(at(pooled, rest)).status_code == 200
        assert pooled.browser("remo").get(at(pooled, rest)).status_code == 404
    assert f'href="{at(pooled, share)}"' not in ruth.get(at(pooled, "pools/appointments/")).content.decode()
    assert ruth.get(at(pooled, share)).status_code == 403
    assert ruth.post(at(pooled, share), {"reserve": "5", "cap": ""}).status_code == 403
    rico = pooled.browser("rico")
    assert "Élan" not in text_of(rico.get(at(pooled, "pools/appointments/")).content)
    elan = f"clients/{pooled.elan.ref}/use/appointments/share/"
    assert rico.post(at(pooled, elan), {"reserve": "5", "cap": ""}).status_code == 404
    assert rico.post(at(pooled, share), {"reserve": "5", "cap": ""}).status_code == 302
    for rest in (f"clients/{pooled.bakery.ref}/use/appointments/share/", share.replace("appointments", "nothing"),
                 share.replace("appointments", "text_messages"), "pools/text_messages/", "pools/nothing/"):  # fmt: skip
        assert pooled.browser("rosa").get(at(pooled, rest)).status_code == 404, rest
    assert pooled.browser("carl").get(at(pooled, "pools/")).status_code == 404


def test_without_a_pool_nothing_leads_there_and_the_page_says_so(world: World) -> None:
    load(world)
    rosa = world.browser("rosa")
    assert "You have no pool" in text_of(rosa.get(at(world, "pools/")).content)
    for rest in ("plans/", f"clients/{world.carl.ref}/use/"):
        page = rosa.get(at(world, rest)).content.decode()
        assert "/pools/" not in page
        assert "/share/" not in page


def test_a_client_is_found_by_its_name(pooled: World) -> None:
    for number in range(60):
        factories.make_client(pooled.rosa, f"Salon {number:02}")
    rosa = pooled.browser("rosa")
    first = rosa.get(at(pooled, "pools/appointments/"))
    assert len(first.context["table"].rows) == 50
    second = rosa.get(at(pooled, "pools/appointments/"), {"cursor": first.context["table"].pager.next})
    assert len(second.context["table"].rows) == 13
    found = rosa.get(at(pooled, "pools/appointments/"), {"q": "salon 07"}, headers={"hx-request": "true"})
    assert [row.label for row in found.context["table"].rows] == ["Salon 07"]
