"""Rows at the foot of a list that count or add it up and are no client: “Totaal: 30”, “Total clients | 30”, “Somme”.

Pure. A row is one when its first text says nothing but a word for total, in the languages that lists come in, perhaps
with what is counted and a number, and every other cell that is filled is a number. A company that is called so, such as
Total, has an address or a telephone beside it, so it is none; a list of bare names may hold one, therefore whoever imports
can take such a row in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time

from sublet.core.cells import Cell, fold

#: Longer texts are not looked at: no line of a sum is.
_LONGEST = 60
_WORD = re.compile(r"[^\W\d_]+")
# Order: en, it, sq, nl, fr, pt, then de, es. Compared by `fold`.
_SUMS = frozenset(
    """
    total totals subtotal subtotals sum
    totale totali subtotale somma
    gjithsej totali nëntotali shuma
    totaal totalen subtotaal eindtotaal som eindsom
    totaux somme
    totais soma
    gesamt gesamtsumme insgesamt summe zwischensumme
    totales suma
    """.split()
)
# What may stand beside such a word: how it is meant, what is counted, in which currency.
_BESIDE = frozenset(
    """
    grand overall sub final number count of the in all
    generale finale complessivo complessivi numero conteggio di dei
    përgjithshme përgjithshëm i e të numri
    generaal algemeen aantal van het
    général générale sous nombre de des d
    geral do da dos das número
    anzahl
    clients client customers customer accounts companies rows records entries lines
    clienti cliente aziende righe
    klientë klientët klientëve llogari rreshta
    klanten bedrijven rijen regels
    lignes comptes entreprises
    clientes empresas linhas contas
    kunden zeilen
    eur usd gbp chf all lek lekë euro euros brl
    """.split()
)
_SUM_WORDS = frozenset(map(fold, _SUMS))
_WORDS = _SUM_WORDS | frozenset(map(fold, _BESIDE))


def looks_like_sum(cells: Sequence[Cell]) -> bool:
    """Whether the row only adds up, or counts, the rows above it."""
    named = False
    for cell in cells:
        if cell is None or isinstance(cell, (int, float)):
            if isinstance(cell, bool):
                return False
            continue
        if isinstance(cell, (date, time)):
            return False
        if not named:
            # Nearly every row of a list ends here, at its first text.
            if len(cell) > _LONGEST:
                return False
            words = [fold(word) for word in _WORD.findall(cell)]
            if not words:
                if "@" in cell:
                    return False
                continue
            if not _WORDS.issuperset(words) or _SUM_WORDS.isdisjoint(words):
                return False
            named = True
        elif len(cell) > _LONGEST or "@" in cell or not _WORDS.issuperset(map(fold, _WORD.findall(cell))):
            return False
    return named


__all__ = ["looks_like_sum"]
