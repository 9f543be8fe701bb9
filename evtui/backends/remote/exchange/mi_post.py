"""One request to the management interface over HTTP, which runs in a thread."""

import socket
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

from evtui.backends.remote.mi_address import HttpAddress
from evtui.core.errors import BackendError

if TYPE_CHECKING:
    from http.client import HTTPResponse

MAX_REPLY: Final = 64 * 1024 * 1024
"""Bytes of the longest reply that is read."""

_PIECE = 1 << 16


class HttpStatusError(BackendError):
    """The server answered with a status other than 200 and 202."""

    def __init__(self, why: str, status: int) -> None:
        super().__init__(why)
        self.status = status


class MiPost:
    """One HTTP request, run in a thread."""

    def __init__(self, address: HttpAddress, body: bytes, token: str | None, time_limit: float) -> None:
        self._address = address
        self._body = body
        self._time_limit = time_limit
        self._socket: socket.socket | None = None
        self._is_cut = False
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def run(self) -> bytes:
        """Post and read the reply."""
        address = self._address
        import http.client  # imported here: it takes a tenth of the start of every command

        kind = http.client.HTTPSConnection if address.secure else http.client.HTTPConnection
        with closing(kind(address.host, address.port, timeout=self._time_limit)) as connection:
            try:
                connection.connect()
                self._socket = connection.sock
                if self._is_cut:
                    self.cut()
                connection.request("POST", address.path, self._body, self._headers)
                with closing(connection.getresponse()) as response:
                    # Before the body is read: OpenSIPS sends one without an end.
                    self._check_status(response)
                    return self._read(response)
            except http.client.HTTPException as error:
                raise BackendError(f"{address}: it does not speak HTTP: {error!r}") from error

    def cut(self) -> None:
        """End the request, from any thread: what it waits for fails. Nothing happens when it has ended."""
        self._is_cut = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _check_status(self, response: "HTTPResponse") -> None:
        """Accept 200 and 202.

        raises HttpStatusError: it is another one.
        """
        if response.status in {200, 202}:
            return
        hint = "; EVTUI_MI_HTTP_TOKEN holds the token" if response.status == 401 else ""
        raise HttpStatusError(f"{self._address}: HTTP {response.status} {response.reason}{hint}", response.status)

    def _read(self, response: "HTTPResponse") -> bytes:
        """Read the reply in pieces, so that what is kept is not much more than its bytes.

        raises BackendError: it is too long.
        """
        reply = bytearray()
        while piece := response.read1(_PIECE):
            reply += piece
            if len(reply) > MAX_REPLY:
                raise BackendError(f"{self._address}: the reply is longer than {MAX_REPLY} bytes")
        return bytes(reply)
