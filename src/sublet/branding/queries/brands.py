"""What an account shows of itself: its own fields, and what it inherits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sublet.accounts.models import Account
from sublet.accounts.queries import client_facts
from sublet.branding.models import Brand, BrandImage
from sublet.core.colors import style_version, text_on
from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound

PICTURES = ("logo", "logo_dark", "icon")
FIELDS = (
    "name", *PICTURES, "color", "support_name", "support_email", "support_phone", "support_url", "support_hours",
    "footer", "sender_name",
)  # fmt: skip
DEFAULT_COLOR = "#3355cc"
#: Inherited together: the dark logo of one account beside the light one of another would be two brands on one page.
_TOGETHER = ("logo", "logo_dark")


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


def account_chain(account: Account) -> list[Account]:
    """The account and those above it, itself first, the vendor last."""
    chain = [account]
    while chain[-1].parent_id is not None:
        above = chain[-1].parent  # read with the account where the query asked for it
        if above is None:
            break
        chain.append(above)
    return chain


def donors_of(chain: Sequence[Account]) -> list[Account]:
    """The accounts of `chain` that its first one inherits from, itself first.

    Nothing of the vendor's is inherited by anybody but direct accounts: a reseller that has set nothing yet shows its
    own name and neutral looks, never the vendor's (C08).
    """
    if {RESELLER, CLIENT} & {account.kind for account in chain}:
        return [account for account in chain if account.kind != VENDOR]
    return list(chain)


def _brands(donors: Sequence[Account]) -> dict[int, Brand]:
    # unscoped: brands are inherited from accounts above, outside the reader's scope
    return {brand.account_id: brand for brand in Brand.unscoped.filter(account_id__in=[each.id for each in donors])}


def _value(brand: Brand | None, field: str) -> str:
    value: str = getattr(brand, field) if brand is not None else ""
    return value


def _resolved(donors: Sequence[Account], brands: Mapping[int, Brand]) -> dict[str, tuple[str, Account | None]]:
    """Each field with the account that it comes from."""
    found: dict[str, tuple[str, Account | None]] = dict.fromkeys(FIELDS, ("", None))
    for donor in donors:
        brand = brands.get(donor.id)
        whole_pair_open = not any(found[field][0] for field in _TOGETHER)
        for field in FIELDS:
            is_open = whole_pair_open if field in _TOGETHER else not found[field][0]
            if is_open and _value(brand, field):
                found[field] = (_value(brand, field), donor)
    return found


def _shop(donors: Sequence[Account]) -> Account:
    """Whose name an account without a brand goes by: its reseller's, whose shop it is in, not its own."""
    return next((account for account in donors if account.kind in {RESELLER, VENDOR}), donors[0])


def _address(digest: str) -> str:
    return f"/brand/{digest}" if digest else ""


def brand_of(chain: Sequence[Account]) -> BrandView:
    """The brand of the first account of `chain`, each empty field taken from the nearest account above that gives it."""
    donors = donors_of(chain)
    return _view(chain, donors, _resolved(donors, _brands(donors)))


def _view(
    chain: Sequence[Account], donors: Sequence[Account], found: Mapping[str, tuple[str, Account | None]]
) -> BrandView:
    values = {field: value for field, (value, _donor) in found.items()}
    name = values["name"] or _shop(donors).name
    color = values["color"] or DEFAULT_COLOR
    return BrandView(
        name=name,
        logo_url=_address(values["logo"] or values["logo_dark"]),
        logo_dark_url=_address(values["logo_dark"] or values["logo"]),
        icon_url=_address(values["icon"]),
        css_url=f"/brand.css?v={style_version(color)}",
        color=color,
        on_color=text_on(color),
        support_name=values["support_name"] or name,
        support_email=values["support_email"],
        support_phone=values["support_phone"],
        support_url=values["support_url"],
        support_hours=values["support_hours"],
        footer=values["footer"],
        sender_name=values["sender_name"] or name,
        language=chain[0].language or next((each.language for each in donors if each.language), ""),
        is_vendor=chain[0].kind == VENDOR,
        origins=tuple(
            sorted((field, donor.name) for field, (_value, donor) in found.items() if donor and donor.id != chain[0].id)
        ),
    )


def brand_to_edit(account_ref: str) -> EditableBrand:
    """The brand of an account within the scope in force, field by field. Raises NotFound."""
    account = Account.objects.select_related("parent__parent").filter(ref=account_ref).first()
    if account is None:
        raise NotFound
    chain = account_chain(account)
    donors = donors_of(chain)
    brands = _brands(donors)
    own = brands.get(account.id)
    above = _resolved(donors[1:], brands)
    view = _view(chain, donors, _resolved(donors, brands))
    return EditableBrand(
        account_id=account.id,
        account_ref=account.ref,
        account_name=account.name,
        account_kind=account.kind,
        version=own.version if own is not None else 0,
        fields={field: _field(field, own, above[field], _shop(donors), view) for field in FIELDS},
        view=view,
    )


def _field(
    name: str, own: Brand | None, above: tuple[str, Account | None], shop: Account, view: BrandView
) -> BrandField:
    inherited, donor = above
    if name == "name" and not inherited:
        inherited, donor = shop.name, shop
    if name in {"sender_name", "support_name"} and not inherited:
        inherited = view.name
    if name == "color" and not inherited:
        inherited = DEFAULT_COLOR
    if name in _TOGETHER and any(_value(own, each) for each in _TOGETHER):
        inherited, donor = "", None  # an own logo stands for both grounds
    return BrandField(name=name, own=_value(own, name), inherited=inherited, origin=donor.name if donor else "")


def picture_of_client(actor: Actor, ref: str, digest: str) -> tuple[bytes, str] | None:
    """A picture of that client of the actor's own brand, or None. Raises NotFound where there is no such client."""
    return picture(digest, account_ids=[client_facts(actor, ref).id])


def picture(digest: str, *, account_ids: Sequence[int]) -> tuple[bytes, str] | None:
    """The bytes and media type of a picture that belongs to one of these accounts, or None."""
    # unscoped: a client's page shows the pictures of its reseller; the caller names the accounts of the host
    image = BrandImage.unscoped.filter(digest=digest, account_id__in=account_ids).only("data", "media_type").first()
    return None if image is None else (bytes(image.data), image.media_type)
