"""What the pages say of plan and limit, and where the way out is: the client's plan page in Sublet, on the same host."""

from __future__ import annotations

from typing import Any

from bookings.web.app import issuer, parts, visit


def plan_address(account: str) -> str:
    """The client's own page about its plan; during a visit, within the visit."""
    return f"{issuer()}{f'/as/{visit()}' if visit() else ''}/client/{account}/plan/"


def shown(account: str) -> dict[str, Any]:
    """For a template."""
    return {"plan": parts().platform.plan(account), "plan_address": plan_address(account)}
