"""Logging in by a company's identity provider: out to it, back with a code, and to a person whom we know.

```
begin ─► the provider ─► finish ── subject linked ──────────────────────────► that person
                            ├── named by the directory, without a mail ────► accepted, and linked (or mailed: known already)
                            ├── open invitation to a verified address ─────► accepted, and linked
                            └── else ─► the person's own log-in ─► link ───► from the next time on, the first line
```
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sublet.branding.queries import HostView, origin, primary_host
from sublet.core.company_log_in import CompanyPerson, counts_as_second_factor, in_domains
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.secretbox import CannotOpen, unseal
from sublet.messaging.operations import queue_mail
from sublet.people.events import CompanyLogInLinked, CompanyLogInUnlinked
from sublet.people.identity_providers import (
    CannotUseProvider,
    NotBelieved,
    a_place_for,
    address_to_ask,
    believe,
    discover,
    exchange,
    person_in,
)
from sublet.people.models import Collaborator, CompanyIdentity, CompanyLogIn, User
from sublet.people.operations.company_first_time import come_in_first
from sublet.people.operations.freshness import locked_and_shown
from sublet.people.operations.invitation_acceptance import Accepted, accept_invitation
from sublet.people.operations.links import new_token
from sublet.people.operations.passwords import end_log_ins
from sublet.people.operations.throttle import QUARTER, Limit, count_attempt, subject_of
from sublet.people.provider_places import PLACES
from sublet.people.queries.company_log_ins import CameIn, company_log_in_on
from sublet.people.queries.entry import actor_of
from sublet.people.queries.invitation_page import find_invitation
from sublet.people.queries.second_factors import Shown
from sublet.people.queries.sign_in import visitor_actor

logger = logging.getLogger(__name__)

#: A whole office comes from one address, at nine o'clock.
BEGUN_BY_ADDRESS = Limit("company-log-in:address", 300, QUARTER)
MINUTES = 10
#: How long what a provider says of itself is taken as known; and how soon it is asked again about a key that is new.
KNOWN_FOR, ASKED_AGAIN = timedelta(hours=1), timedelta(minutes=1)


class CannotLogInByCompany(Refusal):
    """A company log-in that opens nothing. What exactly is wrong with an answer is in the log only."""

    SENTENCES: ClassVar = {
        "unreachable": _("The company log-in does not answer at the moment. Try again, or log in another way."),
        "busy": CannotUseProvider.SENTENCES["busy"],
        "over": _("This log-in was begun in another browser, was used already, or took too long. Begin again."),
        "refused": _("The company log-in has not let you in. Try again, or ask whoever looks after it."),
        "answer": _("The company log-in gave an answer that cannot be trusted. Ask whoever looks after it."),
        "nobody": _("You have no access here. Ask for an invitation."),
        "invitation": _(
            "The company log-in has shown another address than the one invited, or one that it has not verified."
        ),
        "taken": _("This company log-in belongs to another person here."),
        "mailed": _("Your address has a log-in here already. Open the invitation that has just been sent to it."),
    }
    status = 403


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser is sent, and what its session must keep for `finish_company_log_in`: nobody else may have it."""

    url: str
    state: str
    kept: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ShownByCompany:
    """Whom the provider has shown. `user` is None until somebody is linked with it: then `subject` waits for that."""

    came: CameIn
    issuer: str
    subject: str
    email: str
    user: User | None = None
    accepted: Accepted | None = None


def begin_company_log_in(
    *, account_ref: str, redirect_uri: str, site: HostView, address: str, at: datetime, invitation: str = ""
) -> Begun:
    """Begin a log-in by the provider of an account that `site` serves. Raises NotFound, CannotLogInByCompany, CannotTryAgainYet.

    May speak to the outside: not in a transaction.
    """
    row = _row(account_ref, site)
    count_attempt(BEGUN_BY_ADDRESS, subject_of(address), at=at)
    found = _answers(row, at=at)
    state, nonce, verifier = new_token(), new_token(), new_token()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    url = address_to_ask(
        found, client_id=row.client_id, redirect_uri=redirect_uri, state=state, nonce=nonce, challenge=challenge
    )
    kept = {
        "account": account_ref,
        "stamp": row.stamp,
        "redirect_uri": redirect_uri,
        "nonce": nonce,
        "verifier": verifier,
        "invitation": invitation,
        "until": (at + timedelta(minutes=MINUTES)).isoformat(),
    }
    return Begun(url=url, state=state, kept=kept)


def finish_company_log_in(
    *,
    account_ref: str,
    answer: Mapping[str, str],
    kept: object,
    site: HostView,
    address: str,
    at: datetime,
    logged_in_as: int | None = None,
    language: str = "",
    request_id: str = "",
) -> ShownByCompany:
    """What comes of the provider's `answer`, for the browser whose session has `kept` what belongs to its ``state``.

    Somebody else who is logged in there (`logged_in_as`, a person's id) stays, and nothing is used up: the link may have been
    another's idea.

    Raises NotFound, CannotLogInByCompany, CannotAcceptInvitation, CannotTryAgainYet. Speaks to the outside.
    """
    row = _row(account_ref, site)
    if not isinstance(kept, dict) or kept.get("account") != account_ref or kept.get("stamp") != row.stamp:
        raise CannotLogInByCompany("over")
    if datetime.fromisoformat(kept["until"]) <= at:
        raise CannotLogInByCompany("over")
    try:
        with a_place_for(row.issuer):
            person = _person(row, answer, kept, address=address, at=at)
    except CannotUseProvider as fault:
        raise CannotLogInByCompany("busy" if fault.code == "busy" else "unreachable") from None
    came = CameIn(
        account_id=row.account_id,
        stamp=row.stamp,
        strong=counts_as_second_factor(row.second_factor, strong=person.strong),
    )
    here = ShownByCompany(came=came, issuer=person.issuer, subject=person.subject, email=person.email)
    try:
        user = _linked(row, person, at=at)
    except CannotLogInByCompany:
        if not kept.get("invitation"):  # removed, perhaps, and named by the directory anew
            _first_time(
                row, person, site=site, at=at, logged_in_as=logged_in_as, language=language, request_id=request_id
            )
        raise
    if user is not None:
        if logged_in_as not in {None, user.id}:
            raise CannotLogInByCompany("taken")
        return ShownByCompany(**{**_fields(here), "user": user})
    if kept.get("invitation"):
        accepted = _by_invitation(
            row, person, token=str(kept["invitation"]), site=site, at=at, logged_in_as=logged_in_as, language=language,
            request_id=request_id,
        )  # fmt: skip
        return ShownByCompany(**{**_fields(here), "user": accepted.user, "accepted": accepted})
    first = _first_time(
        row, person, site=site, at=at, logged_in_as=logged_in_as, language=language, request_id=request_id
    )
    return here if first is None else ShownByCompany(**{**_fields(here), "user": first.user, "accepted": first})


def link_company_log_in(*, came: CameIn, issuer: str, subject: str, shown: Shown, actor: Actor, at: datetime) -> None:
    """From now on, that subject of the account's provider is the person who acts, and has just shown its own log-in.

    A link of that person with another subject there is replaced. Raises CannotLogInByCompany (``over``, ``nobody``,
    ``taken``), CannotWhileImpersonating, CannotGoOnYet.
    """
    with transaction.atomic():
        user = locked_and_shown(actor, shown, at=at)
        row = CompanyLogIn.objects.filter(account_id=came.account_id, is_on=True).first()
        if row is None or row.stamp != came.stamp or row.issuer != issuer:
            raise CannotLogInByCompany("over")
        _link(row, user, issuer=issuer, subject=subject, actor=actor, at=at)


def unlink_company_log_in(*, account_ref: str, shown: Shown, actor: Actor, at: datetime) -> User:
    """Take the person's own link with that account's provider away, and end all its log-ins: those by it, too. The one that
    goes on must carry the new `session_epoch`. Raises NotFound, CannotWhileImpersonating, CannotGoOnYet."""
    with transaction.atomic():
        # The person before its link, as linking does: the other way round the two would wait for each other.
        user = locked_and_shown(actor, shown, at=at)
        link = (
            CompanyIdentity.objects.select_for_update(of=("self",))
            .filter(user_id=user.id, account__ref=account_ref)
            .select_related("account")
            .first()
        )
        if link is None:
            raise NotFound
        place = _place(link.account_id, link.user_id)
        link.delete()
        end_log_ins(user, at=at)
        if place is not None:
            _record(CompanyLogInUnlinked(), place, actor, at=at)
    return user


# What it is made of ----------------------------------------------------------------------------------------------------


def _fields(shown: ShownByCompany) -> dict[str, Any]:
    return {name: getattr(shown, name) for name in ("came", "issuer", "subject", "email", "user", "accepted")}


def _row(account_ref: str, site: HostView) -> CompanyLogIn:
    offered = company_log_in_on(site, account_ref)
    row = CompanyLogIn.objects.filter(account_id=offered.account_id, is_on=True).first() if offered else None
    if row is None:
        raise NotFound
    return row


def _found(row: CompanyLogIn, *, at: datetime, anew: bool = False) -> dict[str, Any]:
    """What the provider says of itself, asked again when that is long ago. One that is down goes on with what is known."""
    fresh = row.found_at is not None and at - row.found_at < (ASKED_AGAIN if anew else KNOWN_FOR)
    if row.found and fresh:
        return dict(row.found)
    # Asking takes a while: meanwhile another provider may have been set up, of which this says nothing.
    rows = CompanyLogIn.objects.filter(id=row.id, issuer=row.issuer, stamp=row.stamp)
    try:
        found = discover(row.issuer)
    except CannotUseProvider as fault:
        if fault.code == "busy":
            raise CannotLogInByCompany("busy") from None
        if row.found and not anew:
            rows.update(found_at=at - KNOWN_FOR + ASKED_AGAIN)  # one that is down is not waited for by everybody
            return dict(row.found)
        raise CannotLogInByCompany("unreachable") from None
    if not rows.update(found=found, found_at=at, down_at=None):
        raise CannotLogInByCompany("over")
    row.found, row.found_at = found, at
    return found


def _answers(row: CompanyLogIn, *, at: datetime) -> dict[str, Any]:
    """What the provider says of itself, asked within the last minute: a browser that is sent to one that is down shows an error
    of its own, in no brand and without a way back. Raises CannotLogInByCompany (``unreachable``), for a minute without asking.
    """
    if PLACES.spares(row.issuer) or (row.down_at is not None and at - row.down_at < ASKED_AGAIN):
        raise CannotLogInByCompany("unreachable")
    try:
        return _found(row, at=at, anew=True)
    except CannotLogInByCompany as fault:
        if fault.code == "unreachable":
            CompanyLogIn.objects.filter(id=row.id, stamp=row.stamp).update(down_at=at)
        raise


def _person(
    row: CompanyLogIn, answer: Mapping[str, str], kept: Mapping[str, Any], *, address: str, at: datetime
) -> CompanyPerson:
    """Whom the provider's answer shows."""
    found = _found(row, at=at)
    issuer = answer.get("iss")
    # An answer of another provider would be taken for this one's (RFC 9207).
    if issuer != row.issuer and (issuer is not None or found.get("says_iss")):
        raise _distrust(row, "answer-iss")
    code = answer.get("code", "")
    if "error" in answer or not code or len(code) > 4096:
        logger.info("company log-in %s: %s", row.account_id, "refused by the provider")
        raise CannotLogInByCompany("refused")
    count_attempt(BEGUN_BY_ADDRESS, subject_of(address), at=at)
    return _asked(row, found, code=code, kept=kept, at=at)


def _asked(
    row: CompanyLogIn, found: dict[str, Any], *, code: str, kept: Mapping[str, Any], at: datetime
) -> CompanyPerson:
    """Whom the provider shows for the code."""
    try:
        secret = unseal(row.client_secret) if row.client_secret else ""
        token, access = exchange(
            found,
            client_id=row.client_id,
            secret=secret,
            code=code,
            redirect_uri=str(kept["redirect_uri"]),
            verifier=str(kept["verifier"]),
        )
        try:
            claims = _believed(row, found, token, kept, at=at)
        except NotBelieved as fault:
            if fault.code != "key":
                raise
            # The provider may have changed its keys since it was asked.
            claims = _believed(row, _found(row, at=at, anew=True), token, kept, at=at)
        return person_in(found, claims, access)
    except NotBelieved as fault:
        raise _distrust(row, fault.code) from None
    except CannotUseProvider:
        raise CannotLogInByCompany("unreachable") from None
    except CannotOpen:
        logger.error("company log-in %s: its secret cannot be opened", row.account_id)
        raise CannotLogInByCompany("unreachable") from None


def _believed(
    row: CompanyLogIn, found: Mapping[str, Any], token: str, kept: Mapping[str, Any], *, at: datetime
) -> dict[str, Any]:
    return believe(token, found["keys"], issuer=row.issuer, client_id=row.client_id, nonce=str(kept["nonce"]), at=at)


def _distrust(row: CompanyLogIn, code: str) -> CannotLogInByCompany:
    logger.warning("company log-in %s: answer not believed: %s", row.account_id, code)
    return CannotLogInByCompany("answer")


def _linked(row: CompanyLogIn, person: CompanyPerson, *, at: datetime) -> User | None:
    """The person linked with that subject; None: nobody. Raises CannotLogInByCompany for one without a place any more."""
    link = (
        CompanyIdentity.objects.filter(account_id=row.account_id, issuer=person.issuer, subject=person.subject)
        .select_related("user")
        .first()
    )
    if link is None:
        return None
    if not link.user.is_active or _place(row.account_id, link.user_id) is None:
        raise CannotLogInByCompany("nobody")
    CompanyIdentity.objects.filter(id=link.id).update(last_used_at=at)
    return link.user


def _place(account_id: int, user_id: int) -> Collaborator | None:
    return (
        Collaborator.objects.filter(account_id=account_id, user_id=user_id, ended_at__isnull=True)
        .select_related("account", "user")
        .first()
    )


def _by_invitation(
    row: CompanyLogIn,
    person: CompanyPerson,
    *,
    token: str,
    site: HostView,
    at: datetime,
    logged_in_as: int | None,
    language: str,
    request_id: str,
) -> Accepted:
    """Accept an invitation to the account, for somebody who has no log-in yet: the link and the provider say the same address."""
    offer = find_invitation(token, host=site.host, at=at)
    if (
        offer is None
        or offer.account_id != row.account_id
        or not person.email
        or not hmac.compare_digest(person.email.encode(), offer.email.encode())
        or not in_domains(person.email, row.domains)
    ):
        raise CannotLogInByCompany("invitation")
    with transaction.atomic():
        accepted = accept_invitation(
            token=token,
            host=site.host,
            name=person.name or offer.name or person.email,
            password=None,
            user_id=None,
            at=at,
            language=language,
            request_id=request_id,
            by_company=True,
        )
        _link_accepted(row, person, accepted, site=site, at=at, logged_in_as=logged_in_as, request_id=request_id)
    return accepted


def _first_time(
    row: CompanyLogIn,
    person: CompanyPerson,
    *,
    site: HostView,
    at: datetime,
    logged_in_as: int | None,
    language: str,
    request_id: str,
) -> Accepted | None:
    """Let in, and link, whom the directory has named without a mail; None: nobody. Raises CannotLogInByCompany (``mailed``)."""
    with transaction.atomic():
        visitor = visitor_actor(site=site, request_id=request_id)
        found = come_in_first(
            row=row, person=person, host=site.host, actor=visitor, at=at, language=language, request_id=request_id
        )
        accepted = found.accepted if found is not None else None
        if accepted is not None:
            _link_accepted(row, person, accepted, site=site, at=at, logged_in_as=logged_in_as, request_id=request_id)
    if found is not None and accepted is None:
        raise CannotLogInByCompany("mailed")
    return accepted


def _link_accepted(
    row: CompanyLogIn,
    person: CompanyPerson,
    accepted: Accepted,
    *,
    site: HostView,
    at: datetime,
    logged_in_as: int | None,
    request_id: str,
) -> None:
    """Link who has just accepted. Somebody else who is logged in in that browser undoes it all."""
    if logged_in_as not in {None, accepted.user.id}:
        raise CannotLogInByCompany("taken")
    place = _place(row.account_id, accepted.user.id)
    if place is None:
        raise CannotLogInByCompany("nobody")
    actor = actor_of(place, place.account, host=site.host, request_id=request_id, via="web")
    _link(row, accepted.user, issuer=person.issuer, subject=person.subject, actor=actor, at=at)


def _link(row: CompanyLogIn, user: User, *, issuer: str, subject: str, actor: Actor, at: datetime) -> None:
    place = _place(row.account_id, user.id)
    if place is None:
        raise CannotLogInByCompany("nobody")
    known = CompanyIdentity.objects.select_for_update(of=("self",)).filter(
        account_id=row.account_id, issuer=issuer, subject=subject
    )
    other = known.first()
    if other is not None and other.user_id != user.id:
        raise CannotLogInByCompany("taken")
    if other is not None:
        return  # linked already: whoever saw no answer has tried again
    CompanyIdentity.objects.filter(account_id=row.account_id, user_id=user.id).delete()
    link = CompanyIdentity(
        account_id=row.account_id, user_id=user.id, issuer=issuer, subject=subject, linked_at=at, last_used_at=at
    )
    try:
        with transaction.atomic():
            link.save(force_insert=True)
    except IntegrityError:  # somebody else's log-in was faster: nothing was locked that both had
        raise CannotLogInByCompany("taken") from None
    _record(CompanyLogInLinked(), place, actor, at=at)
    queue_mail(
        template="company-log-in-linked",
        account_id=row.account_id,
        to_email=user.email,
        to_name=user.name,
        language=user.language,
        context={
            "name": str(user),
            "email": user.email,
            "account": place.account.name,
            "url": origin(primary_host(row.account_id)) + reverse("me-security"),
        },
        key=f"company-log-in-linked:{link.id}",
        actor=actor,
        at=at,
    )


def _record(
    event: CompanyLogInLinked | CompanyLogInUnlinked, place: Collaborator, actor: Actor, *, at: datetime
) -> None:
    """In the journal of the account, whose collaborator the person is there: no other account learns of it."""
    here = actor_of(place, place.account, host=actor.host, request_id=actor.request_id, via=actor.via)
    record(event, account_id=place.account_id, parent_id=place.account.parent_id, actor=here, at=at)
