"""What Sublet tells by webhook: an account is suspended or closed, a brand has changed, a limit was reached."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, request

from bookings import business
from bookings.web.app import parts
from sublet_client import errors, webhooks
from sublet_client.webhooks import Event

pages = Blueprint("hooks", __name__)
log = logging.getLogger(__name__)
#: What an account's page says from then on.
STATES = {
    "account.suspended": "suspended",
    "account.resumed": "open",
    "account.activated": "open",
    "account.reopened": "open",
    "account.closed": "closed",
    "account.ended": "closed",
}
_BRANDS = ("brand.", "host.", "sender.", "sender_domain.")


@pages.post("/hooks")
def hear() -> Response:
    """Verified byte for byte; what was heard before is not done twice."""
    made = parts()
    try:
        event = webhooks.verify(dict(request.headers), request.get_data(), made.settings.hook_secrets)
    except errors.Untrusted:
        return Response(status=400)
    at = int(made.now().timestamp())
    if made.database.row("SELECT 1 FROM heard WHERE id = ?", event.id) is None:
        take(event)
        with made.database.writing() as writing:
            writing.execute("INSERT OR IGNORE INTO heard (id, at) VALUES (?, ?)", (event.id, at))
    return Response(status=204)


def take(event: Event) -> None:
    """Each of these may come again, and in another order: it says how things are, not what to add, and never
    undoes what a newer one said."""
    made = parts()
    if event.type in STATES:
        business.say_state(made.database, event.account, STATES[event.type], said=event.order)
    elif event.type.startswith(_BRANDS):
        made.platform.forget_brand()
    elif event.type.startswith("limit."):
        log.info("%s for %s", event.type, event.account)  # the pages ask for the standing themselves
