"""The settings of the SSH door."""

from typing import Annotated

from msgspec import Meta, Struct


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
    connections: Annotated[
        int, Meta(ge=1, description="connections at once, those counted that have not logged in yet")
    ] = 100
    connections_per_address: Annotated[int, Meta(ge=1, description="connections of one address")] = 20
