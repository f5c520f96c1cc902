"""What every new password must stand, wherever it is chosen."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from sublet.foundation.errors import Refusal
from sublet.people.models import LogIn, User
from sublet.people.operations.impersonation import end_impersonations_of_person
from sublet.people.operations.links import CODE, CROSSING, EMAIL, LOG_IN, PASSWORD, void_links

LONGEST_PASSWORD = 1000


class CannotUsePassword(Refusal):
    """A new password that will not do. `field` is where it was typed."""

    SENTENCES: ClassVar = {
        "missing": _("Choose a password."),
        "long": _("A password has at most %(most)s characters."),
        "weak": "%(reasons)s",  # sentences of the validators, translated by Django
    }
    status = 422


def check_new_password(password: str | None, *, user: User, field: str = "password") -> str:
    """The password, if it will do for `user` (stored or not). Raises CannotUsePassword."""
    if not password:
        raise CannotUsePassword("missing", field=field)
    if len(password) > LONGEST_PASSWORD:
        raise CannotUsePassword("long", field=field, most=LONGEST_PASSWORD)
    try:
        validate_password(password, user)
    except ValidationError as fault:
        raise CannotUsePassword("weak", field=field, reasons=" ".join(fault.messages)) from None
    return password


def end_log_ins(user: User, *, at: datetime) -> None:
    """End every log-in of the person, with the visits to clients begun in them, and every open link to it.

    In the caller's transaction. `user.session_epoch` is what a log-in that shall go on must carry.
    """
    User.objects.filter(id=user.id).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
    LogIn.objects.filter(user_id=user.id, ended_at__isnull=True).update(ended_at=at)
    void_links(user_id=user.id, purposes=[PASSWORD, EMAIL, CROSSING, CODE, LOG_IN], at=at)
    end_impersonations_of_person(user_id=user.id, at=at)
