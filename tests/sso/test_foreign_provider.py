"""Company log-ins with an identity provider that we did not write: npm's oidc-provider, certified by the OpenID Foundation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from django.test import Client
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.people.models import CompanyIdentity
from sublet.people.operations.company_log_in_rules import WantedCompanyLogIn, set_company_log_in
from tests.people import CARL_HOST, World
from tests.sso.node import Program

pytestmark = pytest.mark.sso
HERE = Path(__file__).resolve().parent
CLIENT, SECRET = "sublet:at+work", "a secret/with:signs and +"


class Foreign(Program):
    """The provider, and a browser that is sent there."""

    def __init__(self) -> None:
        super().__init__(HERE / "foreign_provider.mjs")
        self.issuer = ""

    def log_in(self, url: str) -> str:
        """Where the browser is sent back to on our host, from the log-in page at `url`."""
        jar = requests.Session()
        for _step in range(8):
            if not url.startswith(self.issuer):
                return url
            answer = jar.get(url, allow_redirects=False, timeout=30)
            assert answer.status_code in {302, 303}, answer.text
            url = urljoin(url, answer.headers["Location"])
        raise AssertionError(f"round in a circle: {url}")


@pytest.fixture
def foreign(world: World, settings: SettingsWrapper) -> Iterator[Foreign]:
    """Carl's company has that provider; subject ``carl-7`` there is he."""
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    made = Foreign()
    back = f"https://{CARL_HOST}/login/company/{world.carl.ref}/back/"
    made.issuer = made("begin", client=CLIENT, secret=SECRET, redirect_uri=back)["issuer"]
    with world.scope("carl") as actor:
        wanted = WantedCompanyLogIn(issuer=made.issuer, client_id=CLIENT, client_secret=SECRET, on=True)
        set_company_log_in(wanted=wanted, actor=actor, at=now())
    with platform_scope("a test"):
        CompanyIdentity.unscoped.create(
            account=world.carl, user=world.users["carl"], issuer=made.issuer, subject="carl-7", linked_at=now()
        )
    made("be", sub="carl-7", email="carl@example.test", email_verified=True, name="Carl at work")
    yield made
    made.process.communicate(timeout=20)


def begun(world: World, browser: Client) -> str:
    answer = browser.get(f"/login/company/{world.carl.ref}/begin/?next=/client/{world.carl.ref}/")
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def back(browser: Client, url: str) -> Any:
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("https", CARL_HOST)
    return browser.get(f"{parts.path}?{parts.query}")


def test_a_person_logs_in_by_a_provider_of_others(world: World, foreign: Foreign) -> None:
    browser = world.stranger(CARL_HOST)
    home = f"/client/{world.carl.ref}/"

    assert back(browser, foreign.log_in(begun(world, browser)))["Location"] == home
    assert browser.get(home).status_code == 200
    # Somebody whom nobody has linked is asked for the own log-in first.
    foreign("be", sub="cleo-8", email="carl@example.test", email_verified=True)
    other = world.stranger(CARL_HOST)
    assert back(other, foreign.log_in(begun(world, other)))["Location"] == "/login/company/link/"
    assert other.get(home)["Location"].startswith("/login/")


def test_what_was_not_meant_for_this_log_in_is_refused(world: World, foreign: Foreign) -> None:
    def tried(**claims: object) -> int:
        foreign("change", **claims)
        browser = world.stranger(CARL_HOST)
        status = int(back(browser, foreign.log_in(begun(world, browser))).status_code)
        foreign("change")
        return status

    assert tried() == 302  # signed anew without any change
    assert tried(aud="another-program") == 403
    assert tried(aud=[CLIENT, "another-program"]) == 403
    assert tried(nonce="of-another-log-in") == 403
    assert tried(iss="https://other.example") == 403
    assert tried(exp=int(now().timestamp()) - 3600) == 403
    # The code of one log-in with the state of another; one that comes twice; one of another browser.
    browser = world.stranger(CARL_HOST)
    first, second = foreign.log_in(begun(world, browser)), foreign.log_in(begun(world, browser))
    code = second.partition("code=")[2].partition("&")[0]
    mixed = first.replace(first.partition("code=")[2].partition("&")[0], code)
    assert back(browser, mixed).status_code == 403
    again = foreign.log_in(begun(world, browser))
    assert back(browser, again).status_code == 302
    assert back(world.stranger(CARL_HOST), again).status_code == 403
    assert back(browser, again).status_code == 403
