"""Counters of the SIP listener."""

from msgspec import Struct


class SipStatistics(Struct):
    """Counters since the start. The name of a field is the name of its statistic."""

    requests: int = 0
    replies: int = 0
    keepalives: int = 0
    """Datagrams that only keep a NAT binding open."""
    malformed: int = 0
    """Datagrams that are not SIP messages."""
    dropped: int = 0
    """Messages dropped because too many were being handled."""
    sent: int = 0
    """Replies sent for a script."""
    unsent: int = 0
    """Replies that could not be sent."""

    def statistics(self) -> dict[str, int]:
        """List the counters by name."""
        return {name: getattr(self, name) for name in self.__struct_fields__}
