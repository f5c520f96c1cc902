"""What browsers fetch beside a page: the host's brand, kept as long as it is true, and nothing of anybody else."""

from __future__ import annotations

import io
import json
import re

import pytest
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from sublet.branding import operations, queries
from sublet.core.colors import style_sheet
from tests.branding import pictures
from tests.branding.payloads import CSS_PAYLOADS
from tests.people import AT, CARL_HOST, REMO_HOST, ROSA_HOST, VENDOR_HOST, World
from tests.thorough import FULL

pytestmark = pytest.mark.django_db
FOR_EVER = "public, max-age=31536000, immutable"
FILES = (
    "/brand.css", "/favicon.ico", "/apple-touch-icon.png", "/brand-icon-192.png", "/brand-icon-512.png", "/brand-icon-maskable-192.png",
    "/manifest.webmanifest", "/robots.txt", "/brand-preview.css?color=123456", "/brand-color/?color=123456",
)  # fmt: skip


def get(host: str, path: str, **headers: str) -> HttpResponse:
    response = Client(headers={"host": host, **headers}).get(path)
    assert isinstance(response, HttpResponse)
    return response


def paint(
    world: World, person: str, ref: str = "", color: str = "", short_name: str = "", **pictures_by_slot: bytes
) -> None:
    with world.scope(person) as actor:
        operations.change_brand(
            account_ref=ref or actor.account_ref,
            changes={name: text for name, text in (("color", color), ("short_name", short_name)) if text},
            pictures=dict(pictures_by_slot),
            version=None,
            actor=actor,
            at=AT,
        )


def brand(host: str) -> queries.BrandView:
    site = queries.host_view(host)
    assert site is not None
    return site.brand


def test_the_style_sheet_is_four_numbers_and_kept_for_ever_under_its_version(world: World) -> None:
    paint(world, "rosa", color="#c2410c")
    response = get(ROSA_HOST, brand(ROSA_HOST).css_url)
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert response["Cache-Control"] == FOR_EVER
    assert response.content.decode() == style_sheet("#c2410c")
    assert "Set-Cookie" not in response
    for path in ("/brand.css", "/brand.css?v=", "/brand.css?v=000000000000", "/brand.css?v=%00"):
        assert get(ROSA_HOST, path)["Cache-Control"] == "no-cache"


def test_a_changed_color_has_another_address_and_the_old_one_is_not_kept(world: World) -> None:
    before = brand(ROSA_HOST).css_url
    paint(world, "rosa", color="#c2410c")
    assert brand(ROSA_HOST).css_url != before
    assert get(ROSA_HOST, before)["Cache-Control"] == "no-cache"
    assert brand(CARL_HOST).css_url == brand(ROSA_HOST).css_url


def test_a_process_that_has_not_heard_of_a_change_does_not_have_the_old_colors_kept(world: World) -> None:
    """Its page may come from another process that has: then the version tells."""
    from sublet.branding.models import Brand
    from sublet.core.colors import style_version
    from sublet.foundation.scope import platform_scope

    paint(world, "rosa", color="#c2410c")
    assert brand(ROSA_HOST).color == "#c2410c"
    with platform_scope("another process"):
        Brand.objects.update(color="#0f766e")
    response = get(ROSA_HOST, f"/brand.css?v={style_version('#0f766e')}")
    assert response.content.decode() == style_sheet("#0f766e")
    assert response["Cache-Control"] == FOR_EVER


def test_whoever_has_a_file_already_is_told_so(world: World) -> None:
    for path in FILES:
        if path.startswith("/brand-color"):
            continue
        first = get(ROSA_HOST, path)
        again = get(ROSA_HOST, path, **{"if-none-match": first["ETag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_pictures_are_served_as_we_made_them_and_can_do_nothing(world: World) -> None:
    paint(world, "rosa", logo=pictures.png())
    response = get(ROSA_HOST, brand(ROSA_HOST).logo_url)
    assert response["Content-Type"] == "image/png"
    assert response["Cache-Control"] == FOR_EVER
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert Image.open(io.BytesIO(response.content)).size == (80, 40)


def test_a_picture_is_there_only_on_the_hosts_whose_brand_it_belongs_to(world: World) -> None:
    paint(world, "rosa", logo=pictures.png(color="#111111"))
    paint(world, "rosa", world.carl.ref, logo=pictures.png(color="#222222"))
    paint(world, "vera", logo=pictures.png(color="#333333"))
    addresses = {host: brand(host).logo_url for host in (ROSA_HOST, CARL_HOST, VENDOR_HOST)}
    answers = {
        (host, owner): get(host, addresses[owner]).status_code
        for host in (ROSA_HOST, CARL_HOST, REMO_HOST, VENDOR_HOST)
        for owner in addresses
    }
    assert {pair for pair, status in answers.items() if status == 200} == {
        (ROSA_HOST, ROSA_HOST), (CARL_HOST, ROSA_HOST), (CARL_HOST, CARL_HOST), (VENDOR_HOST, VENDOR_HOST),
    }  # fmt: skip
    assert set(answers.values()) == {200, 404}


@pytest.mark.parametrize(
    "path",
    ["/brand/", "/brand/x", "/brand/" + "0" * 64, "/brand/" + "G" * 64, "/brand/..%2f..%2fetc%2fpasswd", "/brand/%00"],
)
def test_other_addresses_are_not_there(world: World, path: str) -> None:
    assert get(ROSA_HOST, path).status_code == 404


def test_icons_are_the_brands_or_its_letter(world: World) -> None:
    paint(world, "rosa", icon=pictures.png(100, 100, "#00aa00"))
    for path, size in (("/apple-touch-icon.png", 180), ("/brand-icon-192.png", 192), ("/brand-icon-512.png", 512)):
        picture = Image.open(io.BytesIO(get(ROSA_HOST, path).content))
        assert picture.size == (size, size)
        assert picture.convert("RGB").getpixel((size // 2, size // 2)) == (0, 170, 0)
    ico = Image.open(io.BytesIO(get(ROSA_HOST, "/favicon.ico").content), formats=("ICO",))
    assert ico.info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    cut = Image.open(io.BytesIO(get(ROSA_HOST, "/brand-icon-maskable-512.png").content))
    assert (cut.mode, cut.size, cut.getpixel((20, 20)), cut.getpixel((256, 256))) == (
        "RGB", (512, 512), (255, 255, 255), (0, 170, 0),
    )  # fmt: skip
    letter = Image.open(io.BytesIO(get(REMO_HOST, "/apple-touch-icon.png").content)).convert("RGB")
    assert letter.getpixel((90, 12)) == (0x33, 0x55, 0xCC)
    assert get(ROSA_HOST, "/brand-icon-64.png").status_code == 404


def test_a_home_screen_gets_the_brands_name_and_color(world: World) -> None:
    paint(world, "rosa", color="#c2410c", short_name="Rosa")
    told = json.loads(get(CARL_HOST, "/manifest.webmanifest").content)
    assert (told["name"], told["theme_color"], told["start_url"]) == ("Rosa Web Studio", "#c2410c", "/")
    assert (told["short_name"], len(told["icons"])) == ("Rosa", 11)
    for icon in told["icons"]:
        assert get(CARL_HOST, icon["src"]).status_code == 200


def test_a_page_names_the_files_that_belong_to_it(world: World) -> None:
    page = get(ROSA_HOST, "/login/").content.decode()
    links = dict(re.findall(r'<link rel="(icon|apple-touch-icon|manifest)" href="([^"]+)"', page))
    assert sorted(links) == ["apple-touch-icon", "icon", "manifest"]
    for address in (*links.values(), brand(ROSA_HOST).css_url):
        assert get(ROSA_HOST, address).status_code == 200
    paint(world, "rosa", icon=pictures.png(64, 64))
    assert f'<link rel="icon" href="{brand(ROSA_HOST).icon_url}">' in get(ROSA_HOST, "/login/").content.decode()


def test_search_engines_are_shown_the_way_in_and_nothing_else(world: World) -> None:
    assert get(ROSA_HOST, "/robots.txt").content == b"User-agent: *\nAllow: /login/$\nDisallow: /\n"


@pytest.mark.parametrize("host", [ROSA_HOST, CARL_HOST, REMO_HOST])
def test_no_file_names_the_vendor_or_the_software(world: World, host: str) -> None:
    paint(world, "vera", color="#fedcba", logo=pictures.png(color="#333333"), icon=pictures.png(64, 64, "#333333"))
    with world.scope("vera") as actor:
        operations.change_brand(
            account_ref=world.vendor.ref, changes={"name": "Vantage"}, version=None, actor=actor, at=AT
        )
    for path in FILES:
        response = get(host, path)
        assert response.status_code == 200
        told = (str(response.headers) + response.content.decode("latin-1")).lower()
        told = re.sub(r'/static/[^"#]*', "", told)  # where the drawn icons lie
        assert not re.search(r"vantage|fedcba|sublet|django|vendor", told), path
        assert "Set-Cookie" not in response


def test_only_numbers_reach_a_preview(world: World) -> None:
    assert get(ROSA_HOST, "/brand-preview.css?color=%23ABC").content.decode().startswith(":root{--brand:#")
    # On each commit every third; what is read of them is core.colors, which its own tests give all of them.
    for payload in CSS_PAYLOADS if FULL else CSS_PAYLOADS[::3]:
        for field in ("color", "accent", "corners", "font"):
            response = Client(headers={"host": ROSA_HOST}).get("/brand-preview.css", {"color": "#abc", field: payload})
            assert response.status_code == 404
        part = Client(headers={"host": ROSA_HOST}).get("/brand-color/", {"color": payload})
        assert part.status_code == 200
        assert "evil.example" not in part.content.decode()


def test_a_weak_color_comes_with_its_mend(world: World) -> None:
    weak = get(ROSA_HOST, "/brand-color/?color=%23fde047").content.decode()
    assert 'data-use-color="#' in weak
    mended = re.search(r'data-use-color="(#[0-9a-f]{6})"', weak)
    assert mended is not None
    assert "data-use-color" not in get(ROSA_HOST, f"/brand-color/?color=%23{mended[1][1:]}").content.decode()


@pytest.mark.parametrize("path", FILES)
def test_files_are_read_and_never_written(world: World, path: str) -> None:
    assert Client(headers={"host": ROSA_HOST}).post(path).status_code == 405
    assert Client(headers={"host": ROSA_HOST}).head(path).status_code == 200
