"""The manifest on its pages: problems, preview, confirmation."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from html import unescape
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sublet.catalog.models import ManifestVersion
from sublet.people.models import Section
from tests.catalog.test_offer import sold_anew
from tests.people import World

PRODUCTS = Path(__file__).resolve().parents[3] / "examples" / "products"
APP_BUILDER = (PRODUCTS / "app-builder.toml").read_bytes()
BOOKINGS = (PRODUCTS / "bookings.toml").read_bytes()


def upload(content: bytes, name: str = "mine.toml") -> dict[str, object]:
    return {"file": SimpleUploadedFile(name, content), "text": ""}


def hidden(page: str) -> dict[str, str]:
    return {
        name: unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="(source|file_name|base)" value="([^"]*)"', page)
    }


def load(browser: Client, base: str, content: bytes, name: str = "mine.toml") -> None:
    page = browser.post(base + "manifest/load/", upload(content, name)).content.decode()
    answer = browser.post(base + "manifest/load/confirm/", {**hidden(page), "confirmed": "1"})
    assert answer.status_code == 302, answer.content.decode()


def test_before_the_first_one_the_page_says_so(world: World, vera: Client, base: str) -> None:
    assert "No manifest is in force" in vera.get(base + "manifest/").content.decode()


def test_a_first_manifest_is_looked_at_and_loaded(world: World, vera: Client, base: str) -> None:
    answer = vera.post(base + "manifest/load/", upload(APP_BUILDER, "app-builder.toml"))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "This is the first manifest" in page
    assert "app-builder.toml: Appfold, version 1.0" in page
    assert "Design (design)" in page
    assert ManifestVersion.objects.count() == 0

    loaded = vera.post(base + "manifest/load/confirm/", hidden(page), follow=True).content.decode()

    assert "Version 1 of the manifest is in force." in loaded
    assert ManifestVersion.objects.get().loaded_by == "Vera Voss"
    for word in (
        "Design",
        "Restaurant owner",
        "Content app",
        "€45.00 a month",
        "Push notifications sent: up to 50,000",
    ):
        assert word in loaded, word


def test_the_text_can_be_pasted(world: World, vera: Client, base: str) -> None:
    pasted = BOOKINGS.decode().replace("\n", "\r\n")  # as browsers send it

    page = vera.post(base + "manifest/load/", {"text": pasted}).content.decode()
    vera.post(base + "manifest/load/confirm/", hidden(page))

    assert ManifestVersion.objects.get().source == BOOKINGS.decode()


def test_the_same_file_changes_nothing(world: World, vera: Client, base: str) -> None:
    load(vera, base, APP_BUILDER)

    answer = vera.post(base + "manifest/load/", upload(APP_BUILDER), follow=True)

    assert answer.redirect_chain == [(base + "manifest/", 302)]
    assert "Nothing changes." in answer.content.decode()
    assert ManifestVersion.objects.count() == 1


def test_every_problem_is_shown_with_line_and_nearest_word(world: World, vera: Client, base: str) -> None:
    faulty = (
        APP_BUILDER.decode()
        .replace('icon = "palette"', 'icon = "palete"', 1)
        .replace("vendor_mark =", "vendor_marks =", 1)
    )

    answer = vera.post(base + "manifest/load/", upload(faulty.encode()))

    page = answer.content.decode()
    line = faulty.splitlines().index('icon = "palete"') + 1
    assert answer.status_code == 422
    assert "2 things must be mended first" in page
    assert f"Line {line}</span>" in page
    assert "&quot;palete&quot; is not known here; did you mean &quot;palette&quot;?" in page
    assert "unknown key; did you mean &quot;vendor_mark&quot;?" in page


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\xff\xfe", b"", b"x" * 1_200_000, b"PK\x03\x04zip", "manifest = 1\n[product]\nname = 'ü'".encode("latin-1"),
        b"a=[" * 60_000, b"[" * 900_000,
    ],
)  # fmt: skip
def test_rubbish_is_answered(world: World, vera: Client, base: str, content: bytes) -> None:
    answer = vera.post(base + "manifest/load/", upload(content))

    assert answer.status_code == 422
    assert ManifestVersion.objects.count() == 0


def test_nothing_chosen_is_said_at_the_field(world: World, vera: Client, base: str) -> None:
    answer = vera.post(base + "manifest/load/", {"text": " \n"})

    assert answer.status_code == 422
    assert "Choose a file, or paste its text." in answer.content.decode()


def test_changes_are_told_field_by_field(world: World, vera: Client, base: str) -> None:
    load(vera, base, APP_BUILDER)
    text = (
        APP_BUILDER.decode()
        .replace('icon = "palette"', 'icon = "star"', 1)
        .replace("amount = 4500 }", "amount = 4700 }")
    )

    page = vera.post(base + "manifest/load/", upload(text.encode())).content.decode()

    labels = [unescape(each) for each in re.findall(r'<span class="change-label">(.*?)</span>', page)]
    assert labels == ["Design (design): Icon", "Content app (content@1): Price “month, EUR”, Amount"]
    assert "<del>palette</del>" in page
    assert "<ins>star</ins>" in page
    assert "Terms of offers change without a new version" in page


def test_sections_in_use_go_only_when_somebody_says_so(world: World, vera: Client, base: str) -> None:
    """Carl has rights on design, push and the rest; bookings knows none of them but statistics."""
    load(vera, base, APP_BUILDER)
    page = vera.post(base + "manifest/load/", upload(BOOKINGS)).content.decode()
    assert "Sections that people use would go" in page
    assert re.findall(r"<code>design</code>: (.*?)</li>", page) == ["2 places use it"]

    refused = vera.post(base + "manifest/load/confirm/", hidden(page))

    assert refused.status_code == 409
    assert "Somebody has rights on sections that this manifest removes" in refused.content.decode()
    assert ManifestVersion.objects.count() == 1
    # The answer is the preview again, so that it can be confirmed from there.
    done = vera.post(base + "manifest/load/confirm/", {**hidden(refused.content.decode()), "confirmed": "1"})
    assert done.status_code == 302
    assert ManifestVersion.objects.count() == 2
    assert Section.objects.get(key="design").removed_at is not None


def test_a_preview_that_has_aged_is_shown_anew(world: World, vera: Client, base: str) -> None:
    load(vera, base, APP_BUILDER)
    other = APP_BUILDER.decode().replace('icon = "palette"', 'icon = "star"', 1).encode()
    page = vera.post(base + "manifest/load/", upload(other)).content.decode()
    load(vera, base, BOOKINGS)

    refused = vera.post(base + "manifest/load/confirm/", hidden(page))

    assert refused.status_code == 409
    assert "Another manifest was loaded meanwhile." in refused.content.decode()
    assert ManifestVersion.objects.count() == 2


@pytest.mark.parametrize("source", ["", "%%%", base64.b64encode(b"wrong = 1").decode()])
def test_a_forged_confirmation_loads_nothing(world: World, vera: Client, base: str, source: str) -> None:
    answer = vera.post(base + "manifest/load/confirm/", {"source": source, "file_name": "x", "base": ""})

    assert answer.status_code == 422
    assert ManifestVersion.objects.count() == 0


def test_a_version_comes_out_as_it_went_in(world: World, vera: Client, base: str) -> None:
    load(vera, base, APP_BUILDER, '../../ev"il\n.toml')

    answer = vera.get(base + "manifest/versions/1/")

    assert answer.content == APP_BUILDER
    assert answer["Content-Disposition"] == 'attachment; filename="1-ev-il.toml"'
    for number in (2, 0, 2**40):
        assert vera.get(f"{base}manifest/versions/{number}/").status_code == 404


def test_sections_are_explained_for_each_kind_of_account(world: World, vera: Client, base: str) -> None:
    load(vera, base, APP_BUILDER)
    for kind, seen, unseen in (
        ("client", "product.design", "<code>billing</code>"),
        ("reseller", "<code>clients</code>", "<code>manifest</code>"),
        ("vendor", "<code>manifest</code>", "product.design"),
        ("rubbish", "product.design", "<code>billing</code>"),
    ):
        page = vera.get(f"{base}sections/?kind={kind}").content.decode()
        assert seen in page, kind
        assert unseen not in page, kind


def test_pages_speak_the_language_of_the_person(world: World, vera: Client, base: str) -> None:
    load(vera, base, APP_BUILDER)
    world.users["vera"].language = "it"
    world.users["vera"].save()

    page = vera.get(base + "manifest/").content.decode()

    assert "App di contenuti" in page
    assert "45,00" in page


def test_whoever_only_looks_loads_nothing(
    world: World, base: str, colleague: Callable[[Mapping[str, str]], Client]
) -> None:
    victor = colleague({"manifest": "view"})

    assert "Load a manifest" not in victor.get(base + "manifest/").content.decode()
    assert victor.get(base + "manifest/load/").status_code == 403
    assert victor.post(base + "manifest/load/", upload(APP_BUILDER)).status_code == 403
    assert (
        victor.post(base + "manifest/load/confirm/", {"source": base64.b64encode(APP_BUILDER).decode()}).status_code
        == 403
    )
    assert ManifestVersion.objects.count() == 0


def test_a_new_version_of_a_plan_says_how_many_keep_theirs(world: World, vera: Client, base: str) -> None:
    load(vera, base, BOOKINGS)
    page = vera.post(base + "manifest/load/", upload(sold_anew(BOOKINGS.decode(), "free").encode())).content.decode()
    assert "Accounts keep their version" in page
    assert re.findall(r"Free \(free@2\) is sold; (\d+) accounts keep an earlier version\.", page)
    assert 'name="confirmed"' not in page  # nobody loses anything


def test_what_accounts_use_asks_for_a_word(world: World, vera: Client, base: str) -> None:
    load(vera, base, BOOKINGS)
    changed = BOOKINGS.replace(b"amount = 50,", b"amount = 40,", 1)
    page = vera.post(base + "manifest/load/", upload(changed)).content.decode()
    assert "Accounts use what would go or change" in page
    refused = vera.post(base + "manifest/load/confirm/", hidden(page))
    assert refused.status_code == 409
    assert "Accounts use what this manifest removes or changes: free." in refused.content.decode()
    assert vera.post(base + "manifest/load/confirm/", {**hidden(page), "confirmed": "1"}).status_code == 302
