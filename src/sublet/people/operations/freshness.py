"""Before somebody changes how it logs in: it has shown that it is the person, by its own log-in, a moment ago.

Operations ask, so that no page, program or hook goes round it; pages ask beforehand, and lead to where it is shown. Which
operations must is found out by tests/architecture/test_freshness.py.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.people.models import User
from sublet.people.queries.second_factors import Shown, lacking


class CannotGoOnYet(Refusal):
    """Who sits at the browser has not shown, or not lately, that it is the person. Pages lead to where it is shown."""

    SENTENCES: ClassVar = {
        "own-log-in": _(
            "Your company vouches for its own account only. For this, log in with your own password or passkey."
        ),
        "second-factor": _("Prove your own second factor first. It counts for a quarter of an hour."),
        "log-in": _("To be sure that it is you, log in once more: with a passkey, or by a code from your mailbox."),
    }
    status = 403


def require_shown(user: User, shown: Shown, *, at: datetime) -> None:
    """Raise CannotGoOnYet unless `shown` is enough to change how `user` logs in, at `at`."""
    code = lacking(user.id, shown, at=at)
    if code:
        raise CannotGoOnYet(code)


def locked_and_shown(actor: Actor, shown: Shown, *, at: datetime) -> User:
    """The person itself, locked, to change how it logs in; in the caller's transaction.

    Asked under the lock: a factor that is set up at the same moment is asked for, too. Raises CannotWhileImpersonating,
    NotFound, CannotGoOnYet.
    """
    actor.require_in_person()
    user = User.objects.select_for_update().filter(id=actor.user_id or 0, is_active=True).first()
    if user is None:
        raise NotFound
    require_shown(user, shown, at=at)
    return user


def require_own(shown: Shown) -> None:
    """Raise CannotGoOnYet where a company's provider alone has shown who it is; enough where the password is shown as well."""
    if not shown.own:
        raise CannotGoOnYet("own-log-in")
