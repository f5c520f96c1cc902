"""Log-ins made, opened and locked by the installation itself: the command line, set-up, a demonstration."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.people.events import PasswordSet, PersonCreated, PersonDisabled, PersonEnabled
from sublet.people.models import User
from sublet.people.operations.passwords import check_new_password, end_log_ins
from sublet.people.operations.profile import clean_name, known_language
from sublet.people.operations.sign_in import normal_email


class CannotCreateUser(Refusal):
    """Why there is no new log-in."""

    SENTENCES: ClassVar = {
        "not-an-address": _("“%(email)s” is not an e-mail address."),
        "taken": _("%(email)s has a log-in already."),
        "language": _("“%(language)s” is not one of the languages."),
    }


def create_user(
    *, email: str, name: str, password: str | None = None, language: str = "", actor: Actor, at: datetime
) -> User:
    """Make a log-in for a person; without a `password` it has none until it accepts an invitation or asks for one.

    Only for the installation itself (no person, no key), in a platform scope. Raises Forbidden, CannotCreateUser,
    CannotUsePassword, CannotChangeProfile for a name.
    """
    _require_installation(actor)
    address = normal_email(email)
    try:
        validate_email(address)
    except ValidationError:
        raise CannotCreateUser("not-an-address", field="email", email=address[:100]) from None
    if language and not known_language(language):
        raise CannotCreateUser("language", field="language", language=language[:10])
    user = User(email=address, name=clean_name(name) if name.strip() else "", language=language, created_at=at)
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(check_new_password(password, user=user))
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            record(PersonCreated(person=user.ref, email=address), account_id=actor.account_id, actor=actor, at=at)
    except IntegrityError:
        raise CannotCreateUser("taken", field="email", email=address) from None
    return user


def set_password(*, email: str, password: str, actor: Actor, at: datetime) -> None:
    """Set a person's password; all its log-ins and visits end. Only for the installation itself.

    Raises Forbidden, NotFound, CannotUsePassword.
    """
    _require_installation(actor)
    with transaction.atomic():
        user = _locked(email)
        user.set_password(check_new_password(password, user=user))
        user.save(update_fields=["password"])
        end_log_ins(user, at=at)
        record(PasswordSet(person=user.ref, email=user.email), account_id=actor.account_id, actor=actor, at=at)


def disable_user(*, email: str, actor: Actor, at: datetime) -> bool:
    """Let a person log in nowhere any more; its log-ins and visits end at once. Its places and history stay.

    Returns False when it was so already. Only for the installation itself. Raises Forbidden, NotFound.
    """
    _require_installation(actor)
    with transaction.atomic():
        user = _locked(email)
        if not user.is_active:
            return False
        user.is_active = False
        user.save(update_fields=["is_active"])
        end_log_ins(user, at=at)
        record(PersonDisabled(person=user.ref, email=user.email), account_id=actor.account_id, actor=actor, at=at)
    return True


def enable_user(*, email: str, actor: Actor, at: datetime) -> bool:
    """Let a person log in again. Returns False when it could already. Only for the installation itself.

    Raises Forbidden, NotFound.
    """
    _require_installation(actor)
    with transaction.atomic():
        user = _locked(email)
        if user.is_active:
            return False
        user.is_active = True
        user.save(update_fields=["is_active"])
        record(PersonEnabled(person=user.ref, email=user.email), account_id=actor.account_id, actor=actor, at=at)
    return True


def _require_installation(actor: Actor) -> None:
    if actor.user_id is not None or actor.key_ref or actor.account_kind != "vendor" or not actor.may("accounts:manage"):
        raise Forbidden("accounts:manage")


def _locked(email: str) -> User:
    user = User.objects.select_for_update().filter(email=normal_email(email)).first()
    if user is None:
        raise NotFound
    return user
