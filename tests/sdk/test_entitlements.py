"""The local cache: fresh while the change stream stands, honest when it is cut, and what was stated holds then."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from sublet_client import NotFound, Sublet, Unreachable
from sublet_client._cache import Cache
from tests.sdk.conftest import Clocks, until
from tests.sdk.stand_in import StandIn, problem

Make = Callable[..., Sublet]


def entitlements_asked(server: StandIn) -> int:
    return sum(each == "GET /api/v1/entitlements/acc_bella" for each in server.asked)


def test_a_feature_is_answered_with_its_value_and_where_it_comes_from(server: StandIn, sublet: Make) -> None:
    check = sublet().entitlements.check

    assert (check("acc_bella", "calendar_feed").allowed, check("acc_bella", "calendar_feed").reason) == (True, "plan")
    assert (check("acc_bella", "staff").allowed, check("acc_bella", "staff").value) == (True, 3)
    assert (check("acc_bella", "exports").allowed, check("acc_bella", "exports").value) == (False, 0)
    assert (check("acc_bella", "theme").allowed, check("acc_bella", "theme").value) == (True, "dark")
    assert not check("acc_bella", "online_payment")
    assert entitlements_asked(server) == 1


def test_what_is_not_offered_or_not_there_is_a_no(server: StandIn, sublet: Make) -> None:
    made = sublet(fail_open={"no_such_feature", "calendar_feed"})

    unknown = made.entitlements.check("acc_bella", "no_such_feature")
    nobody = [made.entitlements.check("acc_nobody", "calendar_feed") for _ in range(3)]

    assert (unknown.allowed, unknown.reason) == (False, "no-such-feature")
    assert {(each.allowed, each.reason) for each in nobody} == {(False, "no-such-account")}
    assert server.asked.count("GET /api/v1/entitlements/acc_nobody") == 1
    with pytest.raises(NotFound):
        made.entitlements.of("acc_nobody")


@pytest.mark.parametrize("holds", [True, False])
def test_a_change_is_here_without_asking_again(server: StandIn, sublet: Make, holds: bool) -> None:
    """Whether the server holds the question (the hot application) or answers it at once (the plain one)."""
    server.holds = holds
    made = sublet()
    assert not made.entitlements.check("acc_bella", "online_payment")
    until(lambda: made.entitlements.fresh)

    server.grant("acc_bella", "online_payment", True)

    until(lambda: made.entitlements.check("acc_bella", "online_payment").allowed)
    assert made.entitlements.check("acc_bella", "online_payment").reason == "override"
    assert made.entitlements.check("acc_bella", "online_payment").fresh
    assert entitlements_asked(server) == 1


def test_cut_off_it_says_so_and_the_last_answers_go_on(server: StandIn, sublet: Make, clocks: Clocks) -> None:
    made = sublet(fail_open={"online_payment"}, stale_after=3600)
    before = made.entitlements.check("acc_bella", "calendar_feed")
    until(lambda: made.entitlements.fresh)
    assert (before.allowed, before.fresh) == (True, True)

    server.__exit__()
    until(lambda: not made.entitlements.fresh)
    clocks.pass_by(2)

    now = made.entitlements.check("acc_bella", "calendar_feed")
    assert (now.allowed, now.reason, now.fresh) == (True, "plan", False)
    assert not made.entitlements.check("acc_bella", "online_payment")  # what was known counts before what was stated
    clocks.pass_by(3000)
    assert made.entitlements.check("acc_bella", "calendar_feed").allowed
    assert made.entitlements.check("acc_bella", "calendar_feed").age > 3000


def test_cut_off_for_too_long_what_was_stated_holds(server: StandIn, sublet: Make, clocks: Clocks) -> None:
    made = sublet(fail_open={"online_payment", "exports"}, stale_after=3600)
    made.entitlements.check("acc_bella", "calendar_feed")
    until(lambda: made.entitlements.fresh)
    server.__exit__()
    until(lambda: not made.entitlements.fresh)
    clocks.pass_by(3601)

    closed = made.entitlements.check("acc_bella", "calendar_feed")
    opened = made.entitlements.check("acc_bella", "online_payment")
    never = [made.entitlements.check("acc_never", each) for each in ("calendar_feed", "online_payment")]

    assert (closed.allowed, closed.reason) == (False, "cut-off")
    assert (opened.allowed, opened.reason) == (True, "cut-off")
    assert [(each.allowed, each.reason) for each in never] == [(False, "unknown"), (True, "unknown")]
    with pytest.raises(Unreachable):
        made.entitlements.of("acc_never")


def test_after_the_cut_what_changed_meanwhile_is_here(server: StandIn, sublet: Make) -> None:
    made = sublet()
    made.entitlements.check("acc_bella", "online_payment")
    until(lambda: made.entitlements.fresh)
    server.__exit__()
    until(lambda: not made.entitlements.fresh)
    server.grant("acc_bella", "online_payment", True)
    assert not made.entitlements.check("acc_bella", "online_payment")

    with server:
        until(lambda: made.entitlements.fresh)
        assert made.entitlements.check("acc_bella", "online_payment").allowed
        assert entitlements_asked(server) == 1


def test_a_silent_line_counts_as_cut(server: StandIn, sublet: Make, clocks: Clocks) -> None:
    """No error, only silence, as behind a firewall that forgets: an answer is overdue, so nothing is called fresh."""
    made = sublet()
    made.entitlements.check("acc_bella", "calendar_feed")
    until(lambda: made.entitlements.fresh)

    clocks.pass_by(13)

    found = made.entitlements.peek("acc_bella", "calendar_feed")
    assert (found.allowed, found.fresh) == (True, False)


def test_no_check_waits_for_a_server_that_is_gone(server: StandIn, sublet: Make) -> None:
    """One of them finds out; those after it do not try again in the middle of a page."""
    server.__exit__()
    made = sublet()
    made.entitlements.check("acc_one", "calendar_feed")
    calls = 0
    ask = made._driver.ask

    def counted(call: object) -> object:
        nonlocal calls
        calls += threading.current_thread() is threading.main_thread()
        return ask(call)  # type: ignore[arg-type]  # passed on

    made._driver.ask = counted  # type: ignore[method-assign, assignment]  # to be counted

    found = [made.entitlements.check(f"acc_{number}", "calendar_feed") for number in range(50)]

    assert {each.reason for each in found} == {"unknown"}
    assert calls <= 1


def test_what_ends_by_itself_is_asked_for_anew_at_that_instant(server: StandIn, sublet: Make, clocks: Clocks) -> None:
    """A trial over: nobody has to tell, and this machine's clock being wrong by an hour changes nothing."""
    clocks.wall_ahead = -3600.0
    account = server.accounts["acc_bella"]
    account.until = timedelta(seconds=100)
    server.grant("acc_bella", "online_payment", True, "trial")
    made = sublet()
    assert made.entitlements.check("acc_bella", "online_payment").reason == "trial"
    until(lambda: made.entitlements.fresh)
    account.until = None
    account.features["online_payment"] |= {"value": False, "from": "plan"}
    account.sequence = server.sequence

    clocks.pass_by(5)
    assert made.entitlements.check("acc_bella", "online_payment").allowed
    clocks.pass_by(95)

    assert (made.entitlements.check("acc_bella", "online_payment").allowed, entitlements_asked(server)) == (False, 2)


def test_a_trial_that_ended_while_cut_off_is_not_believed(server: StandIn, sublet: Make, clocks: Clocks) -> None:
    server.accounts["acc_bella"].until = timedelta(seconds=100)
    server.grant("acc_bella", "online_payment", True, "trial")
    made = sublet()
    made.entitlements.check("acc_bella", "online_payment")
    until(lambda: made.entitlements.fresh)
    server.__exit__()
    until(lambda: not made.entitlements.fresh)
    clocks.pass_by(101)

    found = made.entitlements.check("acc_bella", "online_payment")
    kept = made.entitlements.check("acc_bella", "calendar_feed")

    assert (found.allowed, found.reason) == (False, "cut-off")
    assert (kept.allowed, kept.reason) == (True, "plan")


def test_a_copy_on_the_disk_is_there_after_a_restart_without_the_server(
    server: StandIn, sublet: Make, tmp_path: Path
) -> None:
    path = tmp_path / "copy.json"
    first = sublet(cache_path=path)
    first.entitlements.check("acc_bella", "calendar_feed")
    until(lambda: first.entitlements.fresh)
    first.close()
    server.__exit__()

    again = sublet(cache_path=path).entitlements.check("acc_bella", "calendar_feed")
    strange = sublet(cache_path=path, key="sk_of_another").entitlements.check("acc_bella", "calendar_feed")

    assert (again.allowed, again.reason, again.fresh) == (True, "plan", False)
    assert sublet(cache_path=path).entitlements.of("acc_bella").features["calendar_feed"].value is True
    assert again.age < 60
    assert (strange.allowed, strange.reason) == (False, "unknown")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert "sk_of_the_tests" not in path.read_text()


def test_a_copy_goes_on_where_it_stood(server: StandIn, sublet: Make, tmp_path: Path) -> None:
    path = tmp_path / "copy.json"
    first = sublet(cache_path=path)
    first.entitlements.check("acc_bella", "online_payment")
    until(lambda: first.entitlements.fresh)
    first.close()
    server.grant("acc_bella", "online_payment", True)

    made = sublet(cache_path=path)

    made.start()
    until(lambda: made.entitlements.fresh)
    assert made.entitlements.check("acc_bella", "online_payment").allowed
    assert entitlements_asked(server) == 1


@pytest.mark.parametrize("whole", [False, True])
def test_the_first_question_after_a_restart_hears_what_changed_meanwhile(
    server: StandIn, sublet: Make, tmp_path: Path, whole: bool
) -> None:
    """The copy of the disk is for when nobody answers; a feature that was taken away stayed open for one question more."""
    path = tmp_path / "copy.json"
    first = sublet(cache_path=path)
    first.entitlements.check("acc_bella", "calendar_feed")
    until(lambda: first.entitlements.fresh)
    first.close()
    server.grant("acc_bella", "calendar_feed", False)

    made = sublet(cache_path=path)

    found = (
        made.entitlements.of("acc_bella").features["calendar_feed"].value
        if whole
        else made.entitlements.check("acc_bella", "calendar_feed").allowed
    )
    assert found is False
    assert entitlements_asked(server) == 2


def test_a_child_that_was_forked_before_the_first_question_asks_it_too(
    server: StandIn, sublet: Make, tmp_path: Path
) -> None:
    path = tmp_path / "copy.json"
    first = sublet(cache_path=path)
    first.entitlements.check("acc_bella", "calendar_feed")
    until(lambda: first.entitlements.fresh)
    first.close()
    server.grant("acc_bella", "calendar_feed", False)
    made = sublet(cache_path=path)

    made._forked()  # as `os.register_at_fork` does in the child

    assert not made.entitlements.check("acc_bella", "calendar_feed").allowed


@pytest.mark.parametrize("content", ["", "{", '{"format": 1}', "[]", '{"format": 1, "owner": "x", "accounts": 3}'])
def test_a_broken_copy_stops_nobody(server: StandIn, sublet: Make, tmp_path: Path, content: str) -> None:
    path = tmp_path / "copy.json"
    path.write_text(content)

    assert sublet(cache_path=path).entitlements.check("acc_bella", "calendar_feed").allowed


def test_a_copy_is_as_old_as_it_is(server: StandIn, sublet: Make, tmp_path: Path, clocks: Clocks) -> None:
    path = tmp_path / "copy.json"
    first = sublet(cache_path=path)
    first.entitlements.check("acc_bella", "calendar_feed")
    until(lambda: first.entitlements.fresh)
    first.close()
    server.__exit__()
    clocks.pass_by(7200)

    found = sublet(cache_path=path, stale_after=3600).entitlements.check("acc_bella", "calendar_feed")

    assert (found.allowed, found.reason) == (False, "cut-off")
    assert 7200 <= found.age < 7300


def test_a_server_that_knows_less_is_believed(server: StandIn, sublet: Make) -> None:
    """A backup was put back: its numbers begin again below ours, and what is kept here is not what holds."""
    made = sublet()
    made.entitlements.check("acc_bella", "calendar_feed")
    until(lambda: made.entitlements.fresh)
    server.__exit__()
    until(lambda: not made.entitlements.fresh)
    server.sequence, server.changes = 1, []
    server.accounts["acc_bella"].sequence = 1
    server.accounts["acc_bella"].features["calendar_feed"]["value"] = False

    with server:
        until(lambda: made.entitlements.fresh)
        until(lambda: not made.entitlements.check("acc_bella", "calendar_feed").allowed)


def test_all_accounts_are_here_from_the_start_if_wanted(server: StandIn, sublet: Make) -> None:
    for number in range(5):
        server.account(f"acc_{number}", calendar_feed=bool(number % 2))
    made = sublet(preload=True).start()
    until(lambda: made.entitlements.fresh)

    found = [made.entitlements.check(f"acc_{number}", "calendar_feed").allowed for number in range(5)]
    assert found == [False, True, False, True, False]
    assert not [each for each in server.asked if each.startswith("GET /api/v1/entitlements/")]
    server.account("acc_new", calendar_feed=True)
    assert made.entitlements.check("acc_new", "calendar_feed").allowed


def test_another_offer_changes_everybodys_answer(server: StandIn, sublet: Make) -> None:
    """A new manifest was loaded: nobody is named, and each account is asked for anew when it is wanted."""
    made = sublet()
    made.entitlements.check("acc_bella", "online_payment")
    until(lambda: made.entitlements.fresh)
    with server.changed:
        server.sequence += 1
        server.reset_at = server.sequence
        server.accounts["acc_bella"].features["online_payment"]["value"] = True
        server.changed.notify_all()

    until(lambda: made.entitlements.check("acc_bella", "online_payment").allowed)
    assert entitlements_asked(server) == 2
    with server.changed:
        server.sequence += 1
        server.reset_at = server.sequence
        server.changed.notify_all()
    server.refuse = lambda path, body: problem(503, "maintenance") if path.endswith("/acc_bella") else None
    until(lambda: made._api.cache.position == server.sequence)
    # Doubted, and not to be had anew just now: the last answer is better than what was stated for when there is none.
    assert made.entitlements.check("acc_bella", "online_payment").reason == "plan"


def test_all_of_an_account_with_its_meters_and_services(server: StandIn, sublet: Make) -> None:
    server.accounts["acc_bella"].meters["appointments"].used = 12
    made = sublet()

    found = made.entitlements.of("acc_bella")

    assert (found.plan.key if found.plan else "", found.trial, found.advertising) == ("free", None, False)
    assert (found.meters["appointments"].used, found.meters["appointments"].remaining) == (12, 38)
    assert found.notice is None
    assert (found.features["staff"].value, found.services["direct_support"].managed_by) == (3, "reseller")
    assert made.entitlements.remaining("acc_bella", "appointments") == 38
    with pytest.raises(KeyError):
        made.entitlements.remaining("acc_bella", "no_such_meter")


def test_an_account_that_changes_all_day_leaves_nothing_behind(clocks: Clocks) -> None:
    cache = Cache()
    told = {"account": "acc_bella", "at": "2026-03-01T10:00:00Z", "until": "2026-04-01T00:00:00Z", "features": {}}
    for number in range(2_000):
        cache.put([told | {"sequence": number}])
    assert len(cache._ends) <= 2 * len(cache) + 64 + 1
    clocks.pass_by(40 * 24 * 3600)
    assert cache.of("acc_bella") is not None  # cut off, so it goes on
    cache.heard(2_000)
    assert cache.of("acc_bella") is None  # it has ended by itself


def test_the_vendors_notice_is_told_in_every_language_and_leads_to_web_pages_alone(
    server: StandIn, sublet: Make
) -> None:
    server.accounts["acc_bella"].notice = {
        "text": {"en": "Made here", "it": "Fatto qui"},
        "address": "https://a.example/",
    }
    notice = sublet().entitlements.of("acc_bella").notice
    assert notice is not None
    assert [notice.in_language(code) for code in ("it", "pt-BR")] == ["Fatto qui", "Made here"]
    assert notice.address == "https://a.example/"
    server.accounts["acc_bella"].notice = {"text": {"en": "Made here"}, "address": "javascript:alert(1)"}
    again = sublet().entitlements.of("acc_bella").notice
    assert again is not None
    assert again.address is None


def test_a_key_that_ended_is_told_and_nothing_is_called_fresh(
    server: StandIn, sublet: Make, caplog: pytest.LogCaptureFixture
) -> None:
    made = sublet(key="sk_ended")

    found = made.entitlements.check("acc_bella", "calendar_feed")

    assert (found.allowed, found.reason, found.fresh) == (False, "unknown", False)
    until(lambda: "unauthorized" in caplog.text)


def test_older_news_does_not_undo_newer(server: StandIn) -> None:
    """An answer that was on its way while the stream told of a change comes last, and is not believed."""
    cache = Cache()
    account = server.accounts["acc_bella"]
    old = json.loads(json.dumps(server.told(account)))
    server.grant("acc_bella", "online_payment", True)
    cache.begin_fetch("acc_bella")
    cache.put([server.told(account)], only_known=True)
    cache.put([old])
    cache.end_fetch("acc_bella")

    found = cache.settled("acc_bella", "online_payment")
    assert found is not None
    assert found.allowed


def test_what_nobody_asked_about_is_not_kept(server: StandIn) -> None:
    cache = Cache()

    assert cache.put([server.told(server.accounts["acc_bella"])], only_known=True) == 0
    assert len(cache) == 0


def test_the_cache_stays_within_its_size(server: StandIn) -> None:
    cache = Cache(most=10)
    for number in range(30):
        cache.put([server.told(server.account(f"acc_{number}", calendar_feed=True))])

    assert len(cache) == 10
    assert cache.settled("acc_29", "calendar_feed") is not None
    assert cache.settled("acc_0", "calendar_feed") is None


def test_a_forked_child_listens_for_itself(server: StandIn, sublet: Make) -> None:
    made = sublet()
    made.entitlements.check("acc_bella", "online_payment")
    until(lambda: made.entitlements.fresh)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:  # a worker of a web server that was made ready before
        try:
            made.entitlements.check("acc_bella", "online_payment")
            os.write(writing, b".")
            give_up = time.monotonic() + 10
            while not made.entitlements.check("acc_bella", "online_payment").allowed and time.monotonic() < give_up:
                time.sleep(0.01)
            os.write(writing, b"yes" if made.entitlements.check("acc_bella", "online_payment").allowed else b"no")
        finally:
            os._exit(0)
    assert os.read(reading, 1) == b"."
    server.grant("acc_bella", "online_payment", True)

    assert os.read(reading, 3) == b"yes"
    os.waitpid(pid, 0)
