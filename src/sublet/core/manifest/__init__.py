"""The product manifest: the file in which the vendor declares the host product.

Text in, values out, or every problem at once: `parse_manifest`. What changes between two: `diff_manifests`. One stable
form to keep: `canonical`, `from_canonical`, `fingerprint`. The format is described in `docs/reference/manifest.md`.
"""

from __future__ import annotations

from sublet.core.manifest.addresses import fill_address
from sublet.core.manifest.canonical import Json, canonical, fingerprint
from sublet.core.manifest.diff import (
    Added,
    Changed,
    FieldChange,
    KindDiff,
    ManifestDiff,
    Removed,
    apply_diff,
    diff_manifests,
)
from sublet.core.manifest.effects import GONE, MEANING, NEWER, TERMS, Effect, effects, may_touch
from sublet.core.manifest.entries import OFFERED, entry_from_json, entry_to_json, product_from_json
from sublet.core.manifest.model import (
    Addition,
    AddOn,
    Choice,
    Feature,
    FeatureValue,
    FrozenTable,
    Group,
    GuidePrice,
    Limit,
    ManagedService,
    Manifest,
    Meter,
    Names,
    OveragePrice,
    Plan,
    Price,
    Product,
    RolePreset,
    Section,
    Signal,
    Tier,
    Trial,
)
from sublet.core.manifest.parse import from_canonical, parse_manifest, parse_manifest_bytes
from sublet.core.manifest.problems import MESSAGES, ManifestErrors, Problem
from sublet.core.manifest.reference import reference_keys
from sublet.core.manifest.schema import json_schema, json_schema_text
from sublet.core.manifest.words import CURRENCIES, ICONS, KINDS, LANGUAGES, LARGEST_FILE, LEVELS

__all__ = [
    "CURRENCIES",
    "GONE",
    "ICONS",
    "KINDS",
    "LANGUAGES",
    "LARGEST_FILE",
    "LEVELS",
    "MEANING",
    "MESSAGES",
    "NEWER",
    "OFFERED",
    "TERMS",
    "AddOn",
    "Added",
    "Addition",
    "Changed",
    "Choice",
    "Effect",
    "Feature",
    "FeatureValue",
    "FieldChange",
    "FrozenTable",
    "Group",
    "GuidePrice",
    "Json",
    "KindDiff",
    "Limit",
    "ManagedService",
    "Manifest",
    "ManifestDiff",
    "ManifestErrors",
    "Meter",
    "Names",
    "OveragePrice",
    "Plan",
    "Price",
    "Problem",
    "Product",
    "Removed",
    "RolePreset",
    "Section",
    "Signal",
    "Tier",
    "Trial",
    "apply_diff",
    "canonical",
    "diff_manifests",
    "effects",
    "entry_from_json",
    "entry_to_json",
    "fill_address",
    "fingerprint",
    "from_canonical",
    "json_schema",
    "json_schema_text",
    "may_touch",
    "parse_manifest",
    "parse_manifest_bytes",
    "product_from_json",
    "reference_keys",
]
