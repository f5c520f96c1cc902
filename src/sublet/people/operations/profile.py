"""What a person changes about itself. Nobody does it in another person's place: each begins with `require_in_person`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sublet.branding.queries import HostView, origin, primary_host
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.refs import uuid7
from sublet.messaging.operations import queue_mail
from sublet.people.events import EmailChanged, LogInsEnded, PasswordChanged, PersonRenamed
from sublet.people.models import User
from sublet.people.operations.freshness import require_own, require_shown
from sublet.people.operations.links import EMAIL, PASSWORD, CannotUseLink, issue_link, use_link, void_links
from sublet.people.operations.own_journal import record_of_person
from sublet.people.operations.password_reset import tell_of_password
from sublet.people.operations.passwords import check_new_password, end_log_ins
from sublet.people.operations.sign_in import normal_email
from sublet.people.operations.throttle import EMAIL_CHANGE, LOG_IN_BY_EMAIL, count_attempt, forget_attempts
from sublet.people.queries.second_factors import Shown

EMAIL_HOURS = 24
LONGEST_NAME = 200
LONGEST_EMAIL = 254


class CannotChangeProfile(Refusal):
    """A value that a person's own page does not take."""

    SENTENCES: ClassVar = {
        "name-missing": _("Enter your name."),
        "name-unreadable": _("This name cannot be stored. Use letters, and at most %(most)s characters."),
        "language-unknown": _("Choose one of the languages."),
        "timezone-unknown": _("Choose one of the time zones."),
        "theme-unknown": _("Choose one of the appearances."),
    }
    status = 422


class CannotChangePassword(Refusal):
    """A change of password by somebody who does not know the old one."""

    SENTENCES: ClassVar = {"wrong": _("This is not your present password.")}
    status = 422


class CannotChangeEmail(Refusal):
    """A change of address that cannot begin."""

    SENTENCES: ClassVar = {
        "wrong": _("This is not your present password."),
        "same": _("This is your address already."),
        "unreadable": _("Enter an e-mail address."),
    }
    status = 422


def clean_name(name: str, *, field: str = "name") -> str:
    """A person's name on one line. Raises CannotChangeProfile when it is empty, too long or cannot be stored."""
    shown = " ".join(name.split())
    if not shown:
        raise CannotChangeProfile("name-missing", field=field)
    if len(shown) > LONGEST_NAME or "\x00" in shown:
        raise CannotChangeProfile("name-unreadable", field=field, most=LONGEST_NAME)
    return shown


def known_language(language: str) -> bool:
    """Whether this is one of the languages of the pages."""
    return language in {code for code, _name in settings.LANGUAGES}


def _id_of(actor: Actor) -> int:
    """Which person acts. Raises CannotWhileImpersonating when it is not the person itself."""
    actor.require_in_person()
    return actor.user_id or 0


def _person(actor: Actor) -> User:
    """The person itself, locked. Raises CannotWhileImpersonating, NotFound."""
    user = User.objects.select_for_update().filter(id=_id_of(actor), is_active=True).first()
    if user is None:
        raise NotFound
    return user


def change_profile(*, name: str, language: str, timezone: str, actor: Actor, at: datetime) -> User:
    """Change the person's name, language and time zone; empty language or zone: the account's.

    Raises CannotChangeProfile, CannotWhileImpersonating.
    """
    with transaction.atomic():
        user = _person(actor)
        shown = clean_name(name)
        if language and not known_language(language):
            raise CannotChangeProfile("language-unknown", field="language")
        if timezone and timezone not in available_timezones():
            raise CannotChangeProfile("timezone-unknown", field="timezone")
        before = user.name
        user.name, user.language, user.timezone = shown, language, timezone
        user.save(update_fields=["name", "language", "timezone"])
        if shown != before:
            record_of_person(PersonRenamed(before=before, after=shown), user=user, actor=actor, at=at)
    return user


def set_language(*, language: str, actor: Actor) -> None:
    """Remember the person's language, for pages and mails. A matter of taste: not in the journal."""
    person = _id_of(actor)
    if not known_language(language):
        raise CannotChangeProfile("language-unknown", field="language")
    User.objects.filter(id=person).update(language=language)


def set_theme(*, theme: str, actor: Actor) -> None:
    """Remember light, dark or as the device. A matter of taste: not in the journal."""
    person = _id_of(actor)
    if theme not in User.Theme.values:
        raise CannotChangeProfile("theme-unknown", field="theme")
    User.objects.filter(id=person).update(theme=theme)


def _prove_password(user: User, password: str, refusal: Refusal, *, at: datetime) -> None:
    """Raise `refusal` unless this is the person's password; guesses count like those of a log-in."""
    count_attempt(LOG_IN_BY_EMAIL, user.email, at=at)
    if not user.check_password(password):
        raise refusal
    forget_attempts(LOG_IN_BY_EMAIL, user.email)


def _here(actor: Actor) -> User:
    user = User.objects.filter(id=_id_of(actor), is_active=True).first()
    if user is None:
        raise NotFound
    return user


def change_password(*, old: str, new: str, shown: Shown, actor: Actor, at: datetime) -> User:
    """Change the person's password and end its other log-ins; the one that goes on must carry the new `session_epoch`.

    Raises CannotChangePassword, CannotUsePassword, CannotTryAgainYet, CannotWhileImpersonating, CannotGoOnYet. A person
    without a password (it has always come by other ways) needs no old one: what was `shown` a moment ago stands for it.
    """
    # Outside the transaction, so that a wrong guess stays counted.
    known = _here(actor)
    require_own(shown)
    if known.has_usable_password():
        _prove_password(known, old, CannotChangePassword("wrong", field="old"), at=at)
    else:
        require_shown(known, shown, at=at)
    with transaction.atomic():
        user = _person(actor)
        if user.password != known.password:
            raise CannotChangePassword("wrong", field="old")  # changed by somebody else between the two
        user.set_password(check_new_password(new, user=user, field="new"))
        user.save(update_fields=["password"])
        end_log_ins(user, at=at)
        record_of_person(PasswordChanged(), user=user, actor=actor, at=at)
        tell_of_password(user, account_id=actor.account_id, key=f"{user.ref}:{user.session_epoch}", actor=actor, at=at)
    return user


def end_other_log_ins(*, actor: Actor, at: datetime) -> User:
    """End all of the person's log-ins; the one that goes on must carry the new `session_epoch`."""
    with transaction.atomic():
        user = _person(actor)
        end_log_ins(user, at=at)
        record_of_person(LogInsEnded(), user=user, actor=actor, at=at)
    return user


def request_email_change(*, email: str, password: str, shown: Shown, actor: Actor, at: datetime) -> None:
    """Send a link to the new address, and a notice to the old one. Nothing changes before the link is used.

    An address with a log-in of its own gets a mail that says so, instead of the link; the caller cannot tell. For a person
    without a password, what was `shown` a moment ago stands for it. Raises CannotChangeEmail, CannotTryAgainYet,
    CannotWhileImpersonating, CannotGoOnYet.
    """
    known = _here(actor)
    require_own(shown)
    wanted = normal_email(email)
    if "@" not in wanted or len(wanted) > LONGEST_EMAIL or "\x00" in wanted:
        raise CannotChangeEmail("unreadable", field="email")
    if known.has_usable_password():
        _prove_password(known, password, CannotChangeEmail("wrong", field="password"), at=at)
    else:
        require_shown(known, shown, at=at)
    if wanted == known.email:
        raise CannotChangeEmail("same", field="email")
    count_attempt(EMAIL_CHANGE, known.ref, at=at)
    with transaction.atomic():
        user = _person(actor)
        host = primary_host(actor.account_id)
        void_links(user_id=user.id, purposes=[EMAIL], at=at)
        token = issue_link(
            purpose=EMAIL,
            host=host,
            user_id=user.id,
            lifetime=timedelta(hours=EMAIL_HOURS),
            data={"email": wanted},
            at=at,
        )
        taken = User.objects.filter(email=wanted).exists()
        intent = f"{user.ref}:{uuid7(at)}"
        queue_mail(
            template="email-taken" if taken else "email-confirm",
            account_id=actor.account_id,
            to_email=wanted,
            to_name="" if taken else user.name,
            language=user.language,
            context={"url": origin(host) + reverse("email-confirm", args=[token]), "hours": EMAIL_HOURS}
            if not taken
            else {"url": origin(host) + reverse("login")},
            key=f"email-confirm:{intent}",
            actor=actor,
            at=at,
            secret=True,
        )
        queue_mail(
            template="email-change-asked",
            account_id=actor.account_id,
            to_email=user.email,
            to_name=user.name,
            language=user.language,
            context={"name": str(user), "email": wanted},
            key=f"email-asked:{intent}",
            actor=actor,
            at=at,
        )


def confirm_email_change(*, token: str, site: HostView, actor: Actor, at: datetime) -> User:
    """Let the person log in with the new address from now on, and tell the old one.

    Raises CannotUseLink, also when somebody else has that address by now: nobody learns that.
    """
    try:
        with transaction.atomic():
            link = use_link(token, purpose=EMAIL, host=site.host, at=at)
            user = User.objects.select_for_update().get(id=link.user_id or 0)
            before, user.email = user.email, str(link.data["email"])
            user.save(update_fields=["email"])
            void_links(user_id=user.id, purposes=[EMAIL, PASSWORD], at=at)  # the old mailbox opens nothing any more
            record_of_person(EmailChanged(), user=user, actor=actor, at=at)
            queue_mail(
                template="email-changed",
                account_id=site.account_id,
                to_email=before,
                to_name=user.name,
                language=user.language,
                context={"name": str(user), "email": user.email},
                key=f"email-changed:{link.id}",
                actor=actor,
                at=at,
            )
    except IntegrityError:
        raise CannotUseLink("gone") from None
    return user
