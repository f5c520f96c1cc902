"""What the API tells of client settings and their templates: a part of `core.fields_told`."""

from __future__ import annotations

from sublet.core.fieldrights import group

SETTINGS_TOLD = group(
    "clients:view clients:manage",
    "reseller",
    """
    ClientDifference: account name changes refused
    ClientDrift: account name applied drift
    ClientSettings: account complete missing values coming template last_change
    ComingSetting: field since value
    FollowedTemplate: template name applied newest drift
    LastSettingsChange: change made_at made_by=addresses changes
    RetailPrice: amount currency interval
    Setting: follows value price
    SettingsChangeOfMany: batch made_at made_by=addresses clients left
    SettingsChangesOfMany: items
    SettingsDifference: field before after
    SettingsDrift: template version items more
    SettingsGap: field code
    SettingsPreview: dry_run selected compared changing refused clients
    SettingsSaved: dry_run changes settings
    SettingsTemplate: ref name version clients behind versions
    SettingsTemplateList: items
    SettingsTemplateRow: ref name version clients behind
    SettingsTemplateVersion: number made_at made_by=addresses values
    """,
)
