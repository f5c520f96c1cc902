"""P16: how many documents of money a process makes in a second: PDF, PDF with the electronic invoice inside, UBL, CII.

No database: a document is made from its value. Each file is of another invoice; five lines and sixty, as a client's and a
reseller's. `cpu_ms` is the process's own time, all its threads together; `rss_mb` is what the process holds in the end, so that a
leak would be seen.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

SECONDS = 5.0


def main() -> Iterator[str]:
    """Run and yield one line for each kind and size."""
    os.environ.setdefault("SUBLET_SECRET_KEY", "x" * 60)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sublet.config.settings")
    import django

    django.setup()
    from sublet.billing import documents

    kinds: dict[str, Callable[[Any], bytes]] = {
        "pdf": documents.render_pdf,
        "facturx": documents.facturx,
        "ubl": documents.ubl,
        "cii": documents.cii,
    }
    for lines in (5, 60):
        paper = _paper(lines)
        for kind, make in kinds.items():
            make(paper)  # type, schemas and templates are read once
            made, size, started, worked = 0, 0, time.perf_counter(), time.process_time()
            while (passed := time.perf_counter() - started) < SECONDS:
                size = len(make(replace(paper, number=f"2026-{made}")))
                made += 1
            cpu = 1000 * (time.process_time() - worked) / made
            rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            speed = f"per_second={made / passed:.1f} ms={1000 * passed / made:.1f} cpu_ms={cpu:.1f}"
            yield f"P16.{kind}.{lines} {speed} bytes={size} rss_mb={rss:.0f}"


def _paper(count: int) -> Any:
    from sublet.core.invoicing import Line, Party, Payment, drawn_up, shared_discount

    first, last = date(2026, 11, 1), date(2026, 11, 30)
    lines = tuple(
        Line(
            f"Plan {number}", 4900 + number, "S", Decimal(22), detail="Base fee", first=first, last=last,
            group=f"Client {number // 3}" if count > 5 else "",
        )
        for number in range(count)
    )  # fmt: skip
    return drawn_up(
        lines=lines,
        adjustments=shared_discount(lines, 980 * count, "Discount", percent=Decimal(20)),
        currency="EUR", kind="invoice", number="2026-1", issued_on=date(2026, 12, 1), due_on=date(2026, 12, 15), language="it",
        seller=Party("Studio Rosa S.r.l.", "IT", "Via Roma 1", "20121", "Milano", vat_id="IT00743110157"),
        buyer=Party("Carl GmbH", "IT", "Via 2", "00100", "Roma"),
        payment=Payment("58", iban="IT60X0542811101000000123456", holder="Studio Rosa", reference="RF18539007547034"),
        first=first, last=last,
    )  # fmt: skip
