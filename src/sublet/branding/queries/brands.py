"""What an account shows of itself: its own fields, and what it inherits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Protocol, TypeVar

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from sublet.accounts.models import Account
from sublet.accounts.queries import client_facts
from sublet.branding.models import Brand, BrandImage, BrandVersion
from sublet.core.brandfields import FIELDS as ALL_FIELDS
from sublet.core.brandfields import LANGUAGES, LOCAL, TOGETHER, Values, key_of, local_texts, nearest
from sublet.core.capitals import capitalized
from sublet.core.colors import style_version, text_on
from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound

FIELDS = tuple(ALL_FIELDS)
DEFAULT_COLOR = "#3355cc"
#: Fields that have a column of their own; the others are in `Brand.more`.
COLUMNS = (
    "name", "logo", "logo_dark", "icon", "color", "support_name", "support_email", "support_phone", "support_url",
    "support_hours", "footer", "sender_name",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BrandView:
    """A brand as shown, after inheritance. Addresses are paths on the host itself; empty means none."""

    name: str
    logo_url: str
    logo_dark_url: str
    icon_url: str
    css_url: str
    color: str
    on_color: str
    support_name: str
    support_email: str
    support_phone: str
    support_url: str
    support_hours: str
    footer: str
    sender_name: str
    language: str
    is_vendor: bool
    origins: tuple[tuple[str, str], ...] = ()  # field → name of the account it is inherited from
    short_name: str = ""
    accent: str = ""  # empty: the color
    corners: str = ""  # one of core.brandfields.CORNERS; empty: as the pages are
    font: str = ""  # one of core.brandfields.FONTS, likewise
    login_picture_url: str = ""
    login_title: str = ""
    login_text: str = ""
    imprint_url: str = ""
    privacy_url: str = ""
    terms_url: str = ""
    mail_look: str = ""
    words: tuple[tuple[str, str], ...] = ()  # what the brand calls a client, a reseller, an account: ``clients`` → text
    local: tuple[tuple[str, str], ...] = ()  # texts that a language says otherwise, by key

    @property
    def look(self) -> tuple[str, str, str, str]:
        """What the style sheet is made of."""
        return self.color, self.accent, self.corners, self.font

    @property
    def has_legal(self) -> bool:
        """Whether there is an imprint, or anything else that the law wants said."""
        return bool(self.imprint_url or self.privacy_url or self.terms_url)

    @property
    def legal(self) -> tuple[tuple[str, str], ...]:
        """Imprint, privacy and terms with their addresses, as far as there are any, in the language now active."""
        lines = ((_("Imprint"), self.imprint_url), (_("Privacy"), self.privacy_url), (_("Terms"), self.terms_url))
        return tuple((label, url) for label, url in lines if url)

    @property
    def imprint(self) -> str:
        """The same, a line each: for mails."""
        colon = pgettext("at the end of a line", ":")
        return "\n".join(f"{label}{colon} {url}" for label, url in self.legal)

    def speaking(self, language: str) -> BrandView:
        """The same brand with its texts in `language`, where it has any of their own."""
        return _speaking(self, language[:2]) if self.local else self

    def word(self, name: str) -> str:
        """What the brand calls ``client``, ``clients``, ``reseller`` …; empty: as everybody does."""
        return next((text for each, text in self.words if each == name), "")

    def word_alone(self, name: str) -> str:
        """The same where it stands alone, as a heading or on a button: with a capital, in the language now active."""
        return capitalized(self.word(name), get_language() or "")

    @property
    def favicon_url(self) -> str:
        """The icon for the browser's tab: the brand's, or one that is drawn from its name and color."""
        return self.icon_url or f"/favicon.ico?v={style_version(self.color)}"

    @property
    def manifest_url(self) -> str:
        """What makes an app of the pages on a home screen."""
        return "/manifest.webmanifest"


@dataclass(frozen=True, slots=True)
class BrandField:
    """A field of a brand as its editor sees it. `origin` is the account that `inherited` comes from, empty for nobody."""

    name: str
    own: str
    inherited: str
    origin: str
    live: str = ""  # `own` as it is published; the same where there is no draft

    @property
    def is_draft(self) -> bool:
        """Whether publishing would change it."""
        return self.own != self.live

    @property
    def shown(self) -> str:
        """What people see."""
        return self.own or self.inherited


@dataclass(frozen=True, slots=True)
class EditableBrand:
    """An account's brand with what lies under it. Fields of pictures hold digests. `version` guards against overwriting."""

    account_id: int
    account_ref: str
    account_name: str
    account_kind: str
    version: int
    fields: Mapping[str, BrandField]
    view: BrandView
    local: Mapping[str, Mapping[str, BrandField]]  # language → field → its text in that language
    has_draft: bool = False
    drafted_by: str = ""
    drafted_at: datetime | None = None
    published: int = 0  # the number of the newest version


class Link(Protocol):
    """What a brand needs to know of an account in its chain."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def language(self) -> str: ...


L = TypeVar("L", bound=Link)


def account_chain(account: Account) -> list[Account]:
    """The account and those above it, itself first, the vendor last."""
    chain = [account]
    while chain[-1].parent_id is not None:
        above = chain[-1].parent  # read with the account where the query asked for it
        if above is None:
            break
        chain.append(above)
    return chain


def donors_of(chain: Sequence[L]) -> list[L]:
    """The accounts of `chain` that its first one inherits from, itself first.

    Nothing of the vendor's is inherited by anybody but direct accounts: a reseller that has set nothing yet shows its
    own name and neutral looks, never the vendor's (C08).
    """
    if {RESELLER, CLIENT} & {account.kind for account in chain}:
        return [account for account in chain if account.kind != VENDOR]
    return list(chain)


def _brands(donors: Sequence[Link]) -> dict[int, Brand]:
    # unscoped: brands are inherited from accounts above, outside the reader's scope
    return {brand.account_id: brand for brand in Brand.unscoped.filter(account_id__in=[each.id for each in donors])}


def values_of(brand: Brand | None, *, draft: bool = False) -> dict[str, str]:
    """All that an account has set, by key; with `draft`, as it would be once that is published."""
    if brand is None:
        return {}
    values = {field: str(getattr(brand, field)) for field in COLUMNS} | {**brand.more}
    if draft and brand.draft:
        values |= brand.draft
    return {key: value for key, value in values.items() if value}


def _shop(donors: Sequence[L]) -> L:
    """Whose name an account without a brand goes by: its reseller's, whose shop it is in, not its own."""
    return next((account for account in donors if account.kind in {RESELLER, VENDOR}), donors[0])


def _address(digest: str) -> str:
    return f"/brand/{digest}" if digest else ""


@lru_cache(maxsize=4000)
def _speaking(view: BrandView, language: str) -> BrandView:
    texts = dict(view.local)
    own = {field: texts[key] for field in LOCAL if (key := key_of(field, language)) in texts}
    words = dict(view.words) | {field[5:]: text for field, text in own.items() if field.startswith("word_")}
    spoken = {field: text for field, text in own.items() if not field.startswith("word_")}
    return replace(view, words=tuple(sorted(words.items())), local=(), **spoken)  # type: ignore[arg-type]  # texts all


def brand_of(chain: Sequence[Link]) -> BrandView:
    """The brand of the first account of `chain`, each empty field taken from the nearest account above that gives it."""
    donors = donors_of(chain)
    brands = _brands(donors)
    return _view(chain, donors, [values_of(brands.get(each.id)) for each in donors])


def name_shown(account_id: int, language: str) -> str:
    """The name by which pages and mails in an account's brand call it, in `language`; empty: there is no such account.

    For callers that hold the number by a scope already: a client's answer names its reseller, which it may not read.
    """
    # unscoped: see above
    account = Account.unscoped.select_related("parent__parent").filter(id=account_id).first()
    return brand_of(account_chain(account)).speaking(language).name if account is not None else ""


def _view(chain: Sequence[Link], donors: Sequence[Link], values: Sequence[Values]) -> BrandView:
    found = {field: nearest(values, field) for field in FIELDS}
    shown = {field: text for field, (text, _place) in found.items()}
    name = shown["name"] or _shop(donors).name
    color = shown["color"] or DEFAULT_COLOR
    look = (color, shown["accent"], shown["corners"], shown["font"])
    return BrandView(
        name=name,
        short_name=shown["short_name"],
        logo_url=_address(shown["logo"] or shown["logo_dark"]),
        logo_dark_url=_address(shown["logo_dark"] or shown["logo"]),
        icon_url=_address(shown["icon"]),
        css_url=f"/brand.css?v={style_version(*look)}",
        color=color,
        accent=shown["accent"],
        corners=shown["corners"],
        font=shown["font"],
        on_color=text_on(color),
        login_picture_url=_address(shown["login_picture"]),
        login_title=shown["login_title"],
        login_text=shown["login_text"],
        support_name=shown["support_name"] or name,
        support_email=shown["support_email"],
        support_phone=shown["support_phone"],
        support_url=shown["support_url"],
        support_hours=shown["support_hours"],
        imprint_url=shown["imprint_url"],
        privacy_url=shown["privacy_url"],
        terms_url=shown["terms_url"],
        footer=shown["footer"],
        sender_name=shown["sender_name"] or name,
        mail_look=shown["mail_look"],
        words=tuple(
            (field[5:], shown[field]) for field in sorted(FIELDS) if field.startswith("word_") and shown[field]
        ),
        local=local_texts(values),
        language=chain[0].language or next((each.language for each in donors if each.language), ""),
        is_vendor=chain[0].kind == VENDOR,
        origins=tuple(sorted((field, donors[place].name) for field, (_text, place) in found.items() if place > 0)),
    )


def brand_to_edit(account_ref: str, *, draft: bool = False) -> EditableBrand:
    """The brand of an account within the scope in force, field by field; with `draft`, as its editor left it.

    Raises NotFound.
    """
    account = Account.objects.select_related("parent__parent").filter(ref=account_ref).first()
    if account is None:
        raise NotFound
    chain = account_chain(account)
    donors = donors_of(chain)
    brands = _brands(donors)
    own = brands.get(account.id)
    return _edited(chain, donors, brands, own, values_of(own, draft=draft))


def brand_tried(account_ref: str, typed: Values) -> BrandView:
    """The brand of an account as it would be with the draft and with `typed` over it: for the preview. Raises NotFound."""
    account = Account.objects.select_related("parent__parent").filter(ref=account_ref).first()
    if account is None:
        raise NotFound
    chain = account_chain(account)
    donors = donors_of(chain)
    brands = _brands(donors)
    mine = {key: text for key, text in (values_of(brands.get(account.id), draft=True) | {**typed}).items() if text}
    return _view(chain, donors, [mine, *(values_of(brands.get(each.id)) for each in donors[1:])])


def donors_to_edit(account_ref: str) -> list[int]:
    """The accounts within the scope in force and above it whose pictures that one's brand may show. Raises NotFound."""
    account = Account.objects.select_related("parent__parent").filter(ref=account_ref).first()
    if account is None:
        raise NotFound
    return [each.id for each in donors_of(account_chain(account))]


def _edited(
    chain: Sequence[Account],
    donors: Sequence[Account],
    brands: Mapping[int, Brand],
    own: Brand | None,
    mine: Values,
) -> EditableBrand:
    above = [values_of(brands.get(each.id)) for each in donors[1:]]
    live = values_of(own)
    view = _view(chain, donors, [mine, *above])
    account, shop = chain[0], _shop(donors)
    fields: dict[str, BrandField] = {}
    for field in FIELDS:
        inherited, place = nearest(above, field)
        origin = donors[place + 1].name if place >= 0 else ""
        if field in TOGETHER and any(mine.get(each) for each in TOGETHER):
            inherited, origin = "", ""  # an own logo stands for both grounds
        if field == "name" and not inherited:
            inherited, origin = shop.name, shop.name
        elif field in {"sender_name", "support_name", "short_name"} and not inherited:
            inherited = view.name
        elif field == "color" and not inherited:
            inherited = DEFAULT_COLOR
        fields[field] = BrandField(field, mine.get(field, ""), inherited, origin, live.get(field, ""))
    local: dict[str, Mapping[str, BrandField]] = {}
    for language in LANGUAGES:
        row = {}
        for field in LOCAL:
            key = key_of(field, language)
            inherited, place = nearest([{k: v for k, v in mine.items() if k != key}, *above], field, language)
            origin = donors[place].name if place > 0 else ""
            row[field] = BrandField(field, mine.get(key, ""), inherited, origin, live.get(key, ""))
        local[language] = row
    return EditableBrand(
        account_id=account.id,
        account_ref=account.ref,
        account_name=account.name,
        account_kind=account.kind,
        version=own.version if own is not None else 0,
        fields=fields,
        local=local,
        view=view,
        has_draft=bool(own is not None and own.draft),
        drafted_by=own.drafted_by if own is not None else "",
        drafted_at=own.drafted_at if own is not None else None,
        published=own.published if own is not None else 0,
    )


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A brand as it was published once."""

    number: int
    changed: tuple[str, ...]  # fields that became otherwise
    published_by: str
    published_at: datetime
    values: Mapping[str, str]


def versions_of(account_ref: str, *, most: int = 50) -> list[PublishedVersion]:
    """The published versions of an account within the scope in force, newest first."""
    rows = BrandVersion.objects.filter(account__ref=account_ref).order_by("-number")[:most]
    return [
        PublishedVersion(
            row.number, tuple(filter(None, row.changed.split(", "))), row.published_by, row.published_at, row.values
        )
        for row in rows
    ]


def picture_of_client(actor: Actor, ref: str, digest: str) -> tuple[bytes, str] | None:
    """A picture of that client's own brand, or None: its own, or one that its reseller gave to many. Raises NotFound where
    there is no such client."""
    return picture(digest, account_ids=[client_facts(actor, ref).id, actor.account_id])


def picture(digest: str, *, account_ids: Sequence[int]) -> tuple[bytes, str] | None:
    """The bytes and media type of a picture that belongs to one of these accounts, or None."""
    # unscoped: a client's page shows the pictures of its reseller; the caller names the accounts of the host
    image = BrandImage.unscoped.filter(digest=digest, account_id__in=account_ids).only("data", "media_type").first()
    return None if image is None else (bytes(image.data), image.media_type)
