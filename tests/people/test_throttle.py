"""Counting attempts: exactly, also when a hundred come at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import F

from sublet.foundation.actor import Actor
from sublet.foundation.clock import now
from sublet.foundation.jobs import JobContext
from sublet.people import jobs
from sublet.people.models import PersonLink, Throttle
from sublet.people.operations import CannotTryAgainYet, CannotUseLink, count_attempt, issue_link, use_link
from sublet.people.operations.links import PASSWORD, clear_links
from sublet.people.operations.throttle import (
    Limit,
    clear_counts,
    forget_attempts,
    give_back,
    key_of,
    subject_of,
    wait_after,
)
from tests.factories import AT, make_user

THREE = Limit("test", 3, 60)


@pytest.mark.django_db
def test_window_begins_with_the_first_attempt_and_ends_after_its_length() -> None:
    moments = [0, 10, 20, 30, 59.5, 60, 61, 62, 63]

    waits = [wait_after(THREE, "rosa", at=AT + timedelta(seconds=moment)) for moment in moments]

    assert waits == [0, 0, 0, 30, 1, 0, 0, 0, 57]


@pytest.mark.django_db
def test_subjects_and_limits_are_counted_apart() -> None:
    other = Limit("other", 3, 60)
    for _ in range(3):
        count_attempt(THREE, "rosa", at=AT)

    with pytest.raises(CannotTryAgainYet) as refusal:
        count_attempt(THREE, "rosa", at=AT)

    assert (refusal.value.seconds, refusal.value.sentence) == (60, "Too many attempts. Try again in 1 minute.")
    count_attempt(THREE, "carl", at=AT)
    count_attempt(other, "rosa", at=AT)


@pytest.mark.django_db
def test_given_back_and_forgotten_attempts_do_not_count() -> None:
    for _ in range(10):
        assert wait_after(THREE, "rosa", at=AT) == 0
        give_back(THREE, "rosa")
    for _ in range(3):
        wait_after(THREE, "rosa", at=AT)
    forget_attempts(THREE, "rosa")

    assert wait_after(THREE, "rosa", at=AT) == 0
    assert Throttle.objects.get(key=key_of(THREE, "rosa")).count == 1
    give_back(THREE, "nobody")
    assert Throttle.objects.count() == 1


@pytest.mark.django_db
def test_counts_and_links_that_are_long_over_are_deleted() -> None:
    wait_after(THREE, "old", at=AT - timedelta(days=2))
    wait_after(THREE, "new", at=AT)
    issue_link(purpose=PASSWORD, host="a.localhost", lifetime=timedelta(hours=1), at=AT - timedelta(days=40))
    issue_link(purpose=PASSWORD, host="a.localhost", lifetime=timedelta(hours=1), at=AT - timedelta(days=20))

    assert clear_counts(at=AT) == 1
    assert clear_links(at=AT) == 1
    assert (Throttle.objects.count(), PersonLink.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::1", "::"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_of_an_ipv6_address_the_network_counts(address: str, counted: str) -> None:
    assert subject_of(address) == counted


@pytest.mark.django_db
def test_link_is_used_once_for_its_purpose_on_its_host_in_its_time() -> None:
    user = make_user("Rosa")
    token = issue_link(
        purpose=PASSWORD, host="a.localhost", lifetime=timedelta(hours=1), at=AT, user_id=user.id, data={"x": "y"}
    )

    elsewhere = [("b.localhost", "password", 0), ("a.localhost", "email", 0), ("a.localhost", "password", 3600)]
    for host, purpose, seconds in elsewhere:
        with pytest.raises(CannotUseLink):
            use_link(token, purpose=purpose, host=host, at=AT + timedelta(seconds=seconds))
    link = use_link(token, purpose="password", host="a.localhost", at=AT + timedelta(seconds=3599))
    assert (link.user_id, link.user_email, link.data) == (user.id, user.email, {"x": "y"})
    with pytest.raises(CannotUseLink):
        use_link(token, purpose="password", host="a.localhost", at=AT)


def _at_once(work: Callable[[], None], times: int) -> None:
    start = threading.Barrier(times)

    def run() -> None:
        try:
            start.wait()
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_attempts_at_the_same_moment_are_all_counted() -> None:
    limit = Limit("race", 5, 60)
    let_in: list[int] = []

    def guess() -> None:
        for _ in range(5):
            if wait_after(limit, "rosa", at=AT) == 0:
                let_in.append(1)

    _at_once(guess, 10)

    assert len(let_in) == 5
    assert Throttle.objects.get().count == 50


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_counting_after_looking_would_let_more_in() -> None:
    """The control: the same race without the one statement."""
    Throttle.objects.create(key="race", window_start=AT, count=0)
    let_in: list[int] = []
    looked = threading.Barrier(10)

    def guess() -> None:
        count = Throttle.objects.get(key="race").count
        looked.wait()
        if count < 5:
            let_in.append(1)
        Throttle.objects.filter(key="race").update(count=F("count") + 1)

    _at_once(guess, 10)

    assert len(let_in) == 10


@pytest.mark.django_db
def test_schedule_forgets_what_is_over() -> None:
    at = now()
    wait_after(THREE, "old", at=at - timedelta(days=2))
    issue_link(purpose=PASSWORD, host="a.localhost", lifetime=timedelta(hours=1), at=at - timedelta(days=40))
    Session.objects.create(session_key="over", session_data="", expire_date=at - timedelta(days=1))
    Session.objects.create(session_key="running", session_data="", expire_date=at + timedelta(days=1))
    visitor = Actor(None, "Visitor", 1, "acc_2345678abcdefg", "vendor", "Vantage Apps")
    context = JobContext("x", None, visitor, at, attempt=1, fence=1, worker="test")

    jobs.clear(context)

    assert (Throttle.objects.count(), PersonLink.objects.count()) == (0, 0)
    assert [session.session_key for session in Session.objects.all()] == ["running"]
