"""From the header to the key, as the entrance of the API does it, remembered for less than a second.

Only what is plainly right gets through here: a live key, on a host that serves its account, of an account that is open. Of
everything else the ordinary API says why not.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from sublet.branding.queries import host_view
from sublet.core.lifecycle import lets_people_in
from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.clock import now
from sublet.foundation.maintenance import maintenance
from sublet.portals.api.auth import entry_by_key, secret_in
from sublet.portals.hot.asked import Asked
from sublet.portals.shared.hosts import address_of

#: A key that was revoked, or maintenance that has begun, is known here after so many seconds at most.
FRESH_SECONDS = 0.9
MOST_CALLERS = 2_000


def peer_of(asked: Asked) -> str:
    """The caller's own address: behind a trusted proxy, the one that it names."""
    return address_of(asked.peer, asked.header("x-forwarded-for"))


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
        entry = entry_by_key(secret, site=site, request_id="", remote=peer, at=now())
        if entry is None or not lets_people_in(entry.account.state):
            return None
        while len(self.known) >= MOST_CALLERS:
            self.known.pop(next(iter(self.known)), None)
        self.known[name] = (begun + FRESH_SECONDS, entry.actor)
        return entry.actor


def _name(asked: Asked) -> tuple[str, str, str]:
    headers = asked.headers
    host = headers.get("host", "").partition(":")[0].lower()
    return host, secret_in(headers.get("authorization", "")), peer_of(asked)
