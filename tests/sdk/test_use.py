"""Consume, reserve, signals, brands, changes, and every "no" with its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from sublet_client import (
    Closed,
    Conflict,
    Forbidden,
    Invalid,
    LimitReached,
    NotFound,
    Refused,
    ServerFault,
    Sublet,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Unreachable,
    Untrusted,
)
from tests.sdk.conftest import Clocks, until
from tests.sdk.stand_in import StandIn, problem

Make = Callable[..., Sublet]
BRAND = {
    "host": "design.bella.example", "account": "acc_bella", "account_kind": "client", "reseller": "acc_rosa",
    "url": "https://design.bella.example", "name": "Bella", "language": "it", "colors": {"color": "#8a1538"},
    "pictures": {"logo": "https://design.bella.example/brand/x"}, "stylesheet": "https://design.bella.example/brand.css",
    "texts": {"footer": "Ciao"}, "leads_to": "", "something_new": 1,
}  # fmt: skip


def test_it_goes_on_until_the_limit_and_then_says_what_to_do(server: StandIn, sublet: Make) -> None:
    server.accounts["acc_bella"].meters["appointments"].limit = 2
    made = sublet()

    answers = [made.consume("acc_bella", "appointments") for _ in range(3)]

    assert [bool(each) for each in answers] == [True, True, False]
    assert [each.standing.remaining if each.standing else None for each in answers] == [1, 0, 0]
    assert (answers[2].reason, [step.kind for step in answers[2].next]) == ("limit-reached", ["trial", "wait"])
    assert answers[2].next[1].until == datetime(2026, 4, 1, tzinfo=UTC)
    assert server.accounts["acc_bella"].meters["appointments"].used == 2


def test_whoever_uses_it_is_named_and_may_be_the_one_who_may_not(server: StandIn, sublet: Make) -> None:
    meter = server.accounts["acc_bella"].meters["appointments"]
    meter.portions["col_cleo"] = 2
    made = sublet()

    answers = [made.consume("acc_bella", "appointments", collaborator="col_cleo") for _ in range(3)]

    assert [(each.allowed, each.reason) for each in answers] == [
        (True, None), (True, None), (False, "collaborator-limit"),
    ]  # fmt: skip
    person, account = answers[2].collaborator, answers[2].standing
    assert person is not None
    assert account is not None
    assert (person.used, person.limit, person.remaining, person.source) == (2, 2, 0, "collaborator")
    assert (account.used, account.limit, account.remaining) == (2, 50, 48)
    assert (
        made.entitlements.remaining("acc_bella", "appointments") == 48
    )  # what is kept is the account's, never a person's
    nobody = made.consume("acc_bella", "appointments")
    assert (nobody.allowed, nobody.collaborator) == (True, None)
    assert meter.people == {"col_cleo": 2}


def test_work_is_held_back_and_reported_for_a_person(server: StandIn, sublet: Make) -> None:
    meter = server.accounts["acc_bella"].meters["appointments"]
    meter.portions["col_cleo"] = 5
    made = sublet()

    with made.reserve("acc_bella", "appointments", 4, collaborator="col_cleo") as reservation:
        reservation.commit(4)
    with (
        pytest.raises(LimitReached) as refused,
        made.reserve("acc_bella", "appointments", 2, collaborator="col_cleo"),
    ):
        raise AssertionError("nothing was held back")
    assert refused.value.reason == "collaborator-limit"
    made.record(
        "acc_bella", "appointments", 3, id="told-later", collaborator="col_cleo"
    )  # it happened: it is never refused
    made.record("acc_bella", "appointments", id="by-nobody")
    made.flush()

    assert {id: event.get("collaborator") for (_source, id), event in server.events.items()} == {
        "told-later": "col_cleo", "by-nobody": None,
    }  # fmt: skip
    assert (meter.used, meter.people) == (8, {"col_cleo": 7})


def test_somebody_who_is_not_there_is_said_at_the_field(server: StandIn, sublet: Make) -> None:
    made = sublet()

    with pytest.raises(Invalid) as refused:
        made.consume("acc_bella", "appointments", collaborator="usr_elsewhere")
    assert [(each.field, each.code) for each in refused.value.errors] == [("collaborator", "unknown-collaborator")]
    made.record("acc_bella", "appointments", id="wrong", collaborator="usr_elsewhere")
    made.record("acc_bella", "appointments", id="right", collaborator="col_cleo")
    state = made.flush()

    assert (state.waiting, [each.id for each in made.set_aside()]) == (0, ["wrong"])
    assert [id for _source, id in server.events] == ["right"]


def test_the_same_use_twice_is_one(server: StandIn, sublet: Make) -> None:
    made = sublet()

    answers = [made.consume("acc_bella", "appointments", id="booking-7") for _ in range(3)]

    assert all(answers)
    assert server.accounts["acc_bella"].meters["appointments"].used == 1


def test_an_answer_that_was_lost_is_asked_for_again_and_counted_once(server: StandIn, sublet: Make) -> None:
    server.lose_answers = 2

    assert sublet().consume("acc_bella", "appointments")
    assert server.accounts["acc_bella"].meters["appointments"].used == 1


def test_what_was_used_shows_at_once(server: StandIn, sublet: Make) -> None:
    made = sublet()
    assert made.entitlements.remaining("acc_bella", "appointments") == 50

    made.consume("acc_bella", "appointments", 8)

    assert made.entitlements.remaining("acc_bella", "appointments") == 42


def test_cut_off_a_meter_stops_unless_it_was_stated(server: StandIn, sublet: Make) -> None:
    server.__exit__()
    made = sublet(fail_open={"appointments"})
    with pytest.raises(Unreachable):
        sublet().consume("acc_bella", "appointments")

    answer = made.consume("acc_bella", "appointments", id="booking-8")

    assert (answer.allowed, answer.reason, answer.standing) == (True, "cut-off", None)
    with server:
        made.flush()
        assert [id for _source, id in server.events] == ["booking-8"]


def test_cut_off_after_it_was_counted_counts_once(server: StandIn, sublet: Make) -> None:
    """The answers were lost, not the question: the same id goes through the spool and is known already."""
    server.lose_answers = 3
    made = sublet(fail_open={"appointments"})

    assert made.consume("acc_bella", "appointments").reason == "cut-off"
    made.flush()

    assert server.accounts["acc_bella"].meters["appointments"].used == 1


def test_a_reservation_counts_what_was_used(server: StandIn, sublet: Make) -> None:
    meter = server.accounts["acc_bella"].meters["appointments"]
    with sublet().reserve("acc_bella", "appointments", 10) as reservation:
        assert (meter.used, meter.reserved) == (0, 10)
        reservation.commit(7)
    assert (meter.used, meter.reserved, reservation.settled) == (7, 0, True)


def test_a_reservation_that_is_left_alone_counts_whole_and_one_that_fails_not_at_all(
    server: StandIn, sublet: Make
) -> None:
    meter = server.accounts["acc_bella"].meters["appointments"]
    made = sublet()
    with made.reserve("acc_bella", "appointments", 10):
        pass
    assert (meter.used, meter.reserved) == (10, 0)
    with pytest.raises(ZeroDivisionError), made.reserve("acc_bella", "appointments", 20):
        raise ZeroDivisionError
    assert (meter.used, meter.reserved) == (10, 0)


def test_a_reservation_beyond_the_limit_is_none(server: StandIn, sublet: Make) -> None:
    with pytest.raises(LimitReached) as told, sublet().reserve("acc_bella", "appointments", 51):
        pass
    assert told.value.standing.remaining == 50
    assert server.accounts["acc_bella"].meters["appointments"].reserved == 0


def test_a_reservation_can_be_settled_elsewhere(server: StandIn, sublet: Make) -> None:
    meter = server.accounts["acc_bella"].meters["appointments"]
    first = sublet().begin_reservation("acc_bella", "appointments", 10)
    second = sublet().begin_reservation("acc_bella", "appointments", 5)
    other = sublet()

    other.reservation(first.ref).commit(8)
    other.reservation(second.ref).release()
    other.reservation(second.ref).release()

    assert (meter.used, meter.reserved) == (8, 0)
    with pytest.raises(NotFound):
        other.reservation(first.ref).commit()


def test_a_figure_is_asked_for_anew_where_it_is_too_old(server: StandIn, sublet: Make, clocks: Clocks) -> None:
    made = sublet()
    remaining = made.entitlements.remaining
    assert remaining("acc_bella", "appointments", max_age=5) == 50
    server.accounts["acc_bella"].meters["appointments"].used = 20  # by another process

    assert remaining("acc_bella", "appointments", max_age=5) == 50
    clocks.pass_by(6)
    assert remaining("acc_bella", "appointments", max_age=5) == 30
    server.__exit__()
    clocks.pass_by(6)
    assert remaining("acc_bella", "appointments", max_age=5) == 30


def test_signals_are_dated_and_told_once(server: StandIn, sublet: Make) -> None:
    made = sublet()
    made.signal("acc_bella", "last_push", at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC), id="one")
    made.signal("acc_bella", "downloads", 17)

    first, second = server.signals.values()
    assert first == {
        "id": "one",
        "account": "acc_bella",
        "key": "last_push",
        "at": "2026-03-02T09:30:00.000Z",
        "value": None,
    }
    assert (second["key"], second["value"]) == ("downloads", 17)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Invalid), (401, Unauthorized), (403, Forbidden), (404, NotFound), (409, Conflict), (412, Conflict),
     (413, TooLarge), (422, Invalid), (418, Refused), (429, TooManyRequests), (500, ServerFault), (503, ServerFault)],
)  # fmt: skip
def test_every_no_has_a_name_and_the_problem(server: StandIn, sublet: Make, status: int, kind: type[Refused]) -> None:
    server.refuse = lambda path, body: problem(
        status, "some-code", [{"field": "name", "code": "long", "detail": "Too long."}]
    )

    with pytest.raises(kind) as told:
        sublet().call("GET", "/anything")

    assert type(told.value) is kind
    assert (told.value.status, told.value.code, told.value.detail) == (status, "some-code", "It is some-code.")
    assert [(each.field, each.code, each.detail) for each in told.value.errors] == [("name", "long", "Too long.")]


def test_only_what_may_pass_is_tried_again(server: StandIn, sublet: Make) -> None:
    for status, times in ((404, 1), (422, 1), (500, 3), (503, 3), (429, 3)):
        server.asked.clear()
        server.refuse = lambda path, body, status=status: problem(status, "x")  # type: ignore[misc]  # bound at once
        with pytest.raises(Refused):
            sublet().call("GET", "/anything")
        assert server.asked.count("GET /api/v1/anything") == times


def test_what_writes_can_be_tried_again_because_it_is_named(server: StandIn, sublet: Make) -> None:
    server.lose_answers = 2
    server.refuse = lambda path, body: (200, {"ok": True})

    assert sublet().call("POST", "things", json={"a": 1}) == {"ok": True}

    keys = {each["Idempotency-Key"] for each in server.headers if "Idempotency-Key" in each}
    assert (len(keys), server.asked.count("POST /api/v1/things")) == (1, 3)


def test_lists_are_read_page_after_page(sublet: Make) -> None:
    assert [each["number"] for each in sublet().items("/lists")] == [0, 1, 2, 3, 4, 5]


def test_a_closed_client_says_so(server: StandIn, sublet: Make) -> None:
    made = sublet()
    made.close()
    made.close()

    with pytest.raises(Closed):
        made.consume("acc_bella", "appointments")
    with pytest.raises(Closed):
        made.start()


def test_a_brand_is_asked_for_once_and_kept(server: StandIn, sublet: Make, clocks: Clocks) -> None:
    server.brands["design.bella.example"] = BRAND
    made = sublet()

    found = [made.brand("Design.Bella.example.") for _ in range(5)]

    assert (found[0].name, found[0].logo, found[0].colors["color"]) == (
        "Bella",
        "https://design.bella.example/brand/x",
        "#8a1538",
    )
    assert (found[0].known, found[0].fresh, found[0].more["something_new"]) == (True, True, 1)
    assert server.asked.count("GET /api/v1/brands/design.bella.example") == 1
    server.brands["design.bella.example"] = BRAND | {"name": "Bellissima"}
    clocks.pass_by(31)
    assert made.brand("design.bella.example").name == "Bellissima"


def test_a_brand_that_changed_is_asked_for_at_once(server: StandIn, sublet: Make) -> None:
    server.brands["design.bella.example"] = BRAND
    made = sublet()
    made.brand("design.bella.example")
    server.brands["design.bella.example"] = BRAND | {"name": "Bellissima"}
    made.forget_brand("other.example")
    assert made.brand("design.bella.example").name == "Bella"
    made.forget_brand("Design.Bella.example.")
    assert made.brand("design.bella.example").name == "Bellissima"
    server.__exit__()
    made.forget_brand()
    old = made.brand("design.bella.example")
    assert (old.name, old.fresh) == ("Bellissima", False)  # what is known goes on while nobody answers


def test_a_host_that_is_nobodys_is_asked_for_once(server: StandIn, sublet: Make) -> None:
    made = sublet()

    assert [made.brand("evil.example").known for _ in range(5)] == [False] * 5
    assert [made.brand(each).known for each in ("", "a/b", "x" * 300, "a b")] == [False] * 4
    assert server.asked == ["GET /api/v1/brands/evil.example"]


def test_a_brand_goes_on_while_the_server_is_away(server: StandIn, sublet: Make, clocks: Clocks) -> None:
    server.brands["design.bella.example"] = BRAND
    made = sublet()
    made.brand("design.bella.example")
    server.__exit__()
    clocks.pass_by(3600)

    old = made.brand("design.bella.example")

    assert (old.name, old.fresh) == ("Bella", False)
    with pytest.raises(Unreachable):
        made.brand("other.example")
    with server:
        assert made.brand("design.bella.example").fresh


def test_only_hosts_of_the_installation_are_issuers(server: StandIn, sublet: Make) -> None:
    for host in ("design.bella.example", "design.bella.example:9999"):
        server.brands[host] = BRAND | {"url": "http://design.bella.example"}
    made = sublet()

    assert made.is_issuer("http://design.bella.example")  # the scheme of the base address here
    assert not made.is_issuer("https://design.bella.example")
    assert not made.is_issuer("http://design.bella.example:9999")  # another program on the same machine
    assert not made.is_issuer("http://evil.example")


def test_a_change_is_told_for_whoever_is_signed_on(server: StandIn, sublet: Make) -> None:
    told: list[dict[str, object]] = []

    def heard(path: str, body: dict[str, object]) -> tuple[int, dict[str, object]]:
        told.append({"path": path, **body})
        return 201, {"entry": "e1", "at": "2026-03-02T09:30:00Z"}

    server.refuse = heard
    who = SimpleNamespace(issuer=server.url, account="acc_bella", token="sk_of_the_tests")

    done = sublet().report_change(who, "design", "Theme:\n#1 → #2 " + "x" * 300, place="/design", id="change-1")

    assert (done.entry, done.at) == ("e1", datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    (only,) = [each for each in told if each["path"] == "/api/v1/accounts/acc_bella/product-changes"]
    assert (only["section"], only["place"], len(str(only["text"]))) == ("design", "/design", 200)
    assert str(only["text"]).startswith("Theme: #1 → #2 xxx")
    assert "change-1" in {each.get("Idempotency-Key") for each in server.headers}
    with pytest.raises(Untrusted):
        sublet().report_change(SimpleNamespace(issuer=server.url, account="acc_bella", token=""), "design", "x")


def test_another_address_can_be_called_than_the_one_that_is_named(server: StandIn, sublet: Make) -> None:
    made = sublet(base_url="http://sublet.example.com:8443", connect_to=server.url)

    assert made.entitlements.check("acc_bella", "calendar_feed")
    until(lambda: made.entitlements.fresh)
    assert {each["Host"] for each in server.headers} == {"sublet.example.com:8443"}


def test_hot_operations_go_where_they_are_served_beside(server: StandIn, sublet: Make) -> None:
    """Under the same name, and everything else where it always goes."""
    made = sublet(base_url="http://sublet.example.com", hot_url=server.url, connect_to="http://127.0.0.1:9")

    assert made.entitlements.check("acc_bella", "calendar_feed")
    assert made.consume("acc_bella", "appointments")
    made.record("acc_bella", "appointments")
    assert made.flush().waiting == 0
    assert {each["Host"] for each in server.headers} == {"sublet.example.com"}
    with pytest.raises(Unreachable):
        made.brand("design.bella.example")


def test_what_to_do_at_a_limit_is_asked_for_in_the_readers_language(server: StandIn, sublet: Make) -> None:
    """Without it the server speaks the language of its own host, whoever reads the product's page."""
    made = sublet()
    made.consume("acc_bella", "appointments", language="it")
    with made.reserve("acc_bella", "appointments", language="nl"):
        pass
    made.consume("acc_bella", "appointments")

    asked = zip(server.asked, server.headers, strict=True)
    spoken = [headers.get("Accept-Language") for path, headers in asked if path.endswith(("/consume", "/reservations"))]
    assert spoken == ["it", "nl", None]
