"""`next` after the log-in: known ways out of a site, and the ways that must stay open."""

from __future__ import annotations

import pytest

from tests.people import PASSWORD, ROSA_HOST, World

OUT = [
    "http://evil.example",
    "https://evil.example/",
    "HTTPS://EVIL.EXAMPLE/",
    "//evil.example",
    "//evil.example/me/",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "/\\\\evil.example",
    "\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    "\n//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "/\x00/evil.example",
    "\x01//evil.example",
    "\x1f//evil.example",
    "\x7f//evil.example",
    "http:evil.example",
    "https:evil.example",
    "http:/evil.example",
    "http:\\\\evil.example",
    "http:///evil.example",
    "https:/\\evil.example",
    "ht\ttp://evil.example",
    "java\nscript:alert(1)",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "javascript://evil.example/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "ftp://evil.example",
    "//rosa.localhost@evil.example",
    "http://rosa.localhost@evil.example/",
    "http://rosa.localhost.evil.example/",
    "https://evil.example#rosa.localhost",
    "https://evil.example?rosa.localhost",
    "//evil.example\\@rosa.localhost",
    "//evil%E3%80%82example",
    "//%65vil.example",
    "/%2f/evil.example",
    "/%2F%2Fevil.example",
    "/%5cevil.example",
    "/%5C%5Cevil.example",
    "/me/%0d%0aSet-Cookie:a=b",
    "/me/\r\nLocation: http://evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/me/..//evil.example",
    "/me//../../evil.example",
    "/;@evil.example",
    "/@evil.example",
    "/:evil.example",
    "//[::1]/",
    "//[",
    "http://[evil",
    "/／evil.example",
    "／／evil.example",
    "//evil。example",
    "/me/?next=\\\\evil.example",
    "?next=//evil.example",
    "me/",
    ".",
    "",
    "/nowhere/",
    "/login/",
    "/login/?next=/login/",
    "/logout/",
    "/" + "a" * 3000,
]
STAY = ["/me/", "/accounts/", "/dashboard", "/me/?tab=1&name=a%20b", "/client/acc_2345678abcdefg/"]


def where(world: World, wanted: str) -> str:
    response = world.stranger(ROSA_HOST).post(
        "/login/", {"email": "rosa@example.test", "password": PASSWORD, "next": wanted}
    )
    assert response.status_code == 302
    return response["Location"]


def test_there_are_sixty() -> None:
    assert len(set(OUT)) >= 60


@pytest.mark.parametrize("wanted", OUT)
def test_log_in_never_leads_off_the_host(world: World, wanted: str) -> None:
    assert where(world, wanted) == "/"


@pytest.mark.parametrize("wanted", STAY)
def test_page_of_the_host_is_reached(world: World, wanted: str) -> None:
    assert where(world, wanted) == wanted


@pytest.mark.parametrize("wanted", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_language_picker_and_appearance_do_not_lead_off_the_host(world: World, wanted: str) -> None:
    browser = world.browser("rosa")

    assert browser.post("/language/", {"language": "it", "next": wanted})["Location"] == "/"
    assert browser.post("/theme/", {"theme": "dark", "next": wanted})["Location"] == "/"
    assert browser.post("/logout/", {"next": wanted})["Location"] == "/login/"


def test_page_that_asks_for_a_log_in_is_come_back_to(world: World) -> None:
    browser = world.stranger(ROSA_HOST)

    asked = browser.get("/me/?a=1")
    assert asked["Location"] == "/login/?next=%2Fme%2F%3Fa%3D1"
    page = browser.get(asked["Location"]).content.decode()
    assert '<input type="hidden" name="next" value="/me/?a=1">' in page
