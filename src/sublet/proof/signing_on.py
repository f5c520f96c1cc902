"""Signing a running scan on to the host product, where that asks by itself who comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qs, urlencode, urlsplit

from sublet.branding.queries import origin
from sublet.foundation.actor import Actor
from sublet.proof.gathering import PRODUCT, Looking
from sublet.proof.models import Scan
from sublet.proof.product import SignOn
from sublet.proof.visitor import ask
from sublet.signon import operations


def signer(scan: Scan, looking: Looking, *, who: str = PRODUCT, actor: Actor, now: Callable[[], datetime]) -> SignOn:
    """Goes to the log-in as that person of the account's, inside this process, and signs the scan on to look.

    Whatever keeps that person out of the product keeps the scan out: the page and its guard are the same. Nothing comes of it
    (an empty address) where they say no, where the application belongs to another account or host, or when the scan is over.
    """

    given = looking.shown_to(who)

    def sign_on(address: str) -> str:
        if given is None:
            return ""
        wanted = ask(host=looking.host, address=_in_account(address, looking.account.ref), shown_to=given).told
        if not isinstance(wanted, operations.LookWanted) or wanted.account != looking.account.ref:
            return ""
        if not wanted.asked.redirect_uri.startswith(f"{origin(looking.host)}/"):
            return ""  # a code for another place would be taken there
        running = Scan.objects.filter(
            id=scan.id, state=Scan.State.RUNNING, started_at=scan.started_at, host=looking.host
        ).exclude(pass_digest="")
        row = running.only("pass_digest", "pass_until", "account").first()
        if row is None or row.pass_until is None:
            return ""
        try:
            code = operations.begin_look(
                wanted=wanted, user_id=given.user_id, host=looking.host, digest=row.pass_digest,
                until=row.pass_until, actor=actor, at=now(),
            )  # fmt: skip
        except operations.CannotSignOn:
            return ""
        return wanted.back(code)

    return sign_on


def _in_account(address: str, account_ref: str) -> str:
    """The address of the log-in, for this account where it names none: nobody sits there who could choose."""
    asked = parse_qs(urlsplit(address).query, keep_blank_values=True)
    return address if "login_hint" in asked else f"{address}&{urlencode({'login_hint': account_ref})}"
