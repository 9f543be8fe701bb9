"""The command `sessions`: who watches a server through its doors, and the end of a session."""

from collections.abc import Sequence

from evtui.backends.remote.asked_server import AskedServer
from evtui.backends.remote.reply_members import member_int, member_number, member_text, members_of
from evtui.cli import output
from evtui.cli.client_session import EXIT_USAGE, fail, is_fleet
from evtui.cli.servers.asked_servers import Answers, ask_servers, list_json, list_table
from evtui.cli.tables.transport_tables import ask_evtui
from evtui.codecs.jsonvalue import Members

_TITLES = ("session", "name", "role", "door", "address", "what", "idle")


def list_sessions(mi: Sequence[str], *, as_json: bool) -> None:
    """List the sessions, from `sessions_list`."""

    async def ask(server: AskedServer) -> Sequence[Members]:
        return members_of(await ask_evtui(server, "sessions_list"), "Sessions")

    def show(answers: Answers[Sequence[Members]]) -> None:
        if as_json:
            list_json(answers)
        elif not list_table(answers, _TITLES, _row, right=(0, 6)):
            output.message("no sessions: no one watches through a door")

    ask_servers(mi, ask, show)


def end_session(number: int, mi: Sequence[str], *, as_json: bool) -> None:
    """End a session of one server, with `session_end`: the same number means another session at another server."""
    if is_fleet(mi):
        from evtui.config.server_texts import read_servers

        names = [server.name for server in read_servers(mi)]
        if len(names) > 1:
            fail(f"--end ends a session of one server: choose it with --server, of {', '.join(names)}", EXIT_USAGE)

    async def ask(server: AskedServer) -> int:
        await ask_evtui(server, "session_end", [number])
        return number

    def show(answers: Answers[int]) -> None:
        for answer in answers:
            ended = ("ended", answer.told)
            if as_json:
                output.json_line(answer.members(ended) if answer.server else Members((ended,)))
            elif answer.told is not None:
                output.data(answer.line(f"ended session {number}"))

    ask_servers(mi, ask, show)


def _row(item: Members) -> Sequence[str]:
    named = [member_text(item, name) for name in ("name", "role", "door", "address", "what")]
    return [str(member_int(item, "number")), *named, f"{member_number(item, 'idle'):.0f} s"]
