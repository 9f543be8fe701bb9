"""A client of the management interface: calls to evtui or OpenSIPS over any of its transports.

It speaks JSON-RPC, and the line protocol with a server that answers nothing else: OpenSIPS 2.x. Over a FIFO it asks
first which, with a request that no version logs. Over datagrams there is no such request: the first one is JSON-RPC, of
which today's servers log nothing, and OpenSIPS 2.x refuses it with two lines in its log. A server that spoke the line
protocol before and was away is asked in it first.
"""

import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from typing import Final

from evtui.backends.remote.exchange.fifo_exchange import REPLY_DIR_HINT, UnansweredError, WhenQuiet
from evtui.backends.remote.exchange.late_replies import LateReplies
from evtui.backends.remote.exchange.mi_exchange import IsReply, MiRequest, ask_quietly, exchange
from evtui.backends.remote.exchange.mi_post import HttpStatusError
from evtui.backends.remote.exchange.waits import WaitFlag, Waits
from evtui.backends.remote.mi_address import FifoAddress, HttpAddress, MiAddress, UdpAddress, UnixAddress
from evtui.codecs.jsonvalue import Json, Members, decode_text, dumps, loads
from evtui.core.errors import AwayError, BackendError, BadMessageError, BadParamsError, ServerError
from evtui.core.transport import TransportInfo

TIME_LIMIT: Final = 5.0
"""Seconds a reply may take."""
MAX_VALUES: Final = 1_000_000
"""Values in a reply, roughly: each takes a hundred times the memory of its two bytes. A subscription has five."""

_SEPARATORS: Final = (b",", b"[", b"{")
_LINE_REFUSALS: Final = (b"400 parse_error", b"500 command not available", b"500 command '")
"""What OpenSIPS 2.x replies to JSON-RPC in a datagram."""
_NO_ROOM: Final = (b"500 Internal error", b"500 Internal server error")
"""What OpenSIPS replies to a datagram when its reply does not fit into one."""
_WHOLE_DATAGRAM: Final = range(65_000, 65_508)
"""Bytes of a reply that was cut where the largest datagram ends."""
_QUIET: Final = 0.7
"""Seconds without a reply after which the reader of a FIFO is asked in the line protocol."""


_SERVER_ERROR: Final = 500
"""The HTTP status of OpenSIPS when its reply does not fit into the `buf_size` of its module httpd."""


class NoRoomError(BackendError):
    """The reply does not fit into the datagram or the HTTP reply that the server would send."""

    def __init__(self, address: MiAddress, method: str) -> None:
        super().__init__(f"{address}: the reply to {method} does not fit into {room_of(address)}")


def room_of(address: MiAddress) -> str:
    """Name what a reply does not fit into, and where to attach instead."""
    if isinstance(address, HttpAddress):
        return "the server's HTTP reply: set buf_size of its module httpd higher, or attach with --mi fifo:PATH"
    return "a datagram: attach with --mi fifo:PATH or http://HOST:PORT/mi"


class MiClient:
    """Calls methods of one server; several calls may run at the same time."""

    def __init__(
        self,
        address: MiAddress,
        *,
        token: str | None = None,
        time_limit: float = TIME_LIMIT,
        schemes: Iterable[TransportInfo] = (),
        waits: Waits | None = None,
    ) -> None:
        """`schemes` describes the schemes of sockets that evtui knows; a server lists less of them, or nothing.

        Without `waits` it waits in the event loop that runs.
        """
        self._waits = waits or _loop_waits()
        self.address = address
        self.schemes = schemes
        self._known = True if isinstance(address, UdpAddress | UnixAddress) and address.lines else None
        """What the address says of how the server speaks."""
        self.speaks_lines: bool | None = self._known
        """Whether the server speaks the line protocol and no JSON-RPC; None before it has answered."""
        self._late = LateReplies()
        self._first: WaitFlag | None = None
        """Set when the request has ended that finds out how the server speaks."""
        self._was_classic = False
        """Whether the server that answered last spoke the line protocol."""
        self._asked_lines = False
        """Whether a FIFO that answers no JSON-RPC was asked in the line protocol, which newer servers log."""
        self._token = token
        self._time_limit = time_limit

    def close(self) -> None:
        """Give up the replies that have not come."""
        self._late.collect()
        self._late.close()

    async def call(self, method: str, params: Members | list[Json] | None = None) -> Json:
        """Call a method with named (Members) or positional parameters and return its result.

        raises ServerError: the server replied with an error. NoRoomError: its reply does not fit. BackendError: it is
        away, too slow, or its reply cannot be read. BadParamsError: a text cannot be sent. UnsupportedError: OpenSIPS
        2.x has no such command.
        """
        if self.speaks_lines is None and self._first is not None:
            await self._first.wait()
        if self.speaks_lines is not None or self._first is not None:
            return await self._call(method, params)
        # Only one request finds out how the server speaks, so that OpenSIPS 2.x logs only one that it cannot read.
        self._first = first = self._waits.flag()
        try:
            await self._find_out()
            return await self._call(method, params)
        finally:
            self._first = None
            first.set()

    async def _call(self, method: str, params: Members | list[Json] | None) -> Json:
        return await (self._call_lines if self.speaks_lines else self._call_json)(method, params)

    async def _find_out(self) -> None:
        """Find out how the server speaks, where that is possible without a line in its log."""
        if isinstance(self.address, FifoAddress):
            with self._bounded():
                found = await ask_quietly(self._waits, self.address, _QUIET, self._late)
            if found is not None and found.is_json:
                with suppress(ServerError, BackendError):
                    self._result(found.command, found.raw)
            elif found is not None:
                self._note_lines(found.command, found.raw)
        elif self._was_classic:
            with self._bounded():
                raw = await self._unbounded(_line_request("which"), lambda _: True, late=self._late)
            self._note_lines("which", raw)

    def _note_lines(self, command: str, raw: bytes) -> bool:
        """Take note that the server speaks the line protocol, if an answer to a line request says so."""
        from evtui.backends.remote.line_replies import is_line_reply, read_line_reply

        known: Json = None
        with suppress(ServerError):
            known = read_line_reply(command, raw) if is_line_reply(raw) else None
        # evtui speaks both.
        is_classic = known is not None and not (isinstance(known, list) and "transports_list" in known)
        self.speaks_lines = True if is_classic else None
        self._was_classic = is_classic
        return is_classic

    async def _call_json(self, method: str, params: Members | list[Json] | None) -> Json:
        call_id = os.urandom(8).hex()
        request = _json_request(call_id, method, params)
        # A server that has answered once answers the others, however slow it is.
        quiet = WhenQuiet(_QUIET, self._is_classic) if self.speaks_lines is None and not self._asked_lines else None
        try:
            raw = await self._exchange(request, lambda reply: _answers(reply, call_id), quiet)
        except UnansweredError:
            return await self._call_lines(method, params)
        except HttpStatusError as error:
            raise (NoRoomError(self.address, method) if error.status == _SERVER_ERROR else error) from error
        if raw.startswith(_LINE_REFUSALS) and await self._is_classic():
            return await self._call_lines(method, params)
        return self._result(method, raw)

    async def _call_lines(self, method: str, params: Members | list[Json] | None) -> Json:
        request = _line_request(method, params)
        raw = await self._exchange(request, lambda _: True)
        if raw.startswith(_NO_ROOM):
            raise NoRoomError(self.address, method)
        from evtui.backends.remote.line_replies import is_line_reply, read_line_reply

        if is_line_reply(raw):
            return read_line_reply(method, raw)
        self.speaks_lines = self._known
        raise BackendError(f"{self.address}: the answer is not of the line protocol: {_shown(raw)}")

    async def _is_classic(self) -> bool:
        """Find out whether the server speaks the line protocol, with a command that every version has."""
        if isinstance(self.address, HttpAddress):
            return False
        from evtui.backends.remote.line_replies import is_line_reply

        self._asked_lines = isinstance(self.address, FifoAddress)
        try:
            with self._waits.within(_QUIET):
                raw = await self._unbounded(_line_request("which"), is_line_reply)
                return self._note_lines("which", raw)
        except (TimeoutError, BackendError):
            return False

    async def _exchange(self, request: MiRequest, is_reply: IsReply, quiet: WhenQuiet | None = None) -> bytes:
        with self._bounded():
            return await self._unbounded(request, is_reply, quiet=quiet, late=self._late)

    async def _unbounded(
        self, request: MiRequest, is_reply: IsReply, *, quiet: WhenQuiet | None = None, late: LateReplies | None = None
    ) -> bytes:
        return await exchange(
            self._waits, self.address, request, is_reply, self._token,
            time_limit=self._time_limit, quiet=quiet, late=late,
        )  # fmt: skip

    @contextmanager
    def _bounded(self) -> Generator[None]:
        """Bound the time of one exchange, and say in words that a server did not answer."""
        self._late.collect()
        try:
            with self._waits.within(self._time_limit):
                yield
        except AwayError:
            self.speaks_lines, self._asked_lines = self._known, False  # another server may run there when it is back
            raise
        except TimeoutError as error:
            why = f"{self.address}: no answer within {self._time_limit:g} s"
            if isinstance(self.address, FifoAddress) and self.speaks_lines is None:
                why += f": it is stopped or busy, or its reply_dir is not {self.address.reply_dir} ({REPLY_DIR_HINT})"
            raise BackendError(why) from error

    def _result(self, method: str, raw: bytes) -> Json:
        if raw.startswith(_NO_ROOM):
            raise NoRoomError(self.address, method)
        if sum(raw.count(sign) for sign in _SEPARATORS) > MAX_VALUES:
            raise BackendError(f"{self.address}: the reply has more than {MAX_VALUES} values")
        try:
            reply = loads(decode_text(raw))
        except BadMessageError as error:
            if len(raw) in _WHOLE_DATAGRAM and raw.startswith(b'{"jsonrpc"'):
                raise NoRoomError(self.address, method) from error  # it was cut
            raise BackendError(f"{self.address}: the answer is not JSON: {_shown(raw)}") from error
        members = dict(reply) if isinstance(reply, Members) else {}
        if "jsonrpc" in members:
            self.speaks_lines = self._was_classic = False
        if isinstance(refusal := members.get("error"), Members):
            raise _server_error(dict(refusal))
        if "result" not in members:
            raise BackendError(f"{self.address}: the answer is not JSON-RPC: {_shown(raw)}")
        return members["result"]


def _line_request(command: str, params: Members | list[Json] | None = None) -> MiRequest:
    # On first use, as what reads the replies: only OpenSIPS 2.x is asked so.
    from evtui.backends.remote.line_requests import line_request

    return line_request(command, params)


def _json_request(call_id: str, method: str, params: Members | list[Json] | None) -> MiRequest:
    members: list[tuple[str, Json]] = [("jsonrpc", "2.0"), ("id", call_id), ("method", method)]
    if params:
        members.append(("params", params))
    try:
        # Bytes that are not UTF-8 are sent as they are, as other clients of the interface do.
        body = dumps(Members(members)).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise BadParamsError("half of a surrogate pair cannot be sent: it is not text") from error
    # OpenSIPS 2.x, which cannot read it, reads on from the empty line.
    return MiRequest(body, lambda reply: b":%s:%s\n\n" % (reply, body))


def _answers(raw: bytes, call_id: str) -> bool:
    """Accept the reply with our id, one without an id, and text that is not JSON such as `400 Parse_error`."""
    try:
        reply = loads(decode_text(raw))
    except BadMessageError:
        return True
    return not isinstance(reply, Members) or dict(reply).get("id") in {call_id, None}


def _server_error(error: dict[str, Json]) -> ServerError:
    code, message, data = error.get("code"), error.get("message"), error.get("data")
    return ServerError(
        code if isinstance(code, int) else 0,
        message if isinstance(message, str) else dumps(message),
        data if data is None or isinstance(data, str) else dumps(data),
    )


def _shown(raw: bytes) -> str:
    return repr(raw[:60].decode("utf-8", "replace")) + ("…" if len(raw) > 60 else "")


def _loop_waits() -> Waits:
    from evtui.backends.remote.exchange.loop_waits import LoopWaits  # on first use: it loads an event loop

    return LoopWaits()
