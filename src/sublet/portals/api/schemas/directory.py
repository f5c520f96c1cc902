"""How an account's directory is going."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import Input, Maybe, Out, Text, Truth, number, ref, text


class DirectoryGroup(Out):
    """A group of the directory, and the role that its members get."""

    ref: Annotated[str, ref("dgr", "The id of the group in SCIM.")]
    name: Annotated[str, text("", "Editors Rome")]
    role: Annotated[str, text("The key of a role; empty: none.", "editor")]
    members: Annotated[int, number("People in it.", 4)]


class DirectoryAddress(Out):
    """Somebody on the team who logs in with another address than the directory has."""

    person: Annotated[str, text("How the person is called here.", "Ada Alba")]
    log_in: Annotated[str, text("The address of the log-in.", "ada@old.example")]
    directory: Annotated[str, text("The address in the directory.", "ada@new.example")]


class DirectoryState(Out):
    """Whether the account’s directory is listened to, when it spoke, and what it has told."""

    state: Annotated[
        Literal["off", "waiting", "on", "refused"],
        Meta(description="waiting: not heard of yet; refused: the last request that wanted to change something was."),
    ]
    heard_at: Maybe
    changed_at: Maybe
    refused_at: Maybe
    refusal: Annotated[str, text("Why the last request was refused.", "")]
    people: Annotated[int, number("People whom the directory names.", 12)]
    paused: Annotated[int, number("Those of them who are not active.", 1)]
    groups: Annotated[list[DirectoryGroup], Meta(description="At most 200, by name; SCIM lists all.")]
    other_addresses: Annotated[
        list[DirectoryAddress],
        Meta(description="Who logs in with another address than the directory has, and keeps the access. At most 20."),
    ]
    without_mail: Annotated[
        bool, Meta(description="Whether people of proved domains get no invitation by mail.", examples=[False])
    ]
    domains_without_mail: Annotated[
        list[str],
        Meta(
            description="The domains for which that counts today: of the company log-in, and proved as sender domains.",
            examples=[["example.com"]],
        ),
    ]
    keys_of_former: Annotated[
        list[str],
        Meta(
            description="Keys with team:manage that somebody made who is not on the team any more. At most 20.",
            examples=[["Directory"]],
        ),
    ]


class DirectoryIn(Input):
    """Whether the directory is listened to."""

    on: Truth


class DirectoryMailIn(Input):
    """Whether people of proved domains get no invitation by mail."""

    without_mail: Truth


class DirectoryGroupIn(Input):
    """The role that the members of a group get."""

    role: Annotated[Text, Field(max_length=60, description="The key of a role; empty: none.")]
