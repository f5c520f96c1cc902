"""Whether anything names the vendor, over all accounts, and what the newest look at one of them found."""

from __future__ import annotations

from django.contrib.messages import info, success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.foundation.clock import now
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date
from sublet.portals.shared.proof import ProofPlace, Stat, proof_page, proof_picture, proof_progress, word_of
from sublet.portals.vendor.nav import here
from sublet.proof.alerts import release_scans
from sublet.proof.queries import all_scans


@needs("accounts:view", portal="vendor")
@require_safe
def listing(request: SubletRequest) -> HttpResponseBase:
    """Every account in which something was found, the newest first."""
    found = all_scans(request.actor)
    context = {
        "stats": (
            Stat(_("Looked at"), str(found.looked_at), hint=_("Resellers and clients")),
            Stat(_("Clean"), str(found.clean), tone="success"),
            Stat(_("With a finding"), str(found.looked_at - found.clean)),
        ),
        "rows": [
            {
                "name": row.scan.account_name,
                "url": here(request, "vendor-proof", ref=row.scan.account_ref),
                "score": f"{row.scan.score} / 100",
                "when": write_date(row.scan.ended_at or row.scan.created_at),
                "held": row.scan.held_until is not None,
                "word": word_of(row.word),
                "address": row.address,
            }
            for row in found.rows
        ],
        "more": found.more,
        "any": found.looked_at > 0,
    }
    return render(request, "vendor/proofs.html", context)


def _place(request: SubletRequest, ref: str) -> ProofPlace:
    return ProofPlace(
        account_ref=ref,
        url=here(request, "vendor-proof", ref=ref),
        may_ask=request.actor.may("accounts:manage"),
        progress_url=here(request, "vendor-proof-progress", ref=ref),
        picture_url=lambda number: here(request, "vendor-proof-picture", ref=ref, number=number),
        release_url=here(request, "vendor-proof-release", ref=ref) if request.actor.may("accounts:manage") else "",
        of_account=True,
    )


@needs("accounts:view", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SubletRequest, ref: str) -> HttpResponseBase:
    """One account; by POST it is looked at again."""
    return proof_page(request, _place(request, ref))


@needs("accounts:view", portal="vendor")
@require_safe
def progress(request: SubletRequest, ref: str) -> HttpResponseBase:
    """How far its scan is."""
    return proof_progress(request, _place(request, ref))


@needs("accounts:view", portal="vendor")
@require_safe
def picture(request: SubletRequest, ref: str, number: int) -> HttpResponseBase:
    """Where something was found on its pages."""
    return proof_picture(request, _place(request, ref), number)


@needs("accounts:manage", portal="vendor")
@require_POST
def release(request: SubletRequest, ref: str) -> HttpResponseBase:
    """The reseller sees it from now on."""
    if release_scans(account_ref=ref, actor=request.actor, at=now()):
        success(request, _("The reseller sees it from now on."))
    else:
        info(request, _("Nothing was held back any more."))
    return HttpResponseRedirect(here(request, "vendor-proof", ref=ref))
