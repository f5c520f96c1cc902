"""The vendor's notice on pages of accounts whose plan shows one: in trial and on paid plans there is none."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.lifecycle import CLOSED
from sublet.core.manifest.model import Names
from sublet.core.rights import CLIENT, DIRECT
from sublet.entitlements.queries.answers import entitlements_of


@dataclass(frozen=True, slots=True)
class Notice:
    """What to show. `address`: where it leads, empty for nowhere."""

    words: Names
    address: str


def notice_in(account: Account | None, *, at: datetime) -> Notice | None:
    """What pages of that account show at `at`; None: nothing. No statement where the vendor has set no words, nor for an account
    that never took a plan or a trial; otherwise what `entitlements_of` takes."""
    notice = _vendors_notice()
    if notice is None or account is None or account.kind not in {CLIENT, DIRECT} or account.state == CLOSED:
        return None
    if account.plan or account.trial_until is not None:
        return notice if entitlements_of(account.id, at).advertising else None
    born = offer().starting_plan_at(account.created_at)
    return notice if born is not None and born.advertising else None


def notice_on_host(account_id: int, *, at: datetime) -> Notice | None:
    """The same for pages that nobody has entered yet, on the host of that account. A statement more, to read it."""
    if _vendors_notice() is None:
        return None
    # unscoped: whose host it is; only whether a notice is shown leaves here
    return notice_in(Account.unscoped.filter(id=account_id).first(), at=at)


def notice_texts() -> list[str]:
    """Every text of the vendor's notice, and where it leads: for whoever looks for what names the vendor. Nothing is asked."""
    notice = _vendors_notice()
    return [] if notice is None else [each for each in (*asdict(notice.words).values(), notice.address) if each]


def _vendors_notice() -> Notice | None:
    product = offer().product
    if product is None or product.notice is None:
        return None
    return Notice(product.notice, product.notice_address or "")
