"""The floor of P1 and P2 over HTTP: a server that reads the body and always says the same."""

from __future__ import annotations

from typing import Any

_HEADERS = [("content-type", "application/json")]
_LONG = b'{"account":"' + b"x" * 2_000 + b'"}'  # about as long as what an account may do
_BODY = b'{"accepted":1,"duplicates":0}'


async def _answer(scope: Any, protocol: Any) -> None:
    if scope.method == "GET":
        protocol.response_bytes(200, _HEADERS, _LONG)
        return
    await protocol()
    protocol.response_bytes(202, _HEADERS, _BODY)


class Constant:
    """For granian."""

    __rsgi__ = staticmethod(_answer)


application = Constant()
