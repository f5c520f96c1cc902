"""By which number a provider knows a mail; and a proof of an own server names that server."""

from typing import Any

from django.db import migrations, models


def name_servers(apps: Any, schema_editor: Any) -> None:
    """``smtp <bounce host> <spf>`` becomes ``smtp <bounce host> <server> <spf>``: the servers are those of the proofs."""
    alias = schema_editor.connection.alias
    domains = apps.get_model("messaging", "SenderDomain").unscoped.using(alias)
    servers = apps.get_model("messaging", "MailServer").unscoped.using(alias)
    for domain in domains.filter(proved_for__startswith="smtp ").select_related("account").iterator():
        owner = domain.account.parent_id if domain.account.kind == "client" else domain.account_id
        server = servers.filter(account_id=owner, kind="smtp").first()
        kind, bounce_host, spf = domain.proved_for.split(" ", 2)
        mark = f"{kind} {bounce_host} {server.host} {spf}" if server is not None else ""
        if mark and spf == server.spf and len(mark) <= 400:
            domains.filter(pk=domain.pk).update(proved_for=mark)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0170_left_by_platform")]

    operations = [
        migrations.AddField("outboxmail", "provider_id", models.CharField(blank=True, default="", max_length=200)),
        migrations.RunPython(name_servers, migrations.RunPython.noop, elidable=True),
    ]
