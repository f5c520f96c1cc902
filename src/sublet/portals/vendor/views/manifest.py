"""The product manifest: what is in force, its versions, and loading another one after a look at what it changes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.messages import info, success
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.catalog import operations as catalog_operations
from sublet.catalog import queries as catalog_queries
from sublet.core.manifest import LARGEST_FILE, LEVELS, Limit, Manifest, ManifestErrors
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound
from sublet.people import queries as people_queries
from sublet.portals.shared.components import Action, Crumb, Fact
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.levels import LEVEL_LABELS
from sublet.portals.shared.locales import AUTONYMS, write_number
from sublet.portals.shared.manifest_effects import effect_words
from sublet.portals.shared.manifest_words import KIND_WORDS, change_lines, name_of, price_words
from sublet.portals.vendor.forms import ManifestForm
from sublet.portals.vendor.nav import here

LONGEST_NAME = 200
SHOWN_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of the manifest in force: name, key, and what is worth knowing in a few words."""

    name: str
    key: str
    icon: str = ""
    marked: bool = False
    words: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The entries of one list."""

    kind: str
    label: str
    lines: tuple[Line, ...] = field(default=())


@needs("manifest:view", portal="vendor")
@require_safe
def overview(request: SubletRequest) -> HttpResponseBase:
    """What is in force, list by list, and the versions before it."""
    manifest = catalog_queries.current_manifest()
    versions = catalog_queries.versions(SHOWN_VERSIONS)
    actions = (
        (Action(_("Load a manifest"), here(request, "vendor-manifest-load"), "upload", tone="primary"),)
        if request.actor.may("manifest:manage")
        else ()
    )
    context = {
        "manifest": manifest,
        "facts": _facts(manifest) if manifest is not None else (),
        "groups": [
            (name_of(group.name), tuple(_section(manifest, section.key) for section in found))
            for group, found in manifest.sections_by_group()
        ]
        if manifest is not None
        else (),
        "about": name_of(manifest.product.description) if manifest is not None else "",
        "left": _parts(manifest, ("features", "meters", "signals")) if manifest is not None else (),
        "right": _parts(manifest, ("role_presets", "plans", "add_ons", "managed_services"))
        if manifest is not None
        else (),
        "versions": [(version, here(request, "vendor-manifest-source", number=version.number)) for version in versions],
        "actions": actions,
    }
    return render(request, "vendor/manifest.html", context)


def _facts(manifest: Manifest) -> tuple[Fact, ...]:
    product = manifest.product
    return (
        Fact(_("Product"), name_of(product.name)),
        Fact(_("Version of the vendor"), product.version),
        Fact(_("Key"), product.key, "code"),
        Fact(_("Currency"), product.currency),
        Fact(_("Address"), product.address, "code"),
        Fact(_("Starting plan"), product.starting_plan or ""),
        Fact(_("Notice on free accounts"), name_of(product.notice)),
        Fact(_("Where the notice leads"), product.notice_address or "", "code"),
    )


def _section(manifest: Manifest, key: str) -> Line:
    section = manifest.section(key)
    if section is None:
        raise NotFound
    levels = [str(LEVEL_LABELS[level]) for level in LEVELS if level in section.levels]
    return Line(
        name_of(section.name),
        section.key,
        section.icon,
        section.vendor_mark,
        tuple(levels),
        name_of(section.description),
    )


def _parts(manifest: Manifest, kinds: Sequence[str]) -> tuple[Part, ...]:
    lists: dict[str, Sequence[Line]] = {
        "role_presets": [
            Line(
                name_of(preset.name),
                preset.key,
                "users",
                text=name_of(preset.description),
                words=(_count_sections(len(manifest.rights_of(preset))),),
            )
            for preset in manifest.role_presets
        ],
        "plans": [
            Line(
                name_of(plan.name),
                f"{plan.key} {plan.version}",
                "file-text",
                text=name_of(plan.description),
                words=(
                    *(price_words(price) for price in plan.prices),
                    *(() if plan.prices else (_("Free of charge"),)),
                    *(_limit_words(manifest, limit) for limit in plan.limits),
                    *(() if plan.public else (_("Offered by you only"),)),
                ),
            )
            for plan in manifest.plans
        ],
        "add_ons": [
            Line(
                name_of(add_on.name),
                add_on.key,
                add_on.icon,
                text=name_of(add_on.description),
                words=tuple(price_words(price) for price in add_on.prices),
            )
            for add_on in manifest.add_ons
        ],
        "managed_services": [
            Line(name_of(service.name), service.key, service.icon, text=name_of(service.description))
            for service in manifest.managed_services
        ],
        "features": [
            Line(name_of(feature.name), feature.key, "puzzle", text=name_of(feature.description))
            for feature in manifest.features
        ],
        "meters": [
            Line(
                name_of(meter.name),
                meter.key,
                "chart-bar",
                text=name_of(meter.description),
                words=(name_of(meter.unit),),
            )
            for meter in manifest.meters
        ],
        "signals": [
            Line(name_of(signal.name), signal.key, "activity", text=name_of(signal.description))
            for signal in manifest.signals
        ],
    }
    return tuple(Part(kind, str(KIND_WORDS[kind]), tuple(lists[kind])) for kind in kinds if lists[kind])


def _count_sections(number: int) -> str:
    return ngettext("%(number)s section", "%(number)s sections", number) % {"number": number}


def _limit_words(manifest: Manifest, limit: Limit) -> str:
    meter = next((name_of(each.name) for each in manifest.meters if each.key == limit.meter), limit.meter)
    if limit.amount is None:
        return _("%(meter)s: unlimited") % {"meter": meter}
    return _("%(meter)s: up to %(amount)s") % {"meter": meter, "amount": write_number(limit.amount)}


@needs("manifest:view", portal="vendor")
@require_safe
def source(request: SubletRequest, number: int) -> HttpResponseBase:
    """A version as it was loaded, as a file."""
    found = catalog_queries.manifest_source(number) if number < 2**31 else None
    if found is None:
        raise NotFound
    name, text = found
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in name.rpartition("/")[2])
    response = HttpResponse(text, content_type="application/toml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{number}-{plain[-100:] or "manifest.toml"}"'
    return response


# Loading --------------------------------------------------------------------------------------------------------------


def _crumbs(request: SubletRequest) -> tuple[Crumb, ...]:
    return (Crumb(_("Product manifest"), here(request, "vendor-manifest")), Crumb(_("Load a manifest")))


def _form_page(request: SubletRequest, form: ManifestForm, *, status: int = 200, **more: object) -> HttpResponse:
    context = {"form": form, "crumbs": _crumbs(request), "cancel_url": here(request, "vendor-manifest"), **more}
    return render(request, "vendor/manifest_load.html", context, status=status)


@needs("manifest:manage", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def load(request: SubletRequest) -> HttpResponseBase:
    """The form; by POST every problem of the file, or what it would change. Nothing is stored here."""
    if request.method != "POST":
        return _form_page(request, ManifestForm())
    form = ManifestForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    content, name = _content(form.cleaned_data)
    try:
        preview = catalog_queries.preview_manifest(content, file_name=name, at=now())
    except ManifestErrors as fault:
        return _form_page(request, form, status=422, problems=_problems(fault), file_name=name)
    return _preview_page(request, preview, content, name)


def _content(values: Mapping[str, object]) -> tuple[bytes, str]:
    upload = values.get("file")
    if isinstance(upload, UploadedFile):
        # One byte more than allowed is enough to know.
        return upload.read(LARGEST_FILE + 1), _file_name(upload.name or "")
    text = str(values.get("text") or "").replace("\r\n", "\n")
    return text.encode("utf-8", "surrogatepass"), "manifest.toml"


def _file_name(name: str) -> str:
    shown = "".join(c for c in name.rpartition("/")[2] if c.isprintable())
    return shown[-LONGEST_NAME:] or "manifest.toml"


def _problems(fault: ManifestErrors) -> list[tuple[int, str, str]]:
    """Line, key and sentence of each problem, in the active language."""
    return [(problem.line, problem.key, problem.message(_)) for problem in fault.problems]


def _preview_page(
    request: SubletRequest,
    preview: catalog_queries.ManifestPreview,
    content: bytes,
    name: str,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    if preview.diff.is_empty and preview.base:
        info(request, _("This file says what is in force already. Nothing changes."))
        return HttpResponseRedirect(here(request, "vendor-manifest"))
    context = {
        "crumbs": _crumbs(request),
        "file_name": name,
        "product": name_of(preview.manifest.product.name),
        "version": preview.manifest.product.version,
        "first": not preview.base,
        "kinds": change_lines(preview.diff, preview.in_use),
        "in_use": [
            (
                key,
                ngettext("%(number)s place uses it", "%(number)s places use it", count)
                % {"number": write_number(count)},
            )
            for key, count in sorted(preview.in_use.items())
        ],
        "asked": [effect_words(effect) for effect in preview.asked],
        "kept": [effect_words(effect) for effect in preview.effects if not effect.asks],
        "terms": [key for _kind, key in preview.diff.terms_changed],
        "new_sections": bool(preview.diff.of("sections").added) and bool(preview.base),
        "source": base64.b64encode(content).decode("ascii"),
        "base": preview.base,
        "refusal": refusal,
        "confirm_url": here(request, "vendor-manifest-confirm"),
        "cancel_url": here(request, "vendor-manifest"),
    }
    return render(request, "vendor/manifest_preview.html", context, status=status)


@needs("manifest:manage", portal="vendor")
@require_POST
def confirm(request: SubletRequest) -> HttpResponseBase:
    """Load what was previewed. A preview that no longer fits what is in force is shown anew."""
    try:
        content = base64.b64decode(request.POST.get("source", ""), validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if not content:
        return _form_page(request, ManifestForm(), status=422)
    name = _file_name(request.POST.get("file_name", ""))
    try:
        loaded = catalog_operations.load_manifest(
            source=content,
            file_name=name,
            confirmed=request.POST.get("confirmed") == "1",
            base=request.POST.get("base", ""),
            actor=request.actor,
            at=now(),
        )
    except ManifestErrors as fault:
        return _form_page(request, ManifestForm(), status=422, problems=_problems(fault), file_name=name)
    except catalog_operations.CannotLoadManifest as refusal:
        preview = catalog_queries.preview_manifest(content, file_name=name, at=now())
        return _preview_page(request, preview, content, name, refusal=refusal.sentence, status=refusal.status)
    if loaded.is_new:
        success(request, _("Version %(number)s of the manifest is in force.") % {"number": loaded.number})
    else:
        info(request, _("This file says what is in force already. Nothing changes."))
    return HttpResponseRedirect(here(request, "vendor-manifest"))


# Sections and rights --------------------------------------------------------------------------------------------------


@needs("manifest:view", portal="vendor")
@require_safe
def sections(request: SubletRequest) -> HttpResponseBase:
    """What people of each kind of account can be given, and what each section means."""
    titles = {
        "vendor": _("People of your own account"),
        "reseller": _("People of a reseller"),
        "client": _("People of a client"),
        "direct": _("People of a direct account"),
    }
    wanted = request.GET.get("kind", "")
    kind = wanted if wanted in titles else "client"
    offer = people_queries.offer_for(kind)
    context = {
        "tabs": [(title, f"?kind={key}", key == kind) for key, title in titles.items()],
        "title": titles[kind],
        "groups": offer.groups,
        "presets": [(preset.name, preset.hint, _count_sections(len(preset.rights))) for preset in offer.presets],
        "languages": AUTONYMS,
    }
    return render(request, "vendor/sections.html", context)
