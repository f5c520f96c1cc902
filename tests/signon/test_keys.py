"""Signing keys: published before they sign, and after; withdrawn at once when somebody may have them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import jwt
import pytest

from sublet.signon import operations, queries
from sublet.signon.models import SigningKey
from sublet.signon.operations.keys import keep_keys
from tests.people import AT, World

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def from_the_database(world: World) -> Iterator[None]:
    queries.forget_keys()
    yield
    queries.forget_keys()


def kid(at: object) -> str:
    token = operations.sign({}, algorithm="RS256", kind="JWT", at=at)  # type: ignore[arg-type]  # an instant
    return str(jwt.get_unverified_header(token)["kid"])


def published(at: object) -> set[str]:
    return {key["kid"] for key in queries.published_keys(at)}  # type: ignore[arg-type]  # an instant


def test_keys_overlap_when_they_are_rotated(world: World) -> None:
    first = kid(AT)
    with world.scope("vera") as actor:
        assert operations.rotate_keys(actor=actor, at=AT) == AT + HOUR
    queries.forget_keys()
    assert first in published(AT)
    assert len(published(AT)) == 4  # the old pair, and one that will sign
    assert kid(AT + HOUR / 2) == first
    second = kid(AT + HOUR)
    assert second != first
    assert first in published(AT + 24 * HOUR)
    assert first not in published(AT + 26 * HOUR)
    with world.scope("vera") as actor:
        keep_keys(actor=actor, at=AT + 60 * HOUR)
    assert not SigningKey.objects.filter(kid=first).exists()


def test_keys_that_somebody_may_have_are_withdrawn_at_once(world: World) -> None:
    first = kid(AT)
    with world.scope("vera") as actor:
        operations.rotate_keys(actor=actor, at=AT, at_once=True)
    queries.forget_keys()
    assert kid(AT) != first
    assert first not in published(AT)


def test_private_halves_are_not_readable_in_the_database(world: World) -> None:
    kid(AT)
    row = SigningKey.objects.get(algorithm="RS256")
    assert "PRIVATE" not in row.sealed
    assert set(row.public) == {"kty", "n", "e", "kid", "alg", "use"}
