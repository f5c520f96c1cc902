"""The closed lists and the sizes of a product manifest."""

from __future__ import annotations

FORMAT = 1
"""The only format of a manifest that this release reads."""

LANGUAGES = ("en", "it", "sq", "nl", "fr", "pt")
"""Every name is given in exactly these languages."""

LEVELS = ("view", "manage")
"""Levels of a right, the lower first: `manage` implies `view`."""

ICONS = (
    "apps", "bell", "book", "briefcase", "calendar", "chart-bar", "device-mobile", "file-text", "heart", "help",
    "key", "layout-dashboard", "list", "mail", "map-pin", "message", "palette", "phone", "photo", "puzzle",
    "refresh", "rocket", "settings", "shopping-cart", "star", "table", "tag", "template", "users", "world",
)  # fmt: skip
"""Icons of the pages' sprite; one that is not drawn there would leave a hole in the menu."""

FEATURE_KINDS = ("switch", "number", "text")
AGGREGATIONS = ("sum", "count", "unique", "max", "latest")
METER_PERIODS = ("month", "subscription", "day", "standing")
STANDING_AGGREGATIONS = ("sum", "latest")
"""How a standing amount may add up: the others only grow, so nobody could give a seat back."""

SIGNAL_KINDS = ("moment", "number", "text", "switch")
WATCHES = ("silence", "deadline", "age", "decline")
MOMENT_WATCHES = ("silence", "deadline", "age")
MANAGERS = ("reseller", "client")
POLICIES = ("block", "notify", "overage", "grace", "degrade")
INTERVALS = ("once", "month", "quarter", "year")
PRICE_MODELS = ("flat", "unit", "graduated", "volume", "package")
TRIAL_IDENTITIES = ("account", "email", "domain", "card")
UNLIMITED = "unlimited"

PLACEHOLDERS = ("host", "account", "language")
"""What an address template may contain in braces."""

KINDS = (
    "groups",
    "sections",
    "role_presets",
    "features",
    "meters",
    "managed_services",
    "signals",
    "plans",
    "add_ons",
)
"""The lists of a manifest, in the order in which a difference is told."""

LARGEST_FILE = 1_000_000
"""Bytes of UTF-8 that a manifest may have."""
LONGEST_LINE = 4_000
"""Characters of one line."""
MOST_DOTS = 100
"""Dots in one line: tomllib needs quadratic time for a key of many dotted parts, 20 s for a file full of them."""
MOST_PROBLEMS = 500
"""Problems reported at once; a file with more is some other kind of file."""
LARGEST_NUMBER = 1_000_000_000_000
"""Beyond this a whole number is a slip, and SQLite and JavaScript begin to disagree about it."""

CURRENCIES = tuple(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF"
    " CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG"
    " HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA"
    " MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD"
    " RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX"
    " USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW".split()
)
"""ISO 4217 codes of money that one can pay with."""
