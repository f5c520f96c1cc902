"""What is newly found is told to the vendor first, and to the reseller when the vendor's time is over or it says so."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from sublet import __version__
from sublet.accounts.models import Account
from sublet.core.findings import Found
from sublet.core.leaks import Leak
from sublet.core.rights import Rights
from sublet.foundation.actor import JOB, platform_actor
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import JobLost, run_due_jobs
from sublet.foundation.jobs.models import Job
from sublet.foundation.scope import account_scope, actor_scope, platform_scope
from sublet.messaging.models import OutboxMail
from sublet.people.models import Collaborator
from sublet.proof import alerts, keeping, operations
from sublet.proof.alerts import release_scans, tell_reseller, tell_vendor
from sublet.proof.gathering import Gathered, Looking
from sublet.proof.models import Scan, ScanFinding
from sublet.proof.operations import CannotScan, ask_for_scan, run_scan, scan_after_release
from sublet.proof.pictures import Picture
from sublet.proof.queries import all_scans, picture_of, scan_report, scan_under_way
from tests.factories import AT
from tests.people import World

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
AS_OWNER = Looking(Account(), "", (), (), AT, seen_as="owner")


def found(*words: str) -> Gathered:
    leaks = [Leak(word, "name", "text", "", 1, 1, f"Carla pays {word}") for word in words]
    at = [Found("/login/", "text", "", leak) for leak in leaks]
    return Gathered(
        looked_at=10, leaking=len(at), found=at, pictures={("/login/", word): [Picture(b"PNG")] for word in words}
    )


def scanned(world: World, monkeypatch: pytest.MonkeyPatch, *words: str, by: str = "vera") -> Scan:
    monkeypatch.setattr(operations, "_gathered", lambda *_scan: (found(*words), {}, AS_OWNER))
    with world.scope(by) as actor:
        ref = ask_for_scan(account_ref=world.carl.ref, actor=actor, at=AT)
    with account_scope(world.carl.id):
        run_scan(scan_ref=ref, actor=actor, at=AT)
        return Scan.objects.get(ref=ref)


def morning(world: World, at: datetime = MORNING) -> int:
    """The vendor is told of what was found until then; returns of how many scans."""
    with platform_scope("test"):
        return tell_vendor(actor=world.actor("vera"), at=at)


def told() -> list[str]:
    with platform_scope("test"):
        return list(OutboxMail.objects.filter(template="scan-found").order_by("id").values_list("to_email", flat=True))


def seen(world: World, by: str = "rosa") -> list[str]:
    with world.scope(by) as actor:
        return [each.ref for each in scan_report(actor, world.carl.ref).scans]


def test_the_vendor_is_told_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = scanned(world, monkeypatch, "Vantage")
    vendor, reseller = world.users["vera"].email, world.users["rosa"].email
    assert told() == []  # the night's scans are told together
    assert (morning(world), morning(world)) == (1, 0)
    assert told() == [vendor]
    assert (seen(world, "vera"), seen(world)) == ([scan.ref], [])
    assert scan.held_until == MORNING + timedelta(hours=24)  # the vendor's time begins when it is told
    job = Job.unscoped.get(kind=alerts.JOB)
    assert (job.run_at, job.account_id) == (scan.held_until, world.rosa.id)
    with world.scope("rosa") as rosa, pytest.raises(NotFound):
        picture_of(rosa, world.carl.ref, ScanFinding.unscoped.get(scan=scan).id)

    with account_scope(world.rosa.id):
        assert tell_reseller(actor=world.actor("vera"), at=scan.held_until - timedelta(seconds=1)) == 0
        assert tell_reseller(actor=world.actor("vera"), at=scan.held_until) == 1
        assert tell_reseller(actor=world.actor("vera"), at=scan.held_until) == 0
    assert told() == [vendor, reseller]
    assert seen(world) == [scan.ref]
    with platform_scope("test"):
        mail = OutboxMail.objects.get(to_email=reseller, template="scan-found")
    assert "Vantage" not in mail.subject + mail.text + mail.html + mail.from_name


def test_looking_twice_shows_nothing_that_is_held(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = scanned(world, monkeypatch, "Vantage")
    again = scanned(world, monkeypatch, "Vantage")
    assert again.held_until == first.held_until
    assert seen(world) == []
    assert list(Job.unscoped.filter(kind=alerts.JOB).values_list("run_at", flat=True)) == [first.held_until]


def passed_on(world: World, *scans: Scan) -> list[tuple[str, str]]:
    """What the reseller was written when those scans were passed on: the mail's key, and what it says."""
    with account_scope(world.rosa.id):
        at = max(each.held_until for each in scans if each.held_until is not None)
        assert tell_reseller(actor=world.actor("vera"), at=at) == len(scans)
    with platform_scope("test"):
        mails = OutboxMail.objects.filter(template="scan-found", to_email=world.users["rosa"].email)
        return list(mails.order_by("id").values_list("key", "text"))


def test_what_was_mended_meanwhile_is_no_news(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    held = scanned(world, monkeypatch, "Vantage")
    clean = scanned(world, monkeypatch)
    assert clean.held_until is None
    assert passed_on(world, held) == []
    assert seen(world) == [clean.ref, held.ref]


def test_both_are_told_the_number_of_the_newest_scan(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = scanned(world, monkeypatch, "Vantage", "Appfold")
    second = scanned(world, monkeypatch, "Vantage")
    morning(world)
    ((_key, text),) = passed_on(world, first, second)
    with platform_scope("test"):
        (vendors,) = OutboxMail.objects.filter(template="scan-found", to_email=world.users["vera"].email)
    for each in (text, vendors.text):
        assert f"{world.carl.name}: 1 finding." in each


def test_what_is_held_still_is_not_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = scanned(world, monkeypatch, "Vantage", "Appfold")
    second = scanned(world, monkeypatch, "Vantage", "Sublet")
    Scan.unscoped.filter(id=second.id).update(held_until=AT + timedelta(days=3))
    ((_key, text),) = passed_on(world, first)
    assert f"{world.carl.name}: 1 finding." in text
    assert seen(world) == [first.ref]


def test_only_who_reaches_the_client_is_written_to(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with platform_scope("test"):
        staff = Collaborator.objects.filter(id__in=[world.places[name].id for name in ("rico", "ruth")])
        staff.update(rights_words={"brand": "manage"}, reaches_all=False)  # Rico reaches this client, Ruth none
    scan = scanned(world, monkeypatch, "Vantage")
    passed_on(world, scan)
    assert set(told()) == {world.users[name].email for name in ("rosa", "rico")}


def test_who_asks_for_itself_sees_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = scanned(world, monkeypatch, "Vantage", by="rosa")
    assert scan.held_until is None
    assert seen(world) == [scan.ref]
    morning(world)
    assert told() == [world.users["vera"].email]
    scanned(world, monkeypatch, "Vantage", by="rosa")  # nothing new: nobody is written to
    assert morning(world) == 0
    assert len(told()) == 1


def test_beyond_the_limit_new_findings_are_kept_and_old_ones_are_not_new(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_FINDINGS", 2)
    words = ("Vantage", "Appfold", "Sublet")

    def kept(*words: str) -> tuple[list[tuple[str, bool]], bool]:
        scan = scanned(world, monkeypatch, *words)
        rows = ScanFinding.unscoped.filter(scan=scan).order_by("id").values_list("word", "is_new")
        return list(rows), "more" in scan.skipped

    assert kept("Vantage") == ([("Vantage", False)], False)
    assert kept(*words) == ([("Appfold", True), ("Sublet", True)], True)
    assert morning(world) == 2
    # What there was no room for is known all the same: it is not new, and what is, is counted.
    assert kept(*words) == ([("Vantage", False), ("Appfold", False)], True)
    assert morning(world) == 0
    assert kept(*words, "Fernhill") == ([("Fernhill", True), ("Vantage", False)], True)
    assert morning(world) == 1


def test_what_could_not_be_looked_at_for_a_night_is_not_new(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def night(*words: str, skipped: tuple[str, ...] = ()) -> list[str]:
        gathered = found(*words)
        gathered.skipped += skipped
        monkeypatch.setattr(operations, "_gathered", lambda *_scan: (gathered, {}, AS_OWNER))
        with world.scope("vera") as actor:
            ref = ask_for_scan(account_ref=world.carl.ref, actor=actor, at=AT)
        with account_scope(world.carl.id):
            run_scan(scan_ref=ref, actor=actor, at=AT)
            return [each.word for each in ScanFinding.objects.filter(scan__ref=ref, is_new=True)]

    assert night("Vantage", "Appfold") == []
    assert night("Vantage", skipped=("product",)) == []
    assert night("Vantage", "Appfold") == []  # it was there before the product was away
    assert night("Vantage") == []
    assert night("Vantage", "Appfold") == ["Appfold"]  # mended, and there again


def test_a_scan_of_an_older_version_that_was_cut_makes_nothing_new(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = scanned(world, monkeypatch, "Vantage", "Appfold")
    Scan.unscoped.filter(id=before.id).update(marks=[], untold=False)
    ScanFinding.unscoped.filter(scan=before).update(marks=[], places=[])
    again = scanned(world, monkeypatch, "Vantage", "Appfold", "Sublet")
    assert [each.word for each in ScanFinding.unscoped.filter(scan=again, is_new=True)] == ["Sublet"]
    Scan.unscoped.filter(id=again.id).update(marks=[])
    monkeypatch.setattr(keeping, "MOST_FINDINGS", 3)
    assert not ScanFinding.unscoped.filter(scan=scanned(world, monkeypatch, "Fernhill"), is_new=True).exists()


def test_what_stands_in_many_places_is_one_finding(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    leak = Leak("Vantage", "name", "text", "", 1, 1, "Vantage <x@mail.example>")
    mails = [Found(f"kind-{number}", "mail", "From (en)", leak) for number in range(200)]
    gathered = Gathered(looked_at=300, leaking=200, found=mails)
    monkeypatch.setattr(operations, "_gathered", lambda *_scan: (gathered, {}, AS_OWNER))

    def once() -> ScanFinding:
        with world.scope("rosa") as actor:
            ref = ask_for_scan(account_ref=world.carl.ref, actor=actor, at=AT)
        with account_scope(world.carl.id):
            run_scan(scan_ref=ref, actor=actor, at=AT)
            return ScanFinding.objects.get(scan__ref=ref)

    one = once()
    assert (one.times, len(one.places), one.marks) == (200, 50, one.marks[:1])
    with world.scope("rosa") as rosa:
        report = scan_report(rosa, world.carl.ref)
    assert (report.findings[0].times, report.more_findings) == (200, 0)
    assert report.findings[0].places[1].address == "kind-1"
    gathered.found.append(Found("another-mail", "mail", "From", leak))
    assert not once().is_new
    gathered.found.append(Found("another-mail", "mail", "Subject", leak))
    with pytest.raises(ScanFinding.MultipleObjectsReturned):
        once()
    url = reverse("reseller-client-proof", urlconf="sublet.config.urls_brand", args=(world.rosa.ref, world.carl.ref))
    page = world.browser("rosa").get(url).text
    assert "201 places" in page
    assert "… and 151 more" in page
    morning(world)
    with platform_scope("test"):
        (mail,) = OutboxMail.objects.filter(template="scan-found")
    assert f"{world.carl.name}: 2 findings, at 202 places." in mail.text


def test_only_the_vendor_releases(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = scanned(world, monkeypatch, "Vantage")
    for by in ("rosa", "remo", "carl"):
        with world.scope(by) as actor, pytest.raises((NotFound, Forbidden)):
            release_scans(account_ref=world.carl.ref, actor=actor, at=AT)
    with world.scope("vera") as vera:
        assert release_scans(account_ref=world.carl.ref, actor=vera, at=AT) == 1
    assert seen(world) == [scan.ref]


def test_which_excerpts_are_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands around a word is a page as the client's owner sees it: more than the brand's right opens."""
    scanned(world, monkeypatch, "Vantage", by="rosa")
    shown: dict[str, Any] = {}
    with world.scope("rosa") as rosa:
        shown["owner"] = scan_report(rosa, world.carl.ref).findings[0]
        for name, rights in {"brand alone": {"brand": "view"}, "clients alone": {"clients": "view"}}.items():
            few = replace(rosa, rights=Rights.of(rights))
            if name == "clients alone":
                with pytest.raises(Forbidden):
                    scan_report(few, world.carl.ref)
                continue
            shown[name] = scan_report(few, world.carl.ref).findings[0]
            with pytest.raises(NotFound):
                picture_of(few, world.carl.ref, shown["owner"].picture)
    assert (shown["owner"].excerpt, shown["owner"].picture is None) == ("Carla pays Vantage", False)
    assert (shown["brand alone"].excerpt, shown["brand alone"].picture) == ("Vantage", None)


def test_no_browser_keeps_the_picture_of_a_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = scanned(world, monkeypatch, "Vantage", by="rosa")
    number = ScanFinding.unscoped.get(scan=scan).id
    url = reverse("reseller-client-proof-picture", urlconf="sublet.config.urls_brand",
                  args=(world.rosa.ref, world.carl.ref, number))  # fmt: skip
    assert world.browser("rosa").get(url).headers["Cache-Control"] == "no-store"


def test_a_scan_whose_job_died_stands_in_nobodys_way(world: World, django_assert_num_queries: Any) -> None:
    with world.scope("rosa") as rosa:
        assert scan_under_way(rosa, world.carl.ref) is None
        lost = ask_for_scan(account_ref=world.carl.ref, actor=rosa, at=AT)
        with pytest.raises(CannotScan):
            ask_for_scan(account_ref=world.carl.ref, actor=rosa, at=AT)
        with django_assert_num_queries(3):
            under_way = scan_under_way(rosa, world.carl.ref)
        assert under_way is not None
        assert under_way == scan_report(rosa, world.carl.ref).running
        Job.unscoped.filter(payload__scan_ref=lost).update(state="dead")
        assert scan_report(rosa, world.carl.ref).running is None
        assert scan_under_way(rosa, world.carl.ref) is None
        ref = ask_for_scan(account_ref=world.carl.ref, actor=rosa, at=AT)
        assert dict(Scan.objects.values_list("ref", "state")) == {lost: "failed", ref: "waiting"}


def test_a_worker_that_lost_its_scan_leaves_it_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one took it over: neither a fault nor the end of the first run changes what the second writes."""
    later = AT + timedelta(minutes=5)
    with world.scope("rosa") as rosa:
        ref = ask_for_scan(account_ref=world.carl.ref, actor=rosa, at=AT)

    def overtaken(fault: Exception | None) -> None:
        def gathered(*_scan: object) -> tuple[Gathered, dict[str, str], Looking]:
            Scan.objects.filter(ref=ref).update(state="running", started_at=later, pass_digest="theirs")
            if fault is not None:
                raise fault
            return found("Vantage"), {}, AS_OWNER

        monkeypatch.setattr(operations, "_gathered", gathered)
        with account_scope(world.carl.id):
            run_scan(scan_ref=ref, actor=rosa, at=AT)

    for fault in (None, JobLost("x"), ValueError("x")):
        with nullcontext() if fault is None else pytest.raises(type(fault)):
            overtaken(fault)
        scan = Scan.unscoped.get(ref=ref)
        assert (scan.state, scan.started_at, scan.pass_digest) == ("running", later, "theirs")
    assert not ScanFinding.unscoped.exists()

    def lost(_done: int, _known: int) -> None:
        raise JobLost("x")

    with account_scope(world.carl.id), pytest.raises(JobLost):
        run_scan(scan_ref=ref, actor=rosa, at=AT, told=lost)
    assert Scan.unscoped.get(ref=ref).started_at == later


def test_a_fault_lets_the_second_attempt_look(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_scan: object) -> tuple[Gathered, dict[str, str], Looking]:
        raise ValueError("x")

    monkeypatch.setattr(operations, "_gathered", broken)
    with world.scope("rosa") as rosa:
        ref = ask_for_scan(account_ref=world.carl.ref, actor=rosa, at=AT)
    states = []
    for hours in (0, 1):
        run_due_jobs(at=AT + timedelta(hours=hours))
        with world.scope("rosa") as rosa:
            states.append([each.state for each in scan_report(rosa, world.carl.ref).scans])
    assert states == [["waiting"], ["failed"]]
    assert Scan.unscoped.get(ref=ref).pass_digest == ""


def test_after_a_release_all_are_looked_at_by_themselves(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = platform_actor(name="Schedule", account_id=world.vendor.id, account_ref=world.vendor.ref,
                           account_name=world.vendor.name, via=JOB)  # fmt: skip
    with platform_scope("test"), actor_scope(actor):
        assert scan_after_release(actor=actor, at=AT) == 0  # the first night has not been
        Scan.objects.create(account=world.carl, cause="night", state="done", version="0.0.1", asked_by_name="S",
                            created_at=AT - timedelta(days=1))  # fmt: skip
        assert scan_after_release(actor=actor, at=AT) >= 3
        assert set(Scan.objects.filter(version=__version__).values_list("cause", flat=True)) == {"release"}
        assert scan_after_release(actor=actor, at=AT) == 0


def test_the_vendors_page_shows_where_it_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.scope("vera") as vera:
        assert all_scans(vera).looked_at == 0
    scanned(world, monkeypatch, "Vantage")
    with world.scope("vera") as vera:
        told_of = all_scans(vera)
    assert (told_of.looked_at, told_of.clean, [each.word for each in told_of.rows]) == (1, 0, ["Vantage"])
    with world.scope("rosa") as rosa, pytest.raises(NotFound):
        all_scans(rosa)
    vera_sees = world.browser("vera")
    url = reverse("vendor-proofs", urlconf="sublet.config.urls_main", args=(world.vendor.ref,))
    assert world.carl.name in vera_sees.get(url).text
    page = reverse("vendor-proof", urlconf="sublet.config.urls_main", args=(world.vendor.ref, world.carl.ref))
    shown = vera_sees.get(page).text
    assert "Only you see this yet" in shown
    assert "Carla pays Vantage" in shown
    assert vera_sees.post(page + "release/").status_code == 302
    released = vera_sees.get(page).text
    assert "Only you see this yet" not in released
    assert "The reseller sees it from now on." in released
    vera_sees.post(page + "release/")
    assert "Nothing was held back any more." in vera_sees.get(page).text
    assert vera_sees.post(page).status_code == 302
    assert 'hx-trigger="every 1s"' in vera_sees.get(page).text
    assert "HX-Refresh" not in vera_sees.get(page + "progress/").headers
