"""Forms of the pages about use and limits."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from sublet.portals.shared.forms import DayField, SubletForm

POLICIES = (("block", _("Refuse what goes beyond")), ("notify", _("Go on, and tell")))


def day_ends(day: date | None, zone: str) -> datetime | None:
    """The instant after a day, in a zone."""
    return None if day is None else datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))


class LimitForm(SubletForm):
    """How far a meter may go for a client."""

    units = forms.IntegerField(label=_("Limit"), min_value=0, max_value=10**12)
    policy = forms.ChoiceField(
        label=_("At the limit"),
        choices=(("", _("As in the plan")), *POLICIES),
        required=False,
        widget=forms.RadioSelect,
    )
    until = DayField(
        label=_("Until and including"),
        required=False,
        help_text=_("Leave it empty for as long as you like."),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=500,
        required=False,
        help_text=_("Kept in the history; the client does not read it."),
    )


class TopUpForm(SubletForm):
    """Units that are given once."""

    units = forms.IntegerField(label=_("How many more"), min_value=1, max_value=2**31 - 1)
    until = DayField(
        label=_("Until and including"),
        required=False,
        help_text=_("Leave it empty for the period that runs."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        help_text=_("Kept in the history; the client does not read it."),
    )
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)


class CapForm(SubletForm):
    """A limit that an account sets for itself."""

    units = forms.IntegerField(label=_("Limit"), min_value=0, max_value=10**12)
    policy = forms.ChoiceField(label=_("At the limit"), choices=POLICIES, widget=forms.RadioSelect, initial="block")
