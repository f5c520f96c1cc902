"""How the states of things are shown."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import pgettext_lazy

from sublet.portals.shared.shell import Text

#: How states are shown: tone, icon, words. The tone never speaks alone: icon and words say the same.
STATES: Mapping[str, tuple[str, str, Text]] = {
    "prospect": ("info", "eye", pgettext_lazy("state", "Prospect")),
    "invited": ("info", "mail", pgettext_lazy("state", "Invited")),
    "active": ("success", "circle-check", pgettext_lazy("state", "Active")),
    "suspended": ("warning", "player-pause", pgettext_lazy("state", "Suspended")),
    "closing": ("warning", "hourglass", pgettext_lazy("state", "Closing")),
    "closed": ("neutral", "ban", pgettext_lazy("state", "Closed")),
    "pending": ("neutral", "clock", pgettext_lazy("state", "Pending")),
    "waiting": ("neutral", "clock", pgettext_lazy("state", "Waiting")),
    "ready": ("neutral", "clock", pgettext_lazy("state", "Ready")),
    "scheduled": ("neutral", "calendar", pgettext_lazy("state", "Scheduled")),
    "running": ("info", "player-play", pgettext_lazy("state", "Running")),
    "done": ("success", "check", pgettext_lazy("state", "Done")),
    "failed": ("danger", "alert-circle", pgettext_lazy("state", "Failed")),
    "dead": ("danger", "circle-x", pgettext_lazy("state", "Gave up")),
    "canceled": ("neutral", "x", pgettext_lazy("state", "Canceled")),
    "sent": ("info", "send", pgettext_lazy("state", "Sent")),
    "accepted": ("success", "check", pgettext_lazy("state", "Accepted")),
    "expired": ("neutral", "hourglass", pgettext_lazy("state", "Expired")),
    "revoked": ("neutral", "ban", pgettext_lazy("state", "Revoked")),
    "proved": ("success", "shield-check", pgettext_lazy("state", "Proved")),
    "released": ("neutral", "lock-open", pgettext_lazy("state", "Released")),
    "limit-near": ("warning", "alert-triangle", pgettext_lazy("limit", "Near the limit")),
    "limit-reached": ("warning", "alert-triangle", pgettext_lazy("limit", "At the limit")),
    "limit-over": ("danger", "alert-triangle", pgettext_lazy("limit", "Beyond the limit")),
    "limit-refused": ("danger", "ban", pgettext_lazy("limit", "Nothing more is taken")),
}
