"""Passwords that were stolen elsewhere: whoever tries log-ins tries those first.

`SUBLET_STOLEN_PASSWORDS` names where they are looked up: a file of SHA-1 digests in order, one on a line
(``DIGEST`` or ``DIGEST:COUNT``), or an https address of a service that is told the first five characters of the digest
and answers with the rest of all that begin so (the "range" service of Have I Been Pwned and its mirrors). Neither the
password nor its whole digest leaves the machine. Empty: nothing is looked up.

A look-up that fails never keeps anybody from choosing a password: it is logged, and the other rules stand.
"""

from __future__ import annotations

import hashlib
import logging
import os
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from sublet.foundation import outbound

logger = logging.getLogger(__name__)

#: Seconds, and bytes of an answer: somebody waits with a form open.
LIMITS = outbound.Limits(connect=1.5, read=1.5, total=2.0, size=256 * 1024)
PREFIX = 5
_LONGEST_LINE = 128


class StolenPasswordValidator:
    """A validator of Django's for `AUTH_PASSWORD_VALIDATORS`."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError with code ``password_stolen``."""
        if is_stolen(password):
            raise ValidationError(
                _("This password is in a list of stolen passwords that others try first: choose another one."),
                code="password_stolen",
            )

    def get_help_text(self) -> str:
        """Asked by Django; our pages say the rules in their own words."""
        return ""


def is_stolen(password: str) -> bool:
    """Whether the password is in the list of the settings. False when it cannot be looked up."""
    place = settings.STOLEN_PASSWORDS
    if not place:
        return False
    digest = hashlib.sha1(password.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest().upper()
    try:
        return _answered(place, digest) if place.startswith(("https://", "http://")) else _listed(place, digest)
    except (OSError, outbound.NoAnswer) as fault:  # `NoAnswer` is an OSError, too; said for the reader
        logger.warning("stolen passwords could not be looked up: %s", type(fault).__name__)
        return False


def _answered(address: str, digest: str) -> bool:
    with outbound.session(LIMITS, headers={"Add-Padding": "true"}) as session:
        answer = session.get(f"{address.rstrip('/')}/{digest[:PREFIX]}")
    if answer.status_code != 200:
        raise OSError(f"status {answer.status_code}")
    for line in answer.text.splitlines():
        rest, _colon, count = line.strip().partition(":")
        # A padded answer has lines that mean nobody, with a count of nought.
        if rest.upper() == digest[PREFIX:]:
            return count.strip() != "0"
    return False


def _listed(path: str, digest: str) -> bool:
    """Search by halves: the file may be longer than memory."""
    wanted = digest.encode()
    with open(path, "rb") as file:
        low, high = 0, file.seek(0, os.SEEK_END)
        while low < high:
            middle = (low + high) // 2
            file.seek(max(0, middle - 1))
            if middle:
                file.readline(_LONGEST_LINE)  # the rest of a line that begins before
            begun = file.tell()
            line = file.readline(_LONGEST_LINE).strip().upper()
            if begun >= high:
                high = middle
                continue
            if not line:
                raise OSError("an empty line among the digests")
            found = line.partition(b":")[0]
            if found == wanted:
                return True
            if found < wanted:
                low = begun + 1
            else:
                high = middle
    return False
