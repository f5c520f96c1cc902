"""What the API says and hears about visits."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import Input, Out


class VisitRules(Out):
    """What was decided about visits."""

    staff_may_visit: Annotated[
        bool | None, Meta(description="Staff may log in as clients, as far as this account says; null for a client.")
    ]
    off_above: Annotated[bool, Meta(description="Visits are switched off by the account above.")]
    mail_notice: Annotated[
        bool | None, Meta(description="The owner gets a mail when a visit begins; null for others than clients.")
    ]


class StaffMayVisitIn(Input):
    """Whether staff may log in as clients."""

    staff_may_visit: Annotated[bool, Field(description="Switched off, visits that go on end at once.")]


class VisitNoticeIn(Input):
    """Whether a client is told of visits."""

    mail_notice: Annotated[bool, Field(description="The owner gets a mail when a visit begins.")]
