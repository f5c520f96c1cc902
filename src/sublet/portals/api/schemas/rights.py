"""Why somebody has a right: two people side by side."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import Asked, Out, RefIn, ref, text

Level = Literal["none", "view", "manage"]


class ReasonOfRight(Out):
    """What one layer leaves of a section."""

    layer: Annotated[
        str,
        text(
            "`not-offered`, `floor`, `owner`, `role`, `ticked`, `not-ticked`, `withdrawn`; inside a visit `reach`, "
            "`clients-level`, `only-looking`, `acted-as`. Others may come.",
            "ticked",
        ),
    ]
    level: Level


class Explained(Out):
    """A level, the layer that decides it, and what every layer leaves, from the outside in."""

    level: Level
    decided_by: Annotated[str, text("The first layer that leaves no more than this level.", "ticked")]
    reasons: list[ReasonOfRight]


class Compared(Out):
    """Somebody who is compared."""

    ref: Annotated[str, ref("col", "Never changes.")]
    name: Annotated[str, text("", "Cleo Costa")]
    staff: Annotated[bool, Meta(description="Staff of the reseller, as inside a visit in its own name.")]
    is_owner: bool


class ComparedSection(Out):
    """A section, and what each of the two has on it."""

    section: Annotated[str, text("", "product.content")]
    name: Annotated[str, text("In the caller's language.", "Content")]
    left: Explained
    right: Explained
    differs: bool


class ComparisonOut(Out):
    """Two people of an account, side by side."""

    left: Compared
    right: Compared
    sections: list[ComparedSection]


class ComparisonAsked(Asked):
    """Which two people."""

    left: Annotated[RefIn, Field(description="Reference of a collaborator; empty: the first.")] = ""
    right: Annotated[RefIn, Field(description="Reference of a collaborator; empty: the next.")] = ""
