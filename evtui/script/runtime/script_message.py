"""The SIP message a script looks at: what it must offer, and a plain value that does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol


class ScriptMessage(Protocol):
    """A SIP request or reply, understood as far as scripts need it. Nothing here raises."""

    @property
    def method(self) -> str:
        """The method; of a reply, that of its CSeq."""
        ...

    @property
    def uri(self) -> str | None:
        """The Request-URI as it came; None for a reply."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, str]]:
        """Names and values in order, values unfolded and stripped; names as they were written, compact ones too."""
        ...

    @property
    def body(self) -> str:
        """What follows the empty line; bytes that are no UTF-8 as surrogate escapes."""
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
        """Where it came from: IP and port."""
        ...

    @property
    def received(self) -> tuple[str, int]:
        """Where it came in: IP and port."""
        ...

    @property
    def protocol(self) -> str:
        """`udp`, `tcp`, `tls`, …"""
        ...

    @property
    def text(self) -> str:
        """The whole message as it came."""
        ...


@dataclass(frozen=True, slots=True)
class PlainMessage:
    """A message put together from its parts."""

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


DUMMY: Final = PlainMessage()
"""What runs without a message see: startup and timer routes, async event routes (as 2.4 and 3.1+)."""
