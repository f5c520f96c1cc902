"""Writing brands and hosts."""

from sublet.branding.operations.brands import (
    CannotChangeBrand,
    change_brand,
    cleaned,
    discard_draft,
    publish_draft,
    publish_version,
    remove_image,
    save_draft,
    upload_image,
)
from sublet.branding.operations.checks import ask_check, put_due_checks, settle_check
from sublet.branding.operations.client_names import MOST as MOST_NAMES
from sublet.branding.operations.client_names import (
    CannotNameClients,
    ClientNames,
    NameLine,
    name_clients,
    name_newborns,
    preview_client_names,
    set_gives_names,
)
from sublet.branding.operations.generation import note_changed_account
from sublet.branding.operations.hosts import (
    CannotAddHost,
    CannotCheckHost,
    CannotReleaseHost,
    add_host,
    become_reseller,
    make_primary,
    mark_proved,
    release_host,
    set_redirect,
)
from sublet.branding.operations.many import CannotChangeBrands, ManyBrands, change_brands, preview_brands
from sublet.branding.operations.vendorwords import CannotAddVendorWord, add_vendor_word, remove_vendor_word

__all__ = [
    "MOST_NAMES",
    "CannotAddHost",
    "CannotAddVendorWord",
    "CannotChangeBrand",
    "CannotChangeBrands",
    "CannotCheckHost",
    "CannotNameClients",
    "CannotReleaseHost",
    "ClientNames",
    "ManyBrands",
    "NameLine",
    "add_host",
    "add_vendor_word",
    "ask_check",
    "become_reseller",
    "change_brand",
    "change_brands",
    "cleaned",
    "discard_draft",
    "make_primary",
    "mark_proved",
    "name_clients",
    "name_newborns",
    "note_changed_account",
    "preview_brands",
    "preview_client_names",
    "publish_draft",
    "publish_version",
    "put_due_checks",
    "release_host",
    "remove_image",
    "remove_vendor_word",
    "save_draft",
    "set_gives_names",
    "set_redirect",
    "settle_check",
    "upload_image",
]
