"""Why an account stays where it is."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from sublet.foundation.errors import Refusal


class CannotMoveAccount(Refusal):
    """The codes of `core.tree`, and what a request can meet besides."""

    SENTENCES: ClassVar = {
        "already-there": _("This client is with that reseller already."),
        "answered": _("This request is not open any more."),
        "client-owns": _("The client owns this account, so only the client’s owner can ask for this."),
        "closed": _("This account is not open."),
        "code": _("This code names nobody, or is no longer valid. Ask for a new one."),
        "confined": _("You reach chosen clients only. Somebody who reaches all of them has to decide this."),
        "demonstration": _("This is a demonstration. Make it a client first, or let it end."),
        "has-clients": _(
            "This reseller still has clients, or closed accounts of clients. Move them to another reseller first."
        ),
        "itself": _("This is your own code. You need that of the other side."),
        "lapsed": _("This request has run out. Ask again."),
        "meanwhile": _("The account stands elsewhere by now. Ask again."),
        "moving": _("A move of this account is under way already. Wait for it, or take it back first."),
        "nobody": _("Nobody owns this account yet, so nobody could enter it. Invite its owner first."),
        "not-a-client": _("This account is not a client of a reseller."),
        "not-a-reseller": _("That account is not a reseller, so it cannot take clients in."),
        "not-direct": _("Only an account without a reseller above it can join one."),
        "notice": _("You agreed to a notice. End the reseller’s access first; when it is over, you can leave."),
        "not-yours": _("Somebody else has to answer this."),
        "reason-too-long": _("A reason has at most %(most)s characters."),
        "reseller-closed": _("That reseller’s account is not open, so it cannot take clients in."),
        "unpaid": _("This reseller can only read and pay until its invoices are paid."),
        "reseller-pays": _("That reseller pays and is open: its clients are its own affair."),
        "too-many": _("At most %(most)s accounts at once."),
        "reseller-owns": _("The reseller owns this account, so only the reseller can ask for this."),
    }
