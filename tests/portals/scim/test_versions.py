"""What HTTP asks of the directory's addresses: versions by tags, HEAD, and an answer in its own words at half an address."""

from __future__ import annotations

import pytest
from django.test import Client

from sublet.people.models import DirectoryPerson
from tests.people import World
from tests.portals.scim.directory import Speaker

ADA = "ada@kitchen.example"


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ('"1"', 200),  # without the mark of a weak one
        ('W/"7", W/"1"', 200),
        ('"x,y" ,"1"', 200),
        (', "1",', 200),
        ("*", 200),
        ("", 200),
        ('"7", W/"8"', 412),
        ('"x"', 412),
        ('W/"99999999999999999999"', 412),
        ("1", 400),
        ('w/"1"', 400),
        ('"1" "2"', 400),
        ('"7", *', 400),
        ('"1', 400),
        ('"7",' * 2000, 400),
    ],
)
def test_a_change_names_one_version_or_several(world: World, carl: Speaker, given: str, status: int) -> None:
    ref = carl.add(ADA)
    group = carl.group("Cooks")
    rename = {"op": "replace", "path": "displayName", "value": "Ada"}
    answer = carl.patch(f"/Users/{ref}", rename, If_Match=given)
    assert answer.status == status, answer.body
    assert DirectoryPerson.unscoped.get().version == (2 if status == 200 else 1)
    assert carl.patch(f"/Groups/{group}", rename, If_Match=given).status == (204 if status == 200 else status)
    if status == 400:
        assert answer["scimType"] == "invalidSyntax"
        assert answer["detail"] == "If-Match holds versions as they came with ETag, in quotation marks."


def test_several_versions_may_be_known_already(world: World, carl: Speaker) -> None:
    ref = carl.add(ADA)
    for known, status in (('W/"7", "1"', 304), ('"7","8"', 200), ('"11"', 200)):
        assert carl.ask("GET", f"/Users/{ref}", If_None_Match=known).status == status


@pytest.mark.parametrize(
    "path", ["/Users", "/Users/{ref}", "/Groups", "/ServiceProviderConfig", "/Schemas", "/Users/x"]
)
def test_head_is_answered_like_get_without_a_body(world: World, carl: Speaker, path: str) -> None:
    path = path.format(ref=carl.add(ADA))
    asked, head = carl.ask("GET", path), carl.ask("HEAD", path)
    assert (head.status, head.body) == (asked.status, None)
    assert {**head.headers, "X-Request-Id": ""} == {**asked.headers, "X-Request-Id": ""}
    other = carl.ask("HEAD", path.rpartition("/")[0] + "/.search")
    assert other.status in {404, 405}
    refused = carl.ask("BREW", path)
    if refused.status == 405:
        assert {"GET", "HEAD"} <= set(refused.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    "address", ["/scim", "/scim/", "/scim/v2", "/scim/v2/", "/scim/v1/Users", "/scim/Users", "/scim/v2/Users%0A"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_half_an_address_is_answered_in_the_directorys_own_words(
    world: World, carl: Speaker, address: str, method: str
) -> None:
    for keys in ({"authorization": f"Bearer {carl.secret}"}, {}):
        response = Client(headers={"host": carl.host, **keys}).generic(method, address)
        assert (response.status_code, response["Content-Type"]) == (404, "application/scim+json")
        assert (b'"status":"404"' in response.content) is (method != "HEAD")
    page = Client(headers={"host": carl.host}).get("/scimitar")
    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")
