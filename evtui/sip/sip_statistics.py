"""What the SIP socket counts."""

from msgspec import Struct


class SipStatistics(Struct):
    """Counters since start."""

    requests: int = 0
    replies: int = 0
    keepalives: int = 0
    """Datagrams that only keep a NAT open."""
    malformed: int = 0
    """Datagrams that are no SIP messages."""
    dropped: int = 0
    """Messages that found too many runs under way."""
    sent: int = 0
    """Replies a script asked for."""
    unsent: int = 0
    """Replies that could not be sent."""

    def statistics(self) -> dict[str, int]:
        """List the counters by name."""
        return {name: getattr(self, name) for name in self.__struct_fields__}
