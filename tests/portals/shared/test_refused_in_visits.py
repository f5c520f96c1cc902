"""S3: everything that the matrix refuses, tried during a visit in both modes, on pages and on the API. Generated."""

from __future__ import annotations

import pytest
from django.test import Client

from scripts.addresses import Page, pages
from scripts.rights_page import operations
from sublet.core import matrix
from sublet.core.rights import CLIENT
from sublet.foundation.journal.models import JournalEntry
from sublet.people.models import ImpersonationRequest
from tests.people import World
from tests.portals.shared.test_visits import begin, cross
from tests.probe.test_tenants import ARGUMENT

pytestmark = pytest.mark.django_db
#: Without its form the page would only say that something is missing: enough that it is asked.
FORM = {"email": "x@new.test", "name": "x", "right-team": "view", "confirm": "x", "host": "x.example", "leave": "1"}


def refused_pages(mode: str) -> list[Page]:
    refused = matrix.refused_topics(mode)
    return [page for page in pages() if matrix.ROUTES.get(page.name) in refused and page.changes]


def visit(world: World, mode: str) -> tuple[Client, str]:
    """Rosa's browser in Carl's account, and what every address of the visit begins with."""
    values = {"collaborator": world.places["carl"].ref} if mode == "client" else {}
    there, first = cross(begin(world, world.browser("rosa"), mode=mode, **values))
    return there, first.removesuffix(f"/client/{world.carl.ref}/")


def address(page: Page, world: World) -> str:
    things = {"account": world.carl.ref, "person": world.places["cleo"].ref}
    return "/" + ARGUMENT.sub(lambda match: things.get(match[1], "key_23456789abcd"), page.route)


@pytest.mark.parametrize("mode", ["reseller", "client"])
def test_every_page_on_the_list_refuses(world: World, mode: str) -> None:
    there, prefix = visit(world, mode)
    before = JournalEntry.unscoped.count()
    wrong = []
    asked = refused_pages(mode)
    for page in asked:
        response = there.post(prefix + address(page, world), FORM)
        if response.status_code not in {403, 404}:
            wrong.append(f"POST {page.name}: {response.status_code}")
        if CLIENT in page.portals and response.status_code == 404 and page.portals != ("direct",):
            # Its own 404 would come from looking for a thing: the refusal must come first.
            wrong.append(f"POST {page.name}: looked for the thing first")
    assert wrong == []
    assert len(asked) >= 20
    assert JournalEntry.unscoped.count() == before
    recorded = ImpersonationRequest.unscoped.filter(method="POST")
    assert recorded.count() == sum(CLIENT in page.portals for page in asked)  # the client reads that it was tried
    assert set(recorded.values_list("status", flat=True)) == {403}


@pytest.mark.parametrize("mode", ["reseller", "client"])
def test_no_operation_of_the_api_is_inside_a_visit(world: World, mode: str) -> None:
    there, prefix = visit(world, mode)
    wrong = []
    for each in operations():
        if each.id not in matrix.OPERATIONS:
            continue
        path = f"{prefix}/api/v1" + each.path.replace("{account}", world.carl.ref).replace("{", "").replace("}", "")
        response = there.generic(each.method, path, b"{}", content_type="application/json")
        if response.status_code not in {403, 404}:
            wrong.append(f"{each.method} {each.path}: {response.status_code}")
    assert wrong == []


def test_what_is_allowed_is_not_refused(world: World) -> None:
    """Positive control: the same browser, the same visit, changes what a visit may change."""
    there, prefix = visit(world, "reseller")
    response = there.post(f"{prefix}/client/{world.carl.ref}/information/", {"email": "not an address"})
    assert response.status_code == 422  # read, and found wrong
    brand = there.post(f"{prefix}/client/{world.carl.ref}/brand/", {})
    assert brand.status_code not in {403, 404}
