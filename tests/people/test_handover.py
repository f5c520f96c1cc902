"""The hand-over sheet: whose it may be, in which brand and language, and whose address stands on it."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from pypdf import PdfReader

from sublet.branding import operations as branding
from sublet.core.rights import Rights
from sublet.foundation.errors import Forbidden, NotFound
from sublet.people import queries
from tests.branding import pictures
from tests.people import AT, World
from tests.portals.api.caller import make_caller

pytestmark = pytest.mark.django_db


def read(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_a_reseller_downloads_it_in_its_clients_brand_and_any_language(world: World) -> None:
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"account_ref": world.rosa.ref, "actor": actor, "at": AT}
        changes = {"name": "Atelier Rosa", "support_hours@it": "lun–ven 9–18", "support_email": "help@rosa.example"}
        branding.change_brand(changes=changes, version=None, **given)
        branding.upload_image(slot="logo", data=pictures.png(), **given)
    answer = world.browser("rosa").get(f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/hand-over/?language=it")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"].startswith("attachment")
    text = read(answer.content)
    assert [
        each for each in ("carl.localhost", world.carl.name, "lun–ven 9–18", "Primi passi") if each not in text
    ] == []
    assert "Atelier Rosa" in text
    assert b"/Image" in answer.content
    assert world.vendor.name not in text
    page = world.browser("rosa").get(f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/").content.decode()
    assert page.count("/hand-over/?language=") == 6


def test_the_clients_own_people_download_it_too(world: World) -> None:
    answer = world.browser("carl").get(f"/client/{world.carl.ref}/hand-over/")
    assert world.users["carl"].email in read(answer.content)
    assert b"/hand-over/?language=" in world.browser("carl").get(f"/client/{world.carl.ref}/information/").content
    assert world.browser("carl").get(f"/client/{world.elan.ref}/hand-over/").status_code == 404


def test_the_vendor_downloads_those_of_its_direct_accounts_alone(world: World) -> None:
    browser, place = world.browser("vera"), f"/vendor/{world.vendor.ref}/accounts"
    answer = browser.get(f"{place}/{world.dora.ref}/hand-over/?language=it")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert "Primi passi" in read(answer.content)
    assert world.dora.name in read(answer.content)
    assert browser.get(f"{place}/{world.dora.ref}/").content.decode().count("/hand-over/?language=") == 6
    assert b"/hand-over/" not in browser.get(f"{place}/{world.rosa.ref}/").content
    for other in (world.rosa, world.carl, world.vendor):
        assert browser.get(f"{place}/{other.ref}/hand-over/").status_code == 404
    key = make_caller(world, "vera")
    assert key.get(f"/accounts/{world.carl.ref}/hand-over-sheet").status == 404
    pdf: Any = key.browser.get(
        f"/api/v1/accounts/{world.dora.ref}/hand-over-sheet",
        headers={"host": key.host, "authorization": f"Bearer {key.secret}"},
    )
    assert (pdf.status_code, pdf["Content-Type"]) == (200, "application/pdf")
    assert make_caller(world, "rosa").get(f"/accounts/{world.dora.ref}/hand-over-sheet").status == 404


def test_nobody_downloads_that_of_another_tenant(world: World) -> None:
    with world.scope("remo") as actor, pytest.raises(NotFound):
        queries.handover_sheet(actor, account_ref=world.carl.ref, at=AT)
    with world.scope("rosa") as actor:
        with pytest.raises(NotFound):
            queries.handover_sheet(actor, account_ref=world.rosa.ref, at=AT)
        blind = replace(actor, rights=Rights.of({}))
        with pytest.raises(Forbidden):
            queries.handover_sheet(blind, account_ref=world.carl.ref, at=AT)


@pytest.mark.parametrize(("people", "told"), [("none", False), ("view", False), ("manage", True)])
def test_the_owners_address_leaves_only_with_whoever_may_take_it(world: World, people: str, told: bool) -> None:
    key = make_caller(world, "rosa", rights={"clients": "view", "people": people})
    answer: Any = key.browser.get(
        f"/api/v1/accounts/{world.carl.ref}/hand-over-sheet?language=fr",
        headers={"host": key.host, "authorization": f"Bearer {key.secret}"},
    )
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    text = read(answer.content)
    assert "Premiers pas" in text
    assert (world.users["carl"].email in text) is told
