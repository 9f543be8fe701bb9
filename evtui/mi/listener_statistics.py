"""Counters of the listeners: requests, refusals and losses. They are shown as the statistics of group `mi:`."""

from msgspec import Struct


class ListenerStatistics(Struct):
    """Counters since the start. The name of a field is the name of its statistic."""

    requests: int = 0
    """Requests understood, on any listener."""
    refused: int = 0
    """Requests answered with an error."""
    internal_errors: int = 0
    """Commands that failed because of an error in evtui; the log has the traceback."""
    parse_errors: int = 0
    """Requests that were neither JSON, XML-RPC nor the line protocol."""
    requests_dropped: int = 0
    """Requests of clients that had too many waiting, on the FIFO and over datagrams."""
    batches_refused: int = 0
    """Batches of more requests than `mi.max_batch`."""
    replies_too_long: int = 0
    """Requests refused because their reply, or the replies of their batch, are longer than `mi.max_reply`."""
    fifo_unreadable: int = 0
    """Runs of bytes on the FIFO that were not the beginning of a request."""
    fifo_unfinished: int = 0
    """Requests on the FIFO that did not end in time."""
    fifo_too_long: int = 0
    fifo_replies_lost: int = 0
    """Replies that no client read: no such FIFO, no reader, or a reader too slow."""
    fifo_recreated: int = 0
    """How often the FIFO was deleted and made again."""
    datagrams_lost: int = 0
    """Datagrams that the kernel dropped because its queue was full."""
    datagrams_too_long: int = 0
    datagram_replies_lost: int = 0
    """Replies whose client was gone, had no address, or did not read."""
    datagram_replies_too_long: int = 0
    """Replies too long for a datagram; the client got `500 Internal error` instead."""
    http_refused: int = 0
    """HTTP requests refused before they were read: wrong host, origin, type, token or size."""
    http_malformed: int = 0
    """Requests that were not HTTP."""
    http_wrong_tokens: int = 0
    http_headers_late: int = 0
    """Connections closed because no request came in time."""
    http_replies_unread: int = 0
    """Connections closed because a reply was not read in time."""
    http_connections_displaced: int = 0
    """Connections that waited for their client and were closed to make room for a newer one."""
    http_connections_refused: int = 0
    """Connections over a limit, closed at once."""
    http_accept_pauses: int = 0
    """Pauses in accepting connections, for example for want of a file descriptor."""


class FeedStatistics(Struct):
    """Counters of the watch feed, shown as the statistics of group `watch:`; the name of a field is that of its one."""

    readers: int = 0
    """Readers now."""
    refused: int = 0
    """Readers that were refused, because there were as many as there may be."""
    given_up: int = 0
    """Readers that sent no request in time, or took nothing for too long."""
    lost: int = 0
    """Records that readers were too slow for; each reader was told how many."""
