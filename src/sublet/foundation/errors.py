"""Expected "no"s. A refusal has a code for machines and a sentence for people; it is never logged as an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """An expected "no" (HTTP 409 unless said otherwise).

    Subclasses are named after their operation (``CannotCloseClient``) and list a sentence for each code in `SENTENCES`,
    with named ``%(x)s`` placeholders filled from `params`. `field` names the input at fault, if there is one.
    """

    SENTENCES: ClassVar[Mapping[str, str | Promise]] = {}
    status: ClassVar[int] = 409

    def __init__(self, code: str, *, field: str = "", **params: object) -> None:
        if code not in self.SENTENCES:
            raise KeyError(f"{type(self).__name__} has no sentence for {code!r}")
        super().__init__(code)
        self.code = code
        self.field = field
        self.params = params

    @property
    def sentence(self) -> str:
        """What went wrong and what to do, in the language now active."""
        return str(self.SENTENCES[self.code]) % self.params

    def __str__(self) -> str:
        return f"{type(self).__name__}({self.code})"


class NotFound(Exception):
    """The thing is not there, or belongs to somebody else: the same answer for both, so that nobody learns which."""


class Forbidden(Exception):
    """The actor is known here but lacks the right. `right` is ``section:level``."""

    def __init__(self, right: str) -> None:
        super().__init__(right)
        self.right = right


class CannotWhileImpersonating(Refusal):
    """What nobody may do in another person's name."""

    SENTENCES = {
        "personal": _("Only the person can do this. End the visit first."),
        "never": _("Nobody does this during a visit. End it first, and do it in your own name."),
    }
    status = 403
