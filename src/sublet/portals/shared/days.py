"""What pages and the API say of a day out of reach (`core.days`)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

OUT_OF_RANGE = _("The year must lie between 1900 and 2999.")
