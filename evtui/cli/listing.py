"""The commands that list what carriers a server has, and what waits in its queues."""

from collections.abc import Iterator

from evtui.backends.subscribing import member_int, member_number, member_text, member_texts, members_of
from evtui.bootstrap.attaching import Attached
from evtui.cli import output
from evtui.cli.client import run
from evtui.codecs.jsonvalue import Members
from evtui.codecs.sanitise import display_safe


def queues(mi: str | None, *, as_json: bool) -> None:
    """List what waits for each destination, as `queues_list` tells it."""

    async def work(server: Attached) -> None:
        found = members_of(await server.client.call("queues_list"), "Queues")
        if as_json:
            output.json_line(list(found))
        elif found:
            titles = ("socket", "queued", "oldest", "state", "delivered", "failed", "dropped", "last error")
            output.table(titles, [tuple(_queue(item)) for item in found], right=(1, 2, 4, 5, 6))
        else:
            output.talk("no queues: no subscriber's carrier waits")

    run(mi, work)


def transports(mi: str | None, *, as_json: bool) -> None:
    """List the schemes a socket can have, each with its grammar, options and an example."""

    async def work(server: Attached) -> None:
        found = members_of(await server.client.call("transports_list"), "Transports")
        if as_json:
            output.json_line(list(found))
            return
        for item in found:
            output.data(display_safe(f"{member_text(item, 'scheme')}: {member_text(item, 'description')}"))
            output.data(display_safe(f"  {member_text(item, 'socket')}"))
            for option in member_texts(item, "options"):
                output.data(display_safe(f"    {option}"))
            output.data(display_safe(f"  as {member_text(item, 'example')}"))

    run(mi, work)


def _queue(item: Members) -> Iterator[str]:
    queued = member_int(item, "queued")
    yield member_text(item, "socket")
    yield str(queued)
    yield f"{member_number(item, 'age'):.1f} s" if queued else ""
    yield _state(item)
    for name in ("delivered", "failed", "dropped"):
        yield str(member_int(item, name))
    yield member_text(item, "last_error")


def _state(item: Members) -> str:
    state = member_text(item, "state")
    if state != "retrying":
        return state
    attempt = member_int(item, "attempt") + 1
    return f"retrying in {member_number(item, 'retry_in'):.1f} s, attempt {attempt}"
