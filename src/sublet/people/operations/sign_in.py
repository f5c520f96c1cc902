"""Logging in with e-mail and password: the same answer and the same work whoever asks."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.branding.queries import HostView
from sublet.foundation.errors import Refusal
from sublet.people.models import Collaborator, LogIn, User
from sublet.people.operations.throttle import (
    LOG_IN_BY_ADDRESS,
    LOG_IN_BY_EMAIL,
    count_attempt,
    forget_attempts,
    give_back,
    subject_of,
)
from sublet.people.queries.links import hash_token
from sublet.people.queries.sign_in import is_welcome

#: How often at most a visit is written down.
SEEN_EVERY_SECONDS = 15 * 60


class CannotSignIn(Refusal):
    """A log-in that is not let in. One sentence for every reason, so that nobody learns which addresses are known."""

    SENTENCES: ClassVar = {
        "wrong": _("The e-mail address or the password is wrong."),
        "password": _("This is not the password of this log-in."),
        "passkey": _("This passkey opens no log-in here. Log in with your password."),
    }
    status = 422


def normal_email(email: str) -> str:
    """The form in which addresses are stored and compared."""
    return email.strip().lower()


def check_person(*, email: str, password: str, address: str, at: datetime, device: str = "") -> User | None:
    """The active person with that e-mail address and password, or None. Counts the attempt, before it is made.

    Raises CannotTryAgainYet after 10 wrong ones in 15 minutes for an e-mail address, or 50 from a network address. Takes
    as long for an address that nobody has. A `device` on which the person has logged in before is counted apart, so that
    a stranger's guesses do not keep the person out.
    """
    wanted = normal_email(email)
    count_attempt(LOG_IN_BY_ADDRESS, subject_of(address), at=at)
    count_attempt(LOG_IN_BY_EMAIL, subject_for(email=wanted, device=device), at=at)
    user = User.objects.filter(email=wanted, is_active=True).first()
    if user is None:
        make_password(password)  # the same work as comparing
        return None
    return user if user.check_password(password) else None


def subject_for(*, email: str, device: str) -> str:
    """Whose guesses are counted together: those for an address, apart from those made on one of the person's devices.

    Asks the same question whether or not somebody has that address.
    """
    known = LogIn.objects.filter(user__email=email, device_hash=hash_token(device)).exists()
    return f"{email}|{hash_token(device)}" if known and device else email


def person_is_known(*, email: str, address: str, device: str = "") -> None:
    """What follows a right password: its attempt did not count."""
    forget_attempts(LOG_IN_BY_EMAIL, subject_for(email=normal_email(email), device=device))
    give_back(LOG_IN_BY_ADDRESS, subject_of(address))


def prove_person(*, email: str, password: str, address: str, at: datetime) -> User:
    """The person with that address, who has shown its password where a link has already shown the address.

    Raises CannotSignIn at the field ``password``, CannotTryAgainYet. Not in a transaction.
    """
    user = check_person(email=email, password=password, address=address, at=at)
    if user is None:
        raise CannotSignIn("password", field="password")
    person_is_known(email=email, address=address)
    return user


def sign_in(*, email: str, password: str, site: HostView, address: str, at: datetime, device: str = "") -> User:
    """The person to log in on the host `site`; `address` is the caller's network address.

    Raises CannotSignIn when the password is wrong, nobody has that address, or the person has nothing to do on this
    host; CannotTryAgainYet. Not in a transaction: what is counted stays counted.
    """
    user = check_person(email=email, password=password, address=address, at=at, device=device)
    welcome = is_welcome(user_id=user.id if user else 0, email=normal_email(email), site=site, at=at)
    if user is None or not welcome:
        raise CannotSignIn("wrong")
    person_is_known(email=email, address=address, device=device)
    return user


def note_seen(*, collaborator_id: int, account_id: int, at: datetime) -> None:
    """Write down that one of the account's own people is here now."""
    # unscoped: whoever calls has just been let in as this collaborator
    Collaborator.unscoped.filter(id=collaborator_id).update(last_seen_at=at)
    # unscoped: as above
    Account.unscoped.filter(id=account_id).update(last_seen_at=at)
