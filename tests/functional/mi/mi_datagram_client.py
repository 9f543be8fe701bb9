"""The smallest client of the management interface: one datagram is the request, one the reply."""

import json
import socket
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.limits import HANG


class DatagramClient:
    """Asks over a UNIX datagram socket of its own."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._folder = tempfile.TemporaryDirectory(prefix="evtui-c-")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"{self._folder.name}/s")
        self._socket.settimeout(HANG)

    def ask(self, method: str, *params: object) -> Any:
        """Return the result.

        raises AssertionError: the answer is an error.
        """
        self.send(method, *params)
        answer = self.reply()
        assert "error" not in answer, answer
        return answer["result"]

    def reply(self) -> Any:
        """Return the next reply, whatever it says."""
        return json.loads(self._socket.recv(1 << 17))

    def send(self, method: str, *params: object) -> None:
        """Send a request and do not wait for its reply."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        self._socket.sendto(json.dumps(request).encode(), str(self._server))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        self._folder.cleanup()
