"""A sign-on for the scan that looks for the vendor's words: as somebody of the account, to look at pages and for nothing else.

Nobody sits there. The one who has been let in is this process itself, which has gone through the same page and guard as a
person (`proof.visitor`); what comes of it is a sign-on like any other, but

* the application is told of the person's rights as they are held, and that it is looked at: the claim ``looking``. The scan sends
  nothing but GET, and a change that the application tells of such a sign-on is refused (`portals.api.signed_on`);
* it ends with the scan, at the latest when the scan's pass does, and is never renewed: no refresh token;
* it is a sign-on in one account and on one host, as all are, and stands for as long as that person may come in.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.db import transaction

from sublet.accounts.models import Account
from sublet.foundation.actor import Actor
from sublet.foundation.journal.operations import record
from sublet.people.models import Collaborator
from sublet.signon.events import SignOnLooked
from sublet.signon.models import Application, SignOn, SignOnToken
from sublet.signon.operations.endings import end
from sublet.signon.operations.sign_ons import CODE_LASTS, Asked, CannotSignOn, store_token

LOOKED = "looked"


@dataclass(frozen=True, slots=True)
class LookWanted:
    """What an application has asked for, checked by the page that people pass: which application, in which account."""

    application: str
    account: str
    asked: Asked
    state: str
    issuer: str

    def back(self, code: str) -> str:
        """The application's registered address, with the code."""
        more = {"code": code, **({"state": self.state} if self.state else {}), "iss": self.issuer}
        return f"{self.asked.redirect_uri}{'&' if '?' in self.asked.redirect_uri else '?'}{urlencode(more)}"


def begin_look(
    *, wanted: LookWanted, user_id: int, host: str, digest: str, until: datetime, actor: Actor, at: datetime
) -> str:
    """Sign the scan whose pass has that `digest` on, as that person of the account; returns the one-time code.

    Runs in the account's scope. Raises CannotSignOn when application, account or person are not there, or the pass is over.
    """
    if not digest or until <= at:
        raise CannotSignOn("access_denied")
    code = secrets.token_urlsafe(32)
    with transaction.atomic():
        account = Account.objects.filter(ref=wanted.account).first()
        # unscoped: the vendor's row, used on every host
        application = Application.unscoped.filter(ref=wanted.application, removed_at__isnull=True).first()
        people = Collaborator.objects.filter(
            account=account, user_id=user_id, ended_at__isnull=True, user__is_active=True
        )
        place = people.select_related("user").first() if account is not None else None
        if account is None or application is None or place is None:
            raise CannotSignOn("access_denied")
        asked = replace(wanted.asked, scopes=tuple(each for each in wanted.asked.scopes if each != "offline_access"))
        row = SignOn(
            account=account,
            application=application,
            user=place.user,
            host=host,
            browser_hash=digest,
            epoch=place.user.session_epoch,
            scopes=" ".join(asked.scopes),
            nonce=asked.nonce,
            authenticated_at=at,
            methods=[],
            is_look=True,
            started_at=at,
            expires_at=until,
        )
        row.save()
        store_token(row, SignOnToken.Kind.CODE, code, until=min(until, at + CODE_LASTS), at=at, asked=asked)
        record(
            SignOnLooked(sign_on=row.ref, application=application.name),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )
    return code


def end_looks(*, digest: str, actor: Actor, at: datetime) -> int:
    """The scan with that pass is over: so is whatever it has signed on to, and applications forget it. Returns how many."""
    if not digest:
        return 0
    rows = SignOn.objects.filter(browser_hash=digest, is_look=True, ended_at__isnull=True)
    return end(rows=rows, by=LOOKED, actor=actor, at=at)
