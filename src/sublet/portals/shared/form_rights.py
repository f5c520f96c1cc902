"""The rights of forms and of their fields, as `core.fields_forms` declares them: what is not the actor's is not in the form.

Laws (tests/architecture/test_fields.py): an undeclared form has no fields, an undeclared field is not read; a form that is
sent by somebody without its right is refused; a field that the actor has no right to is neither shown nor read.
"""

from __future__ import annotations

from collections.abc import Iterable

from sublet.core.fieldrights import ABOVE, ADDRESSES, ONCE, PEOPLE, SECRET, Shape
from sublet.core.fields_forms import FORMS
from sublet.core.peopledata import Way
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden
from sublet.foundation.scope import current_or_none

PORTALS = "sublet.portals."


def declared(form: type) -> Shape | None:
    """What is declared of that class of forms; None: nothing. Raises KeyError for a class that is not of the portals."""
    if not form.__module__.startswith(PORTALS):
        raise KeyError(
            form.__module__
        )  # a test's own; or the bundled product's, which goes by what it is told at sign-on
    return FORMS.get(f"{form.__module__.removeprefix(PORTALS)}.{form.__name__}")


def acting() -> Actor | None:
    """Who has been let in to the page; None on pages that are open to anybody or about the person itself."""
    scope = current_or_none()
    return scope.actor if scope is not None else None


def closed(form: type, names: Iterable[str], actor: Actor | None) -> set[str]:
    """Those of the fields that a form of that class does not have for that actor."""
    try:
        shape = declared(form)
    except KeyError:
        return set()
    return {name for name in names if shape is None or not may_set(shape.rule(name), actor)}


def may_set(rule: str | None, actor: Actor | None) -> bool:
    """Whether a field with that rule is there for the actor; `rule` None: it is not declared."""
    if rule is None:
        return False
    if rule in {"", SECRET, ONCE, ADDRESSES}:
        return True
    if actor is None:
        return False
    if rule == ABOVE:
        return actor.account_kind in {VENDOR, RESELLER} and actor.impersonator is None
    return actor.gets_people(Way.COLUMN) if rule == PEOPLE else actor.may(rule)


def require(form: type, actor: Actor | None) -> None:
    """Raise Forbidden when the actor sends a form of that class and has none of its rights. `actor` None: nobody has been let
    in, so on a page only forms for anybody are taken."""
    try:
        shape = declared(form)
    except KeyError:
        return
    if shape is None or shape.for_anybody or current_or_none() is None:
        return
    if actor is None or actor.account_kind not in shape.kinds or not any(actor.may(right) for right in shape.rights):
        raise Forbidden(shape.rights[0])
