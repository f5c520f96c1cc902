"""The installation: product manifest, jobs, schedules, workers. For the vendor."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.accounts import Count
from sublet.portals.api.schemas.common import (
    Input,
    Maybe,
    Next,
    Out,
    PageAsked,
    Previous,
    Reason,
    Text,
    Truth,
    instant,
    number,
    text,
)


class ManifestVersion(Out):
    """A product manifest as it was loaded."""

    number: Annotated[int, number("Counts from 1.", 3)]
    product: Annotated[str, text("", "app-builder")]
    fingerprint: Annotated[str, text("The same for the same content.", "9f86d081884c7d65")]
    file_name: Annotated[str, text("", "product.toml")]
    loaded_at: Annotated[datetime, instant("")]
    loaded_by: Annotated[str, text("", "Vera Voss")]


class ManifestVersionList(Out):
    """The newest versions, the one in force first."""

    items: list[ManifestVersion]


class Manifest(Out):
    """The product manifest in force."""

    version: ManifestVersion
    manifest: Annotated[dict[str, Any], Meta(description="In its canonical form; see the reference of the manifest.")]


class ManifestSource(Out):
    """A version as it was loaded."""

    number: Annotated[int, number("", 3)]
    file_name: Annotated[str, text("", "product.toml")]
    source: Annotated[str, text("", 'format = 1\n\n[product]\nkey = "app-builder"\n')]


class ManifestChange(Out):
    """What changes in one list of the manifest."""

    kind: Annotated[str, text("", "sections")]
    added: list[str]
    removed: list[str]
    changed: Annotated[dict[str, list[str]], Meta(description="Key → the fields that change.")]
    reordered: bool


class ManifestEffect(Out):
    """Something that accounts would feel."""

    what: Annotated[
        str,
        text(
            "`gone`; `terms`: they change without a new version; `meaning`: what it counts or says changes; `newer`: another "
            "version is sold, and the accounts keep theirs.",
            "newer",
        ),
    ]
    kind: Annotated[str, text("`feature`, `meter`, `managed_service`, `plan` or `add_on`.", "plan")]
    key: Annotated[str, text("", "starter")]
    version: Annotated[int | None, Meta(description="Of a plan or an add-on.", examples=[2])]
    accounts: Annotated[int, number("How many hold or use it at least.", 12)]
    asks: Annotated[bool, Meta(description="Whether loading it has to be `confirmed`.")]


class ManifestPreview(Out):
    """What loading the file would change."""

    base: Annotated[str, text("What it was compared with; send it back when loading.", "9f86d081884c7d65")]
    empty: Annotated[bool, Meta(description="Nothing changes.")]
    changes: list[ManifestChange]
    in_use: Annotated[
        dict[str, int], Meta(description="Sections that would go although somebody has rights on them → how many.")
    ]
    effects: Annotated[list[ManifestEffect], Meta(description="What accounts would feel.")]
    asks: Annotated[bool, Meta(description="Whether loading it has to be `confirmed`.")]


class ManifestLoaded(Out):
    """What loading came to."""

    number: Annotated[int, number("The version in force.", 3)]
    is_new: Annotated[bool, Meta(description="False: the file changes nothing.")]
    added: list[str]
    changed: list[str]
    removed: list[str]


class Job(Out):
    """A piece of work of the machine."""

    id: Annotated[str, text("In the order of time.", "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b")]
    kind: Annotated[str, text("", "messaging.send")]
    state: Annotated[str, text("`ready`, `running`, `done`, `dead` or `discarded`.", "dead")]
    account: Annotated[
        str | None, Meta(description="For which account; null: for the installation.", examples=["acc_7HqWm2Zr9KtXbd"])
    ]
    account_name: Annotated[str, text("", "Studio Rossi")]
    actor: Annotated[str, text("In whose name.", "Rosa Ricci")]
    request_id: Annotated[str, text("", "5f0c3b6d2a7e4f1b9c8d7e6f5a4b3c2d")]
    attempts: Annotated[int, number("", 1)]
    max_attempts: Annotated[int, number("", 12)]
    progress_done: int | None
    progress_total: int | None
    progress_note: str
    result: Annotated[Any, Meta(description="What the job returned, if anything.")]
    last_error: Annotated[str, text("", "")]
    worker: Annotated[str, text("", "")]
    created_at: Annotated[datetime, instant("")]
    run_at: Annotated[datetime, instant("When it is tried next.")]
    started_at: Maybe
    finished_at: Maybe


class JobPage(Out):
    """A page of jobs, newest first."""

    items: list[Job]
    next: Next
    previous: Previous


class JobProgress(Out):
    """How far a job of one's own account is."""

    id: Annotated[str, text("", "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b")]
    kind: Annotated[str, text("", "accounts.change_clients")]
    state: Annotated[str, text("`ready`, `running`, `done`, `dead` or `discarded`.", "running")]
    progress_done: int | None
    progress_total: int | None
    result: Annotated[Any, Meta(description="What the job returned, if anything.")]
    created_at: Annotated[datetime, instant("")]
    finished_at: Maybe


class Schedule(Out):
    """A job that comes round by itself."""

    name: Annotated[str, text("", "foundation.purge_jobs")]
    rule: Annotated[str, text("", "daily 03:40 UTC")]
    enabled: bool
    next_at: Annotated[datetime, instant("")]
    last_slot: Maybe
    last_enqueued: Maybe


class ScheduleList(Out):
    """The schedules."""

    items: list[Schedule]


class Worker(Out):
    """A worker process that is alive."""

    name: Annotated[str, text("", "web-1:4711")]
    host: Annotated[str, text("", "web-1")]
    threads: Annotated[int, number("", 2)]
    version: Annotated[str, text("", "1.0")]
    started_at: Annotated[datetime, instant("")]
    last_seen: Annotated[datetime, instant("")]


class Queue(Out):
    """How the queue does."""

    waiting: Annotated[int, number("", 3)]
    due: Annotated[int, number("Waiting, and could run now.", 0)]
    running: Annotated[int, number("", 1)]
    dead: Annotated[int, number("Failed for good.", 0)]
    oldest_due: Maybe
    unknown_kinds: Annotated[list[str], Meta(description="Kinds in the queue that this version cannot do.")]
    workers: list[Worker]


class Figures(Out):
    """How many accounts there are in each state."""

    resellers: dict[str, Count]
    direct: dict[str, Count]
    clients: dict[str, Count]
    ending: Annotated[Count, Meta(description="Clients' demonstrations that end within two weeks.")]


# What comes in -------------------------------------------------------------------------------------------------------

Source = Annotated[
    Text,
    Field(min_length=1, max_length=1_000_000, description="The file's text, in TOML.", examples=["format = 1\n"]),
]
FileName = Annotated[Text, Field(min_length=1, max_length=200, examples=["product.toml"])]


class ManifestPreviewIn(Input):
    """A product manifest to compare with the one in force."""

    source: Source
    file_name: FileName = "manifest.toml"


class ManifestIn(Input):
    """A product manifest to put into force."""

    source: Source
    file_name: FileName = "manifest.toml"
    base: Annotated[Text | None, Field(max_length=100, description="`base` of the preview that was decided on.")] = None
    confirmed: Annotated[Truth, Field(description="Sections that are in use may go.")] = False


class JobsAsked(PageAsked):
    """Which jobs."""

    state: Literal["", "ready", "running", "done", "dead", "discarded"] = ""
    kind: Annotated[Text, Field(max_length=80)] = ""
    account: Annotated[Text, Field(max_length=40, description="Reference of the account that they are for.")] = ""


class ScheduleIn(Input):
    """On or off."""

    enabled: Truth


class JobReasonIn(Input):
    """Why, if somebody wants to say."""

    reason: Reason = ""
