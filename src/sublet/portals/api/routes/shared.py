"""What several operations do with a request: the version it stands on, cursors, who looks after a client."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation

from sublet.accounts import queries as account_queries
from sublet.accounts.operations import Changed
from sublet.accounts.queries import ListQuery, Selection
from sublet.foundation.actor import Actor
from sublet.people.queries import StaffMember, staff
from sublet.portals.api.declare import Accepted, ApiRequest
from sublet.portals.api.paging import seal, unseal
from sublet.portals.api.problems import Invalid
from sublet.portals.api.schemas.accounts import ChangeResult
from sublet.portals.api.schemas.accounts_in import ClientsAsked, QuestionIn
from sublet.portals.api.schemas.common import PageAsked

NOBODY = "nobody"
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_VERSION = re.compile(r'"([0-9]{1,9})"\Z')


def version_of(request: HttpRequest, given: int | None) -> int | None:
    """The version that a change stands on: If-Match, else the body's, else none. Raises Invalid."""
    header = request.headers.get("If-Match")
    if header is None or header == "*":
        return given
    found = _VERSION.match(header.removeprefix("W/"))
    if found is None:
        raise Invalid("If-Match", "string_pattern_mismatch")
    return int(found[1])


class Cursors:
    """The cursors of one list: good for it alone, and for the order in which it was asked for."""

    def __init__(self, list_name: str, actor: Actor, *question: object) -> None:
        self.salt = "|".join([list_name, actor.account_ref, *map(str, question)])

    def place(self, asked: PageAsked) -> str:
        """Where the page begins. Raises Invalid."""
        return unseal(asked.cursor, salt=self.salt)

    def sealed(self, place: str) -> str | None:
        """A place in the list as the caller gets it."""
        return seal(place, salt=self.salt)


def people_by_id(actor: Actor) -> dict[int, StaffMember]:
    """The account's own people, for naming who looks after a client."""
    return {member.user_id: member for member in staff(actor)}


def person_named(actor: Actor, user: str | None, *, field: str = "user") -> StaffMember | None:
    """Who of the account's people is meant; None for nobody. Raises Invalid for anybody else."""
    if user is None:
        return None
    for member in staff(actor):
        if member.ref == user and not member.gone:
            return member
    raise Invalid(field, "unknown-person")


def responsible_ids(actor: Actor, words: list[str], *, field: str = "responsible") -> list[int]:
    """References of people (and ``nobody``) as a list question keeps them. Raises Invalid."""
    if not words:
        return []
    known = {member.ref: member.user_id for member in staff(actor)}
    known[NOBODY] = account_queries.NOBODY
    unknown = [index for index, word in enumerate(words) if word not in known]
    if unknown:
        raise Invalid(f"{field}.{unknown[0]}", "unknown-person")
    return [known[word] for word in words]


def list_query(actor: Actor, question: Mapping[str, Any], *, field: str = "query.responsible") -> ListQuery:
    """A question of the API as `accounts.queries` understands it. Raises Invalid."""
    data = dict(question)
    data["responsible"] = responsible_ids(actor, list(data.get("responsible") or []), field=field)
    return account_queries.list_query(data)


class NamesClients(Protocol):
    """A body that names clients, or gives the question whose answers are meant."""

    clients: list[str]
    query: QuestionIn | None


def selection_of(actor: Actor, body: NamesClients) -> Selection:
    """The clients that are meant. Raises Invalid where both are given, or neither."""
    if (body.query is None) == (not body.clients):
        raise Invalid("clients", "missing")
    query = None if body.query is None else list_query(actor, body.query.model_dump()).everything()
    return Selection(refs=tuple(body.clients), query=query)


def done_to_many(done: Changed) -> ChangeResult | Accepted:
    """What became of an order for many clients: done, or left to a job."""
    told = ChangeResult(dry_run=False, changed=done.changed, left=dict(done.left or {}), job=done.job_id or None)
    return Accepted(told) if done.job_id else told


def asked_of_clients(asked: ClientsAsked) -> dict[str, Any]:
    """What the address of a list of clients asks, but for the place in it."""
    return {
        "search": asked.search,
        "states": asked.state,
        "tags": asked.tag,
        "responsible": asked.responsible,
        "languages": asked.language,
        "demo": asked.demo,
        "signals": asked.signal,
        "plans": asked.plan,
        "trial": asked.trial,
        "limits": asked.limits,
        "sort": asked.sort,
        "descending": asked.order == "descending",
    }


def zone_of(request: ApiRequest) -> ZoneInfo:
    """The time zone of the key's account."""
    return ZoneInfo(request.entry.account.timezone)


def file_of(request: ApiRequest, pieces: Iterator[bytes], name: str, media: str) -> HttpResponseBase:
    """A file that is written while it is read, in the language of the request."""
    language = translation.get_language() or "en"

    def spoken() -> Iterator[bytes]:
        with translation.override(language):
            yield from pieces

    response = StreamingHttpResponse(spoken(), content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
