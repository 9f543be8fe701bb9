"""The recordings of OpenSIPS's management interface, read back as bytes, with the steps that were not recorded."""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from tests.paths import TEST_DATA

CAPTURES: Final = TEST_DATA / "captures"
_BYTE = re.compile(r"\\x([0-9a-f]{2})")
_CUT = re.compile(r"\.\.\.\((\d+)(?: bytes)?\)$")


class Recorded(Struct, frozen=True):
    """One request by one transport and what came back; None: nothing came."""

    key: str
    """`number case transport`."""
    group: str
    number: int
    case: str
    transport: str
    request: bytes
    reply: bytes | None
    second_reply: bytes | None = None
    """To the request that named its reply FIFO REPLY2."""
    notifications: tuple[bytes, ...] | None = None


def read_json_recordings() -> list[Recorded]:
    """Read `mi.jsonl`: each case by each transport it was sent on, in order."""
    lines = (CAPTURES / "mi.jsonl").read_text("utf-8").splitlines()
    return [recorded for number, line in enumerate(lines) for recorded in _json_case(number, json.loads(line))]


def read_classic_recordings() -> list[Recorded]:
    """Read `classic/mi_classic.jsonl`, in order."""
    lines = (CAPTURES / "classic" / "mi_classic.jsonl").read_text("utf-8").splitlines()
    return [_classic_case(number, json.loads(line)) for number, line in enumerate(lines)]


def recorded_events(recordings: list[Recorded], listing: re.Pattern[str]) -> list[str]:
    """Read the server's catalogue from its first `events_list`; the ids were in order."""
    reply = next(recorded.reply for recorded in recordings if recorded.case == "events_list")
    assert reply is not None
    return listing.findall(reply.decode())


def to_bytes(text: str) -> bytes:
    """Undo the recording's `\\xNN` for bytes that are not UTF-8."""
    pieces = _BYTE.split(text)
    return b"".join(bytes.fromhex(piece) if at % 2 else piece.encode() for at, piece in enumerate(pieces))


def _json_case(number: int, case: dict[str, Any]) -> list[Recorded]:
    group, name = case["group"], case["case"]
    body = _whole_body(case["request"]) if "request" in case else None
    notifications = tuple(map(to_bytes, case["notifications"])) if "notifications" in case else None

    def recorded(transport: str, request: bytes, reply: str | None) -> Recorded:
        key = f"{number} {name} {transport}"
        return Recorded(
            key,
            group,
            number,
            name,
            transport,
            request,
            None if reply is None else to_bytes(reply),
            None,
            notifications,
        )

    found: list[Recorded] = []
    if "fifo_reply" in case:
        written = to_bytes(case["fifo_write"]).replace(b"rep_x", b"REPLY") if body is None else b":REPLY:" + body
        found.append(recorded("fifo", written, case["fifo_reply"]))
    if "dgram_reply" in case:
        assert body is not None
        found.append(recorded("datagram", body, case["dgram_reply"]))
    if "http_reply" in case:
        found.append(recorded("http", _http_request(case.get("http_request"), body), case["http_reply"]))
    return found


def _http_request(recorded: str | None, body: bytes | None) -> bytes:
    if recorded is not None and not _CUT.search(recorded):
        return to_bytes(recorded)
    if body is None:
        assert recorded is not None
        head, _, rest = recorded.partition("\r\n\r\n")
        body = _filled(rest, int(head.partition("Content-Length: ")[2].partition("\r\n")[0]))
    head = f"POST /mi HTTP/1.1\r\nHost: 127.0.0.1:8189\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\nConnection: close\r\n\r\n".encode() + body


def _whole_body(text: str) -> bytes:
    cut = _CUT.search(text)
    return _filled(text[: cut.start()], int(cut[1])) if cut else to_bytes(text)


def _filled(cut: str, size: int) -> bytes:
    """Write a long body again whose recording was cut: one text of x."""
    start, end = cut[: cut.index("xxx")], '"]}}'
    return (start + "x" * (size - len(start) - len(end)) + end).encode()


def _classic_case(number: int, case: dict[str, Any]) -> Recorded:
    replies = case["reply"]
    texts: list[Any] = [*replies] if isinstance(replies, list) else [replies, None]
    reply, second = (None if text is None else to_bytes(text) for text in texts)
    key = f"{number} {case['case']} {case['carrier']}"
    return Recorded(
        key, "classic", number, case["case"], case["carrier"], to_bytes(case["request"]), reply, second_reply=second
    )


def comparable(transport: str, reply: bytes | None, hide: Callable[[bytes], bytes] = lambda reply: reply) -> object:
    """Reduce a reply to what a client can see of it: of HTTP the status, the type and the body."""
    if reply is None or reply == b"":
        return None
    if transport != "http":
        return hide(reply)
    continued = reply.startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    head, _, body = reply.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").partition(b"\r\n\r\n")
    status, *headers = head.split(b"\r\n")
    kind = next((line.partition(b":")[2].strip() for line in headers if line.lower().startswith(b"content-type:")), b"")
    return continued, status, kind, hide(body)
