"""How clients are set up, what is missing, and how far they differ from their templates."""

from __future__ import annotations

from sublet.clientsettings.queries.effects import comes_to
from sublet.clientsettings.queries.pages import (
    ClientSettings,
    Followed,
    Follower,
    TemplatePage,
    TemplateRow,
    VersionRow,
    fields_in_force,
    followed_by,
    settings_of,
    stored_template,
    template_head,
    template_page,
    templates,
    values_of_template,
)
from sublet.clientsettings.queries.undoing import ChangeOfMany, LastChange, changes_of_many
from sublet.clientsettings.queries.values import Setup, prices_over_time, setups

__all__ = [
    "ChangeOfMany",
    "ClientSettings",
    "Followed",
    "Follower",
    "LastChange",
    "Setup",
    "TemplatePage",
    "TemplateRow",
    "VersionRow",
    "changes_of_many",
    "comes_to",
    "fields_in_force",
    "followed_by",
    "prices_over_time",
    "settings_of",
    "setups",
    "stored_template",
    "template_head",
    "template_page",
    "templates",
    "values_of_template",
]
