"""The settings of the SSH door."""

from typing import Annotated

from msgspec import Meta, Struct

from evtui.serve.terminal.session_limits import SessionLimits


class SshConfig(Struct, frozen=True):
    """The SSH door: where it listens, who may come in, and how many."""

    listen: Annotated[
        str | None,
        Meta(description='an address, "127.0.0.1:8022": shows the console over SSH to those whose key is known'),
    ] = None
    authorized_keys: Annotated[
        str | None,
        Meta(description="a path: who may come in, as sshd has it; left out: authorized_keys in the config directory"),
    ] = None
    host_key: Annotated[
        str | None,
        Meta(description="a path: the key of the door, made when it is missing; left out: in the state directory"),
    ] = None
    me: Annotated[
        bool, Meta(description="true or false: true lets you in as an operator with ~/.ssh/*.pub, on loopback only")
    ] = False
    sessions: Annotated[int, Meta(ge=1, le=1000, description="sessions at once, 1 to 1000")] = 50
    sessions_per_address: Annotated[int, Meta(ge=1, description="sessions of one address")] = 10
    connections: Annotated[
        int, Meta(ge=1, description="connections at once, those counted that have not logged in yet")
    ] = 100
    connections_per_address: Annotated[int, Meta(ge=1, description="connections of one address")] = 20
    login_timeout: Annotated[float, Meta(gt=0, le=600, description="seconds in which a client has to log in")] = 15.0
    idle: Annotated[
        float, Meta(ge=0, description="seconds without a key after which a session is ended; 0 ends none")
    ] = 3600.0
    keepalive: Annotated[
        float,
        Meta(gt=0, le=3600, description="seconds between two questions whether a client is there; two without an answer"
             " end it"),
    ] = 15.0  # fmt: skip

    @property
    def limits(self) -> SessionLimits:
        """Return the limits of all sessions."""
        return SessionLimits(self.sessions, self.sessions_per_address, self.idle)
