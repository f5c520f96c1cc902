"""Which second factors a person has, and what may be asked for on a host."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator

from sublet.core.visits import second_factor_is_fresh
from sublet.people.models import User

TOTP, RECOVERY, PASSKEY = (
    Authenticator.Type.TOTP.value,
    Authenticator.Type.RECOVERY_CODES.value,
    Authenticator.Type.WEBAUTHN.value,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a browser's log-in has shown of the person, and when (UTC).

    `own`: by the person's own log-in, not by a company's provider alone. `log_in_at`: the password, or what stands for it.
    """

    own: bool
    log_in_at: datetime | None
    second_factor_at: datetime | None


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its owner reads it. It works on `host` alone: browsers keep them apart."""

    ref: str
    name: str
    host: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """A person's second factors."""

    app: bool = False  # codes from an authenticator app
    app_since: datetime | None = None
    app_used_at: datetime | None = None
    passkeys: tuple[Passkey, ...] = ()
    recovery_left: int = 0

    @property
    def any(self) -> bool:
        """Whether a log-in of this person needs a second step. Recovery codes alone are no factor."""
        return self.app or bool(self.passkeys)

    def passkeys_on(self, host: str) -> tuple[Passkey, ...]:
        """Those that a browser offers on that host."""
        return tuple(each for each in self.passkeys if each.host == host)


def factors_of(user_id: int) -> Factors:
    """What that person has set up. One statement."""
    passkeys: list[Passkey] = []
    app, since, used, left = False, None, None, 0
    for row in Authenticator.objects.filter(user_id=user_id).order_by("id"):
        if row.type == TOTP:
            app, since, used = True, row.created_at, row.last_used_at
        elif row.type == RECOVERY:
            left = len(row.wrap().get_unused_codes())
        else:
            passkeys.append(
                Passkey(
                    ref=str(row.data.get("ref", "")),
                    name=str(row.data.get("name", "")),
                    host=str(row.data.get("host", "")),
                    created_at=row.created_at,
                    last_used_at=row.last_used_at,
                )
            )
    return Factors(app=app, app_since=since, app_used_at=used, passkeys=tuple(passkeys), recovery_left=left)


def has_second_factor(user_id: int) -> bool:
    """Whether a log-in of that person needs a second step."""
    return bool(Authenticator.objects.filter(user_id=user_id, type__in=[TOTP, PASSKEY]).exists())


def lacking(user_id: int, shown: Shown, *, at: datetime) -> str:
    """What must be shown (again) before that person changes how it logs in: ``own-log-in``, ``second-factor``, ``log-in``, or
    nothing. A quarter of an hour counts; before there is a second factor, the log-in itself does. At most one statement."""
    if not shown.own:
        return "own-log-in"  # whoever runs the company's provider must not get at the person's own log-in
    if has_second_factor(user_id):
        return "" if second_factor_is_fresh(shown.second_factor_at, at) else "second-factor"
    return "" if second_factor_is_fresh(shown.log_in_at, at) else "log-in"


def person_in_between(*, user_id: int, session_epoch: int) -> User | None:
    """The person who has shown a password and not yet a second factor; None once all its log-ins were ended."""
    return User.objects.filter(id=user_id, session_epoch=session_epoch, is_active=True).first()
