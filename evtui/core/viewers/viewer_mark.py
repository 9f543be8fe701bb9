"""How a program recognises the subscription of a viewer, another program's or its own, in a list of subscribers.

A viewer is an evtui that watches a server: the console or `tail`, attached over MI. Its feed subscribes a UDP socket,
and a list of subscribers shows nothing of a UDP socket but its address, its port and its expiry. So these are the mark:

- on the host of the server, the loopback address 127.69.86.84 (`E`, `V`, `T` as bytes), with any port;
- on another host, or where that address cannot be bound, a port from 29,500 to 29,599 and an expiry of 60 s.

Not recognised are a viewer with a socket or an expiry that its user chose (`tail --socket`, `tail --expire` on another
host), one that found all the ports in use, and an evtui before 0.1.
"""

from typing import Final

from evtui.core.values import Subscription

VIEWER_HOST: Final = "127.69.86.84"
"""The address of viewers on the host of their server."""
VIEWER_PORTS: Final = range(29_500, 29_600)
"""The ports of viewers with another address."""
VIEWER_EXPIRE: Final = 60
"""Seconds that a viewer subscribes for. The subscription of a killed process ends after that time."""


def is_viewer(subscription: Subscription) -> bool:
    """Say whether a subscription has the mark of a viewer."""
    socket = subscription.socket
    if socket.scheme != "udp":
        return False
    host, _, port = socket.address.rpartition(":")
    if host == VIEWER_HOST:
        return True
    return subscription.expire == VIEWER_EXPIRE and port.isdecimal() and int(port[:6]) in VIEWER_PORTS
