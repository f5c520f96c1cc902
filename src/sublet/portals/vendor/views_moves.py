"""All moves, for the vendor: to look at, not to decide."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from sublet.foundation.clock import now
from sublet.moves import queries
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.move_words import KIND_WORDS, lacking_words, state_cell
from sublet.portals.shared.moves_pages import move_context


@needs("accounts:view", portal="vendor")
@require_safe
def moves(request: SubletRequest) -> HttpResponseBase:
    """What waits and what has been, newest first."""
    account, at = request.actor.account_ref, now()
    url = reverse("vendor-moves", kwargs={"account": account})

    def lines(page: queries.MovePage) -> list[dict[str, object]]:
        return [
            {
                "row": row,
                "kind": KIND_WORDS[row.kind],
                "state": state_cell(row.state),
                "lacking": lacking_words(row),
                "url": reverse("vendor-move", kwargs={"account": account, "move": row.ref}),
            }
            for row in page.rows
        ]

    over = queries.moves_of(request.actor, is_open=False, cursor=request.GET.get("cursor", "")[:100], at=at)
    context = {
        "waiting": lines(queries.moves_of(request.actor, is_open=True, at=at)),
        "over": lines(over),
        "next_url": f"{url}?cursor={over.next_cursor}" if over.next_cursor else "",
        "previous_url": f"{url}?cursor={over.previous_cursor}" if over.previous_cursor else "",
    }
    return render(request, "moves/moves.html", context)


@needs("accounts:view", portal="vendor")
@require_safe
def move(request: SubletRequest, move: str) -> HttpResponseBase:
    """One of them."""
    row = queries.move_of(request.actor, move_ref=move, at=now())
    list_url = reverse("vendor-moves", kwargs={"account": request.actor.account_ref})
    return render(request, "moves/move.html", move_context(list_url, row))


urlpatterns = [
    path("moves/", moves, name="vendor-moves"),
    path("moves/<str:move>/", move, name="vendor-move"),
]
