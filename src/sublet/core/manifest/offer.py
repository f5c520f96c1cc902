"""The shape of what is sold: prices, limits, trials, plans, add-ons and managed services."""

from __future__ import annotations

from typing import Final

from sublet.core.manifest import model
from sublet.core.manifest.model import NOTHING
from sublet.core.manifest.shapes import (
    AS_A_WHOLE,
    PRODUCT_CURRENCY,
    REQUIRED,
    Amount,
    Entry,
    FeatureValues,
    Flag,
    Key,
    ListOf,
    NamesShape,
    Record,
    Ref,
    Whole,
    Word,
)
from sublet.core.manifest.words import (
    CURRENCIES,
    ICONS,
    INTERVALS,
    MANAGERS,
    POLICIES,
    PRICE_MODELS,
    TRIAL_IDENTITIES,
)

NAME: Final = NamesShape(80)
DESCRIPTION: Final = NamesShape(400)
SIX: Final = '{ en = "…", it = "…", sq = "…", nl = "…", fr = "…", pt = "…" }'
ICON: Final = Word(ICONS, "icons")
CURRENCY: Final = Word(CURRENCIES, "currencies")


def name_entry(meaning: str) -> Entry:
    """The required name of an entry."""
    return Entry("name", NAME, REQUIRED, meaning, f"name = {SIX}")


def description_entry(meaning: str) -> Entry:
    """The optional sentence that explains an entry."""
    return Entry("description", DESCRIPTION, None, meaning, f"description = {SIX}")


_CURRENCY_ENTRY = Entry(
    "currency",
    CURRENCY,
    PRODUCT_CURRENCY,
    "Currency of the amounts beside it. Without it the currency of the product holds.",
    'currency = "EUR"',
)
_BY_QUANTITY = ("unit", "graduated", "volume", "package")

TIER: Final = Record(
    "tier",
    "A step of a graduated or volume price. Steps rise; the last is open at the end.",
    model.Tier,
    (
        Entry(
            "up_to",
            Amount(1),
            REQUIRED,
            "The last unit that belongs to the step. The last step has `unlimited`.",
            "up_to = 1000",
        ),
        Entry("amount", Whole(), REQUIRED, "Price of one unit in this step, in minor units.", "amount = 12"),
        Entry("flat", Whole(), 0, "Price owed once when the step is entered, in minor units.", "flat = 500"),
    ),
)

PRICE: Final = Record(
    "price",
    "A list price, before any discount of a reseller. Amounts are whole minor units: 2900 is EUR 29.00 or JPY 2900.",
    model.Price,
    (
        Entry(
            "interval",
            Word(INTERVALS),
            REQUIRED,
            "How often it is owed. `once` is for set-up, training and top-ups.",
            'interval = "month"',
        ),
        _CURRENCY_ENTRY,
        Entry(
            "model",
            Word(PRICE_MODELS),
            "flat",
            "`flat`: the same whatever is used. `unit`: for each unit of the meter. `graduated`: each unit at the price"
            " of the step it falls in. `volume`: all units at the price of the step the total falls in. `package`: for"
            " each begun package.",
            'model = "graduated"',
        ),
        Entry(
            "amount",
            Whole(),
            None,
            "The price, of one unit or package where the model counts them.",
            "amount = 2900",
            only_when=("model", ("flat", "unit", "package")),
            needed=True,
        ),
        Entry(
            "meter",
            Ref("meters"),
            None,
            "What a price by quantity counts.",
            'meter = "emails"',
            only_when=("model", _BY_QUANTITY),
            needed=True,
        ),
        Entry(
            "package_size",
            Whole(1),
            None,
            "Units in one package.",
            "package_size = 1000",
            only_when=("model", ("package",)),
            needed=True,
        ),
        Entry(
            "tiers",
            ListOf(TIER, 50, 1),
            (),
            "The steps of a graduated or volume price.",
            "tiers = [{ up_to = 1000, amount = 2 }, { up_to = \"unlimited\", amount = 1 }]",
            only_when=("model", ("graduated", "volume")),
            needed=True,
        ),
    ),
)  # fmt: skip

GUIDE_PRICE: Final = Record(
    "guide_price",
    "What the vendor advises resellers to ask of their clients. It binds nobody.",
    model.GuidePrice,
    (
        Entry("interval", Word(INTERVALS), REQUIRED, "How often the client would pay it.", 'interval = "month"'),
        _CURRENCY_ENTRY,
        Entry("lowest", Whole(), REQUIRED, "Lower end, in minor units.", "lowest = 3000"),
        Entry("highest", Whole(), REQUIRED, "Upper end, in minor units.", "highest = 15000"),
    ),
)

OVERAGE_PRICE: Final = Record(
    "overage_price",
    "The price of use beyond a limit with the policy `overage`, one for each currency.",
    model.OveragePrice,
    (
        Entry("amount", Whole(), REQUIRED, "Price of each begun `per` units, in minor units.", "amount = 100"),
        _CURRENCY_ENTRY,
        Entry("per", Whole(1), 1, "How many units the amount buys.", "per = 1000"),
    ),
)

_POLICY_MEANING = (
    "What happens at the limit. `block`: refused. `notify`: goes on, people are told. `overage`: goes on and is"
    " billed. `grace`: goes on for a while, then refused. `degrade`: goes on with less."
)

LIMIT: Final = Record(
    "limit",
    "How much of a meter is included in each of its periods, and what happens then.",
    model.Limit,
    (
        Entry("meter", Ref("meters"), REQUIRED, "What is limited.", 'meter = "appointments"'),
        Entry("amount", Amount(), REQUIRED, "Units included, or `unlimited`.", "amount = 50"),
        Entry("policy", Word(POLICIES), None, _POLICY_MEANING + " Needed unless unlimited.", 'policy = "block"'),
        Entry(
            "thresholds",
            ListOf(Whole(1, 1000), 10, 0, AS_A_WHOLE),
            (80, 100),
            "Percentages of the limit at which people are told, each once in a period.",
            "thresholds = [80, 100, 120]",
        ),
        Entry(
            "overage",
            ListOf(OVERAGE_PRICE, 20, 1, ("currency",)),
            (),
            "Prices of what goes beyond.",
            "overage = [{ amount = 100, per = 1000 }]",
            only_when=("policy", ("overage",)),
            needed=True,
        ),
        Entry(
            "grace_days",
            Whole(1, 366),
            None,
            "Days from reaching the limit to the refusal.",
            "grace_days = 14",
            only_when=("policy", ("grace",)),
        ),
        Entry(
            "grace_percent",
            Whole(1, 1000),
            None,
            "Percentage of the limit that may be used beyond it before the refusal.",
            "grace_percent = 10",
            only_when=("policy", ("grace",)),
        ),
        Entry(
            "degraded_features",
            FeatureValues(),
            None,
            "What features are worth while the limit is exceeded.",
            'degraded_features = { synchronization = "off" }',
            only_when=("policy", ("degrade",)),
            needed=True,
        ),
    ),
)

TRIAL: Final = Record(
    "trial",
    "Full use without charge for some days, started by a button, once in the life of an account.",
    model.Trial,
    (
        Entry("days", Whole(1, 366), REQUIRED, "How long it lasts.", "days = 7"),
        Entry("plan", Ref("plans"), None, "The plan that it opens, as if it had been taken.", 'plan = "unlimited"'),
        Entry("features", FeatureValues(), NOTHING, "Features on top of that.", "features = { video = true }"),
        Entry(
            "limits",
            ListOf(LIMIT, 200, 0, ("meter",)),
            (),
            "Limits instead of those of the plan.",
            'limits = [{ meter = "appointments", amount = "unlimited" }]',
        ),
        Entry("advertising", Flag(), False, "Whether the vendor's notice is shown meanwhile.", "advertising = false"),
        Entry(
            "once_for",
            ListOf(Word(TRIAL_IDENTITIES), 4, 1, AS_A_WHOLE),
            ("account",),
            "Once for each of these. `account` is always among them; a kind added later counts for trials that were had before.",
            'once_for = ["account", "email"]',
        ),
        Entry(
            "remind_days",
            ListOf(Whole(0, 366), 10, 0, AS_A_WHOLE),
            (3, 1),
            "Days before the end on which a reminder goes out, in the reseller's name.",
            "remind_days = [3, 1]",
        ),
    ),
)

_PRICE_LIST = ListOf(PRICE, 50, 0, ("interval", "currency", "model", "meter"))
_PRICES_EXAMPLE = 'prices = [{ interval = "month", amount = 2900 }]'

PLAN: Final = Record(
    "plan",
    "One version of a named offer. To change the terms, add the plan again with the next version: running"
    " subscriptions keep the version that was agreed, and the highest one is sold.",
    model.Plan,
    (
        Entry("key", Key(), REQUIRED, "The word by which other parts refer to the plan.", 'key = "starter"'),
        name_entry("What people call the plan."),
        Entry("version", Whole(1, 10_000), 1, "Version of its terms.", "version = 2"),
        description_entry("Whom it is for, in one or two sentences."),
        Entry("public", Flag(), True, "Offered to everyone; otherwise by the vendor only.", "public = false"),
        Entry("advertising", Flag(), False, "Whether the vendor's notice is shown.", "advertising = true"),
        Entry("features", FeatureValues(), NOTHING, "What is had of each feature.", "features = { video = true }"),
        Entry(
            "limits",
            ListOf(LIMIT, 200, 0, ("meter",)),
            (),
            "Limits of meters. A meter without one is not limited.",
            'limits = [{ meter = "appointments", amount = 50, policy = "block" }]',
        ),
        Entry("prices", _PRICE_LIST, (), "List prices. None: it costs nothing.", _PRICES_EXAMPLE),
        Entry(
            "guide_prices",
            ListOf(GUIDE_PRICE, 50, 0, ("interval", "currency")),
            (),
            "What resellers are advised to ask.",
            'guide_prices = [{ interval = "month", lowest = 3000, highest = 15000 }]',
        ),
        Entry("trial", TRIAL, None, "The trial that an account on this plan can start.", "trial = { days = 7 }"),
    ),
)

ADDITION: Final = Record(
    "addition",
    "Units that an add-on puts on top of a limit.",
    model.Addition,
    (
        Entry("meter", Ref("meters"), REQUIRED, "Which limit grows.", 'meter = "appointments"'),
        Entry("amount", Amount(1), REQUIRED, "By how many units, or `unlimited`.", "amount = 1000"),
    ),
)

ADD_ON: Final = Record(
    "add_on",
    "One version of an offer taken beside a plan: an extension, a pack of units, or work such as set-up and training.",
    model.AddOn,
    (
        Entry("key", Key(), REQUIRED, "The word by which other parts refer to the add-on.", 'key = "training"'),
        name_entry("What people call the add-on."),
        Entry("version", Whole(1, 10_000), 1, "Version of its terms, as with plans.", "version = 2"),
        description_entry("What one gets, in one or two sentences."),
        Entry("public", Flag(), True, "Offered to everyone; otherwise by the vendor only.", "public = false"),
        Entry("icon", ICON, "puzzle", "Icon beside the name.", 'icon = "star"'),
        Entry("repeatable", Flag(), False, "Whether it can be taken several times at once.", "repeatable = true"),
        Entry(
            "plans",
            ListOf(Ref("plans"), 200, 0, AS_A_WHOLE),
            (),
            "Plans beside which it can be taken. None: any.",
            'plans = ["starter"]',
        ),
        Entry(
            "features",
            FeatureValues(),
            NOTHING,
            "A switch is turned on, a number is added to the plan's, a text replaces the plan's.",
            "features = { video = true }",
        ),
        Entry(
            "adds",
            ListOf(ADDITION, 200, 0, ("meter",)),
            (),
            "Units on top of the limits.",
            'adds = [{ meter = "appointments", amount = 1000 }]',
        ),
        Entry("prices", _PRICE_LIST, (), "List prices. None: it costs nothing.", _PRICES_EXAMPLE),
    ),
)

MANAGED_SERVICE: Final = Record(
    "managed_service",
    "Something done for a client that is switched on or off, may have an allowance, and is managed by the reseller or"
    " by the client.",
    model.ManagedService,
    (
        Entry("key", Key(), REQUIRED, "The word by which the host product refers to it.", 'key = "sales_optimizer"'),
        name_entry("What people call it."),
        description_entry("What is done, in one or two sentences."),
        Entry("icon", ICON, REQUIRED, "Icon beside the name.", 'icon = "rocket"'),
        Entry("enabled", Flag(), False, "Whether a new client begins with it switched on.", "enabled = true"),
        Entry(
            "managed_by",
            ListOf(Word(MANAGERS), 2, 0, AS_A_WHOLE),
            (),
            "Who may manage it. Empty: there is nothing to manage, only on and off.",
            'managed_by = ["reseller", "client"]',
        ),
        Entry(
            "default_managed_by",
            Word(MANAGERS),
            None,
            "Who manages it for a new client. Needed when both may.",
            'default_managed_by = "reseller"',
        ),
        Entry(
            "section",
            Ref("sections"),
            None,
            "The section in which it is managed. While the reseller manages it, people of the client look there at most.",
            'section = "campaigns"',
        ),
        Entry("meter", Ref("meters"), None, "What its allowance counts.", 'meter = "litmus_tests"'),
        Entry(
            "allowance",
            Amount(),
            None,
            "Units in each period of the meter with which a new client begins; the reseller may set another number for"
            " each client. Without it, unlimited.",
            "allowance = 20",
        ),
        Entry("policy", Word(("block", "notify")), None, "What happens at the allowance.", 'policy = "block"'),
        Entry("prices", _PRICE_LIST, (), "List prices of the service itself.", _PRICES_EXAMPLE),
    ),
)  # fmt: skip
