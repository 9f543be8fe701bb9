"""The environment that a client sends: what a console looks at is kept, nothing else, and no more than a bound."""

from collections.abc import Callable
from typing import Final

import asyncssh
from asyncssh.packet import SSHPacket

from evtui.serve.terminal.viewer_app import ENVIRONMENT

MOST_VARIABLES: Final = 200
"""Variables that a client may send."""

MOST_BYTES: Final = 64 << 10
"""Bytes of all their names and values together."""

LONGEST: Final = 100
"""Bytes of the longest value that is kept."""

_HANDLER: Final = "_process_env_request"


class SentVariables:
    """Takes the variables of one session. asyncssh would keep all of them, whatever their number."""

    def __init__(self, refuse: Callable[[str], None]) -> None:
        """`refuse` gets what was too much, once."""
        self.kept: Final[dict[str, str]] = {}
        self._refuse = refuse
        self._number = self._bytes = 0
        self._is_refused = False

    def begin(self, channel: asyncssh.SSHServerChannel[bytes]) -> None:
        """Take the variables in the place of asyncssh, which has no setting for that."""
        vars(channel)[_HANDLER] = self._take

    def end(self, channel: asyncssh.SSHServerChannel[bytes]) -> None:
        """Let go of a channel that is closed."""
        vars(channel).pop(_HANDLER, None)

    def _take(self, packet: SSHPacket) -> bool:
        """Take one variable; returns whether it is kept. As sshd does, one that counts for nothing is refused."""
        sent = packet.get_remaining_payload()
        self._number += 1
        self._bytes += len(sent)
        if self._number > MOST_VARIABLES or self._bytes > MOST_BYTES:
            self._say_refused()
            return False
        name, value = packet.get_string(), packet.get_string()
        packet.check_end()
        known = name.decode("ascii", "replace")
        if known not in ENVIRONMENT or len(value) > LONGEST:
            return False
        self.kept[known] = value.decode(errors="replace")
        return True

    def _say_refused(self) -> None:
        if not self._is_refused:
            self._is_refused = True
            self._refuse(f"more than {MOST_VARIABLES} variables, or than {MOST_BYTES:,} bytes of them")
