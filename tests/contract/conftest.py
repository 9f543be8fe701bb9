"""The fixture that runs one suite against every transport."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.contract.transports import TRANSPORTS, TransportWorld


@pytest.fixture(params=TRANSPORTS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TransportWorld]:
    if request.param == "udp6" and not _has_ipv6_loopback():
        pytest.skip("no IPv6 on the loopback")
    with ExitStack() as owner:
        made = TRANSPORTS[request.param](tmp_path, owner)
        owner.callback(made.transport.close)
        yield made


def _has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
