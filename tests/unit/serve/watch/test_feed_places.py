"""Where the UNIX socket of a watch feed is."""

from collections.abc import Sequence

import pytest

from evtui.serve.watch.feed_places import feed_path


@pytest.mark.parametrize(
    ("configured", "datagram", "path"),
    [
        (None, ["unix:/run/e/mi.sock"], "/run/e/mi.watch"),
        (None, ["udp:127.0.0.1:1", "/run/e/mi.sock"], "/run/e/mi.watch"),
        (None, ["udp:127.0.0.1:1"], None),
        (None, [], None),
        (None, ["unix:/run/e/mi.watch"], None),
        (None, ["unix:/" + "x" * 101 + ".sock"], None),
        ("/run/w", ["unix:/run/e/mi.sock"], "/run/w"),
        ("", ["unix:/run/e/mi.sock"], None),
    ],
)
def test_it_is_beside_the_first_unix_socket_unless_it_is_configured(
    configured: str | None, datagram: Sequence[str], path: str | None
) -> None:
    assert feed_path(configured, datagram) == path
