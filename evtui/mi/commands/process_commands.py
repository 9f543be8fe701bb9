"""The commands about this process."""

from evtui.core.redact import redact_words
from evtui.mi.command_context import CommandContext
from evtui.mi.protocol.arguments import Arguments
from evtui.mi.protocol.results import Result


def version(context: CommandContext, _arguments: Arguments) -> Result:
    """Tell which server this is, of which version; it has no `revision` to add."""
    return {"Server": context.about.server}


def uptime(context: CommandContext, _arguments: Arguments) -> Result:
    """Tell the time, the time of the start, and the seconds between."""
    return context.about.uptime()


def ps(context: CommandContext, _arguments: Arguments) -> Result:
    """List the processes: there is one."""
    return {"Processes": [{"ID": 0, "PID": context.about.pid, "Type": "attendant"}]}


def pwd(context: CommandContext, _arguments: Arguments) -> Result:
    """Tell the working directory."""
    return {"WD": context.about.cwd}


def arg(context: CommandContext, _arguments: Arguments) -> Result:
    """List the words of the command line, without passwords."""
    return [redact_words(word) for word in context.about.argv]
