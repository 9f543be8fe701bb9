"""A server that answers as OpenSIPS 3 was recorded to: no wildcards, no `transports_list`, one refusal for all."""

import json
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

from tests.limits import HANG

EVENTS = ("E_CORE_THRESHOLD", "E_ONE", "E_TWO")


class OpensipsLike:
    """Answers datagrams on a UNIX socket in a thread, and sends notifications."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.subscribed: dict[tuple[str, str], int] = {}
        """Expiry by (event, socket); 0 means unsubscribed."""
        self.events: tuple[str, ...] = EVENTS
        self.calls: list[str] = []
        self.room = 65_457
        """Bytes of the longest reply; in place of a longer one it sends a text."""
        self.when_ending: Callable[[], object] = int
        """Called before a subscription is ended."""
        self.pid = 4711
        """The id of its first process, another one after each restart."""
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sock.bind(str(path))
        self._replies = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        """As OpenSIPS does, it replies from another socket than it listens on."""

    def run(self) -> None:
        """Serve until told to stop."""
        while True:
            raw, peer = self._sock.recvfrom(1 << 16)
            if raw == b"stop":
                return
            try:
                request = json.loads(raw)
            except ValueError:
                self._replies.sendto(b"400 Parse_error", peer)
                continue
            reply = {"jsonrpc": "2.0", **self._answer(request["method"], request.get("params")), "id": request["id"]}
            body = json.dumps(reply, separators=(",", ":")).encode()
            with suppress(OSError):  # a client that did not wait
                self._replies.sendto(body if len(body) <= self.room else b"500 Internal error", peer)

    def stop(self) -> None:
        """End `run`."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.sendto(b"stop", str(self.path))

    def restart(self) -> None:
        """Forget the subscriptions and be another process, as after a restart."""
        self.pid += 1
        self.subscribed.clear()

    def notify(self, event: str) -> None:
        """Send a notification to the subscribers of an event."""
        body = json.dumps({"jsonrpc": "2.0", "method": event, "params": {"a": 1}}, separators=(",", ":")).encode()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for (name, where), expire in self.subscribed.items():
                if name == event and expire:
                    host, _, port = where.removeprefix("udp:").rpartition(":")
                    sock.sendto(body, (host, int(port)))

    def _answer(self, method: str, params: Any) -> dict[str, Any]:
        self.calls.append(method)
        match method, params:
            case "events_list", None:
                answer = _result({"Events": [{"name": name, "id": number} for number, name in enumerate(self.events)]})
            case "which", None:
                answer = _result(["events_list", "event_subscribe", "subscribers_list", "which"])
            case "uptime", None:
                answer = _result({"Now": "now", "Up since": f"when {self.pid} began", "Up time": "3 [sec]"})
            case "ps", None:
                answer = _result({"Processes": [{"ID": 0, "PID": self.pid, "Type": "attendant"}]})
            case "subscribers_list", _:
                answer = self._list(*(params or ()))
            case "event_subscribe", [event, where, expire] if event in self.events and where.startswith("udp:"):
                if not expire:
                    self.when_ending()
                self.subscribed[event, where] = expire
                answer = _result("OK")
            case "event_subscribe", _:
                answer = _error(400, "Bad parameter value")
            case "raise_event", {"event": event}:
                answer = self._raise(event, params.get("params"))
            case _:
                answer = _error(-32601, "Method not found")
        return answer

    def _raise(self, event: str, params: Any) -> dict[str, Any]:
        if not any(name == event for name, _ in self.subscribed):
            return _error(480, "Temporarily Unavailable")
        return _result("OK") if isinstance(params, str) else _error(400, "No Params")

    def _list(self, event: str | None = None, where: str | None = None) -> dict[str, Any]:
        if event is None:
            return _result({"Events": [listed for name in self.events if (listed := self._listed(name))]})
        if event not in self.events:
            return _error(404, "Event not published")
        if where is None:
            return _result({"Event": self._listed(event)})
        found = [item for item in self._listed(event).get("Subscribers", []) if item["socket"] == where]
        if not found:
            return _error(404, "Subscriber does not exist")
        return _result({"Event": {"name": event, "id": self.events.index(event), "Subscriber": found[0]}})

    def _listed(self, event: str) -> dict[str, Any]:
        """List the subscriptions of an event, newest first; empty without any."""
        found = [
            {"socket": where, "expire": expire, "ttl": expire or "expired"}
            for (name, where), expire in reversed(self.subscribed.items())
            if name == event
        ]
        return {"name": event, "id": self.events.index(event), "Subscribers": found} if found else {}

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()
        self._replies.close()


def _result(result: Any) -> dict[str, Any]:
    return {"result": result}


def _error(code: int, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


@contextmanager
def opensips_like(path: Path) -> Generator[OpensipsLike]:
    """Run one until the block ends."""
    server = OpensipsLike(path)
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(HANG)
        server.close()
