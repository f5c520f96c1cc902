"""Which rows of a list are no clients but add it up."""

from __future__ import annotations

from datetime import date

import pytest

from sublet.core.cells import Cell
from sublet.core.sumrows import looks_like_sum


@pytest.mark.parametrize(
    "cells",
    [
        ("Totaal: 30",),
        ("TOTAAL", None, "", 30),
        ("Total", "30", "1.234,50 €", "EUR 12"),
        ("Total clients: 30", ""),
        ("Grand total", 12.5),
        ("Totale clienti", "30"),
        ("Totale generale (30)",),
        ("Somma", 30),
        ("Gjithsej", "30"),
        ("Shuma e përgjithshme", "30"),
        ("Aantal klanten: 30 totaal",),
        ("Subtotaal", "30 klanten"),
        ("Somme", "30"),
        ("Sous-total", "1 234"),
        ("Total général",),
        ("Nombre total de clients", 30),
        ("Total geral", 30),
        ("Número total de clientes", 30),
        ("Soma", None, 30),
        ("Gesamtsumme", 30),
        (30, "Totaal"),
        ("", "  ", "—", "Totals:"),
    ],
)
def test_a_row_that_adds_up_is_seen(cells: tuple[Cell, ...]) -> None:
    assert looks_like_sum(cells)


@pytest.mark.parametrize(
    "cells",
    [
        (),
        (None, ""),
        (30, 12.5),
        ("30",),
        ("Bar Verdi",),
        ("Total Fitness",),
        ("Total", "info@total.example"),
        ("Total", "", "Lyon"),
        ("Somme Café", "30"),
        ("Clients", "30"),
        ("Total", date(2026, 1, 1)),
        ("Total", True),
        ("Bar Verdi", "Total"),
        ("Total " * 20,),
    ],
)
def test_a_client_is_not_taken_for_one(cells: tuple[Cell, ...]) -> None:
    assert not looks_like_sum(cells)
