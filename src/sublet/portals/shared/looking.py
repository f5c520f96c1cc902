"""A session that is nowhere: for `proof.visitor`, which looks at pages from inside the process."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase

from sublet.portals.shared.http import SubletRequest
from sublet.proof.visitor import LOOKING, Pass


class NowhereSession(SessionBase):
    """Holds what it is given for one request. No key, no row, no cookie: nobody can come back with it."""

    def exists(self, session_key: str) -> bool:
        return False

    def create(self) -> None:
        self.modified = False

    def save(self, must_create: bool = False) -> None:
        self.modified = False

    def delete(self, session_key: str | None = None) -> None:
        return None

    def load(self) -> dict[str, Any]:
        return {}

    @classmethod
    def clear_expired(cls) -> None:
        return None


def pass_of(request: SubletRequest) -> Pass | None:
    """The pass that this process itself has given the request; None for every request from outside.

    It is for looking only: whatever else a request wants, it is a stranger's.
    """
    found = request.META.get(LOOKING)
    return found if isinstance(found, Pass) and request.method == "GET" else None


def session_of(
    given: Pass, host: str, *, host_key: str, epoch_key: str, second_factor_key: str, company_key: str
) -> NowhereSession:
    """What a session holds for that person on that host, its second factor shown, come by the company's log-in if there is one."""
    session = NowhereSession()
    session.update(
        {
            SESSION_KEY: str(given.user_id),
            BACKEND_SESSION_KEY: given.backend,
            HASH_SESSION_KEY: given.session_hash,
            host_key: host,
            epoch_key: given.epoch,
            second_factor_key: given.at.isoformat(),
        }
    )
    if given.came is not None:
        session[company_key] = given.came.stored()
    session.modified = session.accessed = False
    return session
