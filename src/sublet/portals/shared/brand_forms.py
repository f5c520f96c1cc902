"""Forms of the brand and hosts pages, the same in every portal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sublet.branding.operations import CannotChangeBrand
from sublet.branding.queries import PICTURES, EditableBrand
from sublet.portals.shared.forms import ColorField, DropInput, EmailField, NameField, PhoneField, SubletForm

ACCEPTED = ".png, .jpg, .jpeg, .webp, .gif"
LARGEST_UPLOAD = 5 * 1024 * 1024


class PictureField(forms.FileField):
    """An uploaded picture. Whether it is one is found out by the operation; here only its size, before it is read."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", DropInput(attrs={"accept": ACCEPTED}))
        super().__init__(required=False, allow_empty_file=True, **kwargs)

    def to_python(self, data: Any) -> UploadedFile | None:
        """Refuse what is too large to be looked at."""
        found = super().to_python(data)
        if isinstance(found, UploadedFile) and (found.size or 0) > LARGEST_UPLOAD:
            raise forms.ValidationError(str(CannotChangeBrand.SENTENCES["too-large"]), code="too-large")
        return found if isinstance(found, UploadedFile) else None


class BrandForm(SubletForm):
    """An account's own brand. An empty field shows what is inherited."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    name = NameField(label=gettext_lazy("Name"), max_length=80, required=False)
    color = ColorField(label=gettext_lazy("Color"), required=False)
    logo = PictureField(
        label=gettext_lazy("Logo"), help_text=gettext_lazy("For light pages and mails. Shown up to 320 by 100 points.")
    )
    logo_dark = PictureField(
        label=gettext_lazy("Logo for dark pages"), help_text=gettext_lazy("Only if the first cannot be read on black.")
    )
    icon = PictureField(
        label=gettext_lazy("Icon"), help_text=gettext_lazy("Square. For the browser’s tab and the home screen.")
    )
    support_name = NameField(label=gettext_lazy("Who helps"), max_length=80, required=False)
    support_email = EmailField(label=gettext_lazy("E-mail address"), required=False, autocomplete="off")
    support_phone = PhoneField(label=gettext_lazy("Telephone"), required=False)
    support_hours = NameField(label=gettext_lazy("Hours"), max_length=120, required=False)
    support_url = forms.CharField(label=gettext_lazy("Help pages"), max_length=300, required=False)
    sender_name = NameField(label=gettext_lazy("Sender of mails"), max_length=80, required=False)
    footer = NameField(label=gettext_lazy("Footer"), max_length=200, required=False)

    def __init__(self, *args: Any, brand: EditableBrand, **kwargs: Any) -> None:
        kwargs["initial"] = {field: state.own for field, state in brand.fields.items()} | {"version": brand.version}
        super().__init__(*args, **kwargs)
        for name, state in brand.fields.items():
            field = self.fields[name]
            field.widget.attrs["data-brand-field"] = name
            if name in PICTURES:
                self.initial[name] = _Shown(state.own) if state.own else None
            elif state.inherited and name != "color":
                field.widget.attrs["placeholder"] = state.inherited
        self.fields["color"].widget.attrs |= {
            "placeholder": brand.fields["color"].inherited,
            "hx-get": reverse("brand-color"),
            "hx-trigger": "input changed delay:250ms",
            "hx-target": "#brand-color",
            "hx-swap": "innerHTML",
        }
        for name in ("support_email", "support_phone", "support_name"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    @property
    def changes(self) -> dict[str, str]:
        """The texts as they were typed."""
        return {name: str(self.cleaned_data[name] or "") for name in self.fields if name not in {"version", *PICTURES}}

    @property
    def pictures(self) -> dict[str, bytes | None]:
        """New files, and None for those to be taken away."""
        found: dict[str, bytes | None] = {}
        for slot in PICTURES:
            given = self.cleaned_data.get(slot)
            if given is False:
                found[slot] = None
            elif isinstance(given, UploadedFile):
                found[slot] = given.read()
        return found


class _Shown:
    """What the file input is told of the present picture, so that it offers to take it away."""

    def __init__(self, digest: str) -> None:
        self.url = f"/brand/{digest}"

    def __str__(self) -> str:
        return self.url


class HostForm(SubletForm):
    """A new host: a word below the neutral domain, or an own domain."""

    host = forms.CharField(label=gettext_lazy("New address"), max_length=300)

    def __init__(self, data: Mapping[str, Any] | None = None, *, check_url: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["host"].widget.attrs |= {
            "placeholder": _("bella-napoli or www.example.com"),
            "autocomplete": "off",
            "autocapitalize": "none",
            "spellcheck": "false",
            "inputmode": "url",
            "hx-get": check_url,
            "hx-trigger": "input changed delay:300ms",
            "hx-target": "#host-answer",
            "hx-swap": "innerHTML",
            "hx-sync": "this:replace",
        }
