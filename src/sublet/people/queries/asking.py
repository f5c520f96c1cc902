"""Why something is closed to somebody, who could open it, and the requests to do so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db.models import Q

from sublet.accounts.models import Account
from sublet.accounts.queries.tree import since_it_came
from sublet.core.grants import EVERYTHING, Scope
from sublet.core.matrix import VISIT_AS_AT_HOME
from sublet.core.rights import CLIENT, FLOOR, PORTAL_SECTIONS, PRODUCT_PREFIX, RESELLER, Level, Rights
from sublet.core.why import NOT_IN_PLAN, NOT_OFFERED, SERVED, Explanation, explain_visit, granted_cap
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.languages import in_language
from sublet.people.models import AccessRequest, Collaborator, SectionService
from sublet.people.queries.comparing import Side, withdrawn_from
from sublet.people.queries.gates import NOTHING_CLOSED, Closed, closed_in
from sublet.people.queries.grants import granted
from sublet.people.queries.naming import called
from sublet.people.queries.sections import PORTAL_WORDS, Offer, offer_for
from sublet.people.queries.team import account_in_scope, product_keys

MOST_REQUESTS = 200


@dataclass(frozen=True, slots=True)
class ServiceView:
    """What the reseller does in a section that it keeps for itself, in the active language."""

    section: str
    section_name: str
    name: str
    text: str
    price: str


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request. `may_answer`: by the actor who asked for the list; `mine`: the actor's own."""

    ref: str
    account_ref: str
    account_name: str
    person: str
    section: str
    section_name: str
    level: str
    addressee: str
    service: str
    price: str
    note: str
    state: str
    created_at: datetime
    answered_at: datetime | None
    answered_by: str
    answer: str
    mine: bool
    may_answer: bool


@dataclass(frozen=True, slots=True)
class ExplainedSection:
    """A section, and what the actor has of it."""

    key: str
    name: str
    icon: str
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class WhyNot:
    """The answer. `addressee`: who could open it (``owner``, ``reseller`` or empty); `wanted` the level to ask for.

    `may_ask` is whether the actor can ask now: in person, and not twice (`asked` is the open request).
    """

    section: str
    name: str
    explanation: Explanation
    addressee: str
    wanted: str
    service: ServiceView | None
    asked: RequestRow | None
    may_ask: bool


def looked_after_by(actor: Actor) -> str:
    """The name of the reseller of the client in which somebody acts; empty for any other account."""
    if actor.account_kind != CLIENT:
        return ""
    account = account_in_scope(actor.account_ref)
    return account.parent.name if account.parent is not None else ""


def why_not(actor: Actor, *, section: str, at: datetime | None = None) -> WhyNot:
    """Why the actor does not get further in a section of the account in which it acts, and whom to ask.

    `at`: the instant at which a visit's grants are asked. Raises NotFound for a section that no account of this kind has.
    """
    account = account_in_scope(actor.account_ref)
    offer = offer_for(account.kind)
    name, levels = _section(account.kind, offer, section)
    explanation, place = _explained(actor, account, offer, section, at)
    most = Level.of(levels[-1])
    to = addressee_of(explanation, account, place, most)
    asked = None
    if place is not None:
        row = AccessRequest.objects.filter(collaborator=place, section=section, state=AccessRequest.State.OPEN).first()
        asked = request_row(row, actor, offer) if row is not None else None
    service = None
    if account.kind == CLIENT and to == "reseller":
        # unscoped: what the reseller above offers to all its clients
        kept = SectionService.unscoped.filter(account_id=account.parent_id or 0, section=section).first()
        service = service_view(kept, offer) if kept is not None else None
    return WhyNot(
        section=section,
        name=name,
        explanation=explanation,
        addressee=to,
        wanted=most.word,
        service=service,
        asked=asked,
        may_ask=bool(to) and place is not None and asked is None,
    )


def sections_here(actor: Actor, *, at: datetime) -> Sequence[ExplainedSection]:
    """The sections that the account can have, each with what the actor has of it and why; in a visit, too.

    Those with the vendor's mark are named only where they are open. Nothing for an API key.
    """
    account = account_in_scope(actor.account_ref)
    offer = offer_for(account.kind)
    place = _place(actor, account)
    if place is None and actor.impersonator is None:
        return ()
    explained: Callable[[str], Explanation]
    if place is not None:
        explained = Side(place, account, offer, withdrawn_from(account), closed=_closed(account, at)).explain
    else:
        explained = partial(
            _explained_visit,
            actor,
            scope=_granted(actor, account, at),
            product=product_keys(offer),
            closed=_closed(account, at),
        )
    return tuple(
        ExplainedSection(key=key, name=view.name, icon=view.icon or "apps", explanation=explained(key))
        for key, view in offer.sections.items()
        if not view.marked or actor.may(f"{key}:view")
    )


def requests_here(actor: Actor) -> Sequence[RequestRow]:
    """Requests that concern the actor, open ones first: its own; those of its team, for who manages it; those of clients.

    Without a right of its own: what one may not answer and did not ask is not in it.
    """
    rows = AccessRequest.objects.select_related("account", "collaborator__user")
    about = Q(collaborator__user_id=actor.user_id) & Q(account_id=actor.account_id) if actor.user_id else Q(pk__in=())
    if actor.may("team:view"):
        about |= Q(account_id=actor.account_id, addressee=AccessRequest.Addressee.OWNER)
    if actor.account_kind == RESELLER and actor.may("clients:view"):
        below = Q(account__parent_id=actor.account_id, addressee=AccessRequest.Addressee.RESELLER)
        below &= since_it_came("created_at")  # what was asked of the reseller before it is not this one's
        about |= below if actor.reach is None else below & Q(account_id__in=actor.reach)
    found = list(rows.filter(about).order_by("-id")[:MOST_REQUESTS])
    offers: dict[str, Offer] = {}
    shown = [request_row(row, actor, offers.setdefault(row.account.kind, offer_for(row.account.kind))) for row in found]
    return tuple(sorted(shown, key=lambda row: row.state != "open"))


def services(actor: Actor) -> Sequence[ServiceView]:
    """Each section of the product with the reseller's service for it (empty words: none). Needs ``clients:view``."""
    actor.require("clients:view")
    offer = offer_for(CLIENT)
    rows = {row.section: row for row in SectionService.objects.filter(account_id=actor.account_id)}
    return tuple(
        service_view(rows[key], offer)
        if key in rows
        else ServiceView(section=key, section_name=view.name, name="", text="", price="")
        for key, view in offer.sections.items()
        if key.startswith(PRODUCT_PREFIX)
    )


def service_words(actor: Actor, *, section: str, language: str) -> ServiceView:
    """The service for a section in exactly one language, for its form. Raises NotFound, Forbidden."""
    actor.require("clients:view")
    view = offer_for(CLIENT).sections.get(section)
    if view is None or not section.startswith(PRODUCT_PREFIX) or actor.account_kind != RESELLER:
        raise NotFound
    row = SectionService.objects.filter(account_id=actor.account_id, section=section).first()
    words: Sequence[Mapping[str, str]] = (row.names, row.texts, row.prices) if row is not None else ({}, {}, {})
    name, text, price = (each.get(language, "") for each in words)
    return ServiceView(section=section, section_name=view.name, name=name, text=text, price=price)


# What operations share ------------------------------------------------------------------------------------------------


def addressee_of(found: Explanation, account: Account, place: Collaborator | None, most: Level) -> str:
    """Who could open more of the section than `found` leaves; empty: nobody, or there is nothing more."""
    if found.level >= most or found.decided_by == NOT_OFFERED or place is None:
        return ""
    # What no right of a person opens: whoever could give one would give nothing.
    of_account = found.decided_by == SERVED or any(each.layer == NOT_IN_PLAN for each in found.reasons)
    if of_account and account.kind != CLIENT:
        return ""
    from_reseller = of_account or found.decided_by in {"floor", "withdrawn"} or place.is_owner
    if account.kind == CLIENT and from_reseller:
        return AccessRequest.Addressee.RESELLER.value
    return "" if place.is_owner else AccessRequest.Addressee.OWNER.value


def may_answer(row: AccessRequest, actor: Actor) -> bool:
    """Whether the actor is one of those whom the request is for: never its own, never during a visit."""
    if actor.impersonator is not None or row.state != AccessRequest.State.OPEN:
        return False
    if row.collaborator.user_id == actor.user_id:
        return False
    if row.addressee == AccessRequest.Addressee.RESELLER:
        return (
            row.account.parent_id == actor.account_id and actor.may("clients:manage") and actor.reaches(row.account_id)
        )
    return row.account_id == actor.account_id and actor.may("team:manage")


def request_row(row: AccessRequest, actor: Actor, offer: Offer) -> RequestRow:
    """The request as that actor sees it."""
    return RequestRow(
        ref=row.ref,
        account_ref=row.account.ref,
        account_name=row.account.name,
        person=called(row.collaborator.user, listed=actor.lists_people_of(row.account_id)),
        section=row.section,
        section_name=section_name(row.account.kind, offer, row.section),
        level=row.level,
        addressee=row.addressee,
        service=row.service_name,
        price=row.service_price,
        note=row.note,
        state=row.state,
        created_at=row.created_at,
        answered_at=row.answered_at,
        answered_by=row.answered_by,
        answer=row.answer,
        mine=row.collaborator.user_id == actor.user_id and actor.impersonator is None,
        may_answer=may_answer(row, actor),
    )


def service_view(row: SectionService, offer: Offer) -> ServiceView:
    """The service in the active language."""
    return ServiceView(
        section=row.section,
        section_name=section_name(CLIENT, offer, row.section),
        name=in_language(row.names, next(iter(row.names.values()), "")),
        text=in_language(row.texts, ""),
        price=in_language(row.prices, ""),
    )


def section_name(kind: str, offer: Offer, section: str) -> str:
    """What the section is called in the active language; its key when the manifest has it no more."""
    if section in PORTAL_SECTIONS[kind]:
        return str(PORTAL_WORDS[section][0])
    view = offer.sections.get(section)
    return view.name if view is not None else section.removeprefix(PRODUCT_PREFIX)


def _section(kind: str, offer: Offer, section: str) -> tuple[str, Sequence[str]]:
    view = offer.sections.get(section)
    if view is not None and view.levels:
        return view.name, view.levels
    if kind == CLIENT and section in FLOOR:
        return str(PORTAL_WORDS[section][0]), ("view", "manage")
    raise NotFound


def _place(actor: Actor, account: Account) -> Collaborator | None:
    if actor.impersonator is not None or actor.user_id is None:
        return None
    rows = Collaborator.objects.filter(account=account, user_id=actor.user_id, ended_at__isnull=True)
    return rows.select_related("user").first()


def _explained(
    actor: Actor, account: Account, offer: Offer, section: str, at: datetime | None
) -> tuple[Explanation, Collaborator | None]:
    place = _place(actor, account)
    if place is not None:
        return Side(place, account, offer, withdrawn_from(account), closed=_closed(account, at)).explain(section), place
    closed = _closed(account, at)
    return _explained_visit(actor, section, _granted(actor, account, at), product_keys(offer), closed), None


def _closed(account: Account, at: datetime | None) -> Closed:
    return closed_in(account, at=at) if at is not None else NOTHING_CLOSED


def _granted(actor: Actor, account: Account, at: datetime | None) -> Scope:
    """What the grants leave of a visit; everything where nothing is asked of them."""
    if actor.impersonator is None or at is None:
        return EVERYTHING
    return granted(
        client_id=account.id,
        reseller_id=actor.impersonator.account_id,
        person=actor.impersonator.user_id,
        at=at,
    )


def _explained_visit(actor: Actor, section: str, scope: Scope, product: Sequence[str], closed: Closed) -> Explanation:
    """For a visit, or a key: the grant where it is what binds; else what it has is all that can be said.

    As the reseller one is in nobody's place: there it is the right on clients that goes so far, and of money one's own.
    """
    cap = granted_cap(scope.level(section), any_grant=not scope.empty)
    has = actor.rights.level(section)
    binds = cap.level < Level.MANAGE and cap.level <= has
    as_reseller = actor.impersonator is not None and actor.impersonator.mode == RESELLER
    elsewhere = max(actor.rights.levels.values(), default=Level.NONE)  # what no right of one's own has lowered
    at_home = section in VISIT_AS_AT_HOME and has < elsewhere
    return explain_visit(
        section=section,
        clients_level=has if as_reseller and not binds and not at_home else Level.MANAGE,
        own=Rights.of({section: has if at_home and not binds else Level.MANAGE}),
        product_sections=product,
        collaborator=None if binds or as_reseller else actor.rights,
        caps=[cap, *closed.caps(section, own_people=not as_reseller and actor.account_kind == CLIENT)],
    )
