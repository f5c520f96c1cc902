"""The form of a promotion: a reseller's, or the vendor's."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from sublet.portals.shared.forms import NameField, SubletForm
from sublet.portals.shared.price_forms import percent_field


class PromotionForm(SubletForm):
    """A promotion by a code."""

    code = forms.CharField(
        label=gettext_lazy("Code"), max_length=40, help_text=gettext_lazy("Letters and digits, for example SPRING50.")
    )
    name = NameField(label=gettext_lazy("Name"), required=False, max_length=100)
    percent = percent_field(gettext_lazy("Percent off"), required=True)
    months = forms.IntegerField(
        label=gettext_lazy("For how many months"),
        required=False,
        min_value=1,
        max_value=120,
        help_text=gettext_lazy("From the day on which an account takes it. Empty: for as long as it stays."),
    )
    closes = forms.DateField(
        label=gettext_lazy("Can be taken until the end of"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    most = forms.IntegerField(
        label=gettext_lazy("At most so many accounts"), required=False, min_value=1, max_value=10**6
    )
