"""In whose name mail leaves, by which server, and who is not written to any more."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import (
    Input,
    Maybe,
    Next,
    Out,
    PageAsked,
    Previous,
    Text,
    instant,
    number,
    ref,
    text,
)

IdentityWord = Literal["product", "account"]


class HeaderLine(Out):
    """A line of the head of a mail, as its recipient sees it."""

    name: Annotated[str, text("", "From")]
    value: Annotated[str, text("", "Studio Rosa <hello@agency.example>")]


class SenderIdentity(Out):
    """One of the two senders of an account. What is empty is inherited."""

    identity: IdentityWord
    name: Annotated[str, text("", "Studio Rosa")]
    domain: Annotated[str, text("Reference of a sender domain; empty: inherited.", "sdom_7HqWm2Zr9KtXbd")]
    mailboxes: Annotated[
        dict[str, str],
        Meta(description='Language to what stands before the @; `""` for the others.', examples=[{"": "hello"}]),
    ]
    reply_to: Annotated[str, text("", "help@agency.example")]
    version: Annotated[int, number("", 1)]
    aligned: Annotated[bool, Meta(description="Whether mail leaves in the name of the domain now.")]
    wanted: Annotated[str, text("The address that will be used once its domain is proved.", "")]
    headers: list[HeaderLine]


class DnsRecord(Out):
    """A record to enter in DNS."""

    purpose: Literal["dkim", "return", "spf", "dmarc"]
    kind: Annotated[str, text("", "TXT")]
    name: Annotated[str, text("", "k1a2b3c4._domainkey.agency.example")]
    value: Annotated[str, text("", "v=DKIM1; k=rsa; p=MIIB…")]
    needed: bool


class DnsFinding(Out):
    """What was wrong at the last check."""

    code: Annotated[str, text("", "dkim-missing")]
    name: Annotated[str, text("", "k1a2b3c4._domainkey.agency.example")]
    blocks: Annotated[bool, Meta(description="Whether mail does not leave in the name of the domain because of it.")]
    found: Annotated[str, text("", "")]
    wanted: Annotated[str, text("", "")]


class SenderDomain(Out):
    """A domain to write in the name of."""

    ref: Annotated[str, ref("sdom", "Never changes.")]
    domain: Annotated[str, text("", "agency.example")]
    state: Literal["pending", "proved", "lost"]
    inherited_from: Annotated[str, text("Name of the account that it belongs to, if not this one.", "")]
    records: list[DnsRecord]
    findings: list[DnsFinding]
    created_at: Annotated[datetime, instant("")]
    checked_at: Maybe
    proved_at: Maybe


class MailServer(Out):
    """How mail in the account's own name leaves. Never a password or key."""

    kind: Literal["platform", "smtp", "provider"]
    owner: Annotated[str, text("Name of the account that decides, if not this one.", "")]
    host: Annotated[str, text("", "smtp.agency.example")]
    port: Annotated[int, number("", 587)]
    tls: Annotated[str, text("", "starttls")]
    user: Annotated[str, text("", "rosa")]
    spf: Annotated[str, text("", "include:spf.agency.example")]
    provider: Annotated[str, text("", "")]
    selectors: Annotated[str, text("", "")]
    return_path: Annotated[str, text("", "")]
    state: Literal["", "new", "works", "fails"]
    why: Annotated[
        Literal["", "name", "connection", "tls", "certificate", "log-in", "sender", "inside", "busy"],
        text("Why it takes no mail.", "log-in"),
    ]
    answer: Annotated[str, text("", "")]
    version: Annotated[int, number("", 1)]


class MailHook(Out):
    """Where the provider of an account tells of bounces and complaints."""

    address: Annotated[str, text("", "https://app.agency.example/hooks/mail/acc_5nBvQc8sYw3LpE/0f1e2d3c/")]
    before_until: Maybe


class Senders(Out):
    """The senders of an account, their domains, and the server."""

    identities: list[SenderIdentity]
    domains: list[SenderDomain]
    server: MailServer


class SenderDomainHealth(Out):
    """A sender domain of anybody's. `finding` is what keeps it from being used."""

    ref: Annotated[str, ref("sdom", "Never changes.")]
    domain: Annotated[str, text("", "agency.example")]
    state: Literal["pending", "proved", "lost"]
    account: Annotated[str, ref("acc", "Whose it is.")]
    account_name: Annotated[str, text("", "Rosa Web Studio")]
    finding: DnsFinding | None
    last_refusal: Annotated[
        str, text("What a server said to the last refused mail of the brand in the last 7 days.", "")
    ]
    checked_at: Maybe


class SenderDomainPage(Out):
    """A page of sender domains."""

    items: list[SenderDomainHealth]
    next: Next
    previous: Previous


class SenderDomainsAsked(PageAsked):
    """Which sender domains are listed."""

    state: Annotated[Literal["", "pending", "proved", "lost"], Field(description="Only those in this state.")] = ""


class SenderChange(Input):
    """What is to be different; what is left out stays, what is empty is inherited."""

    name: Annotated[Text, Field(max_length=80)] | None = None
    domain: Annotated[Text, Field(max_length=32)] | None = None
    mailboxes: (
        Annotated[
            dict[Annotated[Text, Field(max_length=5)], Annotated[Text, Field(max_length=64)]],
            Field(max_length=10, examples=[{"": "hello", "fr": "pas-repondre"}]),
        ]
        | None
    ) = None
    reply_to: Annotated[Text, Field(max_length=254)] | None = None
    version: Annotated[int, Field(ge=0, le=2147483647)] | None = None


class SenderDomainIn(Input):
    """A domain to write in the name of."""

    domain: Annotated[Text, Field(min_length=1, max_length=253, examples=["agency.example"])]


class MailServerIn(Input):
    """A server of the account's own, or a provider. An empty secret keeps the one that is there."""

    kind: Literal["smtp", "provider"]
    host: Annotated[Text, Field(max_length=253, examples=["smtp.agency.example"])] = ""
    port: Annotated[int, Field(ge=1, le=65535, examples=[587])] = 587
    tls: Literal["starttls", "tls"] = "starttls"
    user: Annotated[Text, Field(max_length=254)] = ""
    secret: Annotated[Text, Field(max_length=500)] = ""
    spf: Annotated[Text, Field(max_length=200)] = ""
    provider: Annotated[Text, Field(max_length=20)] = ""
    hook_secret: Annotated[Text, Field(max_length=500)] = ""
    selectors: Annotated[Text, Field(max_length=200)] = ""
    return_path: Annotated[Text, Field(max_length=63)] = ""
    version: Annotated[int, Field(ge=0, le=2147483647)] | None = None


class Suppressed(Out):
    """An address that gets nothing any more but what somebody's safety hangs on."""

    ref: Annotated[str, ref("supp", "Never changes.")]
    email: Annotated[str, text("", "guest@example.com")]
    reason: Literal["bounced", "complained", "by-hand"]
    everywhere: Annotated[bool, Meta(description="For every brand of the installation.")]
    account: Annotated[str, ref("acc", "Whose list it is on.")]
    answer: Annotated[str, text("What the other server said.", "550 5.1.1 no such person")]
    created_at: Annotated[datetime, instant("")]


class SuppressedPage(Out):
    """A page of them, newest first."""

    items: list[Suppressed]
    next: Next
    previous: Previous


class SuppressedAsked(PageAsked):
    """Which of them."""

    email: Annotated[Text, Field(max_length=254, description="How the address begins.")] = ""


class SuppressedIn(Input):
    """An address that is not to be written to."""

    email: Annotated[Text, Field(min_length=3, max_length=254, examples=["guest@example.com"])]
