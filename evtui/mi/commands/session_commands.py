"""The commands about the sessions of viewers: list them, end one. OpenSIPS has none."""

from evtui.core.errors import ReadOnlyError
from evtui.core.viewers.session_state import SessionControl, SessionState
from evtui.mi.command_context import CommandContext
from evtui.mi.protocol.arguments import Arguments
from evtui.mi.protocol.results import Result
from evtui.mi.refusals import RefusedError


async def sessions_list(context: CommandContext, _arguments: Arguments) -> Result:
    """List the sessions of viewers, the oldest first: who, from where, since when. OpenSIPS has none."""
    return {"Sessions": [_session(each) for each in _control(context).states()]}


async def session_end(context: CommandContext, arguments: Arguments) -> Result:
    """End a session of a viewer, by its number. OpenSIPS has none."""
    control, number = _control(context), arguments.number("number")
    if context.backend.read_only:
        raise ReadOnlyError("end a session")
    if not control.end(number, "it was ended by a client of the management interface"):
        raise RefusedError(404, "No such session")
    return "OK"


def _control(context: CommandContext) -> SessionControl:
    if context.sessions is None:
        raise RefusedError(404, "No viewers here")
    return context.sessions


def _session(state: SessionState) -> Result:
    """Describe a session; `began` are wall seconds, `idle` are seconds since something was typed."""
    return {
        "number": state.number, "name": state.name, "role": state.role, "door": state.door, "address": state.address,
        "what": state.what, "began": round(state.began, 3), "idle": round(state.idle, 1),
    }  # fmt: skip
