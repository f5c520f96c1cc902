"""How a person is called where somebody else reads it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sublet.core.peopledata import holds_address
from sublet.people.models import User


def called(user: User, *, listed: bool) -> str:
    """The name, or for somebody without one the address; `listed`: whether the reader may have people's addresses there
    (`Actor.lists_people_of`). Else neither is the address told, nor a name that is one."""
    return in_sight(str(user), listed=listed)


def in_sight(name: str, *, listed: bool) -> str:
    """A name that was written down, as `called` gives it."""
    return name if listed or not holds_address(name) else _("Without a name")
