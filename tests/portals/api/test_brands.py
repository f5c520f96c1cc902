"""Brands, hosts, journals and one's own account by the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sublet.branding.models import Domain
from sublet.branding.operations import many
from sublet.foundation.clock import now
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import platform_scope
from tests.people import CARL_HOST, REMO_HOST, ROSA_HOST, World
from tests.portals.api.caller import Caller
from tests.portals.api.test_roles import picture


def test_own_account_is_shown_and_changed_by_every_kind(call: Callable[..., Caller], world: World) -> None:
    for of, kind in (("vera", "vendor"), ("rosa", "reseller"), ("carl", "client"), ("dora", "direct")):
        caller = call(of)
        assert caller.get("/account")["kind"] == kind
        assert caller.patch("/account", {"city": "Tirana"})["city"] == "Tirana"


def test_what_the_owner_does_in_person_no_key_does(call: Callable[..., Caller]) -> None:
    answers = [
        call("dora").post("/account/convert"),
        call("dora").post("/account/close"),
        call("carl").post("/account/close"),
    ]

    assert [(each.status, each.code) for each in answers] == [(403, "in-person")] * 3


def test_client_neither_sees_nor_writes_what_its_reseller_keeps(world: World, rosa: Caller, carl: Caller) -> None:
    rosa.patch(f"/clients/{world.carl.ref}", {"notes": "Pays late", "external_id": "K-1"})

    assert "Pays late" not in str(carl.get("/account").body)
    assert carl.patch("/account", {"notes": "Pays on time"}).fields == [("notes", "unknown-field")]
    assert carl.patch("/account", {"external_id": "K-2"}).fields == [("external_id", "unknown-field")]


def test_brand_is_read_with_its_origins_and_changed(world: World, rosa: Caller) -> None:
    place = f"/accounts/{world.rosa.ref}/brand"
    read = rosa.get(place)

    changed = rosa.patch(
        place, {"name": "Studio Rosa", "color": "#AA3300", "support_email": "help@rosa.example"},
        headers={"If-Match": read.response["ETag"]},
    )  # fmt: skip
    late = rosa.patch(place, {"name": "Other"}, headers={"If-Match": read.response["ETag"]})
    wrong = rosa.patch(place, {"color": "red"})
    of_a_client = rosa.get(f"/accounts/{world.carl.ref}/brand")["fields"]

    assert (changed["fields"]["name"]["own"], changed["fields"]["color"]["shown"]) == ("Studio Rosa", "#aa3300")
    assert (late.status, late.code) == (412, "changed-meanwhile")
    assert (wrong.status, wrong.code, wrong.fields) == (409, "cannot_change_brand.color", [("color", "color")])
    assert of_a_client["color"] == {
        "own": "", "inherited": "#aa3300", "origin": "Rosa Web Studio", "shown": "#aa3300",
    }  # fmt: skip


def test_brand_is_drafted_published_and_an_older_one_comes_back(world: World, rosa: Caller, carl: Caller) -> None:
    place, draft = (f"/accounts/{world.rosa.ref}/{each}" for each in ("brand", "brand-draft"))
    rosa.patch(place, {"name": "Studio Rosa"})

    drafted = rosa.patch(draft, {"corners": "round", "texts": {"it": {"footer": "dal 1999", "word_clients": "Studi"}}})
    pictured = rosa.ask("POST", f"{draft}/pictures/login_picture", file=picture())
    live = rosa.get(place)
    published = rosa.post(f"{draft}/publish", {}, headers={"If-Match": pictured.response["ETag"]})
    late = rosa.post(f"{draft}/publish", {})
    versions = rosa.get(f"/accounts/{world.rosa.ref}/brand-versions")["items"]
    back = rosa.post(f"/accounts/{world.rosa.ref}/brand-versions/1/publish", {})

    assert (drafted["has_draft"], drafted["fields"]["corners"]["own"]) == (True, "round")
    assert (live["fields"]["corners"]["own"], live["has_draft"], live["texts"]["it"]["footer"]["own"]) == ("", True, "")
    assert (published["fields"]["corners"]["own"], published["has_draft"]) == ("round", False)
    assert (published["texts"]["it"]["footer"]["own"], published["texts"]["fr"]["footer"]["inherited"]) == (
        "dal 1999",
        "",
    )
    assert late.code == "cannot_change_brand.no-draft"
    assert [(each["number"], each["published_by"]) for each in versions] == [(2, "Key of rosa"), (1, "Key of rosa")]
    assert (back["fields"]["corners"]["own"], back["fields"]["name"]["own"]) == ("", "Studio Rosa")
    assert rosa.post(f"/accounts/{world.rosa.ref}/brand-versions/9/publish", {}).status == 404
    assert rosa.delete(draft).code == "cannot_change_brand.no-draft"
    wrong = rosa.patch(draft, {"texts": {"it": {"imprint_url": "javascript:alert(1)"}}})
    assert wrong.code == "cannot_change_brand.address"
    assert carl.patch(draft.replace(world.rosa.ref, world.carl.ref), {"name": "x"}).status == 403


def test_many_clients_are_dressed_at_once(world: World, rosa: Caller) -> None:
    asked = {"clients": [world.carl.ref, world.elan.ref, world.bakery.ref], "brand": {"color": "#AABBCC"}}

    seen = rosa.post("/client-brands", {**asked, "dry_run": True})
    done = rosa.post("/client-brands", asked)
    again = rosa.post("/client-brands", {"query": {}, "brand": {"color": "#aabbcc"}, "dry_run": True})

    assert (seen["selected"], seen["changing"], seen["dry_run"]) == (2, 2, True)
    assert (done["changing"], rosa.get(f"/accounts/{world.carl.ref}/brand")["fields"]["color"]["own"]) == (2, "#aabbcc")
    assert again["changing"] == again["selected"] - 2
    assert rosa.post("/client-brands", {"clients": asked["clients"], "brand": {}}).code.endswith("nothing-changes")
    assert rosa.post("/client-brands", {"brand": {"color": "#abc"}}).fields == [("clients", "missing")]


def test_pictures_for_many_clients_and_the_change_taken_back(
    world: World, rosa: Caller, call: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"clients": [world.carl.ref, world.elan.ref]}
    sent = rosa.ask("POST", "/client-brand-pictures/icon", file=picture())
    done = rosa.post("/client-brands", {**asked, "brand": {}, "pictures": {"icon": sent["digest"]}})
    place = f"/client-brand-changes/{done['change']}"
    icon = f"/accounts/{world.carl.ref}/brand"

    assert (sent.status, sent["slot"], done["changing"], done["job"]) == (200, "icon", 2, None)
    assert rosa.get(icon)["fields"]["icon"]["own"] == sent["digest"]
    remo = call("remo")
    assert (
        remo.post(
            "/client-brands", {"query": {}, "brand": {}, "pictures": {"icon": sent["digest"]}, "dry_run": True}
        ).status
        == 404
    )
    assert [remo.get(place).status, remo.post(f"{place}/undo").status, remo.post(f"{place}/resume").status] == [404] * 3
    assert remo.get("/client-brand-changes")["items"] == []
    assert [each["ref"] for each in rosa.get("/client-brand-changes")["items"]] == [done["change"]]
    rosa.delete(f"/accounts/{world.elan.ref}/brand/icon")
    undone = rosa.post(f"{place}/undo")
    assert (undone["state"], undone["undone"], undone["kept"]) == ("undone", 1, {"changed-since": 1})
    assert [each["client"] for each in undone["left_alone"]] == [world.elan.ref]
    assert rosa.get(icon)["fields"]["icon"]["own"] == ""
    assert rosa.ask("POST", "/client-brand-pictures/color", file=picture()).status == 404
    assert rosa.post("/client-brands", {**asked, "brand": {}, "pictures": {"icon": "x"}}).status == 422
    assert call("carl").get("/client-brand-changes").status in {403, 404}
    monkeypatch.setattr(many, "AT_ONCE", 1)
    job = rosa.post("/client-brands", {**asked, "brand": {"color": "#abc"}})
    assert (job.status, rosa.get(f"/progress/{job['job']}")["state"]) == (202, "ready")
    run_due_jobs(at=now())
    assert rosa.get(f"/client-brand-changes/{job['change']}")["changed"] == 2


def test_picture_is_uploaded_made_anew_and_removed(world: World, rosa: Caller) -> None:
    place = f"/accounts/{world.rosa.ref}/brand/icon"

    sent = rosa.ask("POST", place, file=picture())
    digest = sent["fields"]["icon"]["own"]
    removed = rosa.delete(place)

    assert (sent.status, len(digest)) == (200, 64)
    assert (removed.status, removed["fields"]["icon"]["own"]) == (200, "")
    assert rosa.post(place, {"file": "x"}).code == "unsupported-media-type"
    assert rosa.ask("POST", place, wrong=picture()).fields == [("file", "missing")]
    assert rosa.ask("POST", f"{place}s", file=picture()).status == 404


def test_file_that_is_no_picture_is_refused(world: World, rosa: Caller) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    place = f"/accounts/{world.rosa.ref}/brand/logo"
    svg = SimpleUploadedFile("a.svg", b"<svg onload='x'/>", content_type="image/svg+xml")
    large = SimpleUploadedFile("a.png", b"x" * 7_000_000, content_type="image/png")

    assert rosa.ask("POST", place, file=svg).code == "cannot_change_brand.not-an-image"
    assert rosa.ask("POST", place, file=large).code == "too-large"


def test_host_name_is_asked_for_before_it_is_taken(world: World, rosa: Caller) -> None:
    place = f"/accounts/{world.elan.ref}/host-check"

    assert rosa.get(f"{place}?host=elan").body == {"host": "elan", "free": True, "code": ""}
    assert rosa.get(f"{place}?host=a_b")["code"] == "form"
    assert rosa.get(f"{place}?host=vendor.localhost")["code"] in {"reserved", "own-suffix"}
    assert rosa.get(place).fields == [("host", "missing")]


def test_hosts_of_a_client(world: World, rosa: Caller) -> None:
    place = f"/accounts/{world.elan.ref}/hosts"

    made = rosa.post(place, {"host": "elan-coiffure"})
    waiting = rosa.post(place, {"host": "www.elan.example"})
    taken = rosa.post(place, {"host": "elan-coiffure"})
    not_proved = rosa.post(f"{place}/{waiting['ref']}/make-primary")

    assert (made.status, made["state"], made["is_primary"]) == (201, "proved", True)
    assert (waiting.status, waiting["state"]) == (201, "pending")
    assert (taken.code, taken.fields) == ("cannot_add_host.already", [("host", "already")])
    assert not_proved.code == "cannot_release_host.not-proved"
    assert rosa.post(f"{place}/{waiting['ref']}/release").status == 204
    assert [each["host"] for each in rosa.get(place)["items"]] == [made["host"]]
    assert rosa.get(f"{place}/{made['ref']}").body == made.body
    assert rosa.get(f"/accounts/{world.carl.ref}/hosts/{made['ref']}").status == 404


def test_hosts_of_an_account_come_in_pages_there_and_back(world: World, rosa: Caller) -> None:
    """The main one first, then by name; those that wait after those that are proved, those that rest at the end."""
    place = f"/accounts/{world.elan.ref}/hosts"
    made = [rosa.post(place, {"host": host}) for host in ("zulu-elan", "mike-elan", "www.elan.example", "alfa-elan")]
    rosa.post(f"{place}/{made[0]['ref']}/make-primary")
    with platform_scope("test data"):
        for days, host in ((1, "rests.elan.example"), (31, "rested.elan.example")):
            gone = now() - timedelta(days=days)
            Domain.objects.create(account=world.elan, host=host, state="released", created_at=gone, released_at=gone)
    whole = [each["host"].partition(".")[0] for each in rosa.get(place)["items"]]
    assert whole == ["zulu-elan", "alfa-elan", "mike-elan", "www", "rests"]
    seen, path, pages = [], f"{place}?limit=2", []
    while path:
        pages.append(rosa.get(path))
        seen += [each["host"].partition(".")[0] for each in pages[-1]["items"]]
        path = f"{place}?limit=2&cursor={pages[-1]['next']}" if pages[-1]["next"] else ""
    assert (seen, len(pages), pages[0]["previous"]) == (whole, 3, None)
    for later, earlier in ((2, 1), (1, 0)):
        back = rosa.get(f"{place}?limit=2&cursor={pages[later]['previous']}")
        assert back["items"] == pages[earlier]["items"]
    carl = f"/accounts/{world.carl.ref}/hosts?cursor={pages[0]['next']}"
    assert rosa.get(carl).fields == [("cursor", "wrong-cursor")]


def test_vendor_states_that_a_host_is_proved(world: World, rosa: Caller, vera: Caller) -> None:
    waiting = rosa.post(f"/accounts/{world.rosa.ref}/hosts", {"host": "panel.rosa.example"})

    proved = vera.post(f"/accounts/{world.rosa.ref}/hosts/{waiting['ref']}/mark-proved")

    assert (proved.status, proved["state"]) == (200, "proved")
    assert rosa.post(f"/accounts/{world.rosa.ref}/hosts/{waiting['ref']}/make-primary")["is_primary"] is True
    assert {each["host"] for each in vera.get("/hosts?search=panel")["items"]} == {"panel.rosa.example"}
    page = vera.get("/hosts?limit=1")
    assert vera.get(f"/hosts?limit=1&cursor={page['next']}")["items"] != page["items"]


def test_journal_of_oneself_of_those_below_and_of_one(world: World, rosa: Caller, carl: Caller, vera: Caller) -> None:
    rosa.post(f"/clients/{world.elan.ref}/activate", {"reason": "Came in person"})
    rosa.patch(f"/clients/{world.carl.ref}", {"city": "Napoli"})
    rosa.patch("/account", {"city": "Bari"})

    def events(caller: Caller, question: str) -> list[str]:
        return [each["event"] for each in caller.get(question)["items"]]

    assert events(rosa, "/journal") == ["account.details_changed"]
    assert events(rosa, "/journal?of=below") == ["account.details_changed", "account.activated"]
    assert events(rosa, f"/accounts/{world.elan.ref}/journal") == ["account.activated"]
    assert events(rosa, "/journal?of=below&event=account.activated&via=api&person=Key") == ["account.activated"]
    assert events(rosa, "/journal?of=below&until=2020-01-01T00:00:00Z") == []
    assert events(carl, "/journal") == ["account.details_changed"]
    assert len(events(vera, "/journal?of=below")) == 3
    entry = rosa.get(f"/accounts/{world.elan.ref}/journal")["items"][0]
    assert (entry["reason"], entry["actor"], entry["via"]) == ("Came in person", "Key of rosa", "api")
    assert (entry["account"], entry["account_name"]) == (world.elan.ref, "Élan Coiffure")
    first = rosa.get("/journal?of=below&limit=1")
    second = rosa.get(f"/journal?of=below&limit=1&cursor={first['next']}")
    assert second["items"][0]["event"] == "account.activated"
    assert rosa.get(f"/journal?of=below&limit=1&cursor={second['previous']}")["items"] == first["items"]


def test_a_domain_tells_its_records_and_is_looked_at_when_one_asks(world: World, rosa: Caller) -> None:
    place = f"/accounts/{world.rosa.ref}/hosts"
    made = rosa.post(place, {"host": "panel.rosa.example"})
    neutral = rosa.get(place)["items"][0]

    assert (made["standing"], made["is_wildcard"], made["findings"]) == ("pending", False, [])
    assert [(each["kind"], each["name"]) for each in made["records"]] == [
        ("TXT", "_host-proof.panel.rosa.example"),
        ("CNAME", "panel.rosa.example"),
    ]
    assert (neutral["standing"], neutral["records"]) == ("serving", [])
    asked = rosa.post(f"{place}/{made['ref']}/check")
    assert (asked.status, asked["checked_at"]) == (202, None)
    run_due_jobs(at=now())
    found = rosa.get(f"{place}/{made['ref']}")
    assert [each["code"] for each in found["findings"]] == ["proof-unclear", "place-unclear"]
    assert rosa.post(f"{place}/{neutral['ref']}/check").code == "cannot_check_host.nothing"
    assert rosa.post(f"{place}/{neutral['ref']}/redirect", {"redirects": True}).code == "cannot_release_host.leads-here"
    assert rosa.post(f"{place}/{made['ref']}/redirect", {"redirects": True}).code == "cannot_release_host.not-proved"


def test_many_clients_get_names_below_a_wildcard(world: World, rosa: Caller, call: Callable[..., Caller]) -> None:
    wild = rosa.post(f"/accounts/{world.rosa.ref}/hosts", {"host": "*.clients.rosa.example"})["ref"]
    place = f"/accounts/{world.rosa.ref}/hosts/{wild}"
    asked = {"wildcard": wild, "clients": [world.carl.ref, world.elan.ref, world.bakery.ref]}
    early = rosa.post("/client-hosts", asked)
    call("vera").post(f"{place}/mark-proved")
    astray = rosa.post("/client-hosts", asked)
    Domain.unscoped.filter(ref=wild).update(serving=True)  # unscoped: a test

    seen = rosa.post("/client-hosts", {**asked, "dry_run": True})
    wrong = rosa.post("/client-hosts", {**asked, "labels": {world.carl.ref: "admin"}, "dry_run": True})
    done = rosa.post("/client-hosts", {**asked, "labels": {world.carl.ref: "carl"}})
    hosts = rosa.get(f"/accounts/{world.elan.ref}/hosts")["items"]

    assert early.code == "cannot_name_clients.not-proved"
    assert astray.code == "cannot_name_clients.not-leading"
    assert (seen["new"], seen["dry_run"], len(seen["items"])) == (2, True, 2)
    assert [(item["state"], item["code"]) for item in wrong["items"]] == [("faulty", "reserved"), ("new", "")]
    assert [item["host"] for item in done["items"]] == [
        "carl.clients.rosa.example",
        "elan-coiffure.clients.rosa.example",
    ]
    assert [(host["host"], host["state"]) for host in hosts] == [("elan-coiffure.clients.rosa.example", "proved")]
    assert rosa.post("/client-hosts", {"wildcard": wild}).fields == [("clients", "missing")]
    assert rosa.post("/client-hosts", asked).code == "cannot_name_clients.nothing-new"
    assert rosa.post(f"{place}/give-names", {"gives": True})["gives_names"] is True
    assert rosa.post(f"{place}/give-names", {"gives": False})["gives_names"] is False
    assert call("remo").post(f"{place}/give-names", {"gives": True}).status == 404


def test_product_asks_what_a_host_shows(world: World, call: Callable[..., Caller], rosa: Caller, carl: Caller) -> None:
    """With everything inherited filled in, for hosts of the key's own account and below; all else is not there."""
    rosa.patch(
        f"/accounts/{world.rosa.ref}/brand",
        {"name": "Studio Rosa", "color": "#aa3300", "texts": {"it": {"footer": "A presto"}}, "footer": "See you"},
    )
    vera = call("vera")

    told = vera.get(f"/brands/{CARL_HOST}")
    in_italian = vera.get(f"/brands/{CARL_HOST.upper()}.?language=it")

    assert (told["account"], told["account_kind"], told["reseller"]) == (world.carl.ref, "client", world.rosa.ref)
    assert (told["host"], told["url"], told["name"]) == (CARL_HOST, f"https://{CARL_HOST}", "Studio Rosa")
    assert told["colors"] == {"color": "#aa3300", "on_color": "#ffffff", "accent": "#aa3300"}
    assert told["stylesheet"].startswith(f"https://{CARL_HOST}/brand.css?")
    assert (told["texts"]["footer"], in_italian["texts"]["footer"]) == ("See you", "A presto")
    assert [caller.get(f"/brands/{CARL_HOST}").status for caller in (vera, rosa, carl)] == [200, 200, 200]
    assert [carl.get(f"/brands/{host}").status for host in (ROSA_HOST, REMO_HOST, "nobody.example", "..", "*")] == [
        404
    ] * 5
    assert rosa.get(f"/brands/{REMO_HOST}").status == 404
    assert vera.get(f"/brands/{CARL_HOST}?language=xx").fields == [("language", "unknown-word")]
