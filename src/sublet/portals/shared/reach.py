"""Which clients are meant: all of them, or those chosen on the page."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sublet.accounts import queries as account_queries
from sublet.people import queries
from sublet.people.queries import TeamForm
from sublet.portals.shared.http import SubletRequest

MOST = 2000


@dataclass(frozen=True, slots=True)
class Reached:
    """What the page says: `everything`, or the clients `chosen`; `found` are those to choose from (reference, name).

    Besides those, the clients with one of `tags`; `offered` are the tags to choose from.
    """

    everything: bool
    chosen: tuple[tuple[str, str], ...] = ()
    found: tuple[tuple[str, str], ...] = ()
    search: str = ""
    searched: bool = False
    tags: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()


def read_reach(request: SubletRequest, team: TeamForm) -> Reached:
    """Which clients a member of staff is to reach; for any other team there is nothing to choose."""
    if not team.chooses_reach:
        return Reached(everything=True)
    sent = request.POST if request.method == "POST" else request.GET
    tags = tuple(dict.fromkeys(tag.replace("\x00", "")[:40] for tag in sent.getlist("reach-tag")[:100]))
    return replace(read_clients(request), tags=tags, offered=tags_offered(request, team))


def tags_offered(request: SubletRequest, team: TeamForm) -> tuple[str, ...]:
    """The tags by which that actor can let staff reach clients: none, where it is confined to some itself."""
    if not team.chooses_reach or not team.may_give_all or not request.actor.may("clients:view"):
        return ()
    return tuple(account_queries.tags_in_use(request.actor))


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
