"""Rules for logging in."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from sublet.portals.api.schemas.common import Input, Out, Truth, number


class AccessDemands(Out):
    """What the account demands, and what holds for its people."""

    team: Annotated[bool, Meta(description="The account’s own people need a second factor.")]
    below: Annotated[bool, Meta(description="So do the people of all accounts below it.")]
    no_mailed_codes: Annotated[bool, Meta(description="Codes by e-mail stand in for no second factor.")]
    second_factor: Annotated[bool, Meta(description="What holds: the people here need a second factor.")]
    mailed_codes: Annotated[bool, Meta(description="What holds: a code by e-mail may stand in.")]
    people: Annotated[int, number("People on the team.", 4)]
    people_without: Annotated[int, number("Those of them who have no second factor yet.", 1)]


class AccessDemandsIn(Input):
    """What is to change."""

    team: Truth = False
    below: Truth = False
    no_mailed_codes: Truth = False
