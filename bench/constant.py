"""The floor of P2 over HTTP: a server that reads the body and always says the same."""

from __future__ import annotations

from typing import Any

_HEADERS = [("content-type", "application/json")]
_BODY = b'{"accepted":1,"duplicates":0}'


async def _answer(_scope: Any, protocol: Any) -> None:
    await protocol()
    protocol.response_bytes(202, _HEADERS, _BODY)


class Constant:
    """For granian."""

    __rsgi__ = staticmethod(_answer)


application = Constant()
