"""What the API says and hears about the named teams of a reseller's staff."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import Input, Out, RefIn, Text, instant, number, ref, text


class StaffTeamMember(Out):
    """Somebody who is in a team."""

    ref: Annotated[str, ref("col", "Of the collaborator.")]
    name: Annotated[str, text("", "Rico Russo")]


class StaffTeam(Out):
    """A named team of the reseller's staff. Access that is given to it is for whoever is in it at that moment."""

    ref: Annotated[str, ref("tea", "Never changes.")]
    name: Annotated[str, text("No two of an account have the same, whatever its case.", "Design")]
    people: Annotated[list[StaffTeamMember], Meta(description="Who is in it, by name; also whoever cannot log in now.")]
    clients: Annotated[int, number("How many clients it has access to, now or from a day to come.", 3)]
    created_at: Annotated[datetime, instant("")]


class StaffTeamList(Out):
    """All teams, by name. There are at most 50."""

    items: list[StaffTeam]


NameIn = Annotated[Text, Field(min_length=1, max_length=80, examples=["Design"])]
PeopleIn = Annotated[
    list[RefIn],
    Field(
        max_length=200,
        description="References of the account's own collaborators.",
        examples=[["col_7HqWm2Zr9KtXbd"]],
    ),
]


class StaffTeamIn(Input):
    """A team to make."""

    name: NameIn
    people: PeopleIn = []


class StaffTeamChangeIn(Input):
    """What of a team changes. What is left out stays as it is."""

    name: NameIn | None = None
    people: Annotated[PeopleIn | None, Field(description="Exactly who is to be in it.")] = None
