"""Who a cookie is: Django's own sessions, found by a statement that is made once, as every request asks it.

The class keeps its name: Django signs what a session holds with it, and everybody would be logged out.
"""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore as PlainStore
from django.contrib.sessions.models import Session

from sublet.foundation import clock
from sublet.foundation.prepared import Prepared, moment, text

_SESSION = Prepared(
    lambda: Session.objects.filter(session_key=text("key"), expire_date__gt=moment("now")).order_by("session_key")[:1]
)


class SessionStore(PlainStore):
    """Sessions in the database."""

    def _get_session_from_db(self) -> Session | None:
        key = self.session_key
        found = None if not key or "\x00" in key else _SESSION.first(key=key, now=clock.now())
        if found is None:
            self._session_key = None  # as Django does: a key that somebody else has made up is never taken over
        return found
