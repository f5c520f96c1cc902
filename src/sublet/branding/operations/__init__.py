"""Writing brands and hosts."""

from sublet.branding.operations.brands import CannotChangeBrand, change_brand, remove_image, upload_image
from sublet.branding.operations.checks import ask_check, put_due_checks, settle_check
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

__all__ = [
    "CannotAddHost",
    "CannotChangeBrand",
    "CannotCheckHost",
    "CannotReleaseHost",
    "add_host",
    "ask_check",
    "become_reseller",
    "change_brand",
    "make_primary",
    "mark_proved",
    "note_changed_account",
    "put_due_checks",
    "release_host",
    "remove_image",
    "set_redirect",
    "settle_check",
    "upload_image",
]
