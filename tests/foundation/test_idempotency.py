"""A piece of work done once for each key: replayed, refused, undone, kept for a day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from sublet.foundation.actor import Actor, platform_actor
from sublet.foundation.idempotency.models import IdempotentAnswer
from sublet.foundation.idempotency.operations import (
    LIFETIME,
    Answer,
    CannotAnswerAgain,
    answer_once,
    fingerprint_of,
    purge_answers,
)
from sublet.foundation.jobs.models import Schedule
from sublet.foundation.jobs.registry import PLANS
from tests.factories import AT


def actor(account_id: int = 7) -> Actor:
    return platform_actor(name="Key", account_id=account_id, account_ref="acc_x", account_name="X", via="api")


class Work:
    """Leaves a row behind each time it is done, so that one can see how often its effect was kept."""

    def __init__(self, **answer: object) -> None:
        self.done = 0
        self.answer = answer

    def __call__(self) -> Answer:
        self.done += 1
        Schedule.unscoped.create(name=f"effect {effects()}", rule="", next_at=AT)
        return Answer(**{"status": 201, "body": b"made", "headers": {"ETag": '"1"'}, **self.answer})  # type: ignore[arg-type]


def effects() -> int:
    return Schedule.unscoped.filter(name__startswith="effect").count()


def ask(work: Work, *, key: str = "k", fingerprint: str = "f", account_id: int = 7, at: object = AT) -> Answer:
    return answer_once(key=key, fingerprint=fingerprint, work=work, actor=actor(account_id), at=at)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_same_key_gives_the_first_answer_again() -> None:
    work = Work()

    first, second = ask(work), ask(work)

    assert (first.status, first.body, first.headers, first.replayed) == (201, b"made", {"ETag": '"1"'}, False)
    assert (second.status, second.body, second.headers, second.replayed) == (201, b"made", {"ETag": '"1"'}, True)
    assert (work.done, effects()) == (1, 1)


@pytest.mark.django_db
def test_same_key_for_another_request_is_refused() -> None:
    work = Work()
    ask(work)

    with pytest.raises(CannotAnswerAgain) as refused:
        ask(work, fingerprint="another")

    assert (refused.value.code, work.done) == ("reused", 1)


@pytest.mark.django_db
def test_keys_of_two_accounts_are_two_keys() -> None:
    work = Work()
    ask(work)
    ask(work, account_id=8)

    assert (work.done, effects()) == (2, 2)


@pytest.mark.django_db
def test_a_no_undoes_everything_and_frees_the_key() -> None:
    refusing = Work(status=409, kept=False)

    assert ask(refusing).status == 409
    assert (effects(), IdempotentAnswer.unscoped.count()) == (0, 0)
    assert ask(Work()).status == 201
    assert effects() == 1


@pytest.mark.django_db
def test_a_fault_undoes_everything_and_frees_the_key() -> None:
    def broken() -> Answer:
        Schedule.unscoped.create(name="effect", rule="", next_at=AT)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        answer_once(key="k", fingerprint="f", work=broken, actor=actor(), at=AT)

    assert (effects(), IdempotentAnswer.unscoped.count()) == (0, 0)


@pytest.mark.django_db
def test_answer_with_a_secret_is_not_stored_and_not_given_again() -> None:
    assert ask(Work(body=b"sk_secret", shown_once=True)).body == b"sk_secret"

    row = IdempotentAnswer.unscoped.get()
    with pytest.raises(CannotAnswerAgain) as refused:
        ask(Work())

    assert (bytes(row.body), refused.value.code, effects()) == (b"", "shown-once", 1)


@pytest.mark.django_db
def test_answer_is_kept_for_a_day() -> None:
    work = Work()
    ask(work)

    assert ask(work, at=AT + LIFETIME - timedelta(seconds=1)).replayed is True
    assert ask(work, at=AT + LIFETIME).replayed is False
    assert work.done == 2


@pytest.mark.django_db
def test_what_is_over_is_purged_by_a_schedule() -> None:
    ask(Work(), key="old")
    ask(Work(), key="new", account_id=8, at=AT + timedelta(hours=1))

    assert purge_answers(actor=actor(), at=AT + LIFETIME) == 1
    assert list(IdempotentAnswer.unscoped.values_list("account_id", flat=True)) == [8]
    assert "foundation.purge_answers" in PLANS


@pytest.mark.django_db
def test_effect_and_answer_are_one_transaction() -> None:
    """Whoever rolls the whole back rolls both back: there is no answer without its effect."""
    with transaction.atomic():
        ask(Work())
        transaction.set_rollback(True)

    assert (effects(), IdempotentAnswer.unscoped.count()) == (0, 0)


def test_parts_of_a_fingerprint_do_not_run_together() -> None:
    assert fingerprint_of(b"ab", b"c") != fingerprint_of(b"a", b"bc")
    assert fingerprint_of(b"ab", b"c") == fingerprint_of(b"ab", b"c")
