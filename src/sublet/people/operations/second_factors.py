"""Second factors: codes from an authenticator app, recovery codes, codes by e-mail. Passkeys are beside this file.

The library keeps them (`allauth.mfa`); what is counted, refused, journaled and told is ours. A code works once, whichever
process it is shown to: the library remembers used codes in a cache of one process only, so the row remembers them here.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sublet.branding.queries import HostView, origin, primary_host
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.sealed import Unreadable, seal, unseal
from sublet.messaging.operations import queue_mail
from sublet.people.authenticators import PURPOSE
from sublet.people.events import (
    RecoveryCodesRenewed,
    RecoveryCodeUsed,
    SecondFactorAdded,
    SecondFactorRemoved,
)
from sublet.people.models import User
from sublet.people.operations.freshness import locked_and_shown, require_shown
from sublet.people.operations.links import (
    CODE,
    MAILED_CODE_MINUTES,
    CannotUseLink,
    issue_code,
    new_token,
    said_of_code,
    use_code,
    void_links,
)
from sublet.people.operations.own_journal import record_of_person
from sublet.people.operations.passwords import end_log_ins
from sublet.people.operations.throttle import (
    CODE_BY_ADDRESS,
    CODE_BY_PERSON,
    MAILED_CODE_BY_PERSON,
    count_attempt,
    forget_attempts,
    give_back,
    subject_of,
)
from sublet.people.queries.links import hash_token
from sublet.people.queries.second_factors import PASSKEY, RECOVERY, TOTP, Shown, has_second_factor

STEP_SECONDS = 30
#: How many steps a phone's clock may be off, either way.
TOLERANCE = 1


class CannotProve(Refusal):
    """A code that is not taken. One sentence for wrong, used and old: nobody learns which."""

    SENTENCES: ClassVar = {
        "wrong": _("This code is wrong, or it was used already."),
        "setup": _("This code does not fit. Check that the clock of your phone is right, and try the next code."),
        "restart": _("This took too long. Begin again."),
    }
    status = 422


@dataclass(frozen=True, slots=True)
class Added:
    """A second factor was set up. `recovery_codes` are shown once; empty when the person has some already.

    `person` after the first factor: all log-ins have ended, and the one that goes on must carry its new `session_epoch`.
    """

    recovery_codes: tuple[str, ...]
    person: User | None = None


def digits_of(code: str) -> str:
    """A code as it is compared: people type spaces and dashes into it. ASCII digits only."""
    return "".join(c for c in code if c in "0123456789")


def app_code(secret: str, *, at: datetime) -> str:
    """The code that an app with that key shows at that moment."""
    return str(format_hotp_value(hotp_value(secret, int(at.timestamp()) // STEP_SECONDS)))


def matching_step(secret: str, code: str, *, at: datetime) -> int | None:
    """The 30-second step whose code this is, or None."""
    now = int(at.timestamp()) // STEP_SECONDS
    found = None
    for step in range(now - TOLERANCE, now + TOLERANCE + 1):
        if secrets.compare_digest(format_hotp_value(hotp_value(secret, step)), code):
            found = step
    return found


def new_app_secret() -> str:
    """A fresh key for an authenticator app, sealed: keep it in the session until `confirm_app`."""
    return seal(generate_totp_secret(), purpose=PURPOSE)


def open_app_secret(sealed: str) -> str:
    """The key to show. Raises CannotProve when it cannot be read any more."""
    try:
        return unseal(sealed, purpose=PURPOSE)
    except Unreadable:
        raise CannotProve("restart") from None


def confirm_app(*, sealed_secret: str, code: str, shown: Shown, actor: Actor, at: datetime) -> Added:
    """Begin to ask for codes from the app that shows `code`. Replaces the app set up before. The first factor ends all log-ins.

    Raises CannotProve at the field ``code``, CannotTryAgainYet, CannotWhileImpersonating, CannotGoOnYet.
    """
    secret = open_app_secret(sealed_secret)
    known = _self(actor)
    require_shown(known, shown, at=at)  # before it counts: who may not go on uses up nobody's attempts
    count_attempt(CODE_BY_PERSON, known.ref, at=at)
    step = matching_step(secret, digits_of(code), at=at)
    if step is None:
        raise CannotProve("setup", field="code")
    with transaction.atomic():
        user = locked_and_shown(actor, shown, at=at)
        first = not has_second_factor(user.id)
        Authenticator.objects.filter(user_id=user.id, type=TOTP).delete()
        Authenticator.objects.create(
            user_id=user.id, type=TOTP, data={"secret": sealed_secret, "step": step}, created_at=at, last_used_at=at
        )
        made = added(user, kind="app", first=first, actor=actor, at=at)
    forget_attempts(CODE_BY_PERSON, known.ref)
    return made


def added(user: User, *, kind: str, first: bool, actor: Actor, at: datetime) -> Added:
    """What follows a new factor, in the caller's transaction: journal, mail, the first recovery codes. After the `first`, all
    log-ins end: whoever came with the password alone, and is not the person, must not stay."""
    if first:
        end_log_ins(user, at=at)
    record_of_person(SecondFactorAdded(kind=kind), user=user, actor=actor, at=at)
    _tell(user, "second-factor-added", actor=actor, at=at)
    known = Authenticator.objects.filter(user_id=user.id, type=RECOVERY).exists()
    return Added(recovery_codes=() if known else _new_codes(user), person=user if first else None)


def _new_codes(user: User) -> tuple[str, ...]:
    Authenticator.objects.filter(user_id=user.id, type=RECOVERY).delete()
    return tuple(RecoveryCodes.activate(user).generate_codes())


def remove_factor(*, ref: str, shown: Shown, actor: Actor, at: datetime) -> User | None:
    """Take away the app (`ref` ``app``) or a passkey. With the last one, the recovery codes go as well, and all log-ins end:
    what was shown with it opens an account that demands one no longer. Then the person is returned, and the log-in that
    goes on must carry its new `session_epoch`.

    Raises NotFound, CannotWhileImpersonating, CannotGoOnYet.
    """
    with transaction.atomic():
        user = locked_and_shown(actor, shown, at=at)
        rows = list(Authenticator.objects.filter(user_id=user.id, type__in=[TOTP, PASSKEY]))
        row = next((row for row in rows if (row.type == TOTP if ref == "app" else row.data.get("ref") == ref)), None)
        if row is None:
            raise NotFound
        kind = "app" if row.type == TOTP else "passkey"
        row.delete()
        last = len(rows) == 1
        if last:
            end_log_ins(user, at=at)
            Authenticator.objects.filter(user_id=user.id, type=RECOVERY).delete()
        record_of_person(SecondFactorRemoved(kind=kind), user=user, actor=actor, at=at)
        _tell(user, "second-factor-removed", actor=actor, at=at)
    return user if last else None


def renew_recovery_codes(*, shown: Shown, actor: Actor, at: datetime) -> tuple[str, ...]:
    """Ten new codes, shown once; the old ones work no more.

    Raises NotFound without a second factor, CannotWhileImpersonating, CannotGoOnYet.
    """
    with transaction.atomic():
        user = locked_and_shown(actor, shown, at=at)
        if not Authenticator.objects.filter(user_id=user.id, type__in=[TOTP, PASSKEY]).exists():
            raise NotFound
        codes = _new_codes(user)
        record_of_person(RecoveryCodesRenewed(), user=user, actor=actor, at=at)
    return codes


def prove_with_code(*, user_id: int, code: str, address: str, actor: Actor, at: datetime) -> None:
    """Take a code from the person's app, or one of its recovery codes. Raises CannotProve at ``code``, CannotTryAgainYet.

    Not in a transaction: a wrong guess stays counted. `actor` says on which host.
    """
    user = counted(user_id=user_id, address=address, at=at)
    typed = digits_of(code)
    if not (_take_app_code(user, typed, at=at) or _take_recovery_code(user, typed, actor=actor, at=at)):
        raise CannotProve("wrong", field="code")
    proved(user, address=address)


def counted(*, user_id: int, address: str, at: datetime) -> User:
    """The person who is about to show a second factor; counts the attempt. Raises NotFound, CannotTryAgainYet."""
    user = User.objects.filter(id=user_id, is_active=True).first()
    if user is None:
        raise NotFound
    count_attempt(CODE_BY_ADDRESS, subject_of(address), at=at)
    count_attempt(CODE_BY_PERSON, user.ref, at=at)
    return user


def proved(user: User, *, address: str) -> None:
    """The attempt was right: it did not count."""
    forget_attempts(CODE_BY_PERSON, user.ref)
    give_back(CODE_BY_ADDRESS, subject_of(address))


def trust_password(*, user_id: int) -> None:
    """Take a password that was set through the mailbox for the person's own: it was shown together with another factor."""
    User.objects.filter(id=user_id, password_by_mail_at__isnull=False).update(password_by_mail_at=None)


def _take_app_code(user: User, code: str, *, at: datetime) -> bool:
    """Whether this is a code of the person's app that was not used yet: later steps only, so each works once."""
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(user_id=user.id, type=TOTP).first()
        if row is None:
            return False
        step = matching_step(unseal(row.data["secret"], purpose=PURPOSE), code, at=at)
        if step is None or step <= int(row.data.get("step", 0)):
            return False
        row.data["step"] = step
        row.last_used_at = at
        row.save(update_fields=["data", "last_used_at"])
    return True


def _take_recovery_code(user: User, code: str, *, actor: Actor, at: datetime) -> bool:
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(user_id=user.id, type=RECOVERY).first()
        if row is None or not row.wrap().validate_code(code):
            return False
        row.refresh_from_db()
        row.last_used_at = at
        row.save(update_fields=["last_used_at"])
        left = len(row.wrap().get_unused_codes())
        record_of_person(RecoveryCodeUsed(left=left), user=user, actor=_as_person(user, actor), at=at)
        _tell(user, "recovery-code-used", actor=_as_person(user, actor), at=at, left=left)
    return True


def mail_code(*, user_id: int, site: HostView, actor: Actor, at: datetime) -> str:
    """Send the person a code by e-mail; returns what its browser session must keep for `prove_with_mailed_code`.

    Raises NotFound, CannotTryAgainYet after three in an hour.
    """
    user = User.objects.filter(id=user_id, is_active=True).first()
    if user is None:
        raise NotFound
    count_attempt(MAILED_CODE_BY_PERSON, user.ref, at=at)
    nonce = new_token()
    nonce_hash = hash_token(nonce)
    with transaction.atomic():
        void_links(user_id=user.id, purposes=[CODE], at=at)
        code = issue_code(
            purpose=CODE,
            nonce_hash=nonce_hash,
            user_id=user.id,
            host=site.host,
            expires_at=at + timedelta(minutes=MAILED_CODE_MINUTES),
            at=at,
        )
        queue_mail(
            template="mailed-code",
            account_id=site.account_id,
            to_email=user.email,
            to_name=user.name,
            language=user.language,
            context=said_of_code(user, code),
            key=f"mailed-code:{nonce_hash}",
            actor=actor,
            at=at,
            secret=True,
        )
    return nonce


def prove_with_mailed_code(
    *, user_id: int, nonce: str, code: str, site: HostView, address: str, actor: Actor, at: datetime
) -> None:
    """Take the code that was mailed for this browser session. Raises CannotProve at ``code``, CannotTryAgainYet."""
    user = counted(user_id=user_id, address=address, at=at)
    if user.password_by_mail_at is not None:
        raise CannotProve("wrong", field="code")  # the password is the mailbox's word already
    try:
        with transaction.atomic():
            link = use_code(digits_of(code), nonce=nonce, purpose=CODE, host=site.host, at=at)
            if link.user_id != user.id:
                raise CannotUseLink("gone")
    except CannotUseLink:
        raise CannotProve("wrong", field="code") from None
    proved(user, address=address)


def _self(actor: Actor) -> User:
    actor.require_in_person()
    user = User.objects.filter(id=actor.user_id or 0, is_active=True).first()
    if user is None:
        raise NotFound
    return user


def _as_person(user: User, actor: Actor) -> Actor:
    return replace(actor, user_id=user.id, name=str(user))


def _tell(user: User, template: str, *, actor: Actor, at: datetime, **more: int) -> None:
    host = primary_host(actor.account_id)
    queue_mail(
        template=template,
        account_id=actor.account_id,
        to_email=user.email,
        to_name=user.name,
        language=user.language,
        context={"name": str(user), "email": user.email, "url": origin(host) + reverse("me-security"), **more},
        key=f"{template}:{user.ref}:{at.isoformat()}",
        actor=actor,
        at=at,
    )
