"""The fixture that runs one suite against every carrier."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.contract.carriers import CARRIERS, Carrier


@pytest.fixture(params=CARRIERS)
def carrier(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Carrier]:
    if request.param == "udp6" and not _has_ipv6_loopback():
        pytest.skip("no IPv6 on the loopback")
    with ExitStack() as owner:
        made = CARRIERS[request.param](tmp_path, owner)
        owner.callback(made.transport.close)
        yield made


def _has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
