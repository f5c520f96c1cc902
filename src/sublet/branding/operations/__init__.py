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
from sublet.branding.operations.generation import note_changed_account
from sublet.branding.operations.hosts import (
    CannotAddHost,
    CannotReleaseHost,
    add_host,
    become_reseller,
    make_primary,
    mark_proved,
    release_host,
)
from sublet.branding.operations.vendorwords import CannotAddVendorWord, add_vendor_word, remove_vendor_word

__all__ = [
    "CannotAddHost",
    "CannotAddVendorWord",
    "CannotChangeBrand",
    "CannotReleaseHost",
    "add_host",
    "add_vendor_word",
    "become_reseller",
    "change_brand",
    "cleaned",
    "discard_draft",
    "make_primary",
    "mark_proved",
    "note_changed_account",
    "publish_draft",
    "publish_version",
    "release_host",
    "remove_image",
    "remove_vendor_word",
    "save_draft",
    "upload_image",
]
