"""The shape of a manifest: every key, its type, its default and its meaning."""

from __future__ import annotations

from typing import Final

from sublet.core.manifest import model
from sublet.core.manifest.model import NOTHING
from sublet.core.manifest.offer import (
    ADD_ON,
    CURRENCY,
    ICON,
    MANAGED_SERVICE,
    PLAN,
    SIX,
    description_entry,
    name_entry,
)
from sublet.core.manifest.shapes import (
    AS_A_WHOLE,
    REQUIRED,
    Address,
    Entry,
    Flag,
    Key,
    ListOf,
    NamesShape,
    Record,
    Ref,
    Rights,
    Text,
    Whole,
    Word,
)
from sublet.core.manifest.words import (
    AGGREGATIONS,
    FEATURE_KINDS,
    LEVELS,
    METER_PERIODS,
    SIGNAL_KINDS,
    WATCHES,
)

_UNIT = NamesShape(40)

PRODUCT: Final = Record(
    "product",
    "The host product as a whole.",
    model.Product,
    (
        Entry("key", Key(), REQUIRED, "The word by which programs refer to the product.", 'key = "appfold"'),
        name_entry("What people call the product, before a reseller's brand replaces it."),
        Entry(
            "version",
            Text(40),
            REQUIRED,
            "The vendor's version of this manifest; shown, and kept with each loading.",
            'version = "2.3"',
        ),
        Entry("currency", CURRENCY, REQUIRED, "Currency of every amount that names no other.", 'currency = "EUR"'),
        Entry(
            "address",
            Address(),
            REQUIRED,
            "Where the product opens for an account.",
            'address = "https://{host}/app/{account}"',
        ),
        description_entry("What the product does, in one or two sentences."),
        Entry(
            "starting_plan",
            Ref("plans"),
            None,
            "The free plan on which every new account starts and to which a trial falls back.",
            'starting_plan = "free"',
        ),
        Entry(
            "notice",
            NamesShape(200),
            None,
            "The vendor's notice: what is read on the pages of accounts whose plan says `advertising = true`. It may name the"
            " vendor: the white-label scan lets these words pass.",
            f"notice = {SIX}",
        ),
        Entry(
            "notice_address",
            Address(),
            None,
            "Where the notice leads, without placeholders.",
            'notice_address = "https://example.com/"',
        ),
    ),
)

GROUP: Final = Record(
    "group",
    "A heading under which sections are listed, in menus and in the form of rights.",
    model.Group,
    (
        Entry("key", Key(), REQUIRED, "The word by which sections refer to the group.", 'key = "publishing"'),
        name_entry("The heading."),
        Entry("order", Whole(0, 10_000), 0, "Lower numbers stand first; equal ones as in the file.", "order = 2"),
    ),
)

SECTION: Final = Record(
    "section",
    "An area of the host product that rights and vendor marks attach to. A new section is off for everyone who is"
    " there already, until somebody grants it.",
    model.Section,
    (
        Entry("key", Key(), REQUIRED, "The word by which rights refer to the section.", 'key = "design"'),
        name_entry("What people call the section."),
        description_entry("What one does there, in one sentence; shown in the form of rights."),
        Entry("group", Ref("groups"), REQUIRED, "The heading it is listed under.", 'group = "look"'),
        Entry("icon", ICON, REQUIRED, "Icon beside the name.", 'icon = "palette"'),
        Entry(
            "address",
            Address(),
            REQUIRED,
            "Where the section opens. `{host}` is the client's host, `{account}` the public reference of the account,"
            " `{language}` the language of the person.",
            'address = "https://{host}/app/{account}/design"',
        ),
        Entry(
            "levels",
            ListOf(Word(LEVELS), 2, 1, AS_A_WHOLE),
            LEVELS,
            "The levels that can be given. `manage` contains `view`.",
            'levels = ["view"]',
        ),
        Entry(
            "vendor_mark",
            Flag(),
            False,
            "True where something names the vendor and cannot be removed, so the section is not white-label clean.",
            "vendor_mark = true",
        ),
        Entry(
            "feature",
            Ref("features"),
            None,
            "The switch without which the section is not there, whatever rights people were given.",
            'feature = "members_area"',
        ),
        Entry(
            "offer",
            Ref("add_ons"),
            None,
            "The add-on that a person who lacks the right is invited to ask for.",
            'offer = "redesign"',
        ),
    ),
)

ROLE_PRESET: Final = Record(
    "role_preset",
    "A named set of rights that fills the form of a collaborator. Nothing checks it afterwards.",
    model.RolePreset,
    (
        Entry("key", Key(), REQUIRED, "The word by which programs refer to it.", 'key = "marketing"'),
        name_entry("What people call it."),
        description_entry("Whom it is for, in one sentence."),
        Entry(
            "rights",
            Rights(),
            NOTHING,
            "Level of each section.",
            'rights = { push = "manage", statistics = "view" }',
        ),
        Entry(
            "every_section",
            Word(LEVELS),
            None,
            "Level of all sections that `rights` does not name; a section without that level gets the next lower one.",
            'every_section = "manage"',
        ),
    ),
)

CHOICE: Final = Record(
    "choice",
    "One of the values that a text feature can have.",
    model.Choice,
    (
        Entry("key", Key(), REQUIRED, "The value, as programs see it.", 'key = "two_way"'),
        name_entry("The value, as people see it."),
    ),
)

FEATURE: Final = Record(
    "feature",
    "Something that can be had or not, up to a number, or in one of several ways. Where nothing grants it, it is off,"
    " 0 or empty.",
    model.Feature,
    (
        Entry("key", Key(), REQUIRED, "The word by which the host product asks for it.", 'key = "video"'),
        Entry("kind", Word(FEATURE_KINDS), REQUIRED, "What its value is.", 'kind = "switch"'),
        name_entry("What people call it."),
        description_entry("What it is good for, in one sentence."),
        Entry(
            "unit",
            _UNIT,
            None,
            "What a number counts, in the plural.",
            f"unit = {SIX}",
            only_when=("kind", ("number",)),
        ),
        Entry(
            "choices",
            ListOf(CHOICE, 50, 1, ("key",)),
            (),
            "The values that a text can have. Without it, any text.",
            f'choices = [{{ key = "two_way", name = {SIX} }}]',
            only_when=("kind", ("text",)),
        ),
    ),
)

METER: Final = Record(
    "meter",
    "The definition of what is counted and how it adds up.",
    model.Meter,
    (
        Entry("key", Key(), REQUIRED, "The word with which the host product reports use.", 'key = "appointments"'),
        name_entry("What people call it."),
        description_entry("What exactly is counted, in one sentence."),
        Entry("unit", _UNIT, REQUIRED, "What one counts, in the plural.", f"unit = {SIX}"),
        Entry(
            "aggregation",
            Word(AGGREGATIONS),
            REQUIRED,
            "How usage events add up: `sum` of quantities, `count` of events, `unique` values of one property, `max`"
            " or `latest` quantity.",
            'aggregation = "sum"',
        ),
        Entry(
            "period",
            Word(METER_PERIODS),
            REQUIRED,
            "When counting begins anew: with the calendar `month`, with each period of the `subscription`, each `day`,"
            " or never, for a `standing` amount such as seats.",
            'period = "month"',
        ),
        Entry(
            "unique_by",
            Text(80),
            None,
            "The property of the usage event whose different values are counted.",
            'unique_by = "contact"',
            only_when=("aggregation", ("unique",)),
            needed=True,
        ),
        Entry("decimals", Whole(0, 6), 0, "Places after the point that a quantity may have.", "decimals = 3"),
    ),
)

SIGNAL: Final = Record(
    "signal",
    "A dated fact about a client that the host product reports and that is not billed.",
    model.Signal,
    (
        Entry("key", Key(), REQUIRED, "The word with which the host product reports it.", 'key = "last_push_sent"'),
        Entry("kind", Word(SIGNAL_KINDS), REQUIRED, "What is reported.", 'kind = "moment"'),
        name_entry("What people call it."),
        description_entry("What it tells, in one sentence."),
        Entry(
            "unit",
            _UNIT,
            None,
            "What a number counts, in the plural.",
            f"unit = {SIX}",
            only_when=("kind", ("number",)),
        ),
        Entry(
            "watch",
            Word(WATCHES),
            None,
            "What a health check looks for: `silence` (nothing new for `days`, although it used to come), `deadline`"
            " (the moment is less than `days` away), `age` (the moment is more than `days` ago), `decline` (less than"
            " in the `days` before).",
            'watch = "deadline"',
        ),
        Entry(
            "days",
            Whole(1, 3660),
            None,
            "The number of days for `watch`.",
            "days = 30",
            only_when=("watch", WATCHES),
            needed=True,
        ),
    ),
)


def _entries(key: str, record: Record, most: int, meaning: str, *identity: str) -> Entry:
    return Entry(key, ListOf(record, most, 0, identity or ("key",)), (), meaning, f"[[{key}]]")


MANIFEST: Final = Record(
    "manifest",
    "The file as a whole. The first line is `manifest = 1`, the format that this page describes.",
    model.Manifest,
    (
        Entry("product", PRODUCT, REQUIRED, "The host product as a whole.", "[product]"),
        _entries("groups", GROUP, 100, "Headings for sections."),
        _entries("sections", SECTION, 500, "Areas that rights attach to, in the order in which they are shown."),
        _entries("role_presets", ROLE_PRESET, 100, "Named sets of rights."),
        _entries("features", FEATURE, 500, "What can be had."),
        _entries("meters", METER, 200, "What is counted."),
        _entries("managed_services", MANAGED_SERVICE, 100, "What is done for a client."),
        _entries("signals", SIGNAL, 200, "What the host product tells about a client."),
        _entries("plans", PLAN, 200, "Named offers and their versions.", "key", "version"),
        _entries("add_ons", ADD_ON, 500, "Offers taken beside a plan, and their versions.", "key", "version"),
    ),
)
