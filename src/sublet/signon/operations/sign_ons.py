"""A sign-on from the code to the last refresh: each secret once, each answer from what stands at that moment."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import transaction

from sublet.accounts.models import Account
from sublet.branding.queries import HostView, origin
from sublet.core.signon import claims_of, is_challenge, verifier_fits
from sublet.foundation.actor import API, Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.journal.operations import record
from sublet.people import operations as people_operations
from sublet.people.models import Impersonation, LogIn
from sublet.people.queries.company_log_ins import CameIn
from sublet.signon.events import SignOnBegun, SignOnBrokenOff
from sublet.signon.models import Application, SignOn, SignOnToken
from sublet.signon.operations.endings import end
from sublet.signon.operations.keys import sign
from sublet.signon.queries.access import WITH, Standing, secret_hash, standing_of, token_row
from sublet.signon.queries.keys import RSA

CODE_LASTS = timedelta(seconds=60)
ACCESS_LASTS = timedelta(minutes=5)
ID_TOKEN_LASTS = timedelta(minutes=5)
SIGN_ON_LASTS = timedelta(days=14)  # as long as a log-in


class CannotSignOn(Refusal):
    """A "no" of the protocol. `code` is OAuth's own word; the sentences are for programmers and stay in English."""

    SENTENCES: ClassVar = {
        "invalid_grant": "The code or refresh token is unknown, used, over, or not of this application, host or address.",
        "invalid_request": "A parameter is missing or malformed.",
        "access_denied": "The access that this stood on is gone.",
    }
    status = 400


@dataclass(frozen=True, slots=True)
class Asked:
    """What an application asked for when it sent somebody to sign on, checked."""

    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Issued:
    """What a token request is answered with. `refresh_token` is empty when none was asked for."""

    access_token: str
    refresh_token: str
    id_token: str
    scopes: tuple[str, ...]
    seconds: int


def begin_sign_on(
    *,
    application_ref: str,
    asked: Asked,
    browser: str,
    log_in_ref: str,
    epoch: int,
    authenticated_at: datetime,
    methods: Sequence[str],
    came: CameIn | None,
    actor: Actor,
    at: datetime,
) -> str:
    """Sign the person who has just entered on to an application; returns the one-time code, good for a minute.

    `browser` is the secret of the browser's log-in, with which the sign-on ends; `log_in_ref` the same log-in as its person can
    end it from another device (empty in a visit). `came` is the part that the account's company
    log-in had in it: the sign-on is good for as long as that log-in is set up as it was. Runs in the actor's scope.
    """
    if not is_challenge(asked.challenge) or not browser or actor.user_id is None:
        raise CannotSignOn("invalid_request")
    code = secrets.token_urlsafe(32)
    visit = None
    if actor.impersonator is not None:
        # unscoped: whoever calls has been let into this visit
        visit = Impersonation.unscoped.get(ref=actor.impersonator.impersonation_ref)
    with transaction.atomic():
        account = Account.objects.get(id=actor.account_id)
        # unscoped: the vendor's row, used on every host
        application = Application.unscoped.filter(ref=application_ref, removed_at__isnull=True).first()
        if application is None:
            raise CannotSignOn("access_denied")
        row = SignOn(
            account=account,
            application=application,
            user_id=actor.user_id,
            impersonation=visit,
            host=actor.host,
            browser_hash=secret_hash(browser),
            log_in=None if visit is not None else LogIn.objects.filter(ref=log_in_ref, user_id=actor.user_id).first(),
            epoch=epoch,
            scopes=" ".join(asked.scopes),
            nonce=asked.nonce,
            authenticated_at=authenticated_at,
            methods=list(methods),
            came=came.stored() if came is not None else None,
            started_at=at,
            expires_at=at + SIGN_ON_LASTS,
        )
        row.save()
        store_token(row, SignOnToken.Kind.CODE, code, until=at + CODE_LASTS, at=at, asked=asked)
        Application.unscoped.filter(id=application.id).update(last_used_at=at)  # unscoped: the vendor's row
        record(
            SignOnBegun(sign_on=row.ref, application=application.name),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )
    return code


def redeem_code(
    *,
    code: str,
    redirect_uri: str,
    verifier: str,
    application_ref: str,
    site: HostView,
    request_id: str,
    host: str,
    at: datetime,
) -> Issued:
    """Tokens for a one-time code. A code that comes twice ends the sign-on. Raises CannotSignOn.

    Runs in a platform scope: the code decides whose account it is.
    """
    row = _mine(code, SignOnToken.Kind.CODE, application_ref, host)
    if row.used_at is not None:
        raise _broken_off(row, site=site, at=at)
    if row.expires_at <= at or row.redirect_uri != redirect_uri or not verifier_fits(verifier, row.challenge):
        raise CannotSignOn("invalid_grant")
    return _exchange(row, site=site, request_id=request_id, at=at)


def refresh_sign_on(
    *, refresh_token: str, application_ref: str, site: HostView, request_id: str, host: str, at: datetime
) -> Issued:
    """New tokens for a refresh token, which is used up; the second use of one ends the sign-on. Raises CannotSignOn.

    Runs in a platform scope: the token decides whose account it is.
    """
    row = _mine(refresh_token, SignOnToken.Kind.REFRESH, application_ref, host)
    if row.used_at is not None:
        raise _broken_off(row, site=site, at=at)
    if row.expires_at <= at:
        raise CannotSignOn("invalid_grant")
    return _exchange(row, site=site, request_id=request_id, at=at)


def revoke_token(*, token: str, application_ref: str, host: str, at: datetime) -> None:
    """Make a token worthless: a refresh token with the whole sign-on (RFC 7009). One that is not there is no fault."""
    for kind in (SignOnToken.Kind.REFRESH, SignOnToken.Kind.ACCESS):
        row = token_row(token, kind)
        if row is None or row.sign_on.application.ref != application_ref or row.sign_on.host != host:
            continue
        if kind == SignOnToken.Kind.REFRESH:
            end(rows=[row.sign_on], by="log-out", actor=_program(row.sign_on), at=at)
        else:
            row.delete()
        return


def end_sign_on(*, sign_on_ref: str, actor: Actor, at: datetime) -> None:
    """End one sign-on, for whoever has proved that it is theirs."""
    # unscoped: see above
    end(rows=SignOn.unscoped.filter(ref=sign_on_ref, ended_at__isnull=True), by="log-out", actor=actor, at=at)


def end_lost_sign_ons(*, site_of: Any, account_id: int | None, at: datetime) -> int:
    """End the sign-ons whose access is gone, so that applications are told; returns how many.

    Their tokens have been worthless since; this only says so. For one account, or over all of them; `site_of` gives
    the site of a host.
    """
    # unscoped: over all accounts, or whichever the event was about
    rows = SignOn.unscoped.filter(ended_at__isnull=True).select_related(*WITH).order_by("id")
    if account_id is not None:
        rows = rows.filter(account_id=account_id)
    lost: dict[str, list[SignOn]] = {}
    for row in rows.iterator(chunk_size=500):
        site = site_of(row.host)
        if row.expires_at <= at:
            lost.setdefault("time", []).append(row)
        elif site is None or standing_of(row, site=site, request_id="", at=at) is None:
            lost.setdefault("access", []).append(row)
    return sum(end(rows=[row], by=by, actor=_program(row), at=at) for by, found in lost.items() for row in found)


def clear_sign_ons(*, at: datetime) -> None:
    """Forget tokens that are over and sign-ons that ended long ago."""
    # unscoped: by the clock, over all accounts
    SignOnToken.unscoped.filter(expires_at__lt=at - timedelta(days=1)).delete()
    # unscoped: as above
    SignOn.unscoped.filter(ended_at__lt=at - timedelta(days=30)).delete()


def _mine(secret: str, kind: str, application_ref: str, host: str) -> SignOnToken:
    row = token_row(secret, kind)
    if row is None or row.sign_on.application.ref != application_ref or row.sign_on.host != host:
        raise CannotSignOn("invalid_grant")
    return row


def _exchange(row: SignOnToken, *, site: HostView, request_id: str, at: datetime) -> Issued:
    with transaction.atomic():
        # unscoped: the secret has shown whose it is. Of two that come at the same moment one is the second.
        used = SignOnToken.unscoped.filter(id=row.id, used_at__isnull=True).update(used_at=at)
        standing = standing_of(row.sign_on, site=site, request_id=request_id, at=at) if used else None
        issued = _issue(standing, request_id=request_id, at=at) if standing is not None else None
    if not used:
        raise _broken_off(row, site=site, at=at)
    if issued is None:
        end(rows=[row.sign_on], by="access", actor=_program(row.sign_on), at=at)
        raise CannotSignOn("invalid_grant")
    return issued


def _issue(standing: Standing, *, request_id: str, at: datetime) -> Issued:
    sign_on = standing.sign_on
    until = sign_on.expires_at
    if standing.entry.visit is not None:
        until = min(until, standing.entry.visit.ends_at)
        people_operations.note_impersonated_request(
            impersonation_id=standing.entry.impersonation_id or 0,
            method="GET",
            path=f"/ {sign_on.application.name}",
            status=200,
            request_id=request_id,
            at=at,
        )
    scopes = tuple(sign_on.scopes.split())
    access, refresh = secrets.token_urlsafe(32), ""
    ends = min(at + ACCESS_LASTS, until)
    store_token(sign_on, SignOnToken.Kind.ACCESS, access, until=ends, at=at)
    if "offline_access" in scopes:
        refresh = secrets.token_urlsafe(32)
        store_token(sign_on, SignOnToken.Kind.REFRESH, refresh, until=until, at=at)
    return Issued(
        access_token=access,
        refresh_token=refresh,
        id_token=id_token(standing, until=min(at + ID_TOKEN_LASTS, until), at=at),
        scopes=scopes,
        seconds=max(0, int((ends - at).total_seconds())),
    )


def id_token(standing: Standing, *, until: datetime, at: datetime) -> str:
    """What the application is told of the person, signed."""
    sign_on = standing.sign_on
    claims = claims_of(standing.facts, sign_on.scopes.split())
    claims |= {
        "iss": origin(sign_on.host),
        "aud": sign_on.application.ref,
        "iat": int(at.timestamp()),
        "exp": int(until.timestamp()),
        "sid": sign_on.ref,
    }
    if sign_on.nonce:
        claims["nonce"] = sign_on.nonce
    return sign(claims, algorithm=RSA, kind="JWT", at=at)


def store_token(
    sign_on: SignOn, kind: str, secret: str, *, until: datetime, at: datetime, asked: Asked | None = None
) -> None:
    """Keep the digest of a secret of that sign-on; of a code also where it goes and its challenge."""
    # unscoped: whoever calls has shown whose sign-on it is
    SignOnToken.unscoped.bulk_create(
        [
            SignOnToken(
                sign_on=sign_on,
                kind=kind,
                secret_hash=secret_hash(secret),
                redirect_uri=asked.redirect_uri if asked else "",
                challenge=asked.challenge if asked else "",
                created_at=at,
                expires_at=until,
            )
        ]
    )


def _broken_off(row: SignOnToken, *, site: HostView, at: datetime) -> CannotSignOn:
    sign_on = row.sign_on
    with transaction.atomic():
        if end(rows=[sign_on], by="reuse", actor=_program(sign_on), at=at):
            record(
                SignOnBrokenOff(sign_on=sign_on.ref, application=sign_on.application.name, person=str(sign_on.user)),
                account_id=sign_on.account_id,
                parent_id=sign_on.account.parent_id,
                actor=_program(sign_on),
                at=at,
            )
    return CannotSignOn("invalid_grant")


def _program(sign_on: SignOn) -> Actor:
    """The application, acting in the account for nobody in particular and with no right."""
    account = sign_on.account
    return Actor(
        user_id=None,
        name=sign_on.application.name,
        account_id=account.id,
        account_ref=account.ref,
        account_kind=account.kind,
        account_name=account.name,
        via=API,
        host=sign_on.host,
    )


__all__ = [
    "Asked",
    "CannotSignOn",
    "Issued",
    "begin_sign_on",
    "clear_sign_ons",
    "end_lost_sign_ons",
    "id_token",
    "redeem_code",
    "refresh_sign_on",
    "revoke_token",
    "store_token",
]
