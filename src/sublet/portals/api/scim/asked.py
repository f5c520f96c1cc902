"""From a SCIM filter to a question that the database answers with its indexes. What it cannot answer so is refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from scim2_models import InvalidFilterException, Resource, ScimFilter
from scim2_models.path import Comparison, FilterNode, LogicalExpr, LogicalOperator, ValuePath
from scim2_models.path import Not as Negation
from scim2_models.path.expressions import Present

from sublet.core.directory import MOST_TESTS, Condition, Every, Not, Operator, Some, Test
from sublet.portals.api.scim.described import User

#: SCIM's name in lower case → the name in `core.directory`.
PERSON_NAMES: Mapping[str, str] = {
    "id": "id",
    "username": "user_name",
    "externalid": "external_id",
    "displayname": "name",
    "active": "active",
    "emails": "email",
    "emails.value": "email",
    "meta.created": "created",
    "meta.lastmodified": "changed",
}
GROUP_NAMES: Mapping[str, str] = {
    "id": "id",
    "displayname": "name",
    "externalid": "external_id",
    "members": "members",
    "members.value": "members",
    "meta.created": "created",
    "meta.lastmodified": "changed",
}
TIMES = {"created", "changed"}
EXAMPLE = "2026-01-31T12:00:00Z"


def condition(asked: ScimFilter[Any], model: type[Resource[Any]]) -> Condition:
    """The filter as a condition. Raises InvalidFilterException for attributes or operators that are not searched by."""
    names = PERSON_NAMES if model is User else GROUP_NAMES
    if _count(asked.ast) > MOST_TESTS:
        raise InvalidFilterException(detail=_("A filter has at most %(most)s comparisons here.") % {"most": MOST_TESTS})
    return _turned(asked.ast, names, "")


def _count(node: FilterNode) -> int:
    if isinstance(node, LogicalExpr):
        return sum(_count(term) for term in node.terms)
    if isinstance(node, Negation):
        return _count(node.expr)
    if isinstance(node, ValuePath):
        return _count(node.val_filter)
    return 1


def _turned(node: FilterNode, names: Mapping[str, str], within: str) -> Condition:
    match node:
        case LogicalExpr():
            parts = tuple(_turned(term, names, within) for term in node.terms if not _says_nothing(term, within))
            if not parts:
                raise InvalidFilterException(detail=_("This filter names nothing that is searched by here."))
            return Every(parts) if node.op == LogicalOperator.and_ else Some(parts)
        case Negation():
            return Not(_turned(node.expr, names, within))
        case ValuePath() if not within:
            return _turned(node.val_filter, names, str(node.attr_path.attr).lower())
        case Present():
            return Test(_field(node, names, within), "pr")
        case Comparison():
            return _compared(node, _field(node, names, within))
    raise InvalidFilterException(detail=_("This filter is not understood here."))


def _says_nothing(node: FilterNode, within: str) -> bool:
    """The kind of an address (``emails[type eq "work" and value eq "…"]``) is kept, but nobody is found by it."""
    return within == "emails" and isinstance(node, Comparison) and node.attr_path.attr.lower() in {"type", "primary"}


def _field(node: Comparison | Present, names: Mapping[str, str], within: str) -> str:
    path = ".".join(part for part in (within, node.attr_path.attr, node.attr_path.sub_attr) if part).lower()
    if path not in names:
        known = ", ".join(sorted(names))
        raise InvalidFilterException(
            detail=_("Nothing is searched by “%(path)s” here, only by: %(known)s.")
            % {"path": path[:80], "known": known}
        )
    return names[path]


def _compared(node: Comparison, field: str) -> Condition:
    op: Operator = node.op.value
    value = node.value
    if field in TIMES:
        try:
            value = datetime.fromisoformat(str(value))
            if value.tzinfo is None:
                raise ValueError("no offset")
            value = value.astimezone(UTC)  # at the edge of the calendar there may be no such day in UTC
        except (ValueError, OverflowError):
            raise InvalidFilterException(
                detail=_("A time is written like %(example)s.") % {"example": EXAMPLE}
            ) from None
        if op in {"co", "sw", "ew"}:
            raise InvalidFilterException(detail=_("“%(op)s” does not go with this attribute.") % {"op": op})
        return Test(field, op, value)
    if field == "active":
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            value = value.lower() == "true"
        if not isinstance(value, bool) or op not in {"eq", "ne"}:
            raise InvalidFilterException(detail=_("“active” is compared with true or false, by eq or ne."))
        return Test(field, op, value)
    if value is not None and not isinstance(value, str):
        raise InvalidFilterException(detail=_("A text is compared with a text in quotation marks."))
    if value is None and op not in {"eq", "ne"}:
        raise InvalidFilterException(detail=_("“%(op)s” does not go with this attribute.") % {"op": op})
    if value is None:
        return Not(Test(field, "pr")) if op == "eq" else Test(field, "pr")
    return Test(field, op, value)
