"""Rules between the keys of one table, beyond their types.

Each rule sees the raw table, so that it can speak although another key of it is wrong, and reports what it finds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sublet.core.manifest.problems import Path
from sublet.core.manifest.report import Report, listed, shown
from sublet.core.manifest.words import MANAGERS, MOMENT_WATCHES, STANDING_AGGREGATIONS, UNLIMITED

Raw = dict[str, object]
Rule = Callable[[Raw, Path, Report], bool]


def _tables(value: object) -> list[Raw]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _words(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, (list, tuple)) else []


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _section(raw: Raw, path: Path, report: Report) -> bool:
    if "manage" in _words(raw.get("levels")) and "view" not in _words(raw.get("levels")):
        report.add((*path, "levels"), "manage-without-view")
        return False
    return True


def _role_preset(raw: Raw, path: Path, report: Report) -> bool:
    if not raw.get("rights") and "every_section" not in raw:
        report.add(path, "preset-without-rights")
        return False
    return True


def _meter(raw: Raw, path: Path, report: Report) -> bool:
    word = raw.get("aggregation")
    if raw.get("period") == "standing" and isinstance(word, str) and word not in STANDING_AGGREGATIONS:
        report.add((*path, "aggregation"), "standing-aggregation", word=word, words=listed(STANDING_AGGREGATIONS))
        return False
    return True


def _signal(raw: Raw, path: Path, report: Report) -> bool:
    watch, kind = raw.get("watch"), raw.get("kind")
    if isinstance(watch, str) and watch in MOMENT_WATCHES and isinstance(kind, str) and kind != "moment":
        report.add((*path, "watch"), "watch-needs-moment", word=watch)
        return False
    if watch == "decline" and isinstance(kind, str) and kind != "number":
        report.add((*path, "watch"), "watch-needs-number")
        return False
    return True


def _price(raw: Raw, path: Path, report: Report) -> bool:
    tiers = raw.get("tiers")
    if not isinstance(tiers, list) or not all(isinstance(tier, dict) and "up_to" in tier for tier in tiers):
        return True
    ends = [tier["up_to"] for tier in tiers]
    before: object = 0
    for position, end in enumerate(ends):
        place = (*path, "tiers", position, "up_to")
        if (end == UNLIMITED) != (position == len(ends) - 1):
            report.add(place, "tiers-not-open")
            return False
        if isinstance(end, int) and isinstance(before, int) and end <= before:
            report.add(place, "tiers-not-rising")
            return False
        before = end
    return True


def _guide_price(raw: Raw, path: Path, report: Report) -> bool:
    lowest, highest = raw.get("lowest"), raw.get("highest")
    if isinstance(lowest, int) and isinstance(highest, int) and highest < lowest:
        report.add((*path, "highest"), "guide-upside-down")
        return False
    return True


def _limit(raw: Raw, path: Path, report: Report) -> bool:
    if raw.get("amount") == UNLIMITED:
        for key in ("policy", "thresholds"):
            if key in raw:
                report.add((*path, key), "unlimited-has-no-policy")
                return False
    elif "policy" not in raw and _is_whole(raw.get("amount")):
        report.add(path, "limit-needs-policy")
        return False
    if raw.get("policy") == "grace" and "grace_days" not in raw and "grace_percent" not in raw:
        report.add(path, "grace-needs-an-end")
        return False
    return True


def _trial(raw: Raw, path: Path, report: Report) -> bool:
    if isinstance(raw.get("once_for"), list) and "account" not in _words(raw["once_for"]):
        report.add((*path, "once_for"), "account-always-counts")
        return False
    return True


def _plan(raw: Raw, path: Path, report: Report) -> bool:
    trial = raw.get("trial")
    if isinstance(trial, dict) and trial.get("plan") is not None and trial.get("plan") == raw.get("key"):
        report.add((*path, "trial", "plan"), "trial-of-itself")
        return False
    return True


def _add_on(raw: Raw, path: Path, report: Report) -> bool:
    if not any(raw.get(key) for key in ("features", "adds", "prices")):
        report.add(path, "add-on-gives-nothing")
        return False
    return True


def _managed_service(raw: Raw, path: Path, report: Report) -> bool:
    fine = True
    managers = _words(raw.get("managed_by"))
    default = raw.get("default_managed_by")
    if default is None and len(set(managers)) > 1:
        report.add(path, "default-manager-missing")
        fine = False
    elif isinstance(default, str) and default in MANAGERS and default not in managers:
        report.add((*path, "default_managed_by"), "default-manager-not-allowed", word=default)
        fine = False
    for key in ("allowance", "policy"):
        if key in raw and "meter" not in raw:
            report.add((*path, key), "allowance-needs-meter", name=key)
            fine = False
    if fine and _is_whole(raw.get("allowance")) and "policy" not in raw:
        report.add(path, "limit-needs-policy")
        fine = False
    if fine and "policy" in raw and raw.get("allowance", UNLIMITED) == UNLIMITED:
        report.add((*path, "policy"), "unlimited-has-no-allowance")
        fine = False
    return fine


def _manifest(raw: Raw, path: Path, report: Report) -> bool:
    """What concerns several lists at once."""
    fine = True
    kinds = {shown(feature.get("key")): feature.get("kind") for feature in _tables(raw.get("features"))}
    sections = raw.get("sections")
    for position, section in enumerate(sections if isinstance(sections, list) else []):
        feature = section.get("feature") if isinstance(section, dict) else None
        if isinstance(feature, str) and kinds.get(shown(feature)) in ("number", "text"):
            report.add((*path, "sections", position, "feature"), "feature-not-a-switch", feature=feature)
            fine = False
    return _starting_plan(raw, path, report) and fine


def _starting_plan(raw: Raw, path: Path, report: Report) -> bool:
    product = raw.get("product")
    key = product.get("starting_plan") if isinstance(product, dict) else None
    versions = [plan for plan in _tables(raw.get("plans")) if plan.get("key") == key]
    if not isinstance(key, str) or not versions or not all(_is_whole(plan.get("version", 1)) for plan in versions):
        return True
    sold = max(versions, key=lambda plan: int(str(plan.get("version", 1))))
    place = (*path, "product", "starting_plan")
    if any(price.get("amount", 1) != 0 for price in _tables(sold.get("prices"))):
        report.add(place, "starting-plan-costs", plan=key)
        return False
    if sold.get("public") is False:
        report.add(place, "starting-plan-hidden", plan=key)
        return False
    return True


RULES: Final[dict[str, Rule]] = {
    "manifest": _manifest,
    "section": _section,
    "role_preset": _role_preset,
    "meter": _meter,
    "signal": _signal,
    "price": _price,
    "guide_price": _guide_price,
    "limit": _limit,
    "trial": _trial,
    "plan": _plan,
    "add_on": _add_on,
    "managed_service": _managed_service,
}
"""The rule of each record, by its name."""
