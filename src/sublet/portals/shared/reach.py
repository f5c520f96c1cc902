"""Which clients staff of a reseller is to reach: all of them, or those chosen on the page."""

from __future__ import annotations

from dataclasses import dataclass

from sublet.people import queries
from sublet.people.queries import TeamForm
from sublet.portals.shared.http import SubletRequest

MOST = 2000


@dataclass(frozen=True, slots=True)
class Reached:
    """What the page says: `everything`, or the clients `chosen`; `found` are those to choose from (reference, name)."""

    everything: bool
    chosen: tuple[tuple[str, str], ...] = ()
    found: tuple[tuple[str, str], ...] = ()
    search: str = ""
    searched: bool = False


def read_reach(request: SubletRequest, team: TeamForm) -> Reached:
    """What was sent: `reach` (``all`` or ``chosen``), `client` (references, several), and `find` (words to look for).

    References that are not the actor's are kept as they came, so that the operation refuses them by name.
    """
    if not team.chooses_reach:
        return Reached(everything=True)
    sent = request.POST if request.method == "POST" else request.GET
    refs = list(dict.fromkeys(ref[:40] for ref in sent.getlist("client")[:MOST]))
    names = dict(queries.names_of_clients(request.actor, refs=refs)) if refs else {}
    words = sent.get("find", "").replace("\x00", "")[:200]
    looks = "find" in sent
    found = queries.reachable_clients(request.actor, search=words) if looks else ()
    return Reached(
        everything=sent.get("reach", "all") != "chosen",
        chosen=tuple((ref, names.get(ref, ref)) for ref in refs),
        found=tuple(each for each in found if each[0] not in refs),
        search=words,
        searched=looks,
    )
