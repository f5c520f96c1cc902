"""The forms of the pages of payments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from sublet.portals.shared.forms import EmailField, SubletForm

_KEPT = gettext_lazy("Leave it empty to keep the one that is there.")
_PLAIN = {"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}


class GatewayForm(SubletForm):
    """The account at the processor."""

    key = forms.CharField(
        label=gettext_lazy("Restricted key"),
        max_length=300,
        required=False,
        widget=forms.PasswordInput(attrs={**_PLAIN, "placeholder": "rk_live_…"}),
    )
    hook_secret = forms.CharField(
        label=gettext_lazy("Signing secret of the webhook"),
        max_length=300,
        required=False,
        widget=forms.PasswordInput(attrs={**_PLAIN, "placeholder": "whsec_…"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    conditional = ("key",)

    def __init__(self, *args: Any, has_key: bool = False, has_hook_secret: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_key:
            self.fields["key"].help_text = _KEPT
        if has_hook_secret:
            self.fields["hook_secret"].help_text = _KEPT
        elif has_key:
            self.fields["hook_secret"].help_text = _("Stripe shows it once the webhook below is set up there.")
        else:
            self.fields["hook_secret"].help_text = _(
                "It comes later: once the key is saved, this page shows the webhook."
            )


class LinkForm(SubletForm):
    """To whom the link is mailed."""

    send_to = EmailField(
        label=gettext_lazy("Send it to"),
        autocomplete="off",
        required=False,
        help_text=gettext_lazy("Empty: it is shown to you once, to be sent another way."),
    )


class RefundForm(SubletForm):
    """How much goes back, and why."""

    amount = forms.CharField(
        label=pgettext_lazy("money", "Amount"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    then = forms.ChoiceField(
        label=gettext_lazy("And its invoice?"),
        widget=forms.RadioSelect,
        choices=[
            ("owed", gettext_lazy("It is owed again: the payer is to pay it otherwise")),
            ("credit", gettext_lazy("It is credited: as much of it is owed no longer")),
        ],
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, required=False)
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
