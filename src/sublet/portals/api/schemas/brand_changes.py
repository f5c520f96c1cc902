"""The brands of many clients at once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.accounts_in import QuestionIn
from sublet.portals.api.schemas.brands import BrandIn
from sublet.portals.api.schemas.common import Input, Maybe, Out, RefIn, Text, Truth, instant, number, ref, text

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
Reason = Annotated[
    Literal["same", "gone", "changed-since", "picture-gone"],
    Meta(
        description="`same`: had all of it already; `gone`: no longer a client; `changed-since`: somebody changed the same field "
        "afterwards; `picture-gone`: its former picture is not kept any more."
    ),
]


class ClientBrands(Out):
    """How many brands changed, or would."""

    dry_run: Annotated[bool, Meta(description="Only asked: nothing was changed.")]
    selected: Annotated[int, number("Clients that were meant.", 12)]
    changing: Annotated[int, number("Clients whose brand becomes otherwise.", 9)]
    names: Annotated[list[str], Meta(description="Some of their names.", examples=[["Bella Napoli"]])]
    change: Annotated[
        str | None,
        Meta(
            description="The change, to be looked at and taken back; null where nothing changes.",
            examples=["bch_7HqWm2Zr9KtXbd"],
        ),
    ]
    job: Annotated[
        str | None,
        Meta(description="The job that does it, for more than 500.", examples=["019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b"]),
    ]


class ClientBrandsIn(Input):
    """Fields to set in the brands of many clients: those in `clients`, or all that `query` finds."""

    clients: Annotated[list[RefIn], Field(max_length=500, examples=[["acc_7HqWm2Zr9KtXbd"]])] = []
    query: QuestionIn | None = None
    brand: BrandIn
    pictures: Annotated[
        dict[
            Literal["logo", "logo_dark", "icon", "login_picture"],
            Annotated[Text, Field(max_length=64, pattern="^([0-9a-f]{64})?$")],
        ],
        Field(description="Digests of pictures that were sent before; empty: take back.", examples=[{"logo": _DIGEST}]),
    ] = {}
    dry_run: Annotated[Truth, Field(description="Only say what would happen.")] = False


class BrandPicture(Out):
    """A picture that is stored once and can be set for many clients."""

    slot: Annotated[str, text("", "logo")]
    digest: Annotated[str, text("Names it when it is set.", _DIGEST)]
    width: Annotated[int, number("In pixels, as we made it.", 640)]
    height: Annotated[int, number("In pixels, as we made it.", 200)]


class ClientLeftAlone(Out):
    """A client that was left as it was."""

    client: Annotated[str, ref("acc", "Which one.")]
    client_name: Annotated[str, text("", "Bella Napoli")]
    reason: Reason


class BrandsChange(Out):
    """A change to the brands of many clients."""

    ref: Annotated[str, ref("bch", "Never changes.")]
    state: Annotated[
        Literal["queued", "running", "done", "undoing", "undone", "failed"],
        Meta(description="`failed`: its job came to a halt; it can go on, and loses nothing."),
    ]
    values: Annotated[
        dict[str, str],
        Meta(description="What it sets by field; empty: taken back.", examples=[{"color": "#1f6feb"}]),
    ]
    total: Annotated[int, number("Clients that were meant.", 1200)]
    waiting: Annotated[int, number("Clients whose turn is to come.", 0)]
    changed: Annotated[int, number("Clients that were changed.", 1190)]
    undone: Annotated[int, number("Clients for which it was taken back.", 0)]
    left: Annotated[dict[str, int], Meta(description="Left alone by the change, by reason.", examples=[{"same": 10}])]
    kept: Annotated[
        dict[str, int],
        Meta(description="Left alone when it was taken back, by reason.", examples=[{"changed-since": 2}]),
    ]
    may_be_undone: bool
    created_at: Annotated[datetime, instant("")]
    created_by: Annotated[str, text("", "Rosa Ricci")]
    finished_at: Maybe


class BrandsChangeWhole(BrandsChange):
    """A change, with some of the clients that it left alone."""

    left_alone: Annotated[list[ClientLeftAlone], Meta(description="In the order of their names, at most 100.")]


class BrandsChanges(Out):
    """The newest changes, at most 50."""

    items: list[BrandsChange]
