"""A feed counts the datagrams that the kernel dropped."""

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from evtui.backends.remote.feed import Feed, Received
from evtui.backends.remote.mi_address import UnixAddress
from evtui.backends.remote.mi_client import MiClient
from evtui.core.errors import BackendError
from tests.functional.attached.opensips_like import OpensipsLike, opensips_like
from tests.functional.processes.waiting import until

FLOOD = 20_000


@pytest.fixture
def opensips() -> Iterator[OpensipsLike]:
    with tempfile.TemporaryDirectory(prefix="evtui-t-") as name, opensips_like(Path(name, "mi.sock")) as server:
        yield server


async def test_every_datagram_is_received_or_counted_as_lost(opensips: OpensipsLike) -> None:
    got: list[Received] = []
    feed = Feed(MiClient(UnixAddress(str(opensips.path))), ["E_ONE"], got.append, wall=lambda: 0.0)
    async with anyio.create_task_group() as tasks:
        own = await tasks.start(feed.run)
        # The loop does not run meanwhile, so nothing is read.
        flood(own, FLOOD)
        # Also those are counted that were dropped after the last one that was received.
        await until(lambda: len(got) + feed.lost >= FLOOD)
        tasks.cancel_scope.cancel()
    assert feed.lost > 0
    assert len(got) + feed.lost == FLOOD
    assert feed.malformed == 0


async def test_a_server_that_is_away_at_the_start_is_an_error_and_leaves_nothing_behind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    feed = Feed(MiClient(UnixAddress("/tmp/evtui-nothing-here")), [], lambda _: None, wall=lambda: 0.0)
    async with anyio.create_task_group() as tasks:
        with pytest.raises(BackendError, match="No such file or directory"):
            await tasks.start(feed.run)
    assert not caplog.records, "nothing was subscribed that could get notifications still"


def flood(own: str, count: int) -> None:
    """Send notifications without pause."""
    host, _, port = own.removeprefix("udp:").rpartition(":")
    body = b'{"jsonrpc":"2.0","method":"E_ONE","params":["' + b"x" * 900 + b'"]}'
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _ in range(count):
            sock.sendto(body, (host, int(port)))
