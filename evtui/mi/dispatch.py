"""The dispatcher: from the bytes of a request to the bytes of its reply, the same for all listeners.

It parses the request, finds the command in the table, fits the parameters to it, runs it, and writes the result or the
refusal in the protocol that the request came in.
"""

import logging

from evtui.codecs.jsonvalue import Json, Members
from evtui.core.errors import BadMessageError, EvtuiError
from evtui.core.ports import Backend
from evtui.mi.command_context import CommandContext, Rotate, ScriptControl
from evtui.mi.commands.about import About
from evtui.mi.commands.command_table import Command, find
from evtui.mi.listener_statistics import ListenerStatistics
from evtui.mi.protocol import line_reply, mi_jsonrpc, mi_xmlrpc
from evtui.mi.protocol.arguments import fit
from evtui.mi.protocol.line_protocol import (
    DATAGRAM_ERRORS,
    FIFO_ERRORS,
    LineRequest,
    ListenerErrors,
    parse_arguments,
    parse_datagram,
    write_listener_error,
)
from evtui.mi.protocol.mi_jsonrpc import Batch, Invalid, Request, Result
from evtui.mi.refusals import RefusedError, internal_error, refusal_of

_log = logging.getLogger(__name__)


class Dispatcher:
    """Serves requests, several at once if need be. Its only state is the listeners' counters."""

    def __init__(
        self, backend: Backend, about: About, rotate: Rotate | None = None, script: ScriptControl | None = None
    ) -> None:
        self.statistics = ListenerStatistics()
        self._context = CommandContext(backend, about, self.statistics, rotate, script)

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
        parsed = mi_jsonrpc.parse_request(body)
        if not isinstance(parsed, Batch):
            return await self._reply(parsed)
        replies = [await self._reply(request) for request in parsed.requests]
        return mi_jsonrpc.batch_reply([reply for reply in replies if reply is not None])

    async def _reply(self, request: Request | Invalid) -> bytes | None:
        self.statistics.requests += 1
        if isinstance(request, Invalid):
            self.statistics.refused += 1
            return mi_jsonrpc.error_reply(request.id, mi_jsonrpc.INVALID_REQUEST, "Invalid Request")
        try:
            command = find(request.method)
            result = await self._run(command, request.params)
        except EvtuiError as error:
            refusal = self._refuse(error)
            reply = mi_jsonrpc.error_reply(request.id, refusal.code, refusal.message, refusal.data)
        else:
            reply = mi_jsonrpc.result_reply(request.id, result)
        return None if request.notification else reply

    async def _run(self, command: Command, params: list[Json] | Members) -> Result:
        """Run a command. An error in its code is logged and refused, so that the server goes on."""
        try:
            return await command.run(self._context, fit(command.sets, params))
        except EvtuiError:
            raise
        except Exception as error:
            self.statistics.internal_errors += 1
            _log.exception("%s failed", command.name)
            raise internal_error() from error

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
            return line_reply.result_reply(await self._run(command, command.from_lines(arguments)))
        except EvtuiError as error:
            return line_reply.refusal_reply(self._refuse(error))

    def _refuse(self, error: EvtuiError) -> RefusedError:
        self.statistics.refused += 1
        return refusal_of(error)
