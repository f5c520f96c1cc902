"""Forward authentication with the real Caddy and nginx, set up as the how-to says, and with the whole Caddyfile of the examples."""

from __future__ import annotations

import http.client
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from tests.sso.conftest import Browser, Page, Place, recipes, started

pytestmark = pytest.mark.sso


@pytest.fixture(scope="module")
def behind() -> bool:
    return True


def _ports(text: str, place: Place, product: int) -> str:
    return text.replace("127.0.0.1:8000", f"127.0.0.1:{place.port}").replace("127.0.0.1:9000", f"127.0.0.1:{product}")


def _caddy(folder: Path, place: Place, product: int) -> list[str]:
    return _caddys(folder, place, _ports(recipes("caddy")[0], place, product))


def _whole_caddy(folder: Path, place: Place, product: int) -> list[str]:
    """The file that is copied as it is, without certificates."""
    text = (Path(__file__).parents[2] / "examples/proxies/Caddyfile").read_text(encoding="utf-8")
    body = text.partition("https:// {\n")[2].rstrip().removesuffix("}")
    return _caddys(folder, place, _ports(re.sub(r"\ttls \{.*?\n\t\}\n", "", body, flags=re.DOTALL), place, product))


def _caddys(folder: Path, place: Place, body: str) -> list[str]:
    (folder / "Caddyfile").write_text(
        "{\n admin off\n auto_https off\n storage file_system " + str(folder) + "\n}\n"
        f"http://:{place.public} {{\n bind 127.0.0.1\n{body}\n}}\n"
    )
    return [
        shutil.which("caddy") or "/usr/bin/caddy",
        "run",
        "--config",
        str(folder / "Caddyfile"),
        "--adapter",
        "caddyfile",
    ]


def _nginx(folder: Path, place: Place, product: int) -> list[str]:
    paths = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    of_http, of_server = (_ports(each, place, product) for each in recipes("nginx"))
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error;\nevents {{}}\n"
        f"http {{ access_log off; {paths}\n{of_http}\nserver {{ listen 127.0.0.1:{place.public};\n{of_server}\n}} }}\n"
    )
    return [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]


@pytest.fixture(scope="module", params=["caddy", "nginx", "example"])
def proxy(
    request: pytest.FixtureRequest, place: Place, product: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp(request.param)
    command = {"caddy": _caddy, "nginx": _nginx, "example": _whole_caddy}[request.param](folder, place, product)
    process = started(command, place.public, folder)
    yield str(request.param)
    process.terminate()
    process.wait(20)


def identity(page: Page, browser: Browser, place: Place) -> dict[str, object]:
    """What the product was told, checked as a product does."""
    assert page.status == 200, page.text[:2000]
    (token,) = json.loads(page.text)["identity"]
    published = json.loads(browser.ask("GET", f"{place.issuer}/sign-on/keys").text)
    key = jwt.PyJWKSet.from_dict(published)[jwt.get_unverified_header(token)["kid"]]
    found: dict[str, object] = jwt.decode(token, key, algorithms=["ES256"], audience=place.issuer, issuer=place.issuer)
    return found


def test_a_person_gets_to_the_product_by_way_of_the_log_in(proxy: str, place: Place, browser: Browser) -> None:
    wanted = f"{place.issuer}/app/{place.account}/content/articles?page=2"
    page = browser.log_in(browser.go(wanted))
    told = identity(page, browser, place)
    assert json.loads(page.text)["path"] == f"/app/{place.account}/content/articles?page=2"
    assert (told["sub"], told["account"], told["sections"]) == (place.cleo, place.account, {"content": "manage"})
    assert "sublet" not in "".join(browser.seen).lower()


def test_what_is_closed_and_what_is_forged_does_not_get_through(proxy: str, place: Place, browser: Browser) -> None:
    content, design = (f"{place.issuer}/app/{place.account}/{name}" for name in ("content", "design"))
    forged = browser.ask("GET", content, headers={"X-Identity": "forged"})
    assert forged.status == 302
    browser.log_in(browser.go(content))
    assert browser.go(design).status == 403
    told = browser.ask("GET", content, headers={"X-Identity": "forged"})
    assert identity(told, browser, place)["sub"] == place.cleo
    assert "forged" not in told.text
    assert browser.go(f"{place.issuer}/app/acc_2222222222222A/content").status in {403, 404}


def raw(browser: Browser, place: Place, path: str, **more: str) -> tuple[int, str]:
    """As a program sends it that tidies nothing up, with what the browser has."""
    kept = "; ".join(f"{name}={value}" for name, value in browser.jar.cookies.get_dict().items())
    connection = http.client.HTTPConnection("127.0.0.1", place.public, timeout=30)
    netloc = place.issuer.partition("://")[2]
    connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": netloc, "Accept": "text/html", "Cookie": kept, **more}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    try:
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize(
    "path", ["content/../design", "content/%2e%2e/design", "/design", "%64esign", "%2564esign", "content/..;/design"]
)
def test_a_right_to_one_section_opens_no_other_by_its_path(
    proxy: str, place: Place, browser: Browser, path: str
) -> None:
    home = f"/app/{place.account}/"
    browser.log_in(browser.go(f"{place.issuer}{home}content"))
    assert raw(browser, place, f"{home}content")[0] == 200  # the control: Cleo has that one
    status, told = raw(browser, place, home + path)
    assert status in {400, 403}, told[:300]
    assert "identity" not in told
    disguised = f"/%61s/ims_AAAAAAAAAA{home}design"
    assert raw(browser, place, disguised)[0] in {400, 403, 404}


def test_nobody_says_a_proxys_word_by_an_underscore(proxy: str, place: Place, browser: Browser) -> None:
    home = f"/app/{place.account}/"
    browser.jar.headers["X_Forwarded_For"] = "203.0.113.9"
    browser.log_in(browser.go(f"{place.issuer}{home}content"))
    page = browser.go(f"{place.issuer}/me/security/").text
    assert ("127.0.0.1" in page, "203.0.113.9" in page) == (True, False)
    forged = {"X_Forwarded_Uri": f"{home}content", "X_Forwarded_Method": "GET"}
    assert raw(browser, place, f"{home}design", **forged)[0] == 403
    assert raw(browser, place, f"{home}content", **forged)[0] == 200


@pytest.mark.parametrize(
    ("others", "left"),
    [
        ("", []),
        ("basket=1; mysession=2; session-x=3; x=session", ["basket=1; mysession=2; session-x=3; x=session"]),
        ("__Host-session=a; basket=1; __Host-form=b; __Host-device=c; __Host-crossing=d", ["basket=1"]),
        ("looking=a; basket=1", ["basket=1"]),
    ],
)
def test_the_product_gets_its_own_cookies_only(
    proxy: str, place: Place, browser: Browser, others: str, left: list[str]
) -> None:
    wanted = f"{place.issuer}/app/{place.account}/content"
    browser.log_in(browser.go(wanted))
    own = browser.jar.cookies.get_dict()
    assert {"session", "form"} <= own.keys()
    for sent in (f"session={own['session']}; {others}", f"{others}; session={own['session']}; form={own['form']}"):
        page = browser.ask("GET", wanted, headers={"Cookie": sent.strip("; ")})
        assert identity(page, browser, place)["sub"] == place.cleo
        told = [each.strip("; ") for each in json.loads(page.text)["cookies"]]
        assert [each for each in told if each] == left


def test_where_cookies_of_ours_come_in_numbers_none_gets_through(proxy: str, place: Place, browser: Browser) -> None:
    wanted = f"{place.issuer}/app/{place.account}/content"
    browser.log_in(browser.go(wanted))
    session = browser.jar.cookies.get_dict()["session"]
    sent = "; ".join([f"device={number}; basket={number}" for number in range(9)] + [f"session={session}"])
    page = browser.ask("GET", wanted, headers={"Cookie": sent})
    assert identity(page, browser, place)["sub"] == place.cleo
    (told,) = json.loads(page.text)["cookies"] or [""]
    assert {each.partition("=")[0] for each in told.split("; ") if each} <= {"basket"}
