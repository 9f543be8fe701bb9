"""The SIP message that a script reads: the Protocol, and a plain implementation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol


class ScriptMessage(Protocol):
    """A SIP request or reply, parsed as far as scripts need it. No property raises."""

    @property
    def method(self) -> str:
        """The method; for a reply, the method of its CSeq."""
        ...

    @property
    def uri(self) -> str | None:
        """The Request-URI as received; None for a reply."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, str]]:
        """Names and values in order. Values are unfolded and stripped; names are as written, also compact forms."""
        ...

    @property
    def body(self) -> str:
        """The text after the empty line; bytes that are not UTF-8 are surrogate escapes."""
        ...

    @property
    def status(self) -> int | None:
        """The code of a reply; None for a request."""
        ...

    @property
    def reason(self) -> str:
        """The reason phrase of a reply."""
        ...

    @property
    def source(self) -> tuple[str, int]:
        """The sender's IP and port."""
        ...

    @property
    def received(self) -> tuple[str, int]:
        """The local IP and port that received it; the IP is empty when no socket did."""
        ...

    @property
    def protocol(self) -> str:
        """`udp`, `tcp`, `tls`, …"""
        ...

    @property
    def text(self) -> str:
        """The whole message as received."""
        ...


@dataclass(frozen=True, slots=True)
class PlainMessage:
    """A message that is made of its parts."""

    method: str = "DUMMY"
    uri: str | None = "sip:user@dummy.com"
    headers: Sequence[tuple[str, str]] = ()
    body: str = ""
    status: int | None = None
    reason: str = ""
    source: tuple[str, int] = ("127.0.0.1", 5060)
    received: tuple[str, int] = ("127.0.0.1", 5060)
    protocol: str = "udp"
    text: str = ""


_DUMMY_HEADERS: Final = (
    ("Via", "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKdummy"),
    ("To", "<sip:to@dummy.com>"),
    ("From", "<sip:from@dummy.com>;tag=1"),
    ("Call-ID", "dummy-1"),
    ("CSeq", "1 DUMMY"),
)

DUMMY: Final = PlainMessage(
    headers=_DUMMY_HEADERS,
    source=("0.0.0.0", 0),  # noqa: S104 - no socket is bound: $si of the dummy message
    received=("", 0),
    text="DUMMY sip:user@dummy.com SIP/2.0\r\n"
    + "".join(f"{name}: {value}\r\n" for name, value in _DUMMY_HEADERS)
    + "\r\n",
)
"""The message of runs without one: startup and timer routes, async event routes. No socket received it."""
