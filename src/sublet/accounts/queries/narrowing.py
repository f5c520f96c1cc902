"""Filters of the client list that an app above knows: what the host product reports of clients, for now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db.models import Q

#: Conditions as their texts (``last_push_sent:older:30``) and a moment → the accounts that fit any of them.
Maker = Callable[[Sequence[str], datetime], Q]

_makers: list[Maker] = []


def narrow_by_signals(maker: Maker) -> None:
    """Say how the filter `signals` of a list is answered; for the `AppConfig.ready` of the app that knows."""
    _makers[:] = [maker]


def for_signals(conditions: Sequence[str], at: datetime) -> Q:
    """The condition on accounts. Where nobody knows signals, no account fits."""
    return _makers[0](conditions, at) if _makers else Q(pk__in=[])
