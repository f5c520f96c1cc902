"""A day at the edge of the calendar is refused where it is typed, and is no fault of ours (500) anywhere."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django import forms
from django.urls import reverse

from sublet.core.days import FIRST_DAY, LAST_DAY
from sublet.core.signals import WrongValue, read_cell, read_value
from sublet.foundation.clock import now
from sublet.portals.api.schemas import common
from sublet.portals.cli.maintenance import read_until
from sublet.portals.shared.days import OUT_OF_RANGE
from sublet.portals.shared.forms import DayField, SubletForm
from sublet.subscriptions.operations import take_plan
from tests.catalog.test_offer import BOOKINGS, load
from tests.form_classes import all_forms, subclasses
from tests.people import AT, World
from tests.portals.api.caller import make_caller

EDGES = ("0001-01-01", "9999-12-31")
NEAR = (FIRST_DAY.isoformat(), LAST_DAY.isoformat())
SENTENCE = "The year must lie between 1900 and 2999."


class OneDay(SubletForm):
    """A form with a day and nothing else."""

    day = DayField(required=False)


def test_every_field_of_a_day_is_bounded() -> None:
    fields = {
        f"{form.__name__}.{name}": type(field)
        for form in all_forms()
        for name, field in form.base_fields.items()  # type: ignore[attr-defined]  # its metaclass gives them
        if isinstance(field, (forms.DateField, forms.DateTimeField))
    }
    assert fields.keys() >= {"LimitForm.until", "PauseForm.until", "JournalForm.since"}
    assert set(fields.values()) == {DayField}


def test_every_day_and_moment_that_the_api_reads_is_bounded() -> None:
    found = {
        (model.__name__, name): bounded
        for base in (common.Input, common.Asked)
        for model in subclasses(base)
        for name, hint in typing.get_type_hints(model, include_extras=True).items()
        for bounded in _bounded(hint)
    }
    assert len(found) > 10
    assert [each for each, bounded in found.items() if not bounded] == []


def _bounded(hint: Any, *, inside: bool = False) -> Iterator[bool]:
    """For each date or datetime in a type: whether it is read by a function that bounds it."""
    if isinstance(hint, type) and issubclass(hint, date):
        yield inside
    read = {getattr(each, "func", None) for each in getattr(hint, "__metadata__", ())}
    for each in typing.get_args(hint):
        yield from _bounded(each, inside=inside or bool(read & {common._instant, common._day}))


@pytest.mark.parametrize("edge", EDGES)
def test_a_day_out_of_reach_is_said_at_its_field(edge: str) -> None:
    form = OneDay({"day": edge})
    assert form.errors == {"day": [SENTENCE]}
    assert OneDay({"day": "2025-12-31"}).is_valid()
    assert all(OneDay({"day": near}).is_valid() for near in NEAR)
    assert (str(FIRST_DAY.year) in SENTENCE, str(LAST_DAY.year) in SENTENCE, str(OUT_OF_RANGE)) == (
        True,
        True,
        SENTENCE,
    )


def test_a_day_is_written_as_browsers_read_it() -> None:
    shown = str(OneDay(initial={"day": date(2026, 3, 2)})["day"])
    assert 'value="2026-03-02"' in shown
    assert 'type="date"' in shown
    assert 'min="1900-01-01"' in shown


@pytest.mark.django_db
@pytest.mark.parametrize("edge", EDGES)
def test_a_journal_from_or_up_to_the_edge_is_told_so(world: World, edge: str) -> None:
    pages = (
        ("vera", "vendor-journal", world.vendor.ref, ()),
        ("rosa", "reseller-story", world.rosa.ref, ()),
        ("rosa", "reseller-client-history", world.rosa.ref, (world.carl.ref,)),
        ("carl", "client-history", world.carl.ref, ()),
    )
    for who, name, own, more in pages:
        url = reverse(name, urlconf="sublet.config.urls_main", args=(own, *more))
        for field in ("since", "until"):
            answer = world.browser(who).get(f"{url}?{field}={edge}")
            assert (answer.status_code, SENTENCE in answer.content.decode()) == (200, True), (name, field)
    for near in NEAR:
        assert world.browser("rosa").get(f"{url}?since={near}").status_code in {200, 404}
        assert world.browser("carl").get(f"{url}?since={near}&until={near}").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("day", [*EDGES, *NEAR])
def test_no_form_with_a_day_breaks(world: World, day: str) -> None:
    """Each form of the reseller that takes a day, filled in so that only the day could be wrong."""
    load(world, BOOKINGS)
    rosa, ref = world.browser("rosa"), world.carl.ref
    with world.scope("rosa") as actor:
        take_plan(ref=ref, plan="medium", actor=actor, at=now())
    refused = day in EDGES
    for name, args, data in (
        ("reseller-client-limit", (ref, "appointments"), {"units": "5", "policy": "", "until": day, "note": ""}),
        ("reseller-client-more", (ref, "appointments"), {"units": "5", "until": day, "reason": ""}),
        ("reseller-client-subscription-plan", (ref,), {"plan": "small", "when": "day", "day": day, "reason": ""}),
        ("reseller-client-subscription-pause", (ref,), {"until": day, "reason": ""}),
        ("reseller-prospect-new", (), {"name": "Pia", "until": day, "email": ""}),
        ("reseller-client-access", (ref,), {"start": day, "days": "30", "reason": "To set it up"}),
        ("reseller-client-options", (ref,), {"since": day}),
    ):
        url = reverse(name, urlconf="sublet.config.urls_main", args=(world.rosa.ref, *args))
        answer = rosa.post(url, data)
        assert answer.status_code < 500, name
        if refused and name not in {"reseller-client-access", "reseller-client-options"}:
            assert SENTENCE in answer.content.decode(), name
    held = reverse("reseller-client-subscription", urlconf="sublet.config.urls_main", args=(world.rosa.ref, ref))
    assert rosa.get(f"{held}?on={day}").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("edge", EDGES)
def test_the_api_says_so_at_the_field(world: World, edge: str) -> None:
    load(world, BOOKINGS)
    rosa, ref = make_caller(world, "rosa"), world.carl.ref
    moment = f"{edge}T00:00:00Z"
    for asked, field in (
        (f"/journal?since={moment}", "since"),
        (f"/journal?until={moment}", "until"),
        (f"/accounts/{ref}/journal?since={moment}", "since"),
        (f"/accounts/{ref}/subscription?on={edge}", "on"),
        ("/journal?since=0001-01-01T00:00:00%2B14:00", "since"),
        ("/journal?since=9999-12-31T23:59:59-12:00", "since"),
    ):
        answer = rosa.get(asked)
        assert (answer.status, answer.fields) == (422, [(field, "out-of-range")]), asked
    for near in NEAR:
        assert rosa.get(f"/journal?since={near}T00:00:00Z&until={near}T00:00:00Z").status == 200


def test_signals_and_the_command_line_take_no_such_moment_either() -> None:
    for moment in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"):
        with pytest.raises(WrongValue):
            read_value("moment", moment, at=AT)
    for cell in (date(9999, 12, 31), datetime(1, 1, 1, tzinfo=UTC), "31.12.9999"):
        with pytest.raises(WrongValue):
            read_cell("moment", cell)
    assert read_until("9999-12-31T23:59:59-12:00", AT) is None
    assert read_until("0001-01-01T00:00:00+14:00", AT) is None
