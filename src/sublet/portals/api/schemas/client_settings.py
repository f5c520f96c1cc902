"""How clients are set up, as programs read and say it. Fields are named by keys, as templates and summaries name them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta
from pydantic import Field

from sublet.core import clientsettings as core
from sublet.core.clientsettings import FOLLOW, Value
from sublet.portals.api.schemas.accounts import Count
from sublet.portals.api.schemas.accounts_in import QuestionIn
from sublet.portals.api.schemas.common import Input, Out, RefIn, Text, Truth, When, instant, number, ref, text

_FIELD = "service.email_sync.allowance"


# What goes out --------------------------------------------------------------------------------------------------------


class RetailPrice(Out):
    """What the client owes the reseller. Its charges are reckoned by it."""

    amount: Annotated[int, number("In minor units of the currency.", 4900)]
    currency: Annotated[str, text("That of the account.", "EUR")]
    interval: Literal["month", "quarter", "year"]


class Setting(Out):
    """What a field is: what the plan or the manifest says (`follows`), a value, or a price."""

    follows: Annotated[bool, Meta(description="Nobody set it: the plan, or how a client begins, decides.")]
    value: Annotated[
        bool | int | str | None,
        Meta(
            description="Of a limit or an allowance null is unlimited, of payers and the price not decided.",
            examples=[2],
        ),
    ]
    price: RetailPrice | None


Settings = Annotated[
    dict[str, Setting],
    Meta(
        description="Field → what it is. `service.<key>.enabled`, `service.<key>.managed_by`, `service.<key>.allowance`, "
        "`limit.<meter>`, `feature.<key>`, `payer.base`, `payer.overage`, `payer.add_ons`, `price`.",
        examples=[{_FIELD: {"follows": False, "value": 2, "price": None}}],
    ),
]


class SettingsDifference(Out):
    """A field that becomes, or differs from, something else."""

    field: Annotated[str, text("", _FIELD)]
    before: Setting
    after: Setting


class SettingsGap(Out):
    """Something that complete settings need."""

    field: Annotated[str, text("", "price")]
    code: Literal["allowance", "managed_by", "payer", "price"]


class ComingSetting(Out):
    """A field that is kept for billing and was agreed for later."""

    field: Annotated[str, text("", "price")]
    since: Annotated[datetime, instant("From when it holds.")]
    value: Setting


class FollowedTemplate(Out):
    """The template that a client follows. `drift`: what would change if it were brought in line with the newest version."""

    template: Annotated[str, ref("set", "")]
    name: Annotated[str, text("", "Restaurants")]
    applied: Annotated[int, number("The version that was applied last.", 1)]
    newest: Annotated[int, number("The newest version.", 2)]
    drift: list[SettingsDifference]


class LastSettingsChange(Out):
    """What was changed last."""

    change: Annotated[str, ref("chg", "What to undo it by.")]
    made_at: Annotated[datetime, instant("")]
    made_by: Annotated[str, text("", "Rosa Ricci")]
    changes: list[SettingsDifference]


class ClientSettings(Out):
    """How a client is set up."""

    account: Annotated[str, ref("acc", "")]
    complete: Annotated[bool, Meta(description="Nothing is missing.")]
    missing: list[SettingsGap]
    values: Settings
    coming: list[ComingSetting]
    template: FollowedTemplate | None
    last_change: Annotated[
        LastSettingsChange | None, Meta(description="What was changed last, and can be undone; null: nothing.")
    ]


class SettingsSaved(Out):
    """What a change came to, or (`dry_run`) would come to, and the settings as they are now."""

    dry_run: bool
    changes: list[SettingsDifference]
    settings: ClientSettings


class SettingsChangeOfMany(Out):
    """What was changed for many clients together."""

    batch: Annotated[str, text("What to undo it by.", "chg_7HqWm2Zr9KtXbd")]
    made_at: Annotated[datetime, instant("")]
    made_by: Annotated[str, text("", "Rosa Ricci")]
    clients: Annotated[int, number("For how many.", 12)]
    left: Annotated[int, number("For how many of them it can still be undone.", 12)]


class SettingsChangesOfMany(Out):
    """The newest first, at most twenty."""

    items: list[SettingsChangeOfMany]


class SettingsTemplateRow(Out):
    """A template in a list."""

    ref: Annotated[str, ref("set", "")]
    name: Annotated[str, text("", "Restaurants")]
    version: Annotated[int, number("The newest version.", 2)]
    clients: Annotated[int, number("How many clients follow it.", 12)]
    behind: Annotated[int, number("How many of them an older version.", 3)]


class SettingsTemplateList(Out):
    """The templates, by name."""

    items: list[SettingsTemplateRow]


class SettingsTemplateVersion(Out):
    """One version of a template. It never changes; what it does not name is left as it is."""

    number: Annotated[int, number("", 1)]
    made_at: Annotated[datetime, instant("")]
    made_by: Annotated[str, text("", "Rosa Ricci")]
    values: Settings


class SettingsTemplate(SettingsTemplateRow):
    """A template with its versions, the newest first."""

    versions: list[SettingsTemplateVersion]


class ClientDrift(Out):
    """A client that follows a template, and in what it differs from the newest version."""

    account: Annotated[str, ref("acc", "")]
    name: Annotated[str, text("", "Bella Napoli")]
    applied: Annotated[int, number("The version that was applied last.", 1)]
    drift: list[SettingsDifference]


class SettingsDrift(Out):
    """The clients that follow a template: the first hundred by name."""

    template: Annotated[str, ref("set", "")]
    version: Annotated[int, number("The newest version.", 2)]
    items: list[ClientDrift]
    more: Annotated[bool, Meta(description="There are more than are told.")]


class ClientDifference(Out):
    """What would change for one client, or why nothing can."""

    account: Annotated[str, ref("acc", "")]
    name: Annotated[str, text("", "Bella Napoli")]
    changes: list[SettingsDifference]
    refused: Annotated[str, text("Why it stays as it is; empty: it would change.", "")]


class SettingsPreview(Out):
    """What a change of many clients' settings would do."""

    dry_run: Literal[True]
    selected: Count
    compared: Annotated[int, number("Of very many the first are compared.", 12)]
    changing: Annotated[int, number("How many of those would change.", 10)]
    refused: Annotated[int, number("How many of those cannot be set so.", 1)]
    clients: Annotated[list[ClientDifference], Meta(description="The first of those.")]


# What comes in --------------------------------------------------------------------------------------------------------


class RetailPriceIn(Input):
    """What the client owes the reseller."""

    amount: Annotated[
        int, Field(ge=0, le=core.MOST_AMOUNT, strict=True, examples=[4900], description="In minor units.")
    ]
    currency: Annotated[Text, Field(min_length=3, max_length=3, examples=["EUR"], description="That of the account.")]
    interval: Literal["month", "quarter", "year"]


class SettingIn(Input):
    """What a field is to be: a value, a price, or (`follows`) what the plan or the manifest says."""

    follows: Truth = False
    value: Annotated[bool | int | Annotated[Text, Field(max_length=200)] | None, Field(examples=[2])] = None
    price: Annotated[
        RetailPriceIn | None, Field(examples=[None], description="Of `price` alone; null: not decided.")
    ] = None


SettingsIn_ = Annotated[
    dict[Annotated[Text, Field(max_length=140)], SettingIn],
    Field(max_length=1000, examples=[{"service.direct_support.enabled": {"value": True}}], description="Field → what it is to be."),
]  # fmt: skip
Since = Annotated[
    When | None, Field(description="From when payers and the price hold; null: at once.", examples=[None])
]


class ClientSettingsIn(Input):
    """Fields to set; those that are not named stay."""

    values: SettingsIn_
    since: Since = None
    dry_run: Annotated[Truth, Field(description="Only say what would change.")] = False


class SettingsUndoIn(Input):
    """Which change is taken back."""

    change: Annotated[RefIn, Field(examples=["chg_7HqWm2Zr9KtXbd"], description="As `last_change` told it.")]


class SettingsOfManyIn(Input):
    """Fields to set for many clients: those in `clients`, or all that `query` finds."""

    clients: Annotated[list[RefIn], Field(max_length=500, examples=[["acc_7HqWm2Zr9KtXbd"]])] = []
    query: QuestionIn | None = None
    values: SettingsIn_
    since: Since = None
    dry_run: Annotated[Truth, Field(description="Only say what would change.")] = False


class SettingsTemplateIn(Input):
    """A template: what it does not name is left as it is."""

    name: Annotated[Text, Field(min_length=1, max_length=100, examples=["Restaurants"])]
    values: SettingsIn_


class SettingsTemplateChangeIn(SettingsTemplateIn):
    """The next version of a template."""

    version: Annotated[int, Field(ge=1, le=10**6, examples=[1], description="The newest, as it was read.")]


class TemplateApplyIn(Input):
    """Whom a template is applied to: `clients`, all that `query` finds, or all that follow it."""

    clients: Annotated[list[RefIn], Field(max_length=500, examples=[["acc_7HqWm2Zr9KtXbd"]])] = []
    query: QuestionIn | None = None
    followers: Annotated[Truth, Field(description="All clients that follow it.")] = False
    version: Annotated[
        int | None, Field(ge=1, le=10**6, examples=[None], description="The one that was previewed; null: the newest.")
    ] = None
    dry_run: Annotated[Truth, Field(description="Only say what would change.")] = False


# Between both ---------------------------------------------------------------------------------------------------------


def setting(value: Value) -> Setting:
    """A value as programs read it."""
    if isinstance(value, core.RetailPrice):
        price = RetailPrice(amount=value.amount, currency=value.currency, interval=_interval(value))
        return Setting(follows=False, value=None, price=price)
    if value is FOLLOW:
        return Setting(follows=True, value=None, price=None)
    plain: Any = value
    return Setting(follows=False, value=plain, price=None)


def _interval(price: core.RetailPrice) -> Any:
    return price.interval


def differences(changes: tuple[core.Change, ...] | list[core.Change]) -> list[SettingsDifference]:
    """A summary as programs read it."""
    return [
        SettingsDifference(field=each.field.key, before=setting(each.before), after=setting(each.after))
        for each in changes
    ]


def values_in(values: dict[str, SettingIn]) -> dict[str, Value]:
    """What a program says, as values."""
    found: dict[str, Value] = {}
    for key, said in values.items():
        if said.follows:
            found[key] = FOLLOW
        elif said.price is not None:
            found[key] = core.RetailPrice(said.price.amount, said.price.currency, said.price.interval)
        else:
            found[key] = said.value
    return found
