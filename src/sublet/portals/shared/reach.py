"""Which clients are meant: all of them, or those chosen on the page."""

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
    """Which clients a member of staff is to reach; for any other team there is nothing to choose."""
    return read_clients(request) if team.chooses_reach else Reached(everything=True)


def read_clients(request: SubletRequest) -> Reached:
    """What was sent: `reach` (``all`` or ``chosen``), `client` (references, several), and `find` (words to look for).

    References that are not the actor's are kept as they came, so that the operation refuses them.
    """
    sent = request.POST if request.method == "POST" else request.GET
    refs = list(dict.fromkeys(ref.replace("\x00", "")[:40] for ref in sent.getlist("client")[:MOST]))
    names = dict(queries.names_of_clients(request.actor, refs=refs)) if refs else {}
    words = sent.get("find", "").replace("\x00", "")[:200]
    looks = "find" in sent
    found = queries.reachable_clients(request.actor, search=words) if looks else ()
    known = [(ref, names[ref]) for ref in names]
    return Reached(
        everything=sent.get("reach", "all") != "chosen",
        chosen=(*known, *((ref, ref) for ref in refs if ref not in names)),
        found=tuple(each for each in found if each[0] not in names),
        search=words,
        searched=looks,
    )
