"""Senders, their domains, the mail server and suppressed addresses by the API."""

from __future__ import annotations

from tests.people import World
from tests.portals.api.caller import Caller


def test_a_sender_is_set_with_a_domain_and_shown_as_a_recipient_sees_it(world: World, rosa: Caller) -> None:
    for account in (world.rosa.ref, world.carl.ref):
        path = f"/accounts/{account}"
        made = rosa.post(f"{path}/sender-domains", {"domain": "agency.example"})
        assert (made.status, made["state"]) == (201, "pending")
        assert {record["purpose"] for record in made["records"]} == {"dkim", "return", "dmarc"}
        one = f"{path}/sender-domains/{made['ref']}"
        assert rosa.post(f"{one}/check").status == 202
        assert rosa.post(f"{one}/key").code == "cannot_add_sender_domain.rotating"
        assert (
            rosa.post(f"{path}/sender-domains", {"domain": "agency.example"}).code == "cannot_add_sender_domain.already"
        )
        changed = rosa.ask("PATCH", f"{path}/senders/account", {"domain": made["ref"], "mailboxes": {"": "hello"}})
        assert (changed["wanted"], changed["aligned"]) == ("hello@agency.example", False)
        assert changed["headers"][0] == {"name": "From", "value": "Rosa Web Studio <no-reply@localhost>"}
        bad = rosa.ask("PATCH", f"{path}/senders/account", {"mailboxes": {"": "a b"}})
        assert (bad.status, bad.code) == (409, "cannot_set_sender.mailbox")
        assert rosa.get(one)["domain"] == "agency.example"
        assert rosa.get(f"{path}/senders")["domains"][0]["ref"] == made["ref"]
        assert rosa.delete(one).status == 204
        assert rosa.get(one).status == 404


def test_another_tenants_senders_are_not_there(world: World, rosa: Caller) -> None:
    for account in (world.remo.ref, world.bakery.ref):
        assert rosa.get(f"/accounts/{account}/senders").status == 404
        assert rosa.post(f"/accounts/{account}/sender-domains", {"domain": "x.example"}).status == 404


def test_a_mail_server_is_set_without_ever_showing_its_password(world: World, rosa: Caller) -> None:
    path = f"/accounts/{world.rosa.ref}/mail-server"
    body = {"kind": "smtp", "host": "smtp.agency.example", "user": "rosa", "secret": "CANARY-7"}
    set_ = rosa.ask("PUT", path, body)
    assert (set_["kind"], set_["state"], set_["spf"]) == ("smtp", "new", "a:smtp.agency.example")
    assert "CANARY" not in str(rosa.get(f"/accounts/{world.rosa.ref}/senders").body)
    assert rosa.ask("PUT", path, {**body, "port": 22}).code == "cannot_set_mail_server.port"
    assert rosa.ask("PUT", f"/accounts/{world.carl.ref}/mail-server", body).code == "cannot_set_mail_server.of-reseller"
    before = rosa.get(f"{path}/hook")
    after = rosa.post(f"{path}/hook")
    assert (after.status, after["address"] != before["address"], before["before_until"]) == (201, True, None)
    assert after["before_until"] > "2"
    assert rosa.delete(path).status == 204
    assert rosa.delete(path).status == 404
    assert rosa.get(f"{path}/hook").status == rosa.post(f"{path}/hook").status == 404


def test_the_list_of_suppressed_addresses_is_kept(rosa: Caller) -> None:
    made = rosa.post("/suppressions", {"email": "guest@example.com"})
    assert (made.status, made["reason"]) == (201, "by-hand")
    assert [row["email"] for row in rosa.get("/suppressions?email=gue")["items"]] == ["guest@example.com"]
    assert rosa.post("/suppressions", {"email": "guest@example.com"}).code == "cannot_suppress.already"
    assert rosa.delete(f"/suppressions/{made['ref']}").status == 204
    assert rosa.get("/suppressions")["items"] == []


def test_the_vendor_lists_the_sender_domains_of_everybody(world: World, rosa: Caller, vera: Caller) -> None:
    made = rosa.post(f"/accounts/{world.rosa.ref}/sender-domains", {"domain": "agency.example"})
    [row] = vera.get("/sender-domains?state=pending")["items"]
    assert (row["ref"], row["account"], row["finding"], row["last_refusal"]) == (made["ref"], world.rosa.ref, None, "")
    assert vera.get("/sender-domains?state=lost")["items"] == []
    assert rosa.get("/sender-domains").status == 404
    assert vera.get(f"/accounts/{world.vendor.ref}/senders")["domains"] == []
