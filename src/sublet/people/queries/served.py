"""Which accounts a host serves."""

from __future__ import annotations

from collections.abc import Sequence


def served_here(
    *, site_path: Sequence[int], site_kind: str, account_id: int, account_kind: str, parent_id: int | None
) -> bool:
    """Whether an account's pages may be shown on a host of the account `site_path[0]`.

    On its own host, or on its reseller's. The vendor's host serves the vendor, resellers and direct accounts, never a
    client: its people must not learn whose software it is.
    """
    site = site_path[0]
    if account_id == site:
        return True
    if site_kind == "vendor":
        return account_kind in {"reseller", "direct"}
    return parent_id == site
