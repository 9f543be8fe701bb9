"""The dispatcher: from the bytes of a request to the bytes of its reply, the same for all listeners.

It parses the request, finds the command in the table, fits the parameters to it, runs it, and writes the result or the
refusal in the protocol that the request came in.
"""

import logging
import math
from collections.abc import Iterable, Sequence
from typing import Final

import anyio
from anyio.lowlevel import checkpoint
from msgspec import Struct

from evtui.codecs.jsonvalue import Json, Members
from evtui.core.errors import BadMessageError, EvtuiError
from evtui.core.ports import Clock
from evtui.core.viewers.session_state import SessionControl
from evtui.mi.command_context import CommandContext, FeedPlaces, Rotate, ScriptControl
from evtui.mi.commands.about import About
from evtui.mi.commands.command_table import Command, QuickHandler, find
from evtui.mi.listener_statistics import ListenerStatistics
from evtui.mi.protocol import line_reply, mi_jsonrpc, mi_xmlrpc
from evtui.mi.protocol.arguments import Arguments, fit
from evtui.mi.protocol.line_protocol import (
    DATAGRAM_ERRORS,
    FIFO_ERRORS,
    Argument,
    LineRequest,
    ListenerErrors,
    parse_arguments,
    parse_datagram,
    write_listener_error,
)
from evtui.mi.protocol.mi_jsonrpc import MAX_BATCH, SERVER_ERROR, Batch, Invalid, OversizedBatch, Request
from evtui.mi.protocol.results import LongResult, Result
from evtui.mi.refusals import RefusedError, internal_error, refusal_of
from evtui.mi.served_backend import ServedBackend

_log = logging.getLogger(__name__)


class ReplyLimits(Struct, frozen=True):
    """How much one client may ask for at once."""

    batch: int = MAX_BATCH
    """Requests of a batch."""
    bytes: int = 32 << 20
    """Bytes of a reply, or of all replies of a batch."""


DEFAULT_LIMITS: Final = ReplyLimits()

TURN: Final = 0.002
"""Seconds of a batch's work after which others get their turn."""


class Dispatcher:
    """Serves requests, several at once if need be. Its only state is the listeners' counters.

    After 2 ms of a batch, and between the pages of a long result, the event loop serves other clients. The
    dispatcher makes only one long result at a time, and one batch goes on in a round of the event loop.
    """

    def __init__(  # noqa: PLR0913 - each is a part of this process
        self,
        backend: ServedBackend,
        about: About,
        rotate: Rotate | None = None,
        script: ScriptControl | None = None,
        limits: ReplyLimits = DEFAULT_LIMITS,
        clock: Clock = anyio.current_time,
        feed: FeedPlaces | None = None,
        sessions: SessionControl | None = None,
        *,
        statistics: ListenerStatistics | None = None,
    ) -> None:
        """`clock` tells monotonic seconds."""
        self.statistics = statistics or ListenerStatistics()
        self._limits = limits
        self._clock = clock
        self._holds = False
        self._long_turn = anyio.Lock()
        self._batch_turn = anyio.Lock()
        self._context = CommandContext(backend, about, self.statistics, rotate, script, feed, sessions)

    async def json(self, body: bytes) -> bytes | None:
        """Serve JSON-RPC; None when the client wants no reply."""
        try:
            return await self._serve(body)
        except BadMessageError:
            return self.parse_error()

    async def datagram(self, raw: bytes) -> bytes | None:
        """Serve a datagram: JSON-RPC, or the line protocol when it begins with a colon; an empty one is ignored."""
        if not raw:
            return None
        if not raw.startswith(b":"):
            try:
                return await self._serve(raw)
            except BadMessageError:
                self.statistics.parse_errors += 1
                return b"400 Parse_error"
        try:
            return await self._serve_line(parse_datagram(raw), DATAGRAM_ERRORS)
        except BadMessageError:
            self.statistics.parse_errors += 1
            return write_listener_error(DATAGRAM_ERRORS.unavailable, "")

    def at_once(self, raw: bytes) -> tuple[bytes | None] | None:
        """Serve a datagram of JSON-RPC whose command waits for nothing; returns its reply alone in a tuple.

        None: it is another, for which nothing was done yet and `datagram` is there.
        """
        if not raw or raw.startswith(b":"):
            return None
        try:
            request = mi_jsonrpc.parse_request(raw, self._limits.batch)
            if not isinstance(request, Request) or (command := find(request.method)).at_once is None:
                return None
        except EvtuiError:
            return None
        self.statistics.requests += 1
        if not command.only_raises:
            self.let_go()
        try:
            result = self._run_at_once(command, command.at_once, request.params)
        except EvtuiError as error:
            return (self._refusal_reply(request, error),)
        return (None if request.notification else mi_jsonrpc.result_reply(request.id, result),)

    def hold(self) -> None:
        """Let raises of the next requests leave together; nothing else may run until `let_go`."""
        if not self._holds:
            self._holds = True
            self._context.backend.hold()

    def let_go(self) -> None:
        """Let them leave: others go on, or another request may tell of them."""
        if self._holds:
            self._holds = False
            self._context.backend.let_go()

    def is_line_quick(self, request: LineRequest) -> bool:
        """Say whether the command of a request of the line protocol waits for nothing."""
        try:
            return find(request.command).at_once is not None
        except RefusedError:
            return False

    async def xmlrpc(self, body: bytes) -> bytes:
        """Serve an XML-RPC call; every call gets a reply."""
        try:
            call = mi_xmlrpc.parse_call(body)
        except BadMessageError as error:
            self.statistics.parse_errors += 1
            return mi_xmlrpc.fault_reply(error.code, "Parse error", error.why)
        self.statistics.requests += 1
        try:
            result = await self._run(find(call.method), call.params)
            if isinstance(result, LongResult):
                return await self._join(mi_xmlrpc.result_pieces(result))
        except EvtuiError as error:
            refusal = self._refuse(error)
            return mi_xmlrpc.fault_reply(refusal.code, refusal.message, refusal.data)
        return mi_xmlrpc.result_reply(result)

    async def line(self, request: LineRequest) -> bytes:
        """Serve a request of the line protocol that came over the FIFO."""
        return await self._serve_line(request, FIFO_ERRORS)

    def parse_error(self, why: str | None = None) -> bytes:
        """Count bytes that are not JSON and write the reply; give `why` where OpenSIPS sends no reply at all."""
        self.statistics.parse_errors += 1
        return mi_jsonrpc.error_reply(None, mi_jsonrpc.PARSE_ERROR, "Parse error", why)

    async def _serve(self, body: bytes) -> bytes | None:
        parsed = mi_jsonrpc.parse_request(body, self._limits.batch)
        if isinstance(parsed, Batch):
            return mi_jsonrpc.batch_reply(await self._replies(parsed))
        if not isinstance(parsed, OversizedBatch):
            return await self._reply(parsed)
        self.statistics.batches_refused += 1
        why = f"a batch has at most {self._limits.batch} requests (mi.max_batch)"
        return mi_jsonrpc.error_reply(None, mi_jsonrpc.INVALID_REQUEST, "Invalid Request", why)

    async def _replies(self, batch: Batch) -> list[bytes]:
        """Serve the requests of a batch one by one; when the replies get too long, the rest is refused and not run."""
        replies: list[bytes] = []
        clock, most = self._clock, self._limits.bytes
        size, began = 0, -math.inf
        for request in batch.requests:
            if clock() - began >= TURN:
                async with self._batch_turn:  # of all batches one goes on in a round of the event loop
                    await checkpoint()
                began = clock()
            if size <= most:
                reply = await self._reply(request)
            else:
                reply = self._refuse_unrun(request)
            if reply is not None:
                size += len(reply)
                replies.append(reply)
        return replies

    def _refuse_unrun(self, request: Request | Invalid) -> bytes | None:
        self.statistics.requests += 1
        refusal = self._refuse(self._too_long("the replies of this batch are"))
        if isinstance(request, Request) and request.notification:
            return None
        return mi_jsonrpc.error_reply(request.id, refusal.code, refusal.message, refusal.data)

    def _too_long(self, what: str) -> RefusedError:
        self.statistics.replies_too_long += 1
        why = f"{what} longer than {self._limits.bytes:,} bytes (mi.max_reply); ask for less at once"
        return RefusedError(SERVER_ERROR, "Server error", why)

    async def _join(self, pieces: Iterable[bytes]) -> bytes:
        """Make a long reply piece by piece.

        raises RefusedError: it is too long.
        """
        made: list[bytes] = []
        size = 0
        async with self._long_turn:
            try:
                for piece in pieces:
                    made.append(piece)
                    size += len(piece)
                    if size > self._limits.bytes:
                        break
                    await checkpoint()
                else:
                    return b"".join(made)
            except Exception as error:
                raise self._internal("a long listing", error) from error
        raise self._too_long("the reply is")

    def _internal(self, what: str, error: Exception) -> RefusedError:
        """Log and count an error in the code of evtui."""
        self.statistics.internal_errors += 1
        _log.error("%s failed", what, exc_info=error)
        return internal_error()

    async def _reply(self, request: Request | Invalid) -> bytes | None:
        self.statistics.requests += 1
        if isinstance(request, Invalid):
            self.statistics.refused += 1
            return mi_jsonrpc.error_reply(request.id, mi_jsonrpc.INVALID_REQUEST, "Invalid Request")
        try:
            command = find(request.method)
            result = await self._run(command, request.params)
            if request.notification:
                return None
            if isinstance(result, LongResult):
                return await self._join(mi_jsonrpc.result_pieces(request.id, result))
        except EvtuiError as error:
            return self._refusal_reply(request, error)
        return mi_jsonrpc.result_reply(request.id, result)

    def _refusal_reply(self, request: Request, error: EvtuiError) -> bytes | None:
        refusal = self._refuse(error)
        if request.notification:
            return None
        return mi_jsonrpc.error_reply(request.id, refusal.code, refusal.message, refusal.data)

    async def _run(self, command: Command, params: list[Json] | Members) -> Result:
        """Run a command. An error in its code is logged and refused, so that the server goes on."""
        if command.at_once is not None:
            return self._run_at_once(command, command.at_once, params)
        assert command.run is not None  # a command has one of the two
        try:
            return await command.run(self._context, self._fit(command, params))
        except EvtuiError:
            raise
        except Exception as error:
            raise self._internal(command.name, error) from error

    def _run_at_once(self, command: Command, handler: QuickHandler, params: list[Json] | Members) -> Result:
        try:
            return handler(self._context, self._fit(command, params))
        except EvtuiError:
            raise
        except Exception as error:
            raise self._internal(command.name, error) from error

    def _fit(self, command: Command, params: list[Json] | Members) -> Arguments:
        if command.unfit is None:
            return fit(command.sets, params)
        try:
            return fit(command.sets, params)
        except RefusedError as error:
            command.unfit(self._context, params, error)
            raise

    def _read_lines(self, command: Command, arguments: Sequence[Argument]) -> list[Json] | Members:
        try:
            return command.from_lines(arguments)
        except RefusedError as error:
            if command.unfit is not None:
                command.unfit(self._context, [argument.value for argument in arguments[:1]], error)
            raise

    async def _serve_line(self, request: LineRequest, errors: ListenerErrors) -> bytes:
        self.statistics.requests += 1
        try:
            command = find(request.command)
        except RefusedError as error:
            self._refuse(error)
            return write_listener_error(errors.unavailable, request.command)
        try:
            arguments = parse_arguments(request.arguments)
        except BadMessageError:
            self.statistics.parse_errors += 1
            return write_listener_error(errors.unparsed, request.command)
        try:
            result = await self._run(command, self._read_lines(command, arguments))
            if not result and command.empty_line_reply:
                raise RefusedError(404, command.empty_line_reply)
            if isinstance(result, LongResult):
                return await self._join(line_reply.result_pieces(result))
            return line_reply.result_reply(result)
        except EvtuiError as error:
            return line_reply.refusal_reply(self._refuse(error))

    def _refuse(self, error: EvtuiError) -> RefusedError:
        self.statistics.refused += 1
        return refusal_of(error)
