"""What surrounds every page: brand, navigation, accounts to switch to, the person, the impersonation banner.

Views of a portal get a `Shell` from its context processor; templates read ``shell.*`` and nothing else. Only plain
values: no query can start from a template.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise

Text = str | Promise

AUTO, LIGHT, DARK = "auto", "light", "dark"
THEMES = (AUTO, LIGHT, DARK)
#: From how many accounts on the switcher has a search field.
SEARCH_FROM = 9
#: Up to how many closed sections stand open under what is open; more of them are folded under one entry.
FEW_CLOSED = 3


class BrandView(Protocol):
    """What a page needs of a brand. Empty text means: there is none."""

    @property
    def name(self) -> str: ...
    @property
    def logo_url(self) -> str: ...
    @property
    def logo_dark_url(self) -> str: ...
    @property
    def icon_url(self) -> str: ...
    @property
    def css_url(self) -> str: ...
    @property
    def support_name(self) -> str: ...
    @property
    def support_email(self) -> str: ...
    @property
    def support_phone(self) -> str: ...
    @property
    def support_hours(self) -> str: ...
    @property
    def support_url(self) -> str: ...
    @property
    def imprint_url(self) -> str: ...
    @property
    def privacy_url(self) -> str: ...
    @property
    def terms_url(self) -> str: ...
    @property
    def has_legal(self) -> bool: ...
    @property
    def login_picture_url(self) -> str: ...
    @property
    def login_title(self) -> str: ...
    @property
    def login_text(self) -> str: ...
    def word(self, name: str) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def is_vendor(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class NeutralBrand:
    """No brand: what a host that nobody has proved shows."""

    name: str = ""
    logo_url: str = ""
    logo_dark_url: str = ""
    icon_url: str = ""
    css_url: str = ""
    support_name: str = ""
    support_email: str = ""
    support_phone: str = ""
    support_hours: str = ""
    support_url: str = ""
    imprint_url: str = ""
    privacy_url: str = ""
    terms_url: str = ""
    has_legal: bool = False
    login_picture_url: str = ""
    login_title: str = ""
    login_text: str = ""
    language: str = ""
    is_vendor: bool = False

    def word(self, name: str) -> str:
        """Nothing is called otherwise."""
        return ""


@dataclass(frozen=True, slots=True)
class NavItem:
    """One link of the sidebar. `count` is shown when it is not None; `marked` carries the vendor mark.

    `locked` is a section that is closed to the person: it leads to "Why not?".
    """

    label: Text
    url: str
    icon: str = "point"
    active: bool = False
    count: int | None = None
    marked: bool = False
    external: bool = False
    locked: bool = False


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Links under one heading; an empty label shows none. `folded`: they are shown when the heading is pressed."""

    label: Text
    items: tuple[NavItem, ...]
    folded: bool = False

    @property
    def opened(self) -> bool:
        """Whether a folded group is shown unfolded: the page is one of its own."""
        return any(item.active for item in self.items)


@dataclass(frozen=True, slots=True)
class SwitcherAccount:
    """An account that the person can go to; `url` carries the whole address, never hidden state."""

    name: str
    kind_label: Text
    url: str
    current: bool = False
    host: str = ""


@dataclass(frozen=True, slots=True)
class Banner:
    """An impersonation that is going on: who, as whom, in which mode, until when (UTC), and the way back (POST)."""

    person: str
    acting_as: str
    account: str
    mode_label: Text
    ends_at: datetime
    minutes_left: int
    back_url: str


@dataclass(frozen=True, slots=True)
class TrialNote:
    """A free trial that runs: how it stands in words, and the page that tells more (empty: not for this person)."""

    text: Text
    url: str


@dataclass(frozen=True, slots=True)
class LimitNote:
    """That a reseller can only read and pay, and where it pays (empty: not for this person)."""

    text: Text
    url: str


@dataclass(frozen=True, slots=True)
class VendorNotice:
    """The vendor's own words on pages of free accounts, and where they lead (empty: nowhere)."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who is logged in."""

    name: str
    email: str
    initials: str = ""
    theme: str = AUTO
    language: str = ""


@dataclass(frozen=True, slots=True)
class Shell:
    """Everything around the content of a page. An empty address hides what it would lead to."""

    brand: BrandView
    person: Person | None = None
    account_name: str = ""
    account_kind_label: Text = ""
    home_url: str = "/"
    nav: tuple[NavGroup, ...] = ()
    accounts: tuple[SwitcherAccount, ...] = ()
    banner: Banner | None = None
    trial: TrialNote | None = None
    limit: LimitNote | None = None
    notice: VendorNotice | None = None
    language_url: str = ""
    theme_url: str = ""
    profile_url: str = ""
    sign_ins_url: str = ""
    own_rights_url: str = ""
    log_out_url: str = ""
    #: Shown at the foot of the support block; the brand's own text.
    footer: str = ""

    @property
    def theme(self) -> str:
        """``auto``, ``light`` or ``dark``: the person's choice."""
        chosen = self.person.theme if self.person else AUTO
        return chosen if chosen in THEMES else AUTO

    @property
    def switches(self) -> bool:
        """Whether there is any other account to go to."""
        return any(not account.current for account in self.accounts)

    @property
    def searches_accounts(self) -> bool:
        """Whether there are so many accounts that the switcher needs a search field."""
        return len(self.accounts) >= SEARCH_FROM

    @property
    def has_support(self) -> bool:
        """Whether the brand says how to reach anybody."""
        brand = self.brand
        return any((brand.support_email, brand.support_phone, brand.support_url, brand.support_hours))


def initials_of(name: str) -> str:
    """Up to two letters for an avatar: of the first and the last word. Empty for a name without letters."""
    words = [word for word in name.replace("-", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def only_with_items(groups: Iterable[NavGroup]) -> tuple[NavGroup, ...]:
    """The groups that have something in them."""
    return tuple(group for group in groups if group.items)
