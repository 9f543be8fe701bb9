"""Why the SSH door does not open."""

from evtui.core.errors import EvtuiError


class SshDoorError(EvtuiError):
    """The SSH door cannot be opened; the text names the file or the address, and says what to do."""
