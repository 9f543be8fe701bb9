"""The commands about this process."""

from evtui.codecs.mi_json import Result
from evtui.mi.arguments import Arguments
from evtui.mi.desk import Desk


async def version(desk: Desk, _arguments: Arguments) -> Result:
    """Tell which server this is, of which version."""
    return {"Server": desk.about.server}


async def uptime(desk: Desk, _arguments: Arguments) -> Result:
    """Tell the time, the time of the start, and the seconds between."""
    return desk.about.uptime()


async def ps(desk: Desk, _arguments: Arguments) -> Result:
    """List the processes: there is one."""
    return {"Processes": [{"ID": 0, "PID": desk.about.pid, "Type": "attendant"}]}


async def pwd(desk: Desk, _arguments: Arguments) -> Result:
    """Tell the working directory."""
    return {"WD": desk.about.cwd}


async def arg(desk: Desk, _arguments: Arguments) -> Result:
    """List the words of the command line."""
    return list(desk.about.argv)
