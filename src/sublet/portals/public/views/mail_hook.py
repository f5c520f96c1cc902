"""Where an agency's mail provider tells of what came back and of who complained."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from sublet.accounts.queries import installation_actor
from sublet.foundation.actor import WEB
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.messaging.bounce_operations import hear_provider
from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest


@csrf_exempt
@public("a provider has no log-in; it proves itself by the word in the address and by its signature")
@require_http_methods(["HEAD", "POST"])
def hook(request: SubletRequest, account: str, word: str) -> HttpResponseBase:
    """Take it, or say that there is nothing here. HEAD: some providers ask whether the address answers."""
    if request.method == "POST":
        with platform_scope("a provider tells of mail"):
            actor = installation_actor(name="Mail", via=WEB, request_id=request.request_id)
            hear_provider(account_ref=account, word=word, request=request, actor=actor, at=now())
    return HttpResponse(status=204)
