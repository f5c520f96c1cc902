"""What follows when an account that hosts show is changed."""

from __future__ import annotations

from sublet.accounts import operations
from sublet.branding.models import BrandGeneration
from sublet.foundation.jobs import run_due_jobs
from tests.people import AT, World


def generation() -> int | None:
    return BrandGeneration.objects.values_list("number", flat=True).first()


def test_hosts_are_read_anew_after_an_account_has_another_name(world: World) -> None:
    before = generation()
    with world.scope("rosa") as actor:
        operations.change_details(
            ref=world.rosa.ref, changes={"name": "Rosa & Friends"}, version=None, actor=actor, at=AT
        )
        operations.change_details(ref=world.rosa.ref, changes={"city": "Roma"}, version=None, actor=actor, at=AT)
    assert generation() == before
    assert run_due_jobs(at=AT) == 1
    assert generation() != before
