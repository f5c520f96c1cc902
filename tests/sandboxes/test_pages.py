"""The pages of sandboxes: empty, new, at work, what happened, invoices, mails, cards, deleting; who may."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import Any

import pytest

from sublet.foundation.scope import platform_scope
from sublet.sandboxes.models import Sandbox, SandboxInvoice, SandboxLine, SandboxMail, SandboxMove
from tests.catalog.test_offer import BOOKINGS, load
from tests.people import AT, World

pytestmark = pytest.mark.django_db


def text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def at(world: World, page: str = "") -> str:
    return f"/reseller/{world.rosa.ref}/money/sandboxes/{page}"


def filled(world: World, **fields: Any) -> Sandbox:
    """A sandbox in which the trial of Carl ended and an invoice is late."""
    standing = {"trial": 1, "plan": 0, "paused": 0, "none": 0}
    money = {"book": "retail", "currency": "EUR", "invoiced": 1000, "paid": 1000, "open": 0, "overdue": 0}
    now = {**money, "invoiced": 5392, "paid": 1000, "open": 4392, "overdue": 4392}
    with platform_scope("test"):
        row = Sandbox(
            account=world.rosa, portfolio=world.rosa, name="If cards fail", copied_at=AT, clock=AT + timedelta(days=60),
            clients=[[world.carl.ref, "Carl’s Kitchen", 3, True], [world.elan.ref, "Élan", 4, False]], made_at=AT,
            made_by="Rosa Ricci", expires_at=AT + timedelta(days=14),
            found={
                "then": {"money": [money], "clients": standing},
                "now": {"money": [now], "clients": {**standing, "trial": 0, "plan": 1}},
                "next": "2026-06-17T00:00:00+00:00",
            },
            **{"state": "ready", "lines": 2, **fields},
        )  # fmt: skip
        row.save()
        about: dict[str, Any] = {
            "account": world.rosa,
            "sandbox": row,
            "client": world.carl.ref,
            "client_name": "Carl’s Kitchen",
        }
        data = {
            "ref": world.carl.ref,
            "name": "Carl’s Kitchen",
            "called": "Care",
            "day": "2026-09-01",
            "contract": "ctr_1",
        }
        for position, event, group in ((1, "trial.ended", "trial"), (2, "sandbox.contract_renewed", "contract")):
            SandboxLine(
                **about, position=position, at=AT + timedelta(days=position), day=date(2026, 3, 2 + position), event=event,
                group=group, data=data,
            ).save()  # fmt: skip
        SandboxMail(
            **about,
            position=1,
            at=AT,
            template="trial-ended",
            to_name="Person 2",
            subject="Your trial is over",
            text="Hello Person 2",
        ).save()
        SandboxInvoice(
            **about, ref="inv_x", book="retail", kind="invoice", state="issued", number="R-1", first_day=date(2026, 3, 9),
            last_day=date(2026, 4, 8), issued_on=date(2026, 4, 9), due_on=date(2026, 4, 23), currency="EUR", gross_minor=4392,
            open_minor=4392, lines=[["medium", "2026-03-09", "2026-04-08", 3600]],
        ).save()  # fmt: skip
    return row


def test_the_first_sandbox_is_begun(world: World) -> None:
    rosa = world.browser("rosa")
    assert "No sandbox yet" in text(rosa.get(at(world)))
    page = rosa.get(at(world, "new/"))
    assert "No person, no address of one" in text(page)
    once = re.search(r'name="once" value="([0-9a-f]+)"', page.content.decode())
    assert once is not None
    body = {"name": "If cards fail", "which": "chosen", "clients": [world.carl.ref], "once": once[1]}
    answers = [rosa.post(at(world, "new/"), body) for _again in (1, 2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    shown = text(rosa.get(answers[0].headers["Location"]))
    assert "The clients are being copied" in shown
    assert "If cards fail" in text(rosa.get(at(world)))
    with platform_scope("test"):
        [row] = Sandbox.objects.all()
    assert row.chosen == [world.carl.ref]


def test_what_is_wrong_is_said_at_the_form(world: World) -> None:
    rosa = world.browser("rosa")
    answer = rosa.post(at(world, "new/"), {"name": "", "which": "all", "once": "x"})
    assert answer.status_code == 422
    answer = rosa.post(at(world, "new/"), {"name": "None", "which": "chosen", "once": "x"})
    assert answer.status_code == 422
    assert "There is nobody to copy" in html.unescape(answer.content.decode())


def test_what_happened_stands_day_by_day(world: World) -> None:
    row = filled(world)
    rosa = world.browser("rosa")
    shown = text(rosa.get(at(world, f"{row.ref}/")))
    for words in (
        "The clock stands at", "To the next event", "One month", "The contract “Care” with Carl’s Kitchen renewed.", "€43.92",
        "€0.00 at the copy", "1 at the copy",
    ):  # fmt: skip
        assert words in shown, words
    filtered = text(rosa.get(at(world, f"{row.ref}/?group=trial")))
    assert "renewed" not in filtered
    assert "Nothing of this kind" in text(rosa.get(at(world, f"{row.ref}/?client={world.elan.ref}")))
    assert "renewed" in text(rosa.get(at(world, f"{row.ref}/?group=made-up&client=acc_x&after=-1")))


def test_where_nothing_was_issued_it_says_where_drafts_stand(world: World) -> None:
    """A new installation issues nothing by itself: “No invoice yet” beside a draft of the month sent people looking."""
    row = filled(world)
    with platform_scope("test"):
        row.found = {**row.found, "now": {**row.found["now"], "money": []}, "then": {**row.found["then"], "money": []}}
        row.save()
    shown = text(world.browser("rosa").get(at(world, f"{row.ref}/")))
    assert "No invoice was issued yet" in shown
    assert "what waits as one stands under “Invoices”" in shown


def test_invoices_and_mails_that_would_be(world: World) -> None:
    row = filled(world)
    rosa = world.browser("rosa")
    shown = text(rosa.get(at(world, f"{row.ref}/invoices/")))
    for words in ("R-1", "Overdue", "Your clients owe you", "€36.00"):
        assert words in shown, words
    shown = text(rosa.get(at(world, f"{row.ref}/mails/")))
    assert "Your trial is over" in shown
    assert "Hello Person 2" in shown


def test_the_clock_is_moved_once_by_a_form(world: World) -> None:
    row = filled(world)
    rosa = world.browser("rosa")
    for _again in (1, 2):
        answer = rosa.post(at(world, f"{row.ref}/move/"), {"by": "month", "once": "abc"})
        assert answer.status_code == 302
    with platform_scope("test"):
        assert SandboxMove.objects.count() == 1
    assert "Time passes, day by day" in text(rosa.get(at(world, f"{row.ref}/")))
    progress = rosa.get(at(world, f"{row.ref}/progress/"), headers={"HX-Request": "true"})
    assert "HX-Refresh" not in progress.headers
    with platform_scope("test"):
        Sandbox.objects.filter(id=row.id).update(state="ready")
    progress = rosa.get(at(world, f"{row.ref}/progress/"), headers={"HX-Request": "true"})
    assert progress.headers["HX-Refresh"] == "true"


def test_a_day_that_cannot_be_is_told(world: World) -> None:
    row = filled(world)
    rosa = world.browser("rosa")
    for until, words, status in (
        ("2026-01-01", "A clock is only moved forward.", 409),
        ("", "Say to which day", 422),
        ("9999-12-31", "The year must lie between", 422),
    ):
        answer = rosa.post(at(world, f"{row.ref}/move/"), {"by": "date", "until": until, "once": f"d{until}"})
        assert answer.status_code == status
        page = html.unescape(answer.content.decode())
        # Beside the day, which is not lost.
        assert words in page[page.index('id="until-wrong"') :]
        assert f'name="until" min="{row.clock.date()}" value="{until}"' in page
    answer = rosa.post(at(world, f"{row.ref}/move/"), {"by": "nothing", "once": "x"}, follow=True)
    assert "Choose how far the clock is moved." in text(answer)


def test_cards_are_declined_and_a_sandbox_is_deleted(world: World) -> None:
    row = filled(world)
    rosa = world.browser("rosa")
    shown = text(rosa.get(at(world, f"{row.ref}/cards/")))
    assert "Carl’s Kitchen" in shown
    assert rosa.post(at(world, f"{row.ref}/cards/"), {"declines": [world.carl.ref]}).status_code == 302
    assert rosa.post(at(world, f"{row.ref}/cards/"), {"declines": [world.elan.ref]}).status_code == 422
    with platform_scope("test"):
        assert Sandbox.objects.get(id=row.id).declines == [world.carl.ref]
    assert rosa.post(at(world, f"{row.ref}/delete/")).status_code == 302
    assert "No sandbox yet" in text(rosa.get(at(world)))


def test_use_is_said_and_taken_back(world: World) -> None:
    load(world, BOOKINGS)
    row = filled(world)
    rosa = world.browser("rosa")
    page = at(world, f"{row.ref}/use/")
    form = {"client": world.carl.ref, "meter": "appointments", "units": "500"}
    assert "Used when the clock moves on" not in text(rosa.get(page))
    assert rosa.post(page, form).status_code == 302
    assert "Appointments, 500" in text(rosa.get(page))
    assert rosa.post(page, form | {"units": "0"}).status_code == 302
    assert "Appointments, 500" not in text(rosa.get(page))
    for wrong in ({"client": world.bakery.ref}, {"meter": "nothing"}, {"units": "-1"}, {"units": ""}):
        assert rosa.post(page, form | wrong).status_code == 422


def test_a_sandbox_that_could_not_be_copied_says_why(world: World) -> None:
    row = filled(world, state="failed", why="too-much")
    shown = text(world.browser("rosa").get(at(world, f"{row.ref}/")))
    assert "more history than a sandbox takes" in shown
    assert "The clock stands at" not in shown


def test_nobody_else_finds_one(world: World) -> None:
    row = filled(world)
    for page in ("", "invoices/", "mails/", "use/", "cards/", "progress/"):
        other = world.browser("remo").get(f"/reseller/{world.remo.ref}/money/sandboxes/{row.ref}/{page}")
        vendor = world.browser("vera").get(f"/vendor/{world.vendor.ref}/money/sandboxes/{row.ref}/{page}")
        assert (other.status_code, vendor.status_code) == (404, 404), page
    assert world.browser("rico").get(at(world)).status_code == 403
    shown = text(world.browser("vera").get(f"/vendor/{world.vendor.ref}/money/sandboxes/new/"))
    assert "Your direct accounts" in shown
    assert "Rosa Web Studio" in shown
