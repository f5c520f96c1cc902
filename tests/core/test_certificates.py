"""Certificates: what is shown, what it is called, when it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.certificates import NO_TLS, SHOWN, TROUBLE, UNSEEN, CertificateSeen, judge_certificate, next_look

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOST = "app.agency.example"


def shown(
    ends: timedelta, *, life: timedelta = 90 * DAY, names: tuple[str, ...] = (HOST,), trusted: bool = True
) -> CertificateSeen:
    return CertificateSeen(SHOWN, AT + ends - life, AT + ends, "An Authority", names, trusted)


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (shown(60 * DAY), "good"),
        (shown(60 * DAY, names=("*.Agency.example",)), "good"),
        (shown(14 * DAY), "ends"),
        (shown(timedelta(hours=6), life=timedelta(hours=12)), "good"),
        (shown(timedelta(hours=2), life=timedelta(hours=12)), "ends"),
        (shown(timedelta(0)), "ended"),
        (shown(60 * DAY, names=("other.example", "*.example")), "other-name"),
        (shown(60 * DAY, trusted=False), "untrusted"),
        (CertificateSeen(NO_TLS), "none"),
        (CertificateSeen(UNSEEN), "unclear"),
    ],
)
def test_what_is_shown_has_a_name(seen: CertificateSeen, code: str) -> None:
    assert judge_certificate(HOST, seen, AT) == code


@given(st.lists(st.sampled_from(["good", "ends", "ended", "other-name", "untrusted", "none", "unclear"]), max_size=40))
def test_trouble_is_told_once_until_all_is_well(codes: list[str]) -> None:
    since = told_at = None
    told = False
    for number, code in enumerate(codes):
        at = AT + number * timedelta(hours=3)
        step = next_look(code, since=since, told_at=told_at, at=at)
        assert step.next_at > at
        assert not (step.tell and (told or code not in TROUBLE))
        assert step.well_again == (code == "good" and told)
        if code in {"ends", "ended"}:
            assert step.tell or told
        since = step.since
        told_at = at if step.tell else None if code == "good" else told_at
        told = told_at is not None


def test_another_fault_is_told_after_a_day() -> None:
    first = next_look("none", since=None, told_at=None, at=AT)
    assert (first.tell, first.since) == (False, AT)
    assert not next_look("untrusted", since=AT, told_at=None, at=AT + timedelta(hours=23)).tell
    assert next_look("untrusted", since=AT, told_at=None, at=AT + DAY).tell
    assert next_look("unclear", since=AT, told_at=None, at=AT + DAY).since == AT
