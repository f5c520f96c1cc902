"""What happened to each client in a year and a half: the journal as the operations would have written it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sublet.accounts.events import (
    AccountActivated,
    AccountClosed,
    AccountEnded,
    AccountResumed,
    AccountSuspended,
    ClientCreated,
    DetailsChanged,
    ResponsibleAssigned,
    TagsChanged,
)
from sublet.accounts.models import Account
from sublet.demo import names
from sublet.demo.clients import Client
from sublet.demo.officehours import OfficeHours
from sublet.demo.offices import MadeReseller
from sublet.demo.visits import note_visit
from sublet.demo.writer import BATCH, By, Writer
from sublet.people.events import CollaboratorInvited, InvitationAccepted, RightsChanged
from sublet.people.models import Collaborator, Impersonation, ImpersonationRequest, User

GRACE = timedelta(days=30)


def tell(
    writer: Writer,
    reseller: Account,
    made: MadeReseller,
    clients: Sequence[Client],
    staff: Sequence[Collaborator],
    *,
    hours: OfficeHours,
    host: str,
    now: datetime,
) -> None:
    """Note everything, and store what it left on the accounts."""
    changed: list[Account] = []
    visits: list[tuple[Impersonation, list[ImpersonationRequest]]] = []
    people = {place.user_id: place.user for place in staff}
    # Whoever only looks cannot have done any of it.
    doers = {
        place.user_id: place.user for place in staff if place.is_owner or place.rights_words.get("clients") == "manage"
    }
    for each in clients:
        who = doers.get(each.account.responsible_id or 0) or writer.dice.choice(list(doers.values()))
        _birth(writer, reseller, each, who, people, hours, host)
        if each.made.state != "invited":
            begun = max(each.joined, default=each.made.created_at)
            end = each.account.last_seen_at or begun + timedelta(days=20)
            _life(writer, reseller, each, who, hours, begun=begun, end=max(end, begun), host=host)
            if each.made.state == "active" and writer.dice.random() < 0.05 and end - begun > timedelta(days=3):
                at = hours.at(begun + (end - begun) * writer.dice.uniform(0.3, 0.95), after=begun)
                place = next(place for place in staff if place.user_id == who.id)
                reason = writer.dice.choice(made.visits)
                minutes = writer.dice.randrange(3, 40)
                visits.append(note_visit(writer, each.account, place, at, reason=reason, host=host, minutes=minutes))
        if _end(writer, reseller, made, each, who, hours, now=now):
            changed.append(each.account)
    fields = ["state_reason", "state_since", "state_before_suspension", "state_before_close", "gone_at"]
    Account.unscoped.bulk_update(changed, fields, batch_size=BATCH)  # unscoped: the demo fills every account
    store_visits(visits)


def store_visits(visits: Sequence[tuple[Impersonation, list[ImpersonationRequest]]]) -> None:
    """The rows of visits to clients, with the requests made on them."""
    for visit, requests in visits:
        visit.save(force_insert=True)
        for request in requests:
            request.impersonation = visit
        ImpersonationRequest.unscoped.bulk_create(requests)  # unscoped: the demo fills every account


def _birth(
    writer: Writer, reseller: Account, each: Client, who: User, people: dict[int, User], hours: OfficeHours, host: str
) -> None:
    account, at, by = each.account, each.made.created_at, By(who, reseller)
    note = writer.note
    event = ClientCreated(ref=account.ref, name=account.name, state="invited", ownership=account.ownership)
    note(event, account, at, by=by, host=host)
    asked = CollaboratorInvited(
        invitation=writer.ref("inv", account.ref, account.email), email=account.email, owner=True, rights={}
    )
    note(asked, account, at, by=by, host=host)
    responsible = people.get(account.responsible_id or 0)
    if responsible is not None and responsible.id != who.id:
        note(
            ResponsibleAssigned(ref=account.ref, name=account.name, person=responsible.name),
            account, at + timedelta(minutes=writer.dice.randrange(1, 9)), by=by, host=host,
        )  # fmt: skip
    for number, (place, joined) in enumerate(zip(each.places, each.joined, strict=True)):
        if number:
            owner = By(each.places[0].user, account)
            before = hours.at(joined - timedelta(days=1), after=each.joined[0])
            if before < joined:
                invited = CollaboratorInvited(
                    invitation=writer.ref("inv", account.ref, place.user.email),
                    email=place.user.email,
                    owner=False,
                    rights=place.rights_words,
                )
                note(invited, account, before, by=owner, host=host)
        accepted = InvitationAccepted(
            invitation=writer.ref("inv", account.ref, place.user.email), collaborator=place.ref, owner=place.is_owner
        )
        note(accepted, account, joined, by=By(place.user, account), host=host)
        if not number:
            active = AccountActivated(ref=account.ref, name=account.name)
            note(active, account, joined, by=By(place.user, account), host=host)


def _life(
    writer: Writer,
    reseller: Account,
    each: Client,
    who: User,
    hours: OfficeHours,
    *,
    begun: datetime,
    end: datetime,
    host: str,
) -> None:
    dice, account = writer.dice, each.account
    owner = By(each.places[0].user, account) if each.places else By(who, reseller)
    country = names.BY_LANGUAGE[reseller.language]
    used: set[str] = set()
    for _ in range(dice.choice((0, 0, 1, 1, 2, 3))):
        at = hours.at(begun + (end - begun) * dice.uniform(0.1, 0.95), after=begun)
        field = dice.choice(("phone", "contact_name", "street", "website"))
        if field in used:
            continue
        used.add(field)
        before = {
            "phone": f"{country.dialling}{dice.randrange(10_000, 99_999)}",
            "contact_name": f"{dice.choice(country.first_names)} {account.contact_name.partition(' ')[2]}",
            "street": f"{dice.choice(country.streets)} {dice.randrange(1, 140)}",
            "website": "",
        }[field]
        changes = {field: [before, str(getattr(account, field))]}
        by = By(who, reseller) if dice.random() < 0.6 else owner
        writer.note(DetailsChanged(ref=account.ref, name=account.name, changes=changes), account, at, by=by, host=host)
    if "vip" in each.tags:
        at = hours.at(begun + (end - begun) * 0.5, after=begun)
        event = TagsChanged(ref=account.ref, name=account.name, added=["vip"], removed=[])
        writer.note(event, account, at, by=By(who, reseller), host=host)
    if len(each.places) > 1 and dice.random() < 0.2:
        place = each.places[-1]
        key, level = next(iter(sorted(place.rights_words.items())), ("", ""))
        if key:
            at = hours.at(each.joined[-1] + timedelta(days=dice.uniform(2, 60)), after=each.joined[-1])
            rights = RightsChanged(
                collaborator=place.ref, person=place.user.name, before={}, after={key: level}, reaches="all"
            )
            writer.note(rights, account, at, by=owner, host=host)
    if each.made.state == "active" and dice.random() < 0.03 and end - begun > timedelta(days=60):
        off = hours.at(begun + (end - begun) * 0.4, after=begun)
        on = hours.at(off + timedelta(days=dice.uniform(5, 25)), after=off)
        reason = dice.choice(names.REASONS[reseller.language])
        by = By(who, reseller)
        writer.note(AccountSuspended(ref=account.ref, name=account.name), account, off, by=by, reason=reason, host=host)
        writer.note(AccountResumed(ref=account.ref, name=account.name), account, on, by=by, host=host)


def _end(
    writer: Writer,
    reseller: Account,
    made: MadeReseller,
    each: Client,
    who: User,
    hours: OfficeHours,
    *,
    now: datetime,
) -> bool:
    """Suspended and closed ones: whether anything was changed on the account."""
    account, by = each.account, By(who, reseller)
    if each.made.state not in {"suspended", "closed"}:
        return False
    begun = max(each.joined, default=account.created_at)
    since = max(begun, account.last_seen_at or begun)
    at = hours.at(since + timedelta(days=writer.dice.uniform(1, 20)), after=since)
    account.state_since = at
    if each.made.state == "suspended":
        account.state_reason = writer.dice.choice(names.REASONS[reseller.language])
        account.state_before_suspension = "active"
        event = AccountSuspended(ref=account.ref, name=account.name)
        writer.note(event, account, at, by=by, reason=account.state_reason)
        return True
    account.state_reason = writer.dice.choice(made.closings)
    account.gone_at = at + GRACE
    account.state_before_close = "active" if account.gone_at > now else ""
    closed = AccountClosed(ref=account.ref, name=account.name, until=account.gone_at.isoformat())
    writer.note(closed, account, at, by=by, reason=account.state_reason)
    if account.gone_at <= now:
        writer.note_by_machine(AccountEnded(ref=account.ref, name=account.name), account, account.gone_at)
    return True
