"""Sessions are Django's own, whoever reads them: nobody is logged out, and no key that somebody made up is taken over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore as PlainStore
from django.contrib.sessions.models import Session

from sublet.foundation.clock import now
from sublet.people.sessions import SessionStore

pytestmark = pytest.mark.django_db


def test_each_reads_what_the_other_has_written() -> None:
    for writes, reads in ((PlainStore, SessionStore), (SessionStore, PlainStore)):
        written = writes()
        written["who"] = "Rosa"
        written.create()
        written["who"] = "Carl"
        written.save()
        assert dict(reads(written.session_key).items()) == {"who": "Carl"}


@pytest.mark.parametrize("key", ["a" * 32, "nul\x00nul" * 4, "x" * 500, "né" * 16])
def test_a_key_of_nobody_is_not_taken_over(key: str) -> None:
    made_up = SessionStore(key)
    assert made_up.get("who") is None
    assert made_up.session_key is None
    made_up["who"] = "Sam"
    made_up.save()
    assert made_up.session_key != key


def test_what_has_ended_is_gone() -> None:
    kept = SessionStore()
    kept["who"] = "Rosa"
    kept.create()
    Session.objects.filter(session_key=kept.session_key).update(expire_date=now() - timedelta(seconds=1))
    assert SessionStore(kept.session_key).get("who") is None
