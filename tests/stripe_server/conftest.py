from tests.stripe_server.fixtures import stripe_process, stripe_server, webhook_receiver

__all__ = ["stripe_process", "stripe_server", "webhook_receiver"]
