"""When an access ends, for the calendars of both sides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from sublet.accounts.models import Account
from sublet.branding.calendars import Moment, calendar_file
from sublet.branding.queries import account_chain, brand_of
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.people.queries.access import grant_of_client

#: How long before it somebody is reminded: an access can be extended until it ends.
REMIND = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class GrantCalendar:
    """The end of one access as a file."""

    client_name: str
    ics: bytes


def grant_calendar(
    actor: Actor, *, client_ref: str, grant_ref: str, language: str, page_url: str = "", at: datetime
) -> GrantCalendar:
    """The end of an access in the language now active (`language` names it), in the brand of the client's people.

    For whom as `grant_of_client`. Raises NotFound where it has no end or is over, Forbidden.
    """
    row = grant_of_client(actor, client_ref=client_ref, grant_ref=grant_ref, at=at)
    if row.ends_at is None or row.state != "active" or row.over:
        raise NotFound
    client = Account.objects.select_related("parent__parent").get(ref=client_ref)
    reseller = client.parent.name if client.parent is not None else ""
    brand = brand_of(account_chain(client)).speaking(language)
    told = [_("Until then: %(scope)s") % {"scope": row.summary}]
    if row.reason:
        told.append(_("Reason: %(reason)s") % {"reason": row.reason})
    if row.extend_days:
        told.append(_("It goes on by itself unless somebody ends it."))
    moment = Moment(
        key=f"{row.ref}@access",
        title=_("%(reseller)s: access to %(client)s ends") % {"reseller": reseller, "client": client.name},
        text="\n".join(told),
        at=row.ends_at,
        number=max(0, int((at - row.asked_at).total_seconds() // 60)),  # a file that is taken later says what holds
        url=page_url,
        remind_before=REMIND,
    )
    return GrantCalendar(client.name, calendar_file([moment], brand=brand.name, language=language, at=at))
