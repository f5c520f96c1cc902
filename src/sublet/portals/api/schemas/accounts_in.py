"""What comes in about accounts: bodies and questions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sublet.portals.api.schemas.common import (
    Email,
    Input,
    LanguageOrNone,
    OwnershipWord,
    PageAsked,
    Reason,
    RefIn,
    RightsIn,
    StateWord,
    Text,
    Truth,
    Website,
    When,
    Zone,
)

Name = Annotated[Text, Field(min_length=1, max_length=200, examples=["Bella Napoli"], pattern=r"\S")]
Country = Annotated[Text, Field(pattern=r"^([A-Za-z]{2})?$", examples=["IT"])]
Currency = Annotated[Text, Field(pattern=r"^([A-Za-z]{3})?$", examples=["EUR"])]
TagIn = Annotated[Text, Field(max_length=40)]
TagsIn = Annotated[list[TagIn], Field(max_length=20, examples=[["restaurant", "vip"]])]


class OwnDetailsIn(Input):
    """What can be changed about one's own account. What is not named stays as it is."""

    name: Name = ""
    contact_name: Annotated[Text, Field(max_length=200, examples=["Carla Conti"])] = ""
    email: Email = ""
    phone: Annotated[Text, Field(max_length=40, examples=["+39 06 1234 5678"])] = ""
    mobile: Annotated[Text, Field(max_length=40, examples=["+39 333 123 4567"])] = ""
    website: Website = ""
    street: Annotated[Text, Field(max_length=200, examples=["Via Roma 1"])] = ""
    postal_code: Annotated[Text, Field(max_length=20, examples=["00184"])] = ""
    city: Annotated[Text, Field(max_length=100, examples=["Roma"])] = ""
    country: Country = ""
    language: LanguageOrNone = ""
    timezone: Zone = ""
    currency: Currency = ""
    version: Annotated[
        int | None, Field(ge=0, description="The version that was read, where no If-Match is sent.", examples=[3])
    ] = None


class DetailsIn(OwnDetailsIn):
    """What can be changed about an account below one's own. What is not named stays as it is."""

    external_id: Annotated[Text, Field(max_length=100, examples=["K-1042"])] = ""
    notes: Annotated[Text, Field(max_length=5000, examples=["Prefers to be called in the morning."])] = ""
    reason: Reason = ""


class OwnerIn(Input):
    """Who is to own the account: gets an invitation by mail, in the brand of its host."""

    email: Annotated[Email, Field(min_length=3)]
    name: Annotated[Text, Field(max_length=200, examples=["Carla Conti"])] = ""
    language: LanguageOrNone = ""
    rights: RightsIn | None = None


class AccountIn(Input):
    """A new reseller's or direct account."""

    kind: Literal["reseller", "direct"]
    name: Name
    contact_name: Annotated[Text, Field(max_length=200, examples=["Carla Conti"])] = ""
    email: Email = ""
    phone: Annotated[Text, Field(max_length=40, examples=["+39 06 1234 5678"])] = ""
    mobile: Annotated[Text, Field(max_length=40)] = ""
    website: Website = ""
    street: Annotated[Text, Field(max_length=200)] = ""
    postal_code: Annotated[Text, Field(max_length=20)] = ""
    city: Annotated[Text, Field(max_length=100, examples=["Roma"])] = ""
    country: Country = ""
    language: LanguageOrNone = ""
    timezone: Zone = ""
    currency: Currency = ""
    external_id: Annotated[Text, Field(max_length=100)] = ""
    notes: Annotated[Text, Field(max_length=5000)] = ""
    owner_email: Email = ""
    owner_name: Annotated[Text, Field(max_length=200)] = ""


class ClientIn(Input):
    """A new client. With an `owner` the account waits, in the state `invited`, until the invitation is accepted."""

    name: Name
    contact_name: Annotated[Text, Field(max_length=200, examples=["Carla Conti"])] = ""
    email: Email = ""
    phone: Annotated[Text, Field(max_length=40, examples=["+39 06 1234 5678"])] = ""
    mobile: Annotated[Text, Field(max_length=40, examples=["+39 333 123 4567"])] = ""
    website: Website = ""
    street: Annotated[Text, Field(max_length=200, examples=["Via Roma 1"])] = ""
    postal_code: Annotated[Text, Field(max_length=20, examples=["00184"])] = ""
    city: Annotated[Text, Field(max_length=100, examples=["Roma"])] = ""
    country: Country = ""
    language: LanguageOrNone = ""
    timezone: Annotated[Zone, Field(description="Empty: that of your own account.")] = ""
    currency: Annotated[Currency, Field(description="Empty: that of your own account.")] = ""
    external_id: Annotated[Text, Field(max_length=100, examples=["K-1042"])] = ""
    notes: Annotated[Text, Field(max_length=5000)] = ""
    ownership: OwnershipWord = "reseller"
    state: Annotated[
        Literal["prospect", "invited", "active"] | None,
        Field(
            description="`prospect` is a demonstration, with `demo_until`. Left out: `invited` with an owner, else `active`."
        ),
    ] = None
    demo_until: When | None = None
    tags: TagsIn = []
    owner: OwnerIn | None = None
    reason: Reason = ""


#: What `core.signals.read_condition` reads.
SIGNAL_CONDITION = r"^[a-z][a-z0-9_]{0,49}:(?:(?:older|due):[0-9]{1,4}|never)$"


class ClientsAsked(PageAsked):
    """Which clients, in which order. Within a filter any value fits; all filters must."""

    search: Annotated[Text, Field(max_length=200, description="Words of the name, contact, address or numbers.")] = ""
    state: Annotated[list[StateWord], Field(description="Left out: all but closed ones.")] = []
    tag: Annotated[list[Annotated[Text, Field(max_length=40)]], Field(max_length=30)] = []
    responsible: Annotated[
        list[Annotated[Text, Field(max_length=40)]],
        Field(max_length=30, description="References of people (`usr_…`); `nobody`: clients that nobody looks after."),
    ] = []
    language: list[LanguageOrNone] = []
    demo: Annotated[
        Literal["", "yes", "no", "ending"], Field(description="Demonstrations; `ending`: within two weeks.")
    ] = ""
    signal: Annotated[
        list[Annotated[Text, Field(max_length=70, pattern=SIGNAL_CONDITION)]],
        Field(
            max_length=30,
            description="What the product tells of them: `KEY:older:DAYS`, `KEY:due:DAYS` or `KEY:never`, for a signal of "
            "the kind `moment`.",
        ),
    ] = []
    plan: Annotated[
        list[Annotated[Text, Field(max_length=60)]],
        Field(max_length=30, description="Keys of plans; `-`: clients for which none was taken."),
    ] = []
    trial: Annotated[
        Literal["", "running", "over", "none"],
        Field(description="The free trial: it runs, it is over, there was none."),
    ] = ""
    limits: Annotated[
        list[Literal["near", "reached", "over", "refused"]],
        Field(description="How some meter stands at its limit, as it was noted last."),
    ] = []
    include: Annotated[list[Literal["limits", "signals"]], Field(description="What else to tell of each client.")] = []
    sort: Literal["name", "created", "last_visit", "state"] = "name"
    order: Literal["ascending", "descending"] = "ascending"


class AccountsAsked(PageAsked):
    """Which accounts, in which order."""

    search: Annotated[Text, Field(max_length=200, description="Words of the name, contact, address or numbers.")] = ""
    kind: list[Literal["reseller", "direct"]] = []
    state: Annotated[list[StateWord], Field(description="Left out: all but closed ones.")] = []
    tag: Annotated[list[Annotated[Text, Field(max_length=40)]], Field(max_length=30)] = []
    language: list[LanguageOrNone] = []
    sort: Literal["name", "created", "last_visit", "state"] = "name"
    order: Literal["ascending", "descending"] = "ascending"


class TagsSetIn(Input):
    """The tags that a client is to have, and no others."""

    tags: TagsIn


class ResponsibleIn(Input):
    """Who is to look after a client; null for nobody."""

    user: Annotated[RefIn | None, Field(examples=["usr_7HqWm2Zr9KtXbd"])]


class OwnershipIn(Input):
    """Whose account it is to be."""

    ownership: OwnershipWord
    reason: Reason = ""


class DemonstrationIn(Input):
    """Until when the account is a demonstration."""

    until: When
    reason: Reason = ""


class QuestionIn(Input):
    """What a client list is asked. Left out: not narrowed."""

    search: Annotated[Text, Field(max_length=200, examples=["napoli"])] = ""
    states: Annotated[list[StateWord], Field(max_length=5)] = []
    tags: Annotated[list[TagIn], Field(max_length=30, examples=[["restaurant"]])] = []
    responsible: Annotated[list[RefIn], Field(max_length=30, description="References of people; `nobody`.")] = []
    languages: Annotated[list[LanguageOrNone], Field(max_length=10)] = []
    demo: Literal["", "yes", "no", "ending"] = ""
    signals: Annotated[
        list[Annotated[Text, Field(max_length=70, pattern=SIGNAL_CONDITION)]],
        Field(max_length=30, description="As `signal` of the list of clients.", examples=[["last_push_sent:older:30"]]),
    ] = []
    plans: Annotated[
        list[Annotated[Text, Field(max_length=60)]],
        Field(max_length=30, description="As `plan` of the list of clients."),
    ] = []
    trial: Literal["", "running", "over", "none"] = ""
    limits: list[Literal["near", "reached", "over", "refused"]] = []
    sort: Literal["name", "created", "last_visit", "state"] = "name"
    descending: Truth = False


class ChangeIn(Input):
    """One thing to do to many clients: those in `clients`, or all that `query` finds."""

    action: Literal["suspend", "resume", "close", "reopen", "tag", "untag", "assign"]
    clients: Annotated[list[RefIn], Field(max_length=500, examples=[["acc_7HqWm2Zr9KtXbd"]])] = []
    query: QuestionIn | None = None
    reason: Annotated[Reason, Field(description="Needed to suspend and to close.")] = ""
    tag: Annotated[Text, Field(max_length=40, description="For `tag` and `untag`.")] = ""
    user: Annotated[RefIn | None, Field(description="For `assign`: who looks after them; null for nobody.")] = None
    dry_run: Annotated[Truth, Field(description="Only say what would happen.")] = False


class ViewIn(Input):
    """A client list as somebody likes it, under a name. The same name again overwrites it."""

    name: Annotated[Text, Field(min_length=1, max_length=80, examples=["Restaurants in Rome"], pattern=r"\S")]
    query: QuestionIn
    columns: Annotated[list[Annotated[Text, Field(max_length=40)]], Field(max_length=30)] = []
    shared: Truth = False


class ViewChangeIn(Input):
    """Another name, or shown to the whole team or not. What is not named stays."""

    name: Annotated[Text, Field(min_length=1, max_length=80, examples=["Restaurants in Rome"], pattern=r"\S")] = ""
    shared: Truth = False
