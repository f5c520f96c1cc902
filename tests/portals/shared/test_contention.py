"""Two browsers that wait for one another: PostgreSQL ends one transaction, and its page is made once more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from sublet.foundation.unscoped import past_scope
from sublet.messaging import webhook_queries as queries
from sublet.people.models import User
from sublet.portals.shared.guard import public
from tests.people import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


def request_to(path: str = "/", **data: Any) -> Any:
    request: Any = RequestFactory().post(path, data)
    request.impersonation_ref, request.person = "", None
    return request


def ended() -> OperationalError:
    fault = OperationalError("deadlock detected")
    fault.__cause__ = psycopg.errors.DeadlockDetected()
    return fault


def crossing(pages: Callable[[Callable[[Any], HttpResponse]], Callable[[Any], Any]]) -> tuple[list[str], int]:
    """Two browsers lock two things in different orders, the first time at the same moment. What each was told, and how many
    tries that took."""
    barrier = threading.Barrier(2)
    said: list[str] = []
    tries = [0, 0]

    def browser(number: int) -> None:
        def view(_request: Any) -> HttpResponse:
            tries[number] += 1
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [7000 + number])
                if tries[number] == 1:
                    barrier.wait(10)
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [7001 - number])
            return HttpResponse("done")

        try:
            said.append(pages(view)(request_to()).content.decode())
        except OperationalError as fault:
            said.append(str(getattr(fault.__cause__, "sqlstate", "")))
        finally:
            connection.close()

    threads = [threading.Thread(target=browser, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said), sum(tries)


@pytest.mark.postgres
def test_of_two_pages_that_wait_for_one_another_both_are_made() -> None:
    assert crossing(public("a test")) == (["done", "done"], 3)


@pytest.mark.postgres
def test_without_a_second_try_one_of_them_is_not() -> None:
    """The positive control."""
    assert crossing(lambda view: view) == (["40P01", "done"], 2)


@pytest.mark.postgres
@pytest.mark.parametrize("kept", ["transaction", "statement"])
def test_what_was_kept_once_is_not_done_again(kept: str) -> None:
    make_world()
    tries: list[int] = []

    @public("a test")
    def view(_request: Any) -> HttpResponse:
        tries.append(1)
        with past_scope("a test"):
            if kept == "transaction":
                with transaction.atomic():
                    User.objects.filter(id=0).update(name="x")
            else:
                User.objects.filter(id=0).update(name="x")
        raise ended()

    with pytest.raises(OperationalError):
        view(request_to())
    assert len(tries) == 1


def test_a_file_that_was_sent_is_read_from_its_beginning_again() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    read: list[bytes] = []

    @public("a test")
    def view(request: Any) -> HttpResponse:
        read.append(request.FILES["file"].read())
        if len(read) == 1:
            raise ended()
        return HttpResponse("done")

    assert view(request_to(file=SimpleUploadedFile("a.txt", b"text"))).status_code == 200
    assert read == [b"text", b"text"]


@pytest.mark.parametrize("times", [1, 2])
def test_a_page_is_made_once_more_and_then_says_calmly_that_it_cannot(
    world: World, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    asked: list[int] = []
    listed = queries.webhooks_of_account

    def ended_at_first(*arguments: Any, **named: Any) -> Any:
        asked.append(1)
        if len(asked) <= times:
            raise ended()
        return listed(*arguments, **named)

    monkeypatch.setattr(queries, "webhooks_of_account", ended_at_first)
    browser = world.browser("rosa")
    browser.raise_request_exception = False
    page = browser.get(reverse("reseller-webhooks", args=[world.rosa.ref], urlconf="sublet.config.urls_brand"))
    assert (page.status_code, len(asked)) == ((200, 2) if times == 1 else (503, 2))
    if times == 2:
        assert page["Retry-After"] == "60"
        assert "We are back in a moment" in page.content.decode()
