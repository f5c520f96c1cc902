"""Forms of the pages about a subscription: which plan, from when, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from sublet.portals.shared.forms import DayField, SubletForm
from sublet.portals.shared.shell import Text

WHENS: Sequence[tuple[str, Text]] = (
    ("now", _("At once")),
    ("period", _("When the period ends that runs now")),
    ("day", _("When a day begins, where the account is")),
)


def _offer(form: forms.Form, name: str, choices: Sequence[tuple[str, Text]]) -> None:
    cast(forms.ChoiceField, form.fields[name]).choices = list(choices)


def _reason() -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        help_text=_("Kept in the history; the client does not read it."),
    )


class WhenForm(SubletForm):
    """From when something holds. `periods`: whether a period runs whose end could be waited for."""

    conditional = ("day",)

    when = forms.ChoiceField(label=_("From when?"), choices=WHENS, widget=forms.RadioSelect, initial="now")
    day = DayField(label=_("Day"), required=False)
    reason = _reason()

    def __init__(self, *args: Any, periods: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not periods:
            _offer(self, "when", [each for each in WHENS if each[0] != "period"])

    def clean(self) -> dict[str, Any]:
        """A day is needed where a day was chosen, and says nothing elsewhere."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("when") != "day":
            values["day"] = None
            self._errors.pop("day", None)  # type: ignore[union-attr]  # it is being filled
        elif not values.get("day") and "day" not in self.errors:
            self.add_error("day", _("Choose a day."))
        return values


class PlanForm(WhenForm):
    """A plan to take."""

    plan = forms.ChoiceField(label=_("Plan"), widget=forms.RadioSelect)

    field_order = ("plan", "when", "day", "reason")

    def __init__(self, *args: Any, plans: Sequence[tuple[str, Text]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "plan", plans)


BASES: Sequence[tuple[str, Text]] = (
    ("calendar", _("By the calendar: the first part of a month is paid by its days, then whole months from the 1st")),
    ("anniversary", _("By months from the day on which the plan was taken")),
)


class BasisForm(WhenForm):
    """By which periods an account is charged."""

    basis = forms.ChoiceField(label=_("How is it charged?"), widget=forms.RadioSelect, choices=BASES)

    field_order = ("basis", "when", "day", "reason")


class EndForm(WhenForm):
    """When a plan or an add-on ends."""


class PauseForm(SubletForm):
    """Until when a plan rests."""

    until = DayField(
        label=_("Until"),
        required=False,
        help_text=_("It goes on when that day begins. Leave it empty to resume it yourself."),
    )
    reason = _reason()


class ReasonOnlyForm(SubletForm):
    """Why, if there is anything to say."""

    reason = _reason()


class AddOnForm(SubletForm):
    """An add-on to take. `once` names this form, so that sending it twice takes it once."""

    once = forms.CharField(max_length=40, widget=forms.HiddenInput)
    add_on = forms.ChoiceField(label=_("Add-on"), widget=forms.RadioSelect)
    count = forms.IntegerField(label=_("How many?"), min_value=1, max_value=1000, initial=1)
    reason = _reason()

    def __init__(self, *args: Any, add_ons: Sequence[tuple[str, Text]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "add_on", add_ons)


class OnDayForm(SubletForm):
    """On which day one wants to know what held."""

    on = DayField(label=_("What held on"))
