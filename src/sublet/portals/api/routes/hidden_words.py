"""The words that give the vendor away."""

from __future__ import annotations

from sublet.branding import operations, queries
from sublet.branding.operations import CannotAddVendorWord
from sublet.core.rights import VENDOR
from sublet.core.vendorwords import OWN
from sublet.portals.api.declare import ApiRequest, Made, Routes
from sublet.portals.api.schemas.hidden_words import HiddenWord, HiddenWordIn, HiddenWordList

routes = Routes("Words that stay hidden", "What must not be seen on the hosts of resellers and clients.")


def _words() -> list[HiddenWord]:
    found = [
        HiddenWord(ref="", text=word.text, kind=word.kind, source=word.source)  # type: ignore[arg-type]  # no other word
        for word in queries.vendor_words()
        if word.kind != OWN
    ]
    return found + [
        HiddenWord(ref=word.ref, text=word.text, kind=OWN, source="")  # type: ignore[arg-type]  # as above
        for word in queries.own_vendor_words()
    ]


@routes.get("/hidden-words", needs="brand:view", kinds=(VENDOR,), answer=HiddenWordList)
def list_hidden_words(request: ApiRequest) -> HiddenWordList:
    """List the words that must stay hidden: those that follow from names and hosts, then those that were entered."""
    return HiddenWordList(items=_words())


@routes.post(
    "/hidden-words",
    needs="brand:manage",
    kinds=(VENDOR,),
    answer=HiddenWord,
    status=201,
    refusals=[CannotAddVendorWord],
)
def add_hidden_word(request: ApiRequest, body: HiddenWordIn) -> Made:
    """Add a word that must stay hidden."""
    made = operations.add_vendor_word(text=body.text, actor=request.actor, at=request.at)
    word = HiddenWord(ref=made.ref, text=made.text, kind=OWN, source="")  # type: ignore[arg-type]  # as above
    return Made(word, f"/hidden-words/{made.ref}")


@routes.delete("/hidden-words/{word}", needs="brand:manage", kinds=(VENDOR,), answer=None)
def remove_hidden_word(request: ApiRequest, word: str) -> None:
    """Take a word that was entered off the list."""
    operations.remove_vendor_word(ref=word, actor=request.actor, at=request.at)
