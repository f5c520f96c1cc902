"""The mails of the reseller and of its clients."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sublet.core.rights import CLIENT
from sublet.portals.reseller.nav import here
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.mails import MailsPlace, mail_again, mail_page, mail_shown, mails_page


def _place(request: SubletRequest) -> MailsPlace:
    return MailsPlace(
        url=here(request, "reseller-mails"),
        lead=_("What was written to your people and to those of your clients, in your brand."),
        may_send=request.actor.may("clients:manage"),
        url_of=lambda mail: here(request, "reseller-mail", mail=mail),
        again_url_of=lambda mail: here(request, "reseller-mail-again", mail=mail),
        shown_url_of=lambda mail: here(request, "reseller-mail-shown", mail=mail),
        account_url_of=lambda row: (
            here(request, "reseller-client", ref=row.account_ref) if row.account_kind == CLIENT else ""
        ),
    )


@needs("journal:view", portal="reseller")
@require_safe
def listing(request: SubletRequest) -> HttpResponseBase:
    """The list."""
    return mails_page(request, _place(request))


@needs("journal:view", portal="reseller")
@require_safe
def page(request: SubletRequest, mail: str) -> HttpResponseBase:
    """One mail."""
    return mail_page(request, _place(request), mail)


@needs("journal:view", portal="reseller")
@require_safe
def shown(request: SubletRequest, mail: str) -> HttpResponseBase:
    """The mail itself, for the frame on its page."""
    return mail_shown(request, mail)


@needs("clients:manage", portal="reseller")
@require_POST
def again(request: SubletRequest, mail: str) -> HttpResponseBase:
    """Send it once more."""
    return mail_again(request, _place(request), mail)
