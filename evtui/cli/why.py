"""The command that says why a socket got an event, or why it did not."""

from evtui.bootstrap.remote_server import AttachedServer
from evtui.cli import output
from evtui.cli.client_session import run, usage
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.sockets import check_socket
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.core.values import check_event_name


def why(event: str, socket: str, mi: str | None, *, as_json: bool) -> None:
    """Print the report of a server."""
    usage(lambda: check_event_name(event))
    if socket:
        usage(lambda: check_socket(socket, KNOWN_SCHEMES))

    async def work(server: AttachedServer) -> None:
        report = await server.backend.report_delivery(event, socket)
        if as_json:
            steps: list[Json] = [Members(tuple(step.members().items())) for step in report.steps]
            output.json_line(
                Members(
                    (
                        ("event", report.event), ("socket", report.socket), ("answer", report.answer),
                        ("advice", report.advice), ("since", report.since), ("timeline", steps),
                    )
                )
            )  # fmt: skip
            return
        output.data(f"{report.socket or 'no socket'}: {report.answer}")
        if report.advice:
            output.data(f"What to do: {report.advice}.")
        rows = [(output.clock_time(s.at), s.kind, f"{s.count:,}", s.cause, s.advice) for s in report.steps]
        if rows:
            output.table(("time", "what", "times", "cause", "what to do"), rows, right=(2,))
        if report.since is not None:
            output.message(f"raises are remembered since {output.clock_time(report.since)}")

    run(mi, work)
