"""What DNS answered, as plain values: one `Answer` of each resolver, and what several of them say together.

Laws (tests/core/test_answers.py): what is agreed on was said by every resolver that knew anything; the order in which
resolvers are asked changes nothing; one that did not answer changes nothing as long as another did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: It has such records; the name exists without them; there is no such name; the server refused or failed; no answer in
#: time; the name leads round in a circle.
FOUND, NOTHING, NO_SUCH_NAME, FAILED, NO_ANSWER, LOOP = (
    "found",
    "nothing",
    "no-such-name",
    "failed",
    "no-answer",
    "loop",
)
#: Outcomes that say something about the name; the others say something about who was asked.
KNOWN = frozenset({FOUND, NOTHING, NO_SUCH_NAME, LOOP})


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of `name` and `kind` (``A``, ``TXT`` …).

    `values` are in order and as text: addresses, host names in lower case without the last dot, a TXT record joined to one
    string, other kinds as in a zone file. `chain`: the names that `name` leads to by CNAME, in order. `agreed`: whether
    every resolver that knew anything said the same; `values` holds what any of them said, `common` what all of them did.
    """

    name: str
    kind: str
    outcome: str
    values: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    agreed: bool = True
    common: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether anybody could say anything about the name."""
        return self.outcome in KNOWN

    @property
    def missing(self) -> bool:
        """Whether it is certain that there is no such record."""
        return self.outcome in {NOTHING, NO_SUCH_NAME}


def together(answers: Sequence[Answer]) -> Answer:
    """What the resolvers say as one; there is at least one answer.

    Who knew something outweighs who did not; who found something outweighs who found nothing.
    """
    known = [answer for answer in answers if answer.known]
    if not known:
        return min(answers, key=lambda answer: (answer.outcome != FAILED, answer.outcome, answer.values))
    order = (FOUND, LOOP, NOTHING, NO_SUCH_NAME)
    best = min(known, key=lambda answer: (order.index(answer.outcome), answer.chain, answer.values))
    every = {value for answer in known for value in answer.values}
    common = every.intersection(*(answer.values for answer in known))
    same = all((answer.outcome, sorted(answer.values)) == (best.outcome, sorted(best.values)) for answer in known)
    return Answer(best.name, best.kind, best.outcome, tuple(sorted(every)), best.chain, same, tuple(sorted(common)))
