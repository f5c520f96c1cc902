"""Second factors: each code works once, guesses are counted, nothing readable is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator

from sublet.branding.queries import HostView, host_view
from sublet.foundation.actor import Impersonator
from sublet.foundation.clock import now
from sublet.foundation.errors import CannotWhileImpersonating, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.foundation.sealed import Unreadable, seal, unseal
from sublet.messaging.models import OutboxMail
from sublet.people.operations import CannotTryAgainYet, second_factors
from sublet.people.operations.second_factors import CannotProve
from sublet.people.queries.second_factors import factors_of, has_second_factor
from tests.people import ROSA_HOST, World, shown

ADDRESS = "192.0.2.7"


def set_up(world: World, person: str, at: datetime) -> tuple[str, tuple[str, ...]]:
    """An app for that person, and its recovery codes."""
    sealed = second_factors.new_app_secret()
    secret = second_factors.open_app_secret(sealed)
    with platform_scope("test"):
        made = second_factors.confirm_app(
            sealed_secret=sealed,
            code=second_factors.app_code(secret, at=at),
            shown=shown(at),
            actor=world.actor(person),
            at=at,
        )
    world.users[person].refresh_from_db(fields=["session_epoch"])  # the first one has ended all log-ins
    return secret, made.recovery_codes


def prove(world: World, person: str, code: str, at: datetime) -> None:
    with platform_scope("test"):
        second_factors.prove_with_code(
            user_id=world.users[person].id, code=code, address=ADDRESS, actor=world.actor(person), at=at
        )


def site() -> HostView:
    found = host_view(ROSA_HOST)
    assert found is not None
    return found


def test_sealed_text_opens_for_its_purpose_only() -> None:
    sealed = seal("secret", purpose="one")
    assert "secret" not in sealed
    assert unseal(sealed, purpose="one") == "secret"
    for wrong in ((sealed, "two"), (sealed[:-4], "one"), ("", "one"), ("é", "one")):
        with pytest.raises(Unreadable):
            unseal(wrong[0], purpose=wrong[1])


def test_app_is_set_up_with_its_first_code_and_brings_recovery_codes(world: World) -> None:
    at = now()
    assert not has_second_factor(world.users["rosa"].id)

    secret, codes = set_up(world, "rosa", at)

    assert len(set(codes)) == 10
    assert {len(code) for code in codes} == {10}
    facts = factors_of(world.users["rosa"].id)
    assert (facts.app, facts.any, facts.recovery_left) == (True, True, 10)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert not any(code in stored for code in codes)
    assert JournalEntry.unscoped.filter(event="person.second_factor_added", account_id=world.rosa.id).count() == 1
    assert OutboxMail.unscoped.get(to_email="rosa@example.test").template == "second-factor-added"


def test_app_is_not_set_up_with_a_wrong_code_nor_in_anothers_place(world: World) -> None:
    at = now()
    sealed = second_factors.new_app_secret()
    with pytest.raises(CannotProve) as wrong:
        second_factors.confirm_app(
            sealed_secret=sealed, code="12345", shown=shown(at), actor=world.actor("rosa"), at=at
        )
    assert (wrong.value.code, wrong.value.field) == ("setup", "code")
    with pytest.raises(CannotProve, match="restart"):
        second_factors.confirm_app(
            sealed_secret="nonsense", code="1", shown=shown(at), actor=world.actor("rosa"), at=at
        )

    acting = replace(world.actor("carl"), impersonator=Impersonator(1, "Rosa", world.rosa.id, "ims_x", "client"))
    with pytest.raises(CannotWhileImpersonating):
        second_factors.confirm_app(sealed_secret=sealed, code="123456", shown=shown(at), actor=acting, at=at)
    assert not Authenticator.objects.exists()


def test_code_works_once_and_never_an_older_one_after_it(world: World) -> None:
    at = now()
    secret, _codes = set_up(world, "rosa", at)
    code = second_factors.app_code(secret, at=at)
    with pytest.raises(CannotProve):
        prove(world, "rosa", code, at)  # it was used for setting up
    later = at + timedelta(seconds=90)
    fresh = second_factors.app_code(secret, at=later)
    prove(world, "rosa", f" {fresh[:3]}-{fresh[3:]} ", later)
    with pytest.raises(CannotProve):
        prove(world, "rosa", fresh, later)
    with pytest.raises(CannotProve):
        prove(world, "rosa", second_factors.app_code(secret, at=later - timedelta(seconds=30)), later)


@pytest.mark.parametrize(("seconds", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_clock_of_the_phone_may_be_half_a_minute_off(world: World, seconds: int, taken: bool) -> None:
    at = now()
    secret, _codes = set_up(world, "rosa", at - timedelta(hours=1))
    code = second_factors.app_code(secret, at=at + timedelta(seconds=seconds))
    if taken:
        prove(world, "rosa", code, at)
    else:
        with pytest.raises(CannotProve):
            prove(world, "rosa", code, at)


def test_recovery_code_works_once_is_told_and_ends_when_renewed(world: World) -> None:
    at = now()
    _secret, codes = set_up(world, "rosa", at)
    prove(world, "rosa", f"{codes[3][:5]} {codes[3][5:]}", at)
    assert factors_of(world.users["rosa"].id).recovery_left == 9
    assert OutboxMail.unscoped.filter(template="recovery-code-used").count() == 1
    with pytest.raises(CannotProve):
        prove(world, "rosa", codes[3], at)
    with platform_scope("test"):
        fresh = second_factors.renew_recovery_codes(shown=shown(at), actor=world.actor("rosa"), at=at)
    with pytest.raises(CannotProve):
        prove(world, "rosa", codes[4], at)
    prove(world, "rosa", fresh[0], at)
    for entry in JournalEntry.unscoped.all():
        assert not any(code in str(entry.data) for code in (*codes, *fresh))


def test_codes_are_of_one_person(world: World) -> None:
    at = now()
    _secret, codes = set_up(world, "rosa", at)
    set_up(world, "rico", at)
    with pytest.raises(CannotProve):
        prove(world, "rico", codes[0], at)


def test_ten_guesses_in_a_quarter_of_an_hour_and_not_for_ever(world: World) -> None:
    at = now()
    _secret, codes = set_up(world, "rosa", at)
    for _each in range(10):
        with pytest.raises(CannotProve):
            prove(world, "rosa", "0", at)
    with pytest.raises(CannotTryAgainYet):
        prove(world, "rosa", codes[0], at)
    prove(world, "rosa", codes[0], at + timedelta(minutes=16))


def test_mailed_code_is_good_in_one_browser_on_one_host_once(world: World) -> None:
    at = now()
    rosa = world.users["rosa"]
    actor = world.actor("rosa")

    def take(code: str, nonce: str, when: datetime, user_id: int = rosa.id) -> None:
        with platform_scope("test"):
            second_factors.prove_with_mailed_code(
                user_id=user_id, nonce=nonce, code=code, site=site(), address=ADDRESS, actor=actor, at=when
            )

    def ask() -> tuple[str, str]:
        with platform_scope("test"):
            nonce = second_factors.mail_code(user_id=rosa.id, site=site(), actor=actor, at=at)
        text = OutboxMail.unscoped.filter(template="mailed-code").order_by("-id")[0].text
        return nonce, second_factors.digits_of(text.split("your code is ")[1].split(".")[0])

    old_nonce, old = ask()
    nonce, code = ask()
    for wrong in ((old, old_nonce), (code, old_nonce), (old, nonce)):
        with pytest.raises(CannotProve):
            take(*wrong, at)  # only the newest
    with pytest.raises(CannotProve):
        take(code, nonce, at + timedelta(minutes=11))
    take(code, nonce, at)
    with pytest.raises(CannotProve):
        take(code, nonce, at)
    ask()
    with pytest.raises(CannotTryAgainYet):
        ask()


def test_removing_the_last_factor_takes_the_recovery_codes_along(world: World) -> None:
    at = now()
    set_up(world, "rosa", at)
    with platform_scope("test"):
        with pytest.raises(NotFound):
            second_factors.remove_factor(ref="psk_nothing", shown=shown(at), actor=world.actor("rosa"), at=at)
        second_factors.remove_factor(ref="app", shown=shown(at), actor=world.actor("rosa"), at=at)
    assert not Authenticator.objects.exists()
    with pytest.raises(NotFound):
        second_factors.renew_recovery_codes(shown=shown(at), actor=world.actor("rosa"), at=at)
