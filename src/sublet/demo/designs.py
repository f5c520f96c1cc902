"""What can be changed in the demo's product: the look of the account's app. Kept by the product itself, one file an account.

It is not in the database: a host product is another program, of which Sublet knows what it is told and nothing else.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sublet.demo import sign_on
from sublet.foundation.refs import looks_like_ref
from sublet.portals.shared.forms import ColorField, SubletForm

#: The section in which it is done, and so the one of the report.
SECTION = "design"


@dataclass(frozen=True, slots=True)
class Design:
    """The look of an account's app."""

    color: str = "#8a1538"
    headline: str = ""


class DesignForm(SubletForm):
    """The form of the design; `may_change` False: to be read only."""

    color = ColorField(label=gettext_lazy("Theme color of the app"))
    headline = forms.CharField(label=gettext_lazy("Headline of the app"), max_length=60, required=False)

    def __init__(self, *args: object, may_change: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they are
        for field in self.fields.values():
            field.disabled = not may_change

    def design(self) -> Design:
        """What was typed."""
        return Design(self.cleaned_data["color"], " ".join(self.cleaned_data["headline"].split()))


def design_of(account: str) -> Design:
    """As it is now."""
    try:
        return Design(**json.loads(_file(account).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Design()


def keep(account: str, design: Design) -> None:
    """Store it: whoever reads meanwhile gets the one or the other, never a half."""
    path = _file(account)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".new")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(design), file)
    os.replace(name, path)


def told(before: Design, after: Design) -> str:
    """What was changed, in words for people who never see this product; empty where nothing was."""
    parts = []
    if before.color != after.color:
        parts.append(_("Theme color: %(before)s → %(after)s") % {"before": before.color, "after": after.color})
    if before.headline != after.headline:
        parts.append(
            _("Headline: %(headline)s") % {"headline": after.headline} if after.headline else _("Headline removed")
        )
    return " · ".join(parts)


def _file(account: str) -> Path:
    if not looks_like_ref(account, "acc"):
        raise ValueError("not an account")
    return sign_on.folder() / f"{account}.design"
