"""Brands, hosts, mails, the journal."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.accounts_in import QuestionIn
from sublet.portals.api.schemas.common import (
    Asked,
    Input,
    Maybe,
    Next,
    Out,
    PageAsked,
    Previous,
    RefIn,
    Text,
    Truth,
    When,
    instant,
    number,
    ref,
    text,
)

HostState = Annotated[
    Literal["pending", "proved", "released"],
    Meta(description="`pending` waits for proof; `released` rests and is nobody's."),
]


HostStanding = Annotated[
    Literal["pending", "proved", "serving", "failing", "released"],
    Meta(
        description="`pending` waits for proof; `proved` is the account's but was not seen to lead here yet; `serving` works; "
        "`failing` has lost its proof or leads elsewhere; `released` rests and is nobody's."
    ),
]


class HostRecord(Out):
    """A DNS record to set."""

    purpose: Annotated[Literal["proof", "place"], Meta(description="Proves the domain, or leads it here.")]
    name: Annotated[str, text("", "_host-proof.app.agency.example")]
    kind: Annotated[Literal["TXT", "CNAME", "ALIAS", "A", "AAAA"], Meta(description="")]
    value: Annotated[str, text("", "host-proof=Zk3vQ8wX1yTn5LbC7mRd2sHf9jGp4aUe")]


class HostFinding(Out):
    """What the last look at DNS found."""

    code: Annotated[str, text("For programs.", "place-elsewhere")]
    level: Annotated[Literal["good", "note", "bad"], Meta(description="")]
    sentence: Annotated[
        str,
        text(
            "In the caller's language.",
            "app.agency.example points to 203.0.113.9; it should point to hosts.example.net.",
        ),
    ]


class Host(Out):
    """A host name at which an account's brand is shown."""

    ref: Annotated[str, ref("dom", "Never changes.")]
    host: Annotated[str, text("", "bella-napoli.example")]
    state: HostState
    is_primary: Annotated[bool, Meta(description="Links in mails lead here.")]
    account: Annotated[str, ref("acc", "Whose it is.")]
    account_name: Annotated[str, text("", "Bella Napoli")]
    created_at: Annotated[datetime, instant("")]
    proved_at: Maybe
    rests_until: Maybe
    standing: HostStanding
    is_wildcard: Annotated[bool, Meta(description="Stands for every name with one more label.")]
    redirects: Annotated[bool, Meta(description="Sends its visitors on to the main host.")]
    gives_names: Annotated[bool, Meta(description="Of a wildcard: each new client gets a name below it by itself.")]
    findings: Annotated[list[HostFinding], Meta(description="The worst first; empty before the first look.")]
    records: Annotated[list[HostRecord], Meta(description="To set at the domain's DNS; empty where none is needed.")]
    certificate: Annotated[
        Literal["", "good", "ends", "ended", "other-name", "untrusted", "none", "unclear"],
        Meta(description="What its visitors are shown; empty where nobody has looked. `ends`: soon, and not renewed."),
    ]
    certificate_issuer: Annotated[str, text("", "Let's Encrypt")]
    certificate_ends_at: Maybe
    checked_at: Maybe
    next_check_at: Maybe
    failing_since: Maybe
    stops_at: Annotated[datetime | None, Meta(description="When it stops answering if its proof does not come back.")]


class HostList(Out):
    """A page of the hosts of one account: the main one first, then by name, those that rest at the end."""

    items: list[Host]
    next: Next
    previous: Previous


class HostPage(Out):
    """A page of hosts, newest first."""

    items: list[Host]
    next: Next
    previous: Previous


class HostCheck(Out):
    """Whether a name can be had."""

    host: Annotated[str, text("", "bella-napoli")]
    free: bool
    code: Annotated[
        str,
        text(
            "Why not: `form`, `short`, `long`, `reserved`, `own-suffix`, `already`, `taken`, `resting`; empty when it is free.",
            "",
        ),
    ]


class BrandField(Out):
    """A field of a brand: what is set here, what comes from above, what people see."""

    own: Annotated[str, text("What this account has set; empty: nothing.", "#1f6feb")]
    inherited: Annotated[str, text("What shows otherwise.", "#3355cc")]
    origin: Annotated[str, text("The account that this comes from; empty for none.", "Studio Rossi")]
    shown: Annotated[str, text("What people see.", "#1f6feb")]


class BrandText(Out):
    """A text of a brand in one language: what is set here, what shows otherwise."""

    own: Annotated[str, text("What this account has set for the language; empty: nothing.", "Lun–Ven 9–18")]
    inherited: Annotated[
        str, text("What shows otherwise: the text for all languages, or that of an account above.", "9–18")
    ]
    origin: Annotated[str, text("The account above that this comes from; empty for none.", "")]


class BrandVersion(Out):
    """A brand as it was published once."""

    number: Annotated[int, number("Counted from 1.", 3)]
    changed: Annotated[list[str], Meta(description="Fields that became otherwise.", examples=[["name", "color"]])]
    published_by: Annotated[str, text("Empty where nobody noted it.", "Rosa Ricci")]
    published_at: Annotated[datetime, instant("")]
    values: Annotated[
        dict[str, str],
        Meta(description="All that was set, by field, or by `field@language`.", examples=[{"name": "Studio Rossi"}]),
    ]


class BrandVersions(Out):
    """The newest hundred versions, newest first."""

    items: list[BrandVersion]


class Brand(Out):
    """What an account shows of itself. Pictures are named by their digest: they are at `/brand/<digest>` on the host."""

    account: Annotated[str, ref("acc", "Whose it is.")]
    fields: Annotated[
        dict[str, BrandField],
        Meta(
            description="`name`, `short_name`, `logo`, `logo_dark`, `icon`, `login_picture`, `color`, `accent`, `corners`, "
            "`font`, `login_title`, `login_text`, `support_name`, `support_email`, `support_phone`, `support_url`, "
            "`support_hours`, `imprint_url`, `privacy_url`, `terms_url`, `footer`, `sender_name`, `mail_look`, and the "
            "words: `word_client`, `word_clients`, `word_reseller`, `word_resellers`, `word_account`, `word_accounts`."
        ),
    ]
    texts: Annotated[
        dict[str, dict[str, BrandText]],
        Meta(description="By language, then by field: texts that a language may have of its own."),
    ]
    has_draft: Annotated[bool, Meta(description="Whether something waits to be published.")]
    version: Annotated[int, number("Grows with each change; send it back as If-Match.", 2)]


class ClientHost(Out):
    """What one client gets."""

    account: Annotated[str, ref("acc", "The client.")]
    account_name: Annotated[str, text("", "Bella Napoli")]
    state: Annotated[
        Literal["new", "has-one", "left-out", "faulty"],
        Meta(description="`has-one`: it has a name below the wildcard already; `faulty`: it cannot have this one."),
    ]
    label: Annotated[str, text("In its plain form.", "bella-napoli")]
    host: Annotated[str, text("Empty where it gets none.", "bella-napoli.clients.studio-rossi.example")]
    code: Annotated[str, text("Why it cannot have it; empty otherwise.", "")]
    sentence: Annotated[str, text("The same in the caller's language.", "")]


class ClientHosts(Out):
    """What each client gets, or would get, by name."""

    dry_run: Annotated[bool, Meta(description="Only asked: nothing was changed.")]
    new: Annotated[int, number("Clients that get a name.", 9)]
    faulty: Annotated[int, number("Clients that cannot have what was asked for.", 0)]
    items: list[ClientHost]


class Act(Out):
    """Somebody acted in another's place."""

    name: Annotated[str, text("Who really did it.", "Rosa Ricci")]
    visit: Annotated[str, ref("ims", "The visit, as the list of impersonations has it.")]


class JournalEntry(Out):
    """One thing that happened."""

    id: Annotated[str, text("In the order of time.", "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b")]
    at: Annotated[datetime, instant("")]
    event: Annotated[str, text("A name from the list of events.", "client.created")]
    account: Annotated[
        str | None,
        Meta(description="Which account it is about; null for one out of sight.", examples=["acc_7HqWm2Zr9KtXbd"]),
    ]
    account_name: Annotated[str, text("As it is called now.", "Bella Napoli")]
    sentence: Annotated[str, text("In the caller's language.", "Rosa Ricci opened Bella Napoli.")]
    reason: Annotated[str, text("", "")]
    actor: Annotated[str, text("Who did it; a key by its name.", "Rosa Ricci")]
    actor_account: Annotated[str, text("", "Studio Rossi")]
    impersonator: Annotated[str, text("Who really did it, in another's place; empty otherwise.", "")]
    act: Annotated[Act | None, Meta(description="The visit in which it was done; null outside of visits.")]
    via: Annotated[str, text("`web`, `api`, `job` or `cli`.", "web")]
    request_id: Annotated[str, text("", "5f0c3b6d2a7e4f1b9c8d7e6f5a4b3c2d")]
    data: Annotated[dict[str, Any], Meta(description="The fields of the event.")]


class JournalPage(Out):
    """A page of a journal, newest first."""

    items: list[JournalEntry]
    next: Next
    previous: Previous


class Mail(Out):
    """A mail that was written."""

    id: Annotated[str, text("In the order of time.", "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b")]
    account: Annotated[str, ref("acc", "Which account it is about.")]
    account_name: Annotated[str, text("", "Bella Napoli")]
    template: Annotated[str, text("", "invitation-new")]
    to_email: Annotated[str, text("", "cleo@bella-napoli.example")]
    to_name: Annotated[str, text("", "Cleo Costa")]
    subject: Annotated[str, text("", "Cleo, you are invited")]
    state: Annotated[str, text("`queued`, `sending`, `sent`, `failed` or `unknown`.", "sent")]
    answer: Annotated[str, text("What the mail server said.", "250 ok")]
    created_at: Annotated[datetime, instant("")]
    sent_at: Maybe


class MailPage(Out):
    """A page of mails, newest first."""

    items: list[Mail]
    next: Next
    previous: Previous


class MailText(Out):
    """A mail with its text."""

    mail: Mail
    from_line: Annotated[str, text("", "Studio Rossi <no-reply@example.com>")]
    reply_to: Annotated[str, text("Where answers go to; empty: to the sender.", "help@studio-rossi.example")]
    language: Annotated[str, text("", "it")]
    message_id: Annotated[str, text("As mail programs know it.", "<019a1b2c@example.com>")]
    can_be_sent_again: bool
    copies: Annotated[int, number("How often it was sent again after it had been sent; of a copy, which one it is.", 0)]
    copy_of: Annotated[str | None, Meta(description="Of a copy: the mail that had been sent.")]
    text: Annotated[str, text("The plain part; dots stand for a one-time link or code.", "Hello Cleo, …")]
    html: Annotated[str, text("The HTML part; dots stand for a one-time link or code.", "<!doctype html>…")]
    secret: Annotated[bool, Meta(description="It held a one-time link or code, which is shown to nobody.")]


# What comes in -------------------------------------------------------------------------------------------------------


class HostIn(Input):
    """A single word makes an address at once; a full name waits for proof."""

    host: Annotated[Text, Field(min_length=1, max_length=253, examples=["bella-napoli"], pattern=r"\S")]


class HostRedirectIn(Input):
    """Whether visitors are sent on."""

    redirects: Annotated[bool, Field(examples=[True])]


class HostGivesIn(Input):
    """Whether each new client gets a name below the wildcard by itself."""

    gives: Annotated[bool, Field(examples=[True])]


class ClientHostsIn(Input):
    """Names below a wildcard for many clients: those in `clients`, or all that `query` finds."""

    wildcard: Annotated[
        RefIn, Field(description="The host below which the names lie.", examples=["dom_7HqWm2Zr9KtXbd"])
    ]
    clients: Annotated[list[RefIn], Field(max_length=500, examples=[["acc_7HqWm2Zr9KtXbd"]])] = []
    query: QuestionIn | None = None
    labels: Annotated[
        dict[RefIn, Annotated[Text, Field(max_length=100)]],
        Field(
            max_length=500,
            description="First labels by client; an empty one leaves the client out. What is not named is proposed.",
            examples=[{"acc_7HqWm2Zr9KtXbd": "bella-napoli"}],
        ),
    ] = {}
    dry_run: Annotated[Truth, Field(description="Only say what would happen.")] = False


class HostCheckAsked(Asked):
    """Which name is wanted."""

    host: Annotated[Text, Field(min_length=1, max_length=253, description="A single word, or a full name.")]


class HostsAsked(PageAsked):
    """Which hosts."""

    search: Annotated[Text, Field(max_length=253, description="How the name begins.")] = ""
    state: Literal["", "pending", "proved", "released"] = ""


class BrandTextsIn(Input):
    """Texts for one language; an empty value goes back to what shows otherwise. What is not named stays."""

    login_title: Annotated[Text, Field(max_length=100)] = ""
    login_text: Annotated[Text, Field(max_length=400)] = ""
    support_hours: Annotated[Text, Field(max_length=200)] = ""
    imprint_url: Annotated[Text, Field(max_length=300)] = ""
    privacy_url: Annotated[Text, Field(max_length=300)] = ""
    terms_url: Annotated[Text, Field(max_length=300)] = ""
    footer: Annotated[Text, Field(max_length=300)] = ""
    word_client: Annotated[Text, Field(max_length=60)] = ""
    word_clients: Annotated[Text, Field(max_length=60)] = ""
    word_reseller: Annotated[Text, Field(max_length=60)] = ""
    word_resellers: Annotated[Text, Field(max_length=60)] = ""
    word_account: Annotated[Text, Field(max_length=60)] = ""
    word_accounts: Annotated[Text, Field(max_length=60)] = ""


class BrandVersionAsked(Input):
    """Which state of the brand was read."""

    version: Annotated[
        int | None, Field(ge=0, description="The version that was read, where no If-Match is sent.", examples=[2])
    ] = None


class BrandIn(Input):
    """Fields to set; an empty value goes back to what is inherited. What is not named stays."""

    name: Annotated[Text, Field(max_length=80, examples=["Bella Napoli"])] = ""
    color: Annotated[Text, Field(max_length=20, examples=["#1f6feb"])] = ""
    short_name: Annotated[Text, Field(max_length=30)] = ""
    accent: Annotated[Text, Field(max_length=20, description="For links and marks.")] = ""
    corners: Literal["", "soft", "square", "round"] = ""
    font: Literal["", "system", "humanist", "geometric", "rounded", "serif", "slab"] = ""
    login_title: Annotated[Text, Field(max_length=100)] = ""
    login_text: Annotated[Text, Field(max_length=400)] = ""
    imprint_url: Annotated[Text, Field(max_length=300)] = ""
    privacy_url: Annotated[Text, Field(max_length=300)] = ""
    terms_url: Annotated[Text, Field(max_length=300)] = ""
    mail_look: Literal["", "card", "band", "plain"] = ""
    word_client: Annotated[Text, Field(max_length=60, description="What one client is called.")] = ""
    word_clients: Annotated[Text, Field(max_length=60)] = ""
    word_reseller: Annotated[Text, Field(max_length=60)] = ""
    word_resellers: Annotated[Text, Field(max_length=60)] = ""
    word_account: Annotated[Text, Field(max_length=60)] = ""
    word_accounts: Annotated[Text, Field(max_length=60)] = ""
    texts: Annotated[
        dict[Literal["en", "it", "sq", "nl", "fr", "pt"], BrandTextsIn],
        Field(description="Texts for one language, over those for all.", examples=[{"it": {"support_hours": "9–18"}}]),
    ] = {}
    support_name: Annotated[Text, Field(max_length=100)] = ""
    support_email: Annotated[Text, Field(max_length=254, examples=["help@studio-rossi.example"])] = ""
    support_phone: Annotated[Text, Field(max_length=40)] = ""
    support_url: Annotated[Text, Field(max_length=300)] = ""
    support_hours: Annotated[Text, Field(max_length=200)] = ""
    footer: Annotated[Text, Field(max_length=300)] = ""
    sender_name: Annotated[Text, Field(max_length=80)] = ""
    version: Annotated[
        int | None, Field(ge=0, description="The version that was read, where no If-Match is sent.", examples=[2])
    ] = None


class JournalAsked(PageAsked):
    """Which entries."""

    event: Annotated[Text, Field(max_length=80, description="A name; one that ends in a dot: all that begin so.")] = ""
    group: Annotated[
        Literal[
            "",
            "account",
            "subscription",
            "money",
            "prices",
            "use",
            "team",
            "visits",
            "access",
            "brand",
            "keys",
            "mails",
            "changes",
            "product",
            "jobs",
        ],
        Field(description="Events of one kind, as the pages filter them."),
    ] = ""
    person: Annotated[Text, Field(max_length=200, description="A part of the name of who did it.")] = ""
    via: Literal["", "web", "api", "job", "cli", "scim"] = ""
    q: Annotated[
        Text,
        Field(max_length=200, description="Beginnings of words. A page may then be short and still have a next one."),
    ] = ""
    in_visits: Annotated[Truth | None, Field(description="Only what was done in visits; false: only what was not.")] = (
        None
    )
    since: Annotated[When | None, Field(description="From this instant on.")] = None
    until: Annotated[When | None, Field(description="Before this instant.")] = None


class OwnJournalAsked(JournalAsked):
    """Which entries, of one's own account or of those below it."""

    of: Annotated[
        Literal["own", "below"], Field(description="Of the key's own account, or of the accounts below it.")
    ] = "own"


class JournalFileAsked(JournalAsked):
    """Which entries leave, and as what."""

    format: Literal["csv", "xlsx"] = "csv"


class OwnJournalFileAsked(OwnJournalAsked):
    """Which entries of one's own account or of those below it leave, and as what."""

    format: Literal["csv", "xlsx"] = "csv"


class MailsAsked(PageAsked):
    """Which mails."""

    state: Literal["", "queued", "sending", "sent", "failed", "unknown", "withheld", "left"] = ""
    to: Annotated[Text, Field(max_length=254, description="A whole address.")] = ""
    template: Annotated[Text, Field(max_length=80, description="Mails of one template.")] = ""
    account: Annotated[RefIn, Field(description="Mails about one account.")] = ""
