"""Where a watch feed is read."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from evtui.codecs.sockets import MAX_UNIX_PATH

FEED_PATH: Final = "/watch"
"""The path of a feed at the HTTP listener."""


def feed_path(configured: str | None, datagram: Sequence[str]) -> str | None:
    """Return the path of the UNIX socket: the configured one, else one beside the first UNIX socket if it can be."""
    if configured is not None:
        return str(Path(configured).absolute()) if configured else None
    paths = [address.removeprefix("unix:") for address in datagram if not address.startswith("udp:")]
    if not paths:
        return None
    path = str(Path(paths[0]).absolute().with_suffix(".watch"))
    return path if path not in paths and len(os.fsencode(path)) <= MAX_UNIX_PATH else None
