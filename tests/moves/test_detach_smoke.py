from sublet.moves import operations
from tests.people import AT, World
from sublet.accounts.models import Account
from sublet.foundation.journal.models import JournalEntry

def test_it(world: World) -> None:
    with world.scope("rosa") as rosa:
        print(operations.preview_detach(account_ref=world.carl.ref, actor=rosa, at=AT))
        print(operations.detach(account_ref=world.carl.ref, reason="x", actor=rosa, at=AT))
    carl = Account.unscoped.get(id=world.carl.id)
    assert (carl.kind, carl.parent_id) == ("direct", world.vendor.id)
    print([(e.event, e.account_id, e.parent_id) for e in JournalEntry.unscoped.order_by("id")])
