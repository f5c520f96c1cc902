"""Scans for words that give the vendor away."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from sublet.portals.api.schemas.common import Maybe, Out, instant, number, ref, text


class Scan(Out):
    """One look at everything that an account's people are shown."""

    ref: Annotated[str, ref("scan", "Never changes.")]
    account: Annotated[str, ref("acc", "What was looked at.")]
    state: Literal["waiting", "running", "done", "failed"]
    cause: Annotated[Literal["person", "night", "release", "command"], Meta(description="Why it was made.")]
    host: Annotated[str, text("On which host.", "bella-napoli.example")]
    seen_as: Annotated[Literal["", "owner", "collaborator"], Meta(description="As whom; empty: as a stranger alone.")]
    looked_at: Annotated[int, number("Pages, files and mails.", 84)]
    with_findings: Annotated[int, number("How many of them.", 0)]
    score: Annotated[int, number("In percent, rounded down; 100: nothing was found.", 100)]
    not_looked_at: Annotated[
        list[
            Literal[
                "product",
                "certificates",
                "names",
                "pictures",
                "nobody",
                "more",
                "files",
                "browser",
                "shown",
                "sent",
                "others",
                "forms",
                "acts",
                "inside",
            ]
        ],
        Meta(description="What the score says nothing about.", examples=[["product"]]),
    ]
    sections: Annotated[
        dict[str, Literal["clean", "found", "unseen"]],
        Meta(description="What was found on the pages of each section of the product.", examples=[{"design": "clean"}]),
    ]
    created_at: Annotated[datetime, instant("")]
    ended_at: Maybe
    held_until: Annotated[
        datetime | None, Meta(description="Until then the reseller does not see it; null: it does.", examples=[None])
    ] = None


class ScanPlace(Out):
    """One of the places of a finding."""

    address: Annotated[str, text("Path on the host, or the template of a mail.", "/login/")]
    detail: Annotated[str, text("Which header, attribute, cookie or part.", "X-Made-By")]
    line: Annotated[int, number("From 1.", 1)]
    column: Annotated[int, number("From 1.", 1)]
    seen_as: Annotated[
        Literal["", "stranger", "owner", "collaborator"],
        Meta(description="To whom it was shown; empty: as with mails, nobody was to log in or out for it."),
    ]
    collaborator: Annotated[
        str | None,
        Meta(description="That person’s place in the account, for keys that may list people.", examples=[None]),
    ] = None


class ScanFinding(Out):
    """A word where it stood. The same word in the same part of several pages, files or mails is one finding."""

    address: Annotated[str, text("Path on the host, or the template of a mail.", "/login/")]
    place: Annotated[
        Literal[
            "text",
            "attribute",
            "script",
            "style",
            "comment",
            "header",
            "cookie",
            "file",
            "mail",
            "rendered",
            "request",
            "stored",
            "console",
            "logo",
            "dns",
            "certificate",
        ],
        Meta(description="In what."),
    ]
    detail: Annotated[str, text("Which header, attribute, cookie or part.", "X-Made-By")]
    line: Annotated[int, number("From 1.", 1)]
    column: Annotated[int, number("From 1.", 1)]
    word: Annotated[str, text("The word.", "Example Apps")]
    written_as: Annotated[str, text("How it was escaped; empty: not at all.", "")]
    excerpt: Annotated[str, text("What stands around it.", "made by Example Apps")]
    is_new: Annotated[bool, Meta(description="The scan before did not find it, or not at each of its places.")]
    was_known: Annotated[bool, Meta(description="The scan before found it at some of its places.")]
    times: Annotated[int, number("At how many places it was found.", 1)]
    places: Annotated[list[ScanPlace], Meta(description="The first 50 of them, new ones first.")]
    sections: Annotated[
        list[str],
        Meta(
            description="Keys of the product’s sections to which its places belong.",
            examples=[["design"]],
        ),
    ]
    picture: Annotated[
        int | None, Meta(description="Number of the picture with the place outlined.", examples=[31])
    ] = None


class ScanReport(Out):
    """The scans of an account, newest first, and what the newest finished one found."""

    scans: list[Scan]
    findings: list[ScanFinding]
    more_findings: Annotated[int, number("How many are not listed.", 0)]


class ScanOverview(Out):
    """The newest scans of all accounts."""

    looked_at: Annotated[int, number("Clients and resellers.", 120)]
    clean: Annotated[int, number("Those in which nothing was found.", 118)]
    with_findings: Annotated[list[Scan], Meta(description="The others, the newest first.")]
    more_scans: Annotated[int, number("How many of them are not listed.", 0)]
