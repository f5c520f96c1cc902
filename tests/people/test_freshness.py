"""Whoever has not just shown that it is the person changes nothing of how that person logs in, whichever way it comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from sublet.branding.queries import host_view, origin
from sublet.foundation.actor import Actor
from sublet.foundation.clock import now
from sublet.foundation.journal.models import JournalEntry
from sublet.people.models import CompanyIdentity, CompanyLogIn, Throttle
from sublet.people.operations import company_log_ins, passkeys, profile, second_factors
from sublet.people.operations.company_log_in_rules import WantedCompanyLogIn, set_company_log_in
from sublet.people.operations.freshness import CannotGoOnYet, require_shown
from sublet.people.queries.company_log_ins import CameIn
from sublet.people.queries.second_factors import Shown
from tests.authenticator import Device
from tests.people import CARL_HOST, World, shown
from tests.people.test_second_factors import set_up

ISSUER = "https://id.example"


class Ways:
    """Everything by which Carl could change how he logs in, each ready but for what he has shown."""

    def __init__(self, world: World, at: datetime) -> None:
        self.world, self.at, site = world, at, host_view(CARL_HOST)
        assert site is not None
        device = Device(origin=origin(CARL_HOST))
        sealed = second_factors.new_app_secret()
        code = second_factors.app_code(second_factors.open_app_secret(sealed), at=at)
        with world.scope("carl") as carl:
            set_company_log_in(
                wanted=WantedCompanyLogIn(issuer=ISSUER, client_id="x", on=True), actor=carl, at=at, ask=False
            )
            begun = passkeys.begin_passkey(site=site, shown=shown(at), actor=carl, at=at)
        came = CameIn(account_id=world.carl.id, stamp=CompanyLogIn.unscoped.get().stamp)
        answer = device.make(dict(begun.options))
        self.each: dict[str, Callable[..., Any]] = {
            "confirm_app": lambda **by: second_factors.confirm_app(sealed_secret=sealed, code=code, **by),
            "begin_passkey": lambda **by: passkeys.begin_passkey(site=site, **by),
            "add_passkey": lambda **by: passkeys.add_passkey(
                name="Phone", answer=answer, state=begun.state, site=site, **by
            ),
            "renew_recovery_codes": lambda **by: second_factors.renew_recovery_codes(**by),
            "link_company_log_in": lambda **by: company_log_ins.link_company_log_in(
                came=came, issuer=ISSUER, subject="carl-7", **by
            ),
            "unlink_company_log_in": lambda **by: company_log_ins.unlink_company_log_in(
                account_ref=world.carl.ref, **by
            ),
            "remove_factor": lambda **by: second_factors.remove_factor(ref="app", **by),
        }

    def state(self) -> list[object]:
        """What must stay as it is."""
        return [
            list(Authenticator.objects.order_by("id").values_list("id", "data")),
            list(CompanyIdentity.unscoped.values_list("id", "subject")),
            JournalEntry.unscoped.count(),
            Throttle.objects.count(),
        ]

    def go(self, way: str, shows: Shown) -> None:
        """That way, by somebody who has shown that."""
        with self.world.scope("carl") as carl:
            self.each[way](shown=shows, actor=carl, at=self.at)


def test_every_way_asks_who_it_is(world: World) -> None:
    at = now()
    stale = at - timedelta(minutes=16)
    ways = Ways(world, at)

    def all_refused(shows: Shown, code: str) -> None:
        before = ways.state()
        for way in ways.each:
            with pytest.raises(CannotGoOnYet) as no:
                ways.go(way, shows)
            assert (way, no.value.code) == (way, code)
        assert ways.state() == before

    # Without a second factor the log-in itself is asked for; a company's word is never enough.
    all_refused(Shown(own=False, log_in_at=at, second_factor_at=at), "own-log-in")
    all_refused(Shown(own=True, log_in_at=stale, second_factor_at=None), "log-in")
    all_refused(Shown(own=True, log_in_at=None, second_factor_at=None), "log-in")
    set_up(world, "carl", at - timedelta(hours=1))
    all_refused(Shown(own=False, log_in_at=at, second_factor_at=at), "own-log-in")
    all_refused(Shown(own=True, log_in_at=at, second_factor_at=None), "second-factor")
    all_refused(Shown(own=True, log_in_at=at, second_factor_at=stale), "second-factor")
    # The control: whoever has just shown both goes all of these ways.
    for way in ways.each:
        ways.go(way, shown(at))


def test_a_factor_that_is_set_up_at_that_moment_is_asked_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody with a browser that was left open confirms an app of its own while the person sets one up: the later one is
    asked for what the earlier one has made."""
    at = now()
    sealed = second_factors.new_app_secret()
    code = second_factors.app_code(second_factors.open_app_secret(sealed), at=at)
    place = "sublet.people.operations.second_factors.require_shown"

    def meanwhile(*args: Any, **more: Any) -> None:
        require_shown(*args, **more)
        monkeypatch.setattr(place, require_shown)
        set_up(world, "carl", at)

    monkeypatch.setattr(place, meanwhile)
    with world.scope("carl") as carl, pytest.raises(CannotGoOnYet, match="second-factor"):
        second_factors.confirm_app(
            sealed_secret=sealed,
            code=code,
            shown=Shown(own=True, log_in_at=at, second_factor_at=None),
            actor=carl,
            at=at,
        )
    assert Authenticator.objects.get(type="totp").data["secret"] != sealed


def test_first_password_and_address_ask_as_well(world: World) -> None:
    """Without a password to ask for, what was shown stands for it."""
    at = now()
    world.users["carl"].set_unusable_password()
    world.users["carl"].save()
    old = Shown(own=True, log_in_at=at - timedelta(minutes=16), second_factor_at=None)

    def both(shows: Shown, carl: Actor) -> tuple[Callable[[], Any], Callable[[], Any]]:
        return (
            lambda: profile.request_email_change(email="new@example.test", password="", shown=shows, actor=carl, at=at),
            lambda: profile.change_password(old="", new="a new and long password", shown=shows, actor=carl, at=at),
        )

    with world.scope("carl") as carl:
        for refused in both(old, carl):
            with pytest.raises(CannotGoOnYet, match="log-in"):
                refused()
        for goes in both(shown(at), carl):
            goes()
