"""The subscription of a viewer is told from others by its address, or by its port and expiry."""

import pytest

from evtui.core.values import Socket, Subscription
from evtui.core.viewers.viewer_mark import VIEWER_EXPIRE, VIEWER_HOST, VIEWER_PORTS, is_viewer


@pytest.mark.parametrize(
    ("address", "expire", "viewer"),
    [
        (f"{VIEWER_HOST}:40000", VIEWER_EXPIRE, True),
        (f"{VIEWER_HOST}:40000", 3600, True),
        (f"192.0.2.1:{VIEWER_PORTS[0]}", VIEWER_EXPIRE, True),
        (f"[2001:db8::1]:{VIEWER_PORTS[-1]}", VIEWER_EXPIRE, True),
        (f"192.0.2.1:{VIEWER_PORTS[0]}", 3600, False),
        (f"192.0.2.1:{VIEWER_PORTS[0]}", None, False),
        (f"192.0.2.1:{VIEWER_PORTS[-1] + 1}", VIEWER_EXPIRE, False),
        ("127.0.0.1:9000", VIEWER_EXPIRE, False),
        (f"{VIEWER_HOST}.example:9000", VIEWER_EXPIRE, False),
        ("[2001:db8::1]:", VIEWER_EXPIRE, False),
        ("", VIEWER_EXPIRE, False),
    ],
)
def test_a_viewer_is_known_by_its_mark(address: str, expire: int | None, viewer: bool) -> None:
    assert is_viewer(Subscription("E_T", Socket("udp", address), expire)) is viewer


def test_no_other_scheme_has_the_mark() -> None:
    assert not is_viewer(Subscription("E_T", Socket("tcp", f"{VIEWER_HOST}:29500/x"), VIEWER_EXPIRE))
