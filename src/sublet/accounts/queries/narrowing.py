"""Filters of the client list that an app above knows: what the host product reports of clients, how far they use their limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db.models import Q

#: Conditions as their texts (``last_push_sent:older:30``) and a moment → the accounts that fit any of them.
Maker = Callable[[Sequence[str], datetime], Q]

_makers: list[Maker] = []
_limits: list[Maker] = []


def narrow_by_signals(maker: Maker) -> None:
    """Say how the filter `signals` of a list is answered; for the `AppConfig.ready` of the app that knows."""
    _makers[:] = [maker]


def for_signals(conditions: Sequence[str], at: datetime) -> Q:
    """The condition on accounts. Where nobody knows signals, no account fits."""
    return _makers[0](conditions, at) if _makers else Q(pk__in=[])


def narrow_by_limits(maker: Maker) -> None:
    """The same of the filter `limits`, whose values are states of meters."""
    _limits[:] = [maker]


def for_limits(states: Sequence[str], at: datetime) -> Q:
    """The condition on accounts. Where nobody knows limits, no account fits."""
    return _limits[0](states, at) if _limits else Q(pk__in=[])
