"""Which entries of the ledger give a claim up, or take that back."""

from __future__ import annotations

from django.db.models import Q

from sublet.core.accountstatement import LOSSES


def of_losses(path: str = "") -> Q:
    """Those entries; `path` leads to them (``entry__``). Their `minor` is what is owed by them: a loss with the other sign."""
    found = Q()
    for word in LOSSES:
        found |= Q(**{f"{path}key__startswith": f"{word}:"})
    return found
