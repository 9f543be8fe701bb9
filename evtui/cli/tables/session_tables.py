"""The command `sessions`: who watches a server through its doors, and the end of a session."""

from collections.abc import Iterator

from evtui.backends.remote.reply_members import member_int, member_number, member_text, members_of
from evtui.bootstrap.remote_server import AttachedServer
from evtui.cli import output
from evtui.cli.client_session import run
from evtui.cli.tables.transport_tables import ask_evtui
from evtui.codecs.jsonvalue import Members

_TITLES = ("session", "name", "role", "door", "address", "what", "idle")


def list_sessions(mi: str | None, *, as_json: bool) -> None:
    """List the sessions, from `sessions_list`."""

    async def work(server: AttachedServer) -> None:
        found = members_of(await ask_evtui(server, "sessions_list"), "Sessions")
        if as_json:
            output.json_line(list(found))
        elif found:
            output.table(_TITLES, [tuple(_row(each)) for each in found], right=(0, 6))
        else:
            output.message("no sessions: no one watches this server through a door")

    run(mi, work)


def end_session(number: int, mi: str | None, *, as_json: bool) -> None:
    """End a session, with `session_end`."""

    async def work(server: AttachedServer) -> None:
        await ask_evtui(server, "session_end", [number])
        if as_json:
            output.json_line(Members((("ended", number),)))
        else:
            output.data(f"ended session {number}")

    run(mi, work)


def _row(item: Members) -> Iterator[str]:
    yield str(member_int(item, "number"))
    for name in ("name", "role", "door", "address", "what"):
        yield member_text(item, name)
    yield f"{member_number(item, 'idle'):.0f} s"
