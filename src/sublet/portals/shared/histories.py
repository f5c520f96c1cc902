"""How a journal entry is drawn in a timeline, in every portal."""

from __future__ import annotations

#: How an entry is drawn, by what its event's name begins with; the first that fits: start, icon, tone.
_SIGNS: tuple[tuple[str, str, str], ...] = (
    ("account.suspended", "player-pause", "warning"),
    ("account.resumed", "player-play", ""),
    ("account.closed", "ban", "warning"),
    ("account.ended", "ban", "danger"),
    ("account.reopened", "arrow-back-up", ""),
    ("account.activated", "circle-check", "success"),
    ("account.converted", "building-store", "success"),
    ("account.", "pencil", ""),
    ("client.created", "plus", "success"),
    ("client.", "tag", ""),
    ("clients.", "download", ""),
    ("reseller.", "plus", "success"),
    ("direct_account.", "plus", "success"),
    ("vendor.", "plus", "success"),
    ("demonstration.", "eye", ""),
    ("prospect.", "eye", ""),
    ("impersonation.", "login", ""),
    ("collaborator.", "user", ""),
    ("invitation.", "mail", ""),
    ("directory.", "users", ""),
    ("ownership.", "user-check", ""),
    ("person.", "user", ""),
    ("password.", "lock", ""),
    ("manifest.", "puzzle", ""),
    ("section.", "list-check", ""),
    ("job.", "refresh", ""),
    ("schedule.", "clock", ""),
    ("mail.", "mail", ""),
    ("api_key.", "key", ""),
    ("webhook.gave_up", "alert-triangle", "warning"),
    ("webhook.", "send", ""),
    ("grant.requested", "hourglass", ""),
    ("grant.approved", "key", "success"),
    ("grant.ended", "ban", "warning"),
    ("grant.lapsed", "ban", "warning"),
    ("grant.", "key", ""),
    ("access.granted", "lock-open", "success"),
    ("access.", "mail-opened", ""),
    ("access_rules.", "shield-lock", ""),
    ("section_service.", "star", ""),
    ("client_list.", "list", ""),
    ("company_log_in.", "building", ""),
    ("application.", "apps", ""),
    ("sign_on.", "login", ""),
    ("signing_keys.", "refresh", ""),
    ("journal.", "download", ""),
    ("brand.", "palette", ""),
    ("host.failing", "alert-triangle", "warning"),
    ("host.told", "alert-triangle", "warning"),
    ("host.lost", "ban", "danger"),
    ("host.serving", "circle-check", "success"),
    ("wording.", "mail", ""),
    ("vendor_word.", "eye-off", ""),
    ("host.", "world", ""),
    ("scan.", "eye", ""),
    ("import.", "file-spreadsheet", ""),
    ("view.", "list", ""),
)


def sign_of(event: str) -> tuple[str, str]:
    """Icon and tone of an event."""
    for start, icon, tone in _SIGNS:
        if event.startswith(start):
            return icon, tone
    return "point", ""
