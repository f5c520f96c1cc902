"""Asking for a right or for the reseller's service, answering, and what a reseller offers in a section that it keeps."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.branding.queries import origin, primary_host
from sublet.core.rights import CLIENT, FLOOR, RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.messaging.operations import queue_mail
from sublet.people.events import (
    AccessAsked,
    AccessDeclined,
    AccessGranted,
    AccessRequestTakenBack,
    SectionServiceChanged,
)
from sublet.people.models import AccessRequest, Collaborator, Reach, SectionService
from sublet.people.operations.granting import one_line
from sublet.people.operations.team import change_rights
from sublet.people.queries.asking import may_answer, section_name, service_words, why_not
from sublet.people.queries.gates import closed_in
from sublet.people.queries.sections import offer_for

State, Addressee = AccessRequest.State, AccessRequest.Addressee
_PAGES = {"vendor": "vendor-requests", "reseller": "reseller-requests"}


class CannotAskForAccess(Refusal):
    """Why nobody can be asked."""

    SENTENCES: ClassVar = {
        "nothing": _("There is nothing to ask for here, or nobody who could give it."),
        "asked": _("You have asked for this already. The answer is on its way."),
        "no-service": _("There is no such service any more."),
    }


class CannotAnswerRequest(Refusal):
    """Why a request is not answered."""

    SENTENCES: ClassVar = {"answered": _("This request has been answered or taken back already.")}


class CannotChangeService(Refusal):
    """Why a service is not kept."""

    SENTENCES: ClassVar = {
        "language": _("There is no such language."),
        "name": _("A service needs a name. Leave everything empty to offer none in this language."),
    }


def ask_for_access(*, section: str, service: bool = False, note: str = "", actor: Actor, at: datetime) -> str:
    """Ask for the highest level of a section, or for the reseller's `service` there; the answer is the reference.

    Whom, `queries.why_not` says. Once while a request is open. In person. Raises NotFound, CannotWhileImpersonating,
    CannotAskForAccess.
    """
    actor.require_in_person()
    with transaction.atomic():
        rows = Collaborator.objects.select_for_update(of=("self",)).select_related("user", "account__parent")
        mine = rows.filter(account_id=actor.account_id, user_id=actor.user_id or 0, ended_at__isnull=True)
        place = mine.first()
        if place is None:
            raise NotFound
        found = why_not(actor, section=section, at=at)
        if found.asked is not None:
            raise CannotAskForAccess("asked")
        if not found.addressee:
            raise CannotAskForAccess("nothing")
        if service and (found.service is None or not found.service.name):
            raise CannotAskForAccess("no-service")
        offered = found.service if service else None
        row = AccessRequest(
            account=place.account,
            collaborator=place,
            section=section,
            level=found.wanted,
            addressee=found.addressee,
            service_name=offered.name[:120] if offered is not None else "",
            service_price=offered.price[:120] if offered is not None else "",
            note=one_line(note, 500),
            created_at=at,
        )
        row.save()
        record(
            AccessAsked(
                request=row.ref, person=str(place.user), section=found.name, level=row.level, service=row.service_name
            ),
            account_id=place.account_id,
            parent_id=place.account.parent_id,
            actor=actor,
            at=at,
        )
        _tell_addressee(row, actor, at)
    return row.ref


def answer_request(*, request_ref: str, accept: bool, answer: str = "", actor: Actor, at: datetime) -> bool:
    """Accept a request (the right is given, or the service taken up) or decline it, with a word for whoever asked.

    By those whom it is for, never by whoever asked. Past the floor, and where the account lacks what the section needs, nothing
    is given: accepting says that it will be done. Returns whether a right was given.
    Raises NotFound, Forbidden, CannotAnswerRequest, and CannotChangeRights when the right is beyond the actor's own.
    """
    with transaction.atomic():
        row = _locked(request_ref)
        if row.state != State.OPEN:
            raise CannotAnswerRequest("answered")
        if not may_answer(row, actor):
            _refuse(row, actor)
        row.state = State.ACCEPTED if accept else State.DECLINED
        row.answered_at, row.answered_by, row.answer = at, actor.name[:200], one_line(answer, 500)
        row.save(update_fields=["state", "answered_at", "answered_by", "answer"])
        event = AccessGranted if accept else AccessDeclined
        record(
            event(
                request=row.ref,
                person=str(row.collaborator.user),
                section=_name_of(row),
                service=row.service_name,
            ),
            account_id=row.account_id,
            parent_id=row.account.parent_id,
            actor=actor,
            at=at,
        )
        gives = accept and not row.service_name and not _is_no_right(row, at) and row.collaborator.ended_at is None
        if gives:
            _give(row, actor, at)
        _tell_asker(row, actor, at)
    return gives


def _is_no_right(row: AccessRequest, at: datetime) -> bool:
    """Whether what is asked for is opened by no right of a person: past the floor, or the account itself lacks it."""
    if row.account.kind != CLIENT:
        return False
    closed = closed_in(row.account, at=at)
    return row.section in FLOOR or row.section in closed.lacking or row.section in closed.served


def take_request_back(*, request_ref: str, actor: Actor, at: datetime) -> None:
    """Take back a request of one's own. Raises NotFound, CannotAnswerRequest."""
    actor.require_in_person()
    with transaction.atomic():
        row = _locked(request_ref)
        if row.collaborator.user_id != actor.user_id or row.account_id != actor.account_id:
            raise NotFound
        if row.state != State.OPEN:
            raise CannotAnswerRequest("answered")
        row.state, row.answered_at = State.WITHDRAWN, at
        row.save(update_fields=["state", "answered_at"])
        record(
            AccessRequestTakenBack(request=row.ref, person=str(row.collaborator.user), section=_name_of(row)),
            account_id=row.account_id,
            parent_id=row.account.parent_id,
            actor=actor,
            at=at,
        )


def change_section_service(
    *, section: str, language: str, name: str, text: str, price: str, actor: Actor, at: datetime
) -> None:
    """Say in one language what the reseller does in a section that it keeps, and the price in words.

    Nothing at all takes the language away, the last one the service. Needs ``clients:manage``. Raises NotFound, Forbidden,
    CannotChangeService.
    """
    actor.require("clients:manage")
    if language not in dict(settings.LANGUAGES):
        raise CannotChangeService("language", field="language")
    name, text, price = one_line(name, 120), one_line(text, 1000), one_line(price, 120)
    if (text or price) and not name:
        raise CannotChangeService("name", field="name")
    with transaction.atomic():
        before = service_words(actor, section=section, language=language)
        if (before.name, before.text, before.price) == (name, text, price):
            return
        rows = SectionService.objects.select_for_update().filter(account_id=actor.account_id, section=section)
        row = rows.first() or SectionService(account=Account.objects.get(id=actor.account_id), section=section)
        for words, value in ((row.names, name), (row.texts, text), (row.prices, price)):
            words.pop(language, None)
            if value:
                words[language] = value
        row.changed_at = at
        if row.names:
            row.save()
        elif row.pk:
            row.delete()
        record(
            SectionServiceChanged(section=before.section_name, language=language, name=name),
            account_id=actor.account_id,
            parent_id=row.account.parent_id,
            actor=actor,
            at=at,
        )


def _locked(ref: str) -> AccessRequest:
    row = None
    if looks_like_ref(ref, "req"):
        rows = AccessRequest.objects.select_for_update(of=("self",)).select_related("account__parent")
        row = rows.select_related("account__parent", "collaborator__user").filter(ref=ref).first()
    if row is None:
        raise NotFound
    return row


def _refuse(row: AccessRequest, actor: Actor) -> None:
    """In one's own account the right is named that is lacking; one's own request and anybody else's are nothing to answer."""
    own = row.account_id == actor.account_id and row.addressee == Addressee.OWNER
    if own and row.collaborator.user_id != actor.user_id:
        raise Forbidden("team:manage")
    if row.account.parent_id == actor.account_id and not actor.may("clients:manage"):
        raise Forbidden("clients:manage")
    raise NotFound


def _give(row: AccessRequest, actor: Actor, at: datetime) -> None:
    place = row.collaborator
    reach = Reach.objects.filter(collaborator=place).values_list("client__ref", flat=True)
    change_rights(
        account_ref=row.account.ref,
        collaborator_ref=place.ref,
        rights={**place.rights_words, row.section: row.level},
        role=place.role,
        reaches_all=place.reaches_all,
        reach=() if place.reaches_all else list(reach),
        reach_tags=place.reach_tags,
        actor=actor,
        at=at,
    )


def _name_of(row: AccessRequest) -> str:
    return section_name(row.account.kind, offer_for(row.account.kind), row.section)


def _tell_addressee(row: AccessRequest, actor: Actor, at: datetime) -> None:
    """To the owner of whoever is asked, in that person's language and on its own host."""
    to_reseller = row.addressee == Addressee.RESELLER and row.account.parent is not None
    account = row.account.parent if to_reseller and row.account.parent is not None else row.account
    # unscoped: the reseller's owner stands above the scope of its client's people
    owners = Collaborator.unscoped.filter(account_id=account.id, is_owner=True, ended_at__isnull=True)
    owner = owners.select_related("user").first()
    if owner is not None:
        _mail("access-asked", row, account, owner, actor, at)


def _tell_asker(row: AccessRequest, actor: Actor, at: datetime) -> None:
    if row.collaborator.ended_at is None:
        _mail("access-answered", row, row.account, row.collaborator, actor, at)


def _mail(template: str, row: AccessRequest, account: Account, to: Collaborator, actor: Actor, at: datetime) -> None:
    language = to.user.language or account.language
    with translation.override(language):
        section = _name_of(row)
    page = _PAGES.get(account.kind, "client-requests")
    urls = "sublet.config.urls_main" if account.kind == "vendor" else "sublet.config.urls_brand"
    path = reverse(page, urlconf=urls, kwargs={"account": account.ref})
    queue_mail(
        template=template,
        account_id=account.id,
        to_email=to.user.email,
        to_name=str(to.user),
        language=language,
        context={
            "name": str(to.user),
            "person": str(row.collaborator.user),
            "account": row.account.name,
            "section": row.service_name or section,
            "note": row.note,
            "answer": row.answer,
            "accepted": 1 if row.state == State.ACCEPTED else 0,
            # Never with the prefix of a visit that somebody happens to be on.
            "url": origin(primary_host(account.id)) + path[path.index(f"/{_portal(account.kind)}/") :],
        },
        key=f"{template}:{row.ref}",
        actor=actor,
        at=at,
    )


def _portal(kind: str) -> str:
    return kind if kind in {"vendor", RESELLER} else "client"
