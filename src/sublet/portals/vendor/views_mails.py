"""Every mail of the installation."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sublet.core.rights import DIRECT, RESELLER
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.mails import MailsPlace, mail_again, mail_page, mail_shown, mails_page
from sublet.portals.vendor.nav import here


def _place(request: SubletRequest) -> MailsPlace:
    return MailsPlace(
        url=here(request, "vendor-mails"),
        lead=_("Everything that was written, by whichever brand. What failed can be sent again."),
        may_send=request.actor.may("jobs:manage"),
        url_of=lambda mail: here(request, "vendor-mail", mail=mail),
        again_url_of=lambda mail: here(request, "vendor-mail-again", mail=mail),
        shown_url_of=lambda mail: here(request, "vendor-mail-shown", mail=mail),
        account_url_of=lambda row: (
            here(request, "vendor-account", ref=row.account_ref) if row.account_kind in {RESELLER, DIRECT} else ""
        ),
    )


@needs("journal:view", portal="vendor")
@require_safe
def listing(request: SubletRequest) -> HttpResponseBase:
    """The list."""
    return mails_page(request, _place(request))


@needs("journal:view", portal="vendor")
@require_safe
def page(request: SubletRequest, mail: str) -> HttpResponseBase:
    """One mail."""
    return mail_page(request, _place(request), mail)


@needs("journal:view", portal="vendor")
@require_safe
def shown(request: SubletRequest, mail: str) -> HttpResponseBase:
    """The mail itself, for the frame on its page."""
    return mail_shown(request, mail)


@needs("jobs:manage", portal="vendor")
@require_POST
def again(request: SubletRequest, mail: str) -> HttpResponseBase:
    """Send it once more."""
    return mail_again(request, _place(request), mail)
