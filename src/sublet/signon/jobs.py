"""Jobs of `signon`."""

from __future__ import annotations

from datetime import timedelta

from sublet.branding.queries import host_view
from sublet.foundation.jobs import JobContext, job, schedule
from sublet.signon.operations.keys import keep_keys
from sublet.signon.operations.notices import tell_end
from sublet.signon.operations.sign_ons import clear_sign_ons, end_lost_sign_ons


@job("signon.tell_end", max_attempts=8, timeout=60)
def tell(context: JobContext, *, sign_on_ref: str) -> None:
    """Tell the application that a sign-on has ended."""
    tell_end(sign_on_ref=sign_on_ref, at=context.at)


@job("signon.end_lost")
def end_lost(context: JobContext) -> None:
    """Something was taken away from somebody: end the sign-ons of the account that stood on it."""
    end_lost_sign_ons(site_of=host_view, account_id=context.account_id, at=context.at)


@schedule("signon.end_all_lost", every=timedelta(minutes=5))
def end_all_lost(context: JobContext) -> None:
    """The same over all accounts: for what ends by the clock, such as a visit, and for what no event tells of."""
    end_lost_sign_ons(site_of=host_view, account_id=None, at=context.now())


@schedule("signon.keep", every=timedelta(hours=12))
def keep(context: JobContext) -> None:
    """Rotate signing keys that are old enough; forget what is long over."""
    keep_keys(actor=context.actor, at=context.at)
    clear_sign_ons(at=context.at)
