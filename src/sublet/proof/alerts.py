"""Telling people what scans have newly found: the vendor first, the reseller when the vendor's time is over.

Nobody is written to for each scan: the night's scans are told together, in the morning, in one mail for each person. What is
still to be told stands in the scans (`untold`, `held_until`); that it was told and the mails are written in one transaction,
so whoever is killed in between leaves both undone, and whoever comes second finds nothing to tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import translation
from django.utils.translation import ngettext

from sublet.accounts.models import Account
from sublet.accounts.queries.tree import vendor
from sublet.branding.queries import origin, primary_host
from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.core.schedule import Daily, next_slot
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.jobs import enqueue
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import platform_scope
from sublet.messaging.operations import queue_mail
from sublet.people.models import Collaborator
from sublet.people.queries.reach import reached_by
from sublet.proof.events import ScanPassedOn, ScansTold
from sublet.proof.keeping import marks_of_row, marks_of_scan
from sublet.proof.models import Scan, ScanFinding
from sublet.proof.queries import looked_at_account

JOB = "proof.tell_reseller"
#: When the night's scans are over: they begin within six hours after half past one.
MORNING = Daily(time(8, 0))
#: A mail names so many accounts, those with the most findings first, and counts the others.
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class _News:
    """What is told of one account: how many findings its newest scan has, and at how many places."""

    account: Account
    findings: int
    places: int


def hold_back(scan: Scan, *, new: int, before: Scan | None, actor: Actor, at: datetime) -> None:
    """In the transaction that ends a scan with `new` findings: the reseller's turn is set.

    The vendor's time begins when it is told. What a reseller has asked for itself, it sees at once. A scan that finds nothing
    new shows what the one before it found, so it is held as long: otherwise looking twice would show what is held.
    """
    if scan.leaking == 0 or (scan.cause == Scan.Cause.PERSON and actor.account_kind == RESELLER):
        return
    until = before.held_until if before is not None else None
    if new:
        until = next_slot(MORNING, at) + timedelta(hours=max(0, settings.SUBLET.integer("SUBLET_SCAN_GRACE")))
    if until is None or (until <= at and not new):
        return
    scan.held_until = until
    scan.save(update_fields=["held_until"])
    told_id = _told_of(scan.account)
    if told_id is not None:
        # One job for all scans whose turn it is then: the night's findings are one mail.
        enqueue(JOB, account_id=told_id, actor=actor, at=at, key=until.isoformat(), run_at=until)


def tell_vendor(*, actor: Actor, at: datetime) -> int:
    """For the schedule: write to the vendor's people of all that was newly found since, and of what broke off; returns of how many
    scans."""
    with transaction.atomic():
        scans = _locked(Scan.objects.filter(untold=True))
        if not scans:
            return 0
        root = vendor("id")
        Scan.objects.filter(id__in=[scan.id for scan in scans]).update(untold=False)
        ended = [scan for scan in scans if scan.state == Scan.State.DONE]
        news = [_news(account, newest) for account, newest in _newest_of(ended)]
        key = f"scans:{scans[-1].ref}"
        _write(news, root.id, section="accounts", key=key, actor=actor, at=at)
        _write_broken([scan for scan in scans if scan not in ended], root.id, key=key, actor=actor, at=at)
        record(ScansTold(scans=len(scans)), account_id=root.id, actor=actor, at=at)
    return len(scans)


def tell_reseller(*, actor: Actor, at: datetime) -> int:
    """Within the scope of one reseller: let it see every scan whose time has come, and write to it of them. Returns how many."""
    return _pass_on(Scan.objects.filter(held_until__lte=at), actor=actor, at=at)


def release_scans(*, account_ref: str, actor: Actor, at: datetime) -> int:
    """Let the reseller see every scan of the account that waits for that; returns how many. Raises NotFound, Forbidden."""
    account = looked_at_account(actor, account_ref, level="manage")
    if actor.account_kind != VENDOR:
        raise NotFound
    return _pass_on(Scan.objects.filter(account=account, held_until__isnull=False), actor=actor, at=at)


def _pass_on(held: QuerySet[Scan], *, actor: Actor, at: datetime) -> int:
    with transaction.atomic():
        scans = _locked(held)
        if not scans:
            return 0
        Scan.objects.filter(id__in=[scan.id for scan in scans]).update(held_until=None)
        news: dict[int, list[_News]] = {}
        for account, newest in _newest_of(scans):
            told_id = _told_of(account)
            if told_id is not None:
                passed = [scan for scan in scans if scan.account_id == account.id]
                news.setdefault(told_id, []).append(_may_know(account, newest, passed, at))
        for told_id, found in news.items():
            _write(found, told_id, section="brand", key=f"scans:{scans[-1].ref}", actor=actor, at=at)
        for scan in scans:
            record(
                ScanPassedOn(scan=scan.ref, account=scan.account.name),
                account_id=scan.account_id,
                parent_id=scan.account.parent_id,
                actor=actor,
                at=at,
            )
    return len(scans)


def _locked(scans: QuerySet[Scan]) -> list[Scan]:
    """In the order of their making, each for this transaction alone: who comes at the same time waits, and finds none of them."""
    locked = scans.select_for_update(of=("self",)).select_related("account").order_by("id")
    return list(locked)


def _told_of(account: Account) -> int | None:
    """Who looks after an account."""
    return account.parent_id if account.kind == CLIENT else account.id


def _newest_of(scans: Sequence[Scan]) -> list[tuple[Account, Scan]]:
    """Each account of theirs with its newest finished scan: what was mended meanwhile is no news."""
    accounts = {scan.account_id: scan.account for scan in scans}
    newer = Scan.objects.filter(account=OuterRef("account"), state=Scan.State.DONE, id__gt=OuterRef("id"))
    done = Scan.objects.filter(state=Scan.State.DONE, account_id__in=accounts).exclude(Exists(newer))
    newest = {scan.account_id: scan for scan in done.defer("marks")}
    return [(account, newest[number]) for number, account in accounts.items() if number in newest]


def _news(account: Account, scan: Scan) -> _News:
    return _counted(account, ScanFinding.objects.filter(scan=scan))


def _may_know(account: Account, newest: Scan, passed: Sequence[Scan], at: datetime) -> _News:
    """What the reseller may know of the newest scan: where that one is held for what it found besides, what the ones passed on
    have found as well.
    """
    rows = ScanFinding.objects.filter(scan=newest)
    if newest.held_until is None or newest.held_until <= at:
        return _counted(account, rows)
    known = frozenset(mark for scan in passed for mark in marks_of_scan(scan))
    return _counted(account, [row for row in rows if not known.isdisjoint(marks_of_row(row))])


def _counted(account: Account, rows: Iterable[ScanFinding]) -> _News:
    found = list(rows)
    return _News(account, len(found), sum(row.times for row in found))


def _write(news: Sequence[_News], told_id: int, *, section: str, key: str, actor: Actor, at: datetime) -> None:
    """To the owner of that account and to whoever manages that section there: one mail of the accounts that they reach.

    The mail says no word that was found.
    """
    news = sorted((each for each in news if each.findings), key=lambda each: (-each.findings, each.account.name))
    if not news:
        return
    told = [(place, theirs) for place in _managing(told_id, section) if (theirs := _reached(place, news))]
    for place, theirs in told:
        lines = _lines(theirs, place.user.language)
        _mail("scan-found", place, [each.account.name for each in theirs], lines, key=key, actor=actor, at=at)


def _write_broken(broken: Sequence[Scan], told_id: int, *, key: str, actor: Actor, at: datetime) -> None:
    """To the vendor's people: what broke off, and was not looked at by another scan since."""
    later = Scan.objects.filter(account=OuterRef("account"), state=Scan.State.DONE, id__gt=OuterRef("id"))
    left = Scan.objects.filter(id__in=[scan.id for scan in broken]).exclude(Exists(later)).select_related("account")
    accounts = {scan.account_id: scan.account.name for scan in left.order_by("account__name", "id")}
    if not accounts:
        return
    for place in _managing(told_id, "accounts"):
        names = [
            name
            for number, name in accounts.items()
            if place.is_owner or place.reaches_all or number in _reach_of(place)
        ]
        if names:
            _mail("scan-broken", place, names, tuple(names[:MOST_NAMED]), key=key, actor=actor, at=at)


def _managing(told_id: int, section: str) -> list[Collaborator]:
    """The owner of that account and whoever manages that section there."""
    with platform_scope("people above the accounts that were looked at are written to"):
        places = Collaborator.objects.filter(account_id=told_id, ended_at__isnull=True, user__is_active=True)
        found = places.select_related("user").order_by("id")
        return [place for place in found if place.is_owner or place.rights_words.get(section) == "manage"]


def _mail(
    template: str,
    place: Collaborator,
    names: Sequence[str],
    lines: tuple[str, ...],
    *,
    key: str,
    actor: Actor,
    at: datetime,
) -> None:
    queue_mail(
        template=template,
        account_id=place.account_id,
        to_email=place.user.email,
        to_name=place.user.name,
        language=place.user.language,
        context={
            "person": str(place.user),
            "account": names[0],
            "accounts": len(names),
            "lines": lines,
            "more": max(0, len(names) - MOST_NAMED),
            "url": origin(primary_host(place.account_id)) + "/",
        },
        key=f"{key}:{place.account_id}:{place.user_id}",
        actor=actor,
        at=at,
    )


def _reach_of(place: Collaborator) -> set[int]:
    with platform_scope("which accounts somebody above reaches"):
        return {place.account_id, *reached_by(place)}


def _reached(place: Collaborator, news: Sequence[_News]) -> list[_News]:
    if place.is_owner or place.reaches_all:
        return list(news)
    reached = _reach_of(place)
    return [each for each in news if each.account.id in reached]


def _lines(news: Sequence[_News], language: str) -> tuple[str, ...]:
    """A line for each account, in that language."""
    with translation.override(language):
        return tuple(_line(each) for each in news[:MOST_NAMED])


def _line(news: _News) -> str:
    told: Mapping[str, str | int] = {"account": news.account.name, "n": news.findings, "places": news.places}
    if news.places == news.findings:
        return ngettext("%(account)s: %(n)s finding.", "%(account)s: %(n)s findings.", news.findings) % told
    return ngettext(
        "%(account)s: %(n)s finding, at %(places)s places.", "%(account)s: %(n)s findings, at %(places)s places.",
        news.findings,
    ) % told  # fmt: skip
