"""Virtual sockets: several sockets under one name. All get a notification, or the first that takes it, or each in turn.

`virtual:POLICY SOCKET SOCKET …`, POLICY = PARALLEL, FAILOVER or ROUND-ROBIN. Members are understood at subscribe.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from evtui.core.errors import BadSocketError, UnknownSchemeError
from evtui.core.ports import Clock
from evtui.core.transport import (
    Branch,
    Handler,
    Multicast,
    Opened,
    Queued,
    Sink,
    Target,
    TransportInfo,
)
from evtui.core.values import Socket
from evtui.transports.virtual.grammar import VirtualSocket, join_virtual, split_virtual
from evtui.transports.virtual.member import VirtualMember
from evtui.transports.virtual.sender import FailoverSender, RoundRobinSender
from evtui.transports.virtual.settings import INFOS, VirtualSettings

Parse: TypeAlias = Callable[[str, bool], Target]
"""Understand a member's text, trusted or not. raises BadSocketError, UnknownSchemeError."""


class VirtualTransport:
    """The transport of virtual sockets."""

    def __init__(self, parse: Parse, settings: VirtualSettings | None = None, *, clock: Clock) -> None:
        """`parse` understands members; `clock` counts monotonic seconds."""
        self._parse = parse
        self._settings = settings or VirtualSettings()
        self._clock = clock

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        """Describe virtual."""
        return INFOS

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        """Understand a virtual socket and its members. Those of PARALLEL are sorted, because their order means nothing.

        raises BadSocketError: which member is wrong, and why.
        """
        found = split_virtual(address)
        members = [self._member(found, number, trusted=trusted) for number in range(1, len(found.members) + 1)]
        if found.policy == "PARALLEL":
            members.sort(key=lambda member: str(member.socket))
        secrets = [member.secret or "" for member in members]
        return Target(
            Socket(scheme, join_virtual(found.policy, tuple(str(member.socket) for member in members))),
            members[0].codec,
            partial(self._open, found, members),
            blocks=any(member.blocks for member in members),
            text=f"{scheme}:{join_virtual(found.policy, tuple(member.source for member in members))}",
            secret="\n".join(secrets) if any(member.secret is not None for member in members) else None,
            trusted=trusted,
        )

    def close(self) -> None:
        """Do nothing: the members belong to their transports."""

    def _member(self, socket: VirtualSocket, number: int, *, trusted: bool) -> Target:
        try:
            return self._parse(socket.members[number - 1], trusted)
        except BadSocketError as error:
            raise socket.bad_member(number, f"{error.part}: {error.why}") from error
        except UnknownSchemeError as error:
            raise socket.bad_member(number, str(error)) from error

    def _open(self, socket: VirtualSocket, members: Sequence[Target]) -> Opened:
        policy = socket.policy
        opened = [_opened(socket, number, member) for number, member in enumerate(members, 1)]
        branches = tuple(Branch(member, way) for member, way in zip(members, opened, strict=True))
        if policy == "PARALLEL":
            return Multicast(branches)
        chosen = [VirtualMember(branch.target, branch.opened, members[0].codec) for branch in branches]
        way = FailoverSender if policy == "FAILOVER" else RoundRobinSender
        durable = any(isinstance(branch.opened, Queued) and branch.opened.policy.durable for branch in branches)
        sender = way(chosen, self._settings.failover_timeout, self._clock)
        return Queued(sender, self._settings.policy(durable=self._settings.durable or durable))


def _opened(socket: VirtualSocket, number: int, member: Target) -> Sink | Queued:
    try:
        opened = member.open()
    except BadSocketError as error:
        raise socket.bad_member(number, f"{member.socket}: {error.part}: {error.why}") from error
    if isinstance(opened, Multicast | Handler):  # another virtual socket, or a route that runs in place
        raise socket.bad_member(number, f"{member.socket} cannot be a member")
    return opened
