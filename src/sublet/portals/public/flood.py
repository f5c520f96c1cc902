"""Programs that guess passwords by the hundred: each of their requests must cost next to nothing.

Whoever is told to wait reads a page in the host's brand. An address that goes on all the same gets a line of text, before
sessions, languages and forms are set up, so that guessing does not slow down the pages of everybody else
(`bench/p11_log_in.py`).
"""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import get_language_from_request, override

from sublet.foundation.clock import now
from sublet.people import operations as people_operations
from sublet.portals.public.pages import address_of, with_wait
from sublet.portals.shared.http import Handler, SubletRequest

#: Where passwords and codes are typed.
GUESSED = ("/login/", "/prove/")


class FloodMiddleware:
    """Answers 429 to an address that was told to wait and goes on."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: SubletRequest) -> HttpResponse:
        if request.method == "POST" and request.path_info.startswith(GUESSED):
            refusal = people_operations.flood_from(people_operations.subject_of(address_of(request)), at=now())
            if refusal is not None:
                with override(get_language_from_request(request)):
                    answer = HttpResponse(refusal.sentence + "\n", content_type="text/plain; charset=utf-8")
                answer["Cache-Control"] = "no-store"
                return with_wait(answer, refusal)
        return self.get_response(request)
