"""A client of the management interface: JSON-RPC calls to evtui or OpenSIPS 3 over any of its transports."""

import os
from collections.abc import Iterable
from typing import Final

import anyio

from evtui.backends.remote.mi_address import MiAddress
from evtui.backends.remote.mi_exchange import exchange
from evtui.codecs.jsonvalue import Json, Members, decode_text, dumps, loads
from evtui.core.errors import BackendError, BadMessageError, BadParamsError, ServerError
from evtui.core.transport import TransportInfo

TIME_LIMIT: Final = 5.0
"""Seconds a reply may take."""
MAX_VALUES: Final = 1_000_000
"""Values in a reply, roughly: each takes a hundred times the memory of its two bytes. A subscription has five."""

_SEPARATORS: Final = (b",", b"[", b"{")


class MiClient:
    """Calls methods of one server; several calls may run at the same time."""

    def __init__(
        self,
        address: MiAddress,
        *,
        token: str | None = None,
        time_limit: float = TIME_LIMIT,
        schemes: Iterable[TransportInfo] = (),
    ) -> None:
        """`schemes` describes the schemes of sockets that evtui knows; a server lists less of them, or nothing."""
        self.address = address
        self.schemes = schemes
        self._token = token
        self._time_limit = time_limit

    async def call(self, method: str, params: Members | list[Json] | None = None) -> Json:
        """Call a method with named (Members) or positional parameters and return its result.

        raises ServerError: the server replied with an error. BackendError: it is away, too slow, or its reply is not
        JSON-RPC. BadParamsError: a text cannot be sent.
        """
        call_id = os.urandom(8).hex()
        members: list[tuple[str, Json]] = [("jsonrpc", "2.0"), ("id", call_id), ("method", method)]
        if params:
            members.append(("params", params))
        try:
            # Bytes that are not UTF-8 are sent as they are, as other clients of the interface do.
            request = dumps(Members(members)).encode("utf-8", "surrogateescape")
        except UnicodeEncodeError as error:
            raise BadParamsError("half of a surrogate pair cannot be sent: it is not text") from error
        try:
            with anyio.fail_after(self._time_limit):
                raw = await exchange(
                    self.address, request, lambda reply: _answers(reply, call_id), self._token, self._time_limit
                )
        except TimeoutError as error:
            raise BackendError(f"{self.address}: no answer within {self._time_limit:g} s") from error
        return self._result(raw)

    def _result(self, raw: bytes) -> Json:
        if sum(raw.count(sign) for sign in _SEPARATORS) > MAX_VALUES:
            raise BackendError(f"{self.address}: the reply has more than {MAX_VALUES} values")
        try:
            reply = loads(decode_text(raw))
        except BadMessageError as error:
            raise BackendError(f"{self.address}: the answer is not JSON: {_shown(raw)}") from error
        members = dict(reply) if isinstance(reply, Members) else {}
        if isinstance(refusal := members.get("error"), Members):
            raise _server_error(dict(refusal))
        if "result" not in members:
            raise BackendError(f"{self.address}: the answer is not JSON-RPC: {_shown(raw)}")
        return members["result"]


def _answers(raw: bytes, call_id: str) -> bool:
    """Accept the reply with our id, one without an id, and text that is not JSON such as `400 Parse_error`."""
    try:
        reply = loads(decode_text(raw))
    except BadMessageError:
        return True
    return not isinstance(reply, Members) or dict(reply).get("id") in {call_id, None}


def _server_error(error: dict[str, Json]) -> ServerError:
    code, message, data = error.get("code"), error.get("message"), error.get("data")
    return ServerError(
        code if isinstance(code, int) else 0,
        message if isinstance(message, str) else dumps(message),
        data if data is None or isinstance(data, str) else dumps(data),
    )


def _shown(raw: bytes) -> str:
    return repr(raw[:60].decode("utf-8", "replace")) + ("…" if len(raw) > 60 else "")
