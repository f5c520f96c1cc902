"""The OpenID Connect provider with relying parties that we did not write: a stock Apache, and Authlib."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import jwt
import pytest
from authlib.integrations.requests_client import OAuth2Session

from tests.sso.conftest import CARL_HOST, Browser, Place, started

pytestmark = pytest.mark.sso
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
