"""From the header to the key, as the entrance of the API does it, remembered for less than a second.

Only what is plainly right gets through here: a live key, on a host that serves its account, of an account that is open. Of
everything else the ordinary API says why not.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from django.conf import settings

from sublet.branding.queries import host_view
from sublet.core.lifecycle import lets_people_in
from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.clock import now
from sublet.foundation.maintenance import maintenance
from sublet.people.queries import served_here
from sublet.people.queries.keys import actor_for_key
from sublet.portals.hot.asked import Asked

#: A key that was revoked, or maintenance that has begun, is known here after so many seconds at most.
FRESH_SECONDS = 0.9
MOST_CALLERS = 2_000


def peer_of(asked: Asked) -> str:
    """The caller's own address: behind a trusted proxy, the one that it names."""
    if asked.peer in settings.SUBLET.words("SUBLET_TRUSTED_PROXIES"):
        forwarded = asked.header("x-forwarded-for").split(",")[-1].strip()
        return forwarded[:45] or asked.peer
    return asked.peer


def secret_of(asked: Asked) -> str:
    """The secret that the request carries, or empty."""
    scheme, _, secret = asked.header("authorization").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


@dataclass(slots=True)
class Callers:
    """Who was let in lately."""

    known: dict[tuple[str, str, str], tuple[float, Actor]] = field(default_factory=dict)

    def recall(self, asked: Asked) -> Actor | None:
        """Whoever it was less than a second ago: no statement."""
        found = self.known.get(_name(asked))
        return found[1] if found is not None and time.monotonic() < found[0] else None

    def look_up(self, asked: Asked) -> Actor | None:
        """Who it is, or None for everybody who is not simply let in. Asks the database."""
        name = _name(asked)
        host, secret, peer = name
        begun = time.monotonic()
        site = host_view(host) if host and secret else None
        # Only hosts of the vendor serve what is answered here, and what is closed is closed here as well.
        if site is None or site.leads_to or site.account_kind != VENDOR or maintenance() is not None:
            return None
        entry = actor_for_key(secret, request_id="", host=host, at=now(), remote=peer)
        if entry is None or not lets_people_in(entry.account.state):
            return None
        account = entry.account
        if not served_here(
            site_path=site.path_ids,
            site_kind=site.account_kind,
            account_id=account.id,
            account_kind=account.kind,
            parent_id=account.parent_id,
        ):
            return None
        while len(self.known) >= MOST_CALLERS:
            self.known.pop(next(iter(self.known)), None)
        self.known[name] = (begun + FRESH_SECONDS, entry.actor)
        return entry.actor


def _name(asked: Asked) -> tuple[str, str, str]:
    host = asked.header("host").partition(":")[0].lower()
    return host, secret_of(asked), peer_of(asked)
