"""The command that says why a socket got an event, or why it did not."""

from collections.abc import Iterator, Sequence

from evtui.backends.remote.asked_server import AskedServer
from evtui.cli import output
from evtui.cli.client_session import usage
from evtui.cli.servers.asked_servers import Answers, ServerAnswer, ask_servers
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.sockets import check_socket
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.core.delivery_report import DeliveryReport
from evtui.core.values import check_event_name


def why(event: str, socket: str, mi: Sequence[str], *, as_json: bool) -> None:
    """Print the report of a server, or of each of several."""
    usage(lambda: check_event_name(event))
    if socket:
        usage(lambda: check_socket(socket, KNOWN_SCHEMES))

    async def ask(server: AskedServer) -> DeliveryReport:
        return await server.backend.report_delivery(event, socket)

    def show(answers: Answers[DeliveryReport]) -> None:
        for number, answer in enumerate(answers):
            told = () if answer.told is None else tuple(_members(answer.told))
            if as_json:
                output.json_line(answer.members(*told) if answer.server else Members(told))
            elif answer.told is not None:
                _print(answer, answer.told, is_first=not number)

    ask_servers(mi, ask, show)


def _members(report: DeliveryReport) -> Iterator[tuple[str, Json]]:
    yield from (("event", report.event), ("socket", report.socket), ("answer", report.answer))
    steps: list[Json] = [Members(tuple(step.members().items())) for step in report.steps]
    yield from (("advice", report.advice), ("since", report.since), ("timeline", steps))


def _print(answer: ServerAnswer[DeliveryReport], report: DeliveryReport, *, is_first: bool) -> None:
    if not is_first:
        output.data("")
    output.data(answer.line(f"{report.socket or 'no socket'}: {report.answer}"))
    if report.advice:
        output.data(f"What to do: {report.advice}.")
    rows = [(output.clock_time(s.at), s.kind, f"{s.count:,}", s.cause, s.advice) for s in report.steps]
    if rows:
        output.table(("time", "what", "times", "cause", "what to do"), rows, right=(2,))
    if report.since is not None:
        output.message(answer.line(f"raises are remembered since {output.clock_time(report.since)}"))
