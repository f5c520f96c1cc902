"""What DNS says about a domain, and what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core import domains
from sublet.core.answers import FAILED, FOUND, LOOP, NO_ANSWER, NO_SUCH_NAME, NOTHING, Answer
from sublet.core.domains import NO, UNCLEAR, YES, Seen, Standing, Verdict, Wanted, judge, next_step

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOST = "app.agency.example"
WANTED = Wanted(HOST, "tok", "_host-proof", "edge.example.net", ("192.0.2.1", "2001:db8::1"), ("ca.example",))
NAME = "_host-proof.app.agency.example"


def txt(*values: str, **more: object) -> Answer:
    return Answer(NAME, "TXT", FOUND, values, **{"common": values, **more})  # type: ignore[arg-type]  # fields


def a(*values: str, **more: object) -> Answer:
    return Answer(HOST, "A", FOUND, values, **{"common": values, **more})  # type: ignore[arg-type]  # fields


NONE = Answer(HOST, "AAAA", NOTHING)
GOOD_PROOF, HERE = txt("host-proof=tok"), a("192.0.2.1")


def codes(proof: Answer = GOOD_PROOF, four: Answer = HERE, six: Answer = NONE, *caa: Answer) -> list[str]:
    verdict = judge(WANTED, Seen(proof, four, six, caa))
    return [finding.code for finding in verdict.findings]


def test_what_is_found_about_the_proof() -> None:
    assert codes() == ["proof-good", "place-good"]
    assert codes(txt("other", "host-proof=tok")) == ["proof-good", "place-good"]
    for answer, code in (
        (Answer(NAME, "TXT", NO_SUCH_NAME), "proof-missing"),
        (Answer(NAME, "TXT", NOTHING), "proof-missing"),
        (Answer(NAME, "TXT", NO_ANSWER), "proof-unclear"),
        (Answer(NAME, "TXT", FAILED), "proof-unclear"),
        (Answer(NAME, "TXT", LOOP), "loop"),
        (txt("host-proof=another"), "proof-wrong"),
        (txt("v=spf1 -all"), "proof-wrong"),
        (txt("host-proof=tok", common=(), agreed=False), "proof-spreading"),
        (txt("host-proof=tok", chain=("edge.example.net",)), "proof-elsewhere"),
    ):
        assert codes(answer) == [code, "place-good"]


def test_what_is_found_about_the_place() -> None:
    elsewhere = judge(WANTED, Seen(GOOD_PROOF, a("203.0.113.9"), NONE))
    assert (elsewhere.proof, elsewhere.place) == (YES, NO)
    assert dict(elsewhere.findings[1].values) == {"name": HOST, "wanted": "edge.example.net", "found": "203.0.113.9"}
    for four, six, code in (
        (a("203.0.113.9", chain=("edge.example.net",)), NONE, "place-good"),  # its addresses are its own business
        (a("192.0.2.1"), a("2001:DB8:0::1"), "place-good"),
        (a("104.16.1.2", "172.67.1.1"), NONE, "place-cloudflare"),
        (a("192.0.2.1", "203.0.113.9"), NONE, "place-mixed"),
        (a("192.0.2.1"), a("2001:db8::bad"), "place-ipv6"),
        (a("192.0.2.1", "203.0.113.9", agreed=False), NONE, "place-spreading"),
        (Answer(HOST, "A", NO_SUCH_NAME), NONE, "place-missing"),
        (Answer(HOST, "A", NO_ANSWER), NONE, "place-unclear"),
        (Answer(HOST, "A", LOOP), NONE, "loop"),
    ):
        assert codes(GOOD_PROOF, four, six) == ["proof-good", code]


def test_who_may_make_certificates() -> None:
    def caa(*values: str) -> Answer:
        return Answer("agency.example", "CAA", FOUND, values, common=values)

    nothing = Answer(HOST, "CAA", NOTHING)
    assert codes(GOOD_PROOF, HERE, NONE, nothing, caa('0 issue "other.example"')) == ["proof-good", "place-good", "caa"]
    assert codes(GOOD_PROOF, HERE, NONE, caa('0 issue ";"')) == ["proof-good", "place-good", "caa"]
    for allowed in ('0 issue "ca.example"', '128 issue "CA.example; accounturi=x"', '0 iodef "mailto:a@b.example"'):
        assert codes(GOOD_PROOF, HERE, NONE, caa(allowed)) == ["proof-good", "place-good"]
    nearer = caa('0 issue "ca.example"')
    assert "caa" not in codes(GOOD_PROOF, HERE, NONE, nearer, caa('0 issue ";"'))


def test_the_records_to_set() -> None:
    def shown(host: str) -> list[tuple[str, str, str]]:
        wanted = Wanted(host, "tok", "_host-proof", "edge.example.net", ("192.0.2.1", "2001:db8::1"))
        return [(record.name, record.kind, record.value) for record in domains.records_of(wanted)]

    assert shown(HOST) == [(NAME, "TXT", "host-proof=tok"), (HOST, "CNAME", "edge.example.net")]
    assert shown("agency.example")[1:] == [
        ("agency.example", "A", "192.0.2.1"),
        ("agency.example", "AAAA", "2001:db8::1"),
    ]
    assert shown("agency.co.uk")[1][1] == "A"
    assert shown("*.agency.example") == [
        ("_host-proof.agency.example", "TXT", "host-proof=tok"),
        ("*.agency.example", "CNAME", "edge.example.net"),
    ]


def test_what_a_wildcard_covers() -> None:
    assert domains.covers("*.agency.example", "one.agency.example")
    for other in ("agency.example", "a.b.agency.example", "oneagency.example", "*.agency.example", ".agency.example"):
        assert not domains.covers("*.agency.example", other)


TOKENS = st.sampled_from(["host-proof=tok", "host-proof=other", "tok", "v=spf1 -all"])
OUTCOMES = st.sampled_from([FOUND, NOTHING, NO_SUCH_NAME, FAILED, NO_ANSWER, LOOP])


@given(st.lists(TOKENS, max_size=3), st.lists(TOKENS, max_size=3), OUTCOMES, st.booleans())
def test_only_ones_own_token_proves(common: list[str], more: list[str], outcome: str, led: bool) -> None:
    found = outcome == FOUND and bool(common or more)
    values = tuple({*common, *more}) if found else ()
    answer = Answer(
        NAME, "TXT", outcome if found or outcome != FOUND else NOTHING, values,
        ("x.example",) if led else (), common=tuple(common) if found else (),
    )  # fmt: skip
    proof = judge(WANTED, Seen(answer, HERE, NONE)).proof
    assert (proof == YES) == (found and not led and "host-proof=tok" in common)
    if outcome in {FAILED, NO_ANSWER}:
        assert proof == UNCLEAR


VERDICTS = st.tuples(st.sampled_from([YES, NO, UNCLEAR]), st.sampled_from([YES, NO, UNCLEAR]))


@given(st.lists(st.tuples(VERDICTS, st.integers(1, 72)), max_size=40), st.booleans())
def test_a_life_of_checks(checks: list[tuple[tuple[str, str], int]], vouched: bool) -> None:
    """Whatever DNS says and whenever it is asked: nothing ends early, by surprise, or because nobody could be asked."""
    standing, at = Standing(False, AT), AT
    told: list[datetime] = []
    last_proof: datetime | None = None
    for (proof, place), hours in checks:
        at += timedelta(hours=hours)
        step = next_step(standing, Verdict(proof, place, ()), at)
        assert step.next_at is None or step.next_at > at
        if proof == YES:
            last_proof = at
        if step.tell:
            told.append(at)
        if step.stop:
            assert not vouched
            assert standing.proved
            assert proof == NO
            assert last_proof is None or at - last_proof >= domains.STOP_AFTER
            assert at - told[-1] >= domains.STOP_AFTER_TELLING
            return
        assert step.prove == (not standing.proved and proof == YES)
        assert not (step.serving and step.failing_since)
        if step.serving:
            assert place != NO
        standing = Standing(
            proved=standing.proved or step.prove,
            added_at=AT,
            vouched=vouched,
            serving=step.serving,
            failing_since=step.failing_since,
            lost_since=step.lost_since,
            told_at=None if step.failing_since is None else at if step.tell else standing.told_at,
        )


def test_proof_that_is_lost_is_told_and_then_ends() -> None:
    """D3: three failed daily checks → mail; seven days → it stops."""
    standing = Standing(True, AT - 90 * DAY, serving=True)
    happened = {}
    for day in range(9):
        at = AT + day * DAY
        step = next_step(standing, Verdict(NO, YES, ()), at)
        happened[day] = "stop" if step.stop else "tell" if step.tell else ""
        standing = Standing(
            True, standing.added_at, serving=step.serving, failing_since=step.failing_since,
            lost_since=step.lost_since, told_at=at if step.tell else standing.told_at,
        )  # fmt: skip
        if step.stop:
            break
    assert happened == {0: "", 1: "", 2: "tell", 3: "", 4: "", 5: "", 6: "", 7: "stop"}


def test_a_proof_whose_loss_is_forgotten_would_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """D3's positive control: the days are not counted, and the name is served for ever; counted too fast, it ends at once."""

    def days_until_it_stops() -> int | None:
        standing = Standing(True, AT - 90 * DAY, serving=True)
        for day in range(60):
            at = AT + day * DAY
            step = next_step(standing, Verdict(NO, YES, ()), at)
            if step.stop:
                return day
            standing = replace(
                standing, serving=step.serving, failing_since=step.failing_since, lost_since=step.lost_since,
                told_at=at if step.tell else standing.told_at,
            )  # fmt: skip
        return None

    assert days_until_it_stops() == 7
    monkeypatch.setattr(domains, "STOP_AFTER", timedelta(days=10_000))
    assert days_until_it_stops() is None
    monkeypatch.setattr(domains, "STOP_AFTER", timedelta())
    monkeypatch.setattr(domains, "STOP_AFTER_TELLING", timedelta())
    assert days_until_it_stops() == 3  # the day after its people were told


def test_one_that_waits_is_checked_soon_then_daily_and_at_last_not_at_all() -> None:
    moments, at = [], AT
    while (following := domains.next_check(AT, at)) is not None:
        moments.append(following - AT)
        at = following
    assert moments[:4] == [timedelta(minutes=minutes) for minutes in (5, 10, 15, 20)]
    assert moments[-1] >= timedelta(days=30)
    assert len(moments) == 40


def test_for_a_wildcard_its_own_caa_records_decide() -> None:
    def codes_of(host: str, *values: str) -> list[str]:
        wanted = replace(WANTED, host=host, issuers=("ca.example",))
        answer = Answer("agency.example", "CAA", FOUND, values, common=values)
        return [each.code for each in judge(wanted, Seen(GOOD_PROOF, HERE, NONE, (answer,))).findings]

    both = ('0 issue "ca.example"', '0 issuewild ";"')
    assert "caa" in codes_of("*.agency.example", *both)
    assert "caa" not in codes_of("app.agency.example", *both)
    assert "caa" not in codes_of("*.agency.example", '0 issue ";"', '0 issuewild "ca.example"')
    assert "caa" in codes_of("*.agency.example", '0 issue ";"')
