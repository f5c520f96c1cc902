"""The OpenID Connect provider with relying parties that we did not write: a stock Apache, Authlib and openid-client."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from authlib.integrations.requests_client import OAuth2Session
from playwright.sync_api import Response, sync_playwright

from tests.chromium import launch
from tests.sso.conftest import CARL_HOST, Browser, Place, started
from tests.sso.node import Program

pytestmark = pytest.mark.sso
HERE = Path(__file__).resolve().parent
MODULES = "/usr/lib/apache2/modules"


@pytest.fixture(scope="module")
def apache(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Apache with mod_auth_openidc in front of a page that shows what it was told."""
    folder: Path = tmp_path_factory.mktemp("apache")
    site = folder / "site" / "app"
    site.mkdir(parents=True)
    (site / "index.html").write_text('hello <!--#echo var="REMOTE_USER" -->|<!--#echo var="OIDC_CLAIM_account" -->')
    port = urlsplit(place.callback).port
    names = (
        "mpm_event", "authz_core", "authn_core", "authz_user", "dir", "mime", "include", "env", "auth_openidc",
    )  # fmt: skip
    load = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in names)
    (folder / "apache.conf").write_text(f"""
{load}
ServerName {CARL_HOST}
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ErrorLog {folder}/error
User www-data
Group www-data
TypesConfig /dev/null
DocumentRoot {folder}/site
DirectoryIndex index.html
OIDCProviderMetadataURL {place.issuer}/.well-known/openid-configuration
OIDCClientID {place.client}
OIDCClientSecret {place.secret}
OIDCRedirectURI {place.callback}
OIDCCryptoPassphrase only-for-this-test
OIDCScope "openid profile email"
OIDCPKCEMethod S256
OIDCCookieSameSite Off
<Directory {folder}/site>
    Options +Includes
    AddOutputFilter INCLUDES .html
    AddType text/html .html
</Directory>
<Location /app/>
    AuthType openid-connect
    Require valid-user
</Location>
""")
    for each in (folder, *folder.parents):
        if str(each).startswith("/tmp/"):
            each.chmod(0o755)
    assert port is not None
    process = started(["/usr/sbin/apache2", "-f", str(folder / "apache.conf"), "-D", "FOREGROUND"], port, folder)
    yield f"http://{CARL_HOST}:{port}"
    process.terminate()
    process.wait(20)


def test_a_stock_apache_signs_people_on(apache: str, place: Place, browser: Browser) -> None:
    page = browser.log_in(browser.go(f"{apache}/app/"))
    assert page.status == 200, page.text[:2000]
    assert page.text == f"hello {place.cleo}@{place.issuer}|{place.account}"
    assert "sublet" not in "".join(browser.seen).lower()


def test_one_log_in_is_enough_and_no_header_names_the_vendor(apache: str, place: Place) -> None:
    """In a real browser: somebody who is logged in on the client's own host opens the product."""
    from tests.factories import PASSWORD  # models can be imported only once Django is ready

    answers: list[Response] = []
    with sync_playwright() as playwright_:
        chromium = launch(playwright_)
        page = chromium.new_page()
        page.on("response", lambda answer: answers.append(answer))  # Playwright cannot take a built-in
        page.goto(f"{place.issuer}/login/")
        page.locator("input[name=email]").fill("cleo@example.test")
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/login/" not in url)
        page.goto(f"{apache}/app/")
        assert page.inner_text("body") == f"hello {place.cleo}@{place.issuer}|{place.account}"
        asked = [path for path in (urlsplit(answer.url).path for answer in answers) if path != "/favicon.ico"]
        assert asked[-4:] == ["/app/", "/sign-on/authorize", "/app/callback", "/app/"]
        for answer in answers:
            said = f"{answer.url} {answer.all_headers()}".lower()
            assert "sublet" not in said
            assert place.vendor.lower() not in said
        chromium.close()


def test_authlib_signs_on_refreshes_and_asks(place: Place, browser: Browser) -> None:
    found = json.loads(browser.ask("GET", f"{place.issuer}/.well-known/openid-configuration").text)
    here = f"http://127.0.0.1:{place.port}"
    headers = {"Host": urlsplit(place.issuer).netloc}

    def at(name: str) -> str:
        return str(found[name]).replace(place.issuer, here)

    verifier = "a" * 64
    client = OAuth2Session(
        place.client,
        place.secret,
        scope="openid profile offline_access",
        redirect_uri=place.callback,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic",
    )
    client.headers.update(headers)
    address, state = client.create_authorization_url(
        found["authorization_endpoint"], code_verifier=verifier, nonce="n-1"
    )
    page = browser.ask("GET", address)
    login = browser.go(place.issuer + page.headers["Location"])
    back = _after_log_in(browser, login)
    tokens = client.fetch_token(at("token_endpoint"), authorization_response=back, state=state, code_verifier=verifier)
    keys = jwt.PyJWKSet.from_dict(json.loads(browser.ask("GET", found["jwks_uri"]).text))
    key = keys[jwt.get_unverified_header(tokens["id_token"])["kid"]]
    claims = jwt.decode(tokens["id_token"], key, algorithms=["RS256"], audience=place.client, issuer=place.issuer)
    assert claims["nonce"] == "n-1"
    assert (claims["sub"], claims["account"], claims["sections"]) == (place.cleo, place.account, {"content": "manage"})
    assert client.get(at("userinfo_endpoint")).json()["name"] == "Cleo Costa"
    fresh = client.refresh_token(at("token_endpoint"), tokens["refresh_token"])
    assert fresh["refresh_token"] != tokens["refresh_token"]
    told = client.introspect_token(at("introspection_endpoint"), token=fresh["access_token"])
    assert told.json()["active"] is True
    client.revoke_token(at("revocation_endpoint"), token=fresh["refresh_token"])
    assert client.introspect_token(at("introspection_endpoint"), token=fresh["access_token"]).json() == {
        "active": False
    }


def _after_log_in(browser: Browser, login: object) -> str:
    """The address to which the browser is sent back, without going there: nobody listens."""
    sent: list[str] = []
    go = browser.go

    def stop(url: str, method: str = "GET", **more: object) -> object:
        page = browser.ask(method, url, **more)
        while page.status in {302, 303}:
            onwards = page.headers["Location"]
            page = browser.ask("GET", onwards if onwards.startswith("http") else url.partition("/login/")[0] + onwards)
        sent.append(page.headers.get("Refresh", "").partition("url=")[2])
        page.headers.pop("Refresh", None)
        return page

    browser.go = stop  # type: ignore[assignment, method-assign]  # put back below
    browser.log_in(login)  # type: ignore[arg-type]  # a page
    browser.go = go  # type: ignore[method-assign]  # as it was
    return sent[0]


@pytest.fixture
def party(place: Place, tmp_path: Path) -> Iterator[Program]:
    shutil.copytree(HERE / "npm", tmp_path / "node_modules")
    script = shutil.copy(HERE / "openid_client.mjs", tmp_path)
    made = Program(script)
    found = made("discover", issuer=place.issuer, client=place.client, secret=place.secret)
    assert found["issuer"] == place.issuer
    yield made
    made.process.communicate(timeout=20)


def _signed_on(browser: Browser, url: str) -> str:
    """Where the browser is sent back to, having logged in if it must."""
    answer = browser.ask("GET", url)
    onwards = answer.headers["Location"]
    return onwards if onwards.startswith("http") else _after_log_in(browser, browser.go(url))


def test_openid_client_signs_on_refreshes_asks_and_logs_out(party: Program, place: Place, browser: Browser) -> None:
    asked = {"redirect_uri": place.callback, "scope": "openid profile offline_access"}
    begun = party("begin", **asked)
    back = _signed_on(browser, begun["url"])
    tokens = party("redeem", back=back, **begun)
    assert (tokens["claims"]["sub"], tokens["claims"]["sections"]) == (place.cleo, {"content": "manage"})
    told = party("userinfo", token=tokens["access_token"], sub=place.cleo)
    assert (told["name"], told["account"]) == ("Cleo Costa", place.account)
    fresh = party("refresh", token=tokens["refresh_token"])
    assert fresh["refresh_token"] != tokens["refresh_token"]
    assert party("introspect", token=fresh["access_token"])["active"] is True
    assert party("revoke", token=fresh["refresh_token"]) == {}
    assert party("introspect", token=fresh["access_token"]) == {"active": False}

    again = party("begin", **asked)
    tokens = party("redeem", back=_signed_on(browser, again["url"]), **again)
    bye = place.callback.replace("/callback", "/bye")
    end = party("end", id_token_hint=tokens["id_token"], post_logout_redirect_uri=bye, state="s-9")
    assert browser.ask("GET", end["url"]).headers["Location"] == f"{bye}?state=s-9"
    assert party("introspect", token=tokens["access_token"]) == {"active": False}
    assert "/login/" in browser.ask("GET", party("begin", **asked)["url"]).headers["Location"]


def test_openid_client_is_refused_what_is_wrong(party: Program, place: Place, browser: Browser) -> None:
    asked = {"redirect_uri": place.callback, "scope": "openid offline_access"}
    first = party("begin", **asked)
    back = _signed_on(browser, first["url"])
    wrong = party("redeem", **first | {"back": back, "verifier": "w" * 50})
    assert wrong == {"fault": "invalid_grant", "status": 400}
    for changed in ("/", "?x=1", "/../callback", "#x"):
        url = party("begin", **asked | {"redirect_uri": place.callback + changed})["url"]
        assert browser.ask("GET", url).status == 400
    plain = party("begin", **asked, code_challenge="", code_challenge_method="")
    (error,) = parse_qs(urlsplit(browser.ask("GET", plain["url"]).headers["Location"]).query)["error"]
    assert error == "invalid_request"

    begun = party("begin", **asked)
    back = _signed_on(browser, begun["url"])
    tokens = party("redeem", back=back, **begun)
    assert party("redeem", back=back, **begun)["fault"] == "invalid_grant"  # a second time: the whole sign-on ends
    assert party("introspect", token=tokens["access_token"]) == {"active": False}
    assert party("refresh", token=tokens["refresh_token"])["fault"] == "invalid_grant"

    begun = party("begin", **asked)
    back = _signed_on(browser, begun["url"])
    there = place.issuer.replace(CARL_HOST, "rosa.localhost")
    assert party("discover", issuer=there, client=place.client, secret=place.secret)["issuer"] == there
    # The library itself sees that another has answered; without its check, the provider refuses the code.
    assert party("redeem", back=back, **begun)["fault"] == "OAUTH_INVALID_RESPONSE"
    forged = back.replace(CARL_HOST, "rosa.localhost")
    assert forged != back
    assert party("redeem", **begun | {"back": forged})["fault"] == "invalid_grant"
