"""What the listeners count, above all what they lost; shown as the statistics of group `mi:`."""

from msgspec import Struct


class ListenerStatistics(Struct):
    """Counters since start. A name says its statistic."""

    requests: int = 0
    """Requests understood, on any listener."""
    refused: int = 0
    """Requests answered with an error."""
    internal_errors: int = 0
    """Commands that failed by a bug of ours; the log has the traceback."""
    parse_errors: int = 0
    """Requests that were neither JSON, XML-RPC nor the line protocol."""
    fifo_unreadable: int = 0
    """Runs of bytes on the FIFO that began no request."""
    fifo_unfinished: int = 0
    """Requests on the FIFO whose end never came."""
    fifo_too_long: int = 0
    fifo_replies_lost: int = 0
    """Replies nobody read: no such FIFO, no reader, or a reader too slow."""
    fifo_recreated: int = 0
    """Times the FIFO was found deleted and made again."""
    datagrams_lost: int = 0
    """Datagrams the kernel dropped because its queue was full."""
    datagrams_too_long: int = 0
    datagram_replies_lost: int = 0
    """Replies whose reader was away, had no address, or did not read."""
    datagram_replies_too_long: int = 0
    """Replies that fit into no datagram: `500 Internal error` went out instead."""
    http_refused: int = 0
    """HTTP requests refused before they were read: wrong host, origin, type, token or size."""

    def statistics(self) -> dict[str, int]:
        """List the counters by name."""
        return {name: getattr(self, name) for name in self.__struct_fields__}
