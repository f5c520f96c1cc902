"""Setting up clients: one, many, and by templates."""

from __future__ import annotations

from sublet.clientsettings.operations.changes import CannotChangeSettings, lawful, mark_of, preview, set_up
from sublet.clientsettings.operations.looking import look_again, look_at_all
from sublet.clientsettings.operations.many import (
    ForClient,
    ManyPreview,
    Order,
    apply_template,
    change_batch,
    change_many,
    ids_of,
    order_from,
    preview_many,
)
from sublet.clientsettings.operations.openings import open_client, open_prospect
from sublet.clientsettings.operations.templates import (
    CannotChangeTemplate,
    change_template,
    make_template,
    remove_template,
    unfollow,
)
from sublet.clientsettings.operations.undoing import (
    CannotUndoSettings,
    undo_batch,
    undo_ids,
    undo_many,
    undo_settings,
)

__all__ = [
    "CannotChangeSettings",
    "CannotChangeTemplate",
    "CannotUndoSettings",
    "ForClient",
    "ManyPreview",
    "Order",
    "apply_template",
    "change_batch",
    "change_many",
    "change_template",
    "ids_of",
    "lawful",
    "look_again",
    "look_at_all",
    "make_template",
    "mark_of",
    "open_client",
    "open_prospect",
    "order_from",
    "preview",
    "preview_many",
    "remove_template",
    "set_up",
    "undo_batch",
    "undo_ids",
    "undo_many",
    "undo_settings",
    "unfollow",
]
