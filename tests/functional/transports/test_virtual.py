"""Virtual sockets: real datagram members, and members that break, hang and refuse as they are told."""

import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from msgspec.structs import replace

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.engine_setup import open_engine
from evtui.core.errors import BadSocketError, DeliveryError
from evtui.core.transport import Multicast, Notification, OutboxPolicy, Queued, Sender, Settle, Target
from evtui.core.values import Socket
from evtui.engine.transport_table import TransportTable
from evtui.transports.datagram.transport import DatagramTransport
from evtui.transports.virtual.transport import VirtualTransport
from tests.contract.transports import DatagramReceiver
from tests.functional.processes.waiting import Pad, deliver, notification, notifications, until, waiting
from tests.limits import HANG


class Peer:
    """A member that waits; does what it is told to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.window = 4
        self.confirms = True
        self.timeout: float | None = 10.0
        self.codec = "jsonrpc"
        self.got: list[int] = []
        self.payloads: list[bytes] = []
        self.asked = 0
        self.closed = 0
        self.broken_after: int | None = None
        """Notifications of the next batches it takes before its link breaks."""
        self.refuses: frozenset[int] = frozenset()
        self.hangs = False
        self.silent = False

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        assert len(batch) <= self.window
        self.asked += 1
        if self.hangs:
            await anyio.sleep_forever()
        if self.silent:
            return
        for place, item in enumerate(batch):
            await anyio.lowlevel.checkpoint()
            if self.broken_after is not None and place >= self.broken_after:
                raise DeliveryError(f"{self.name} is away")
            if item.serial in self.refuses:
                settle(place, "no such queue")
                continue
            self.got.append(item.serial)
            self.payloads.append(item.payload)
            settle(place, None)

    async def aclose(self) -> None:
        self.closed += 1


class World:
    """A virtual transport over peers `peer:a`, `peer:b`, `peer:c` and real datagrams."""

    def __init__(self, owner: ExitStack) -> None:
        self.owner = owner
        self.now = 1000.0
        self.peers = {name: Peer(name) for name in "abc"}
        datagrams = DatagramTransport()
        owner.callback(datagrams.close)
        self._members = TransportTable([datagrams])
        self.transport = VirtualTransport(self.member, clock=lambda: self.now)

    def member(self, text: str, trusted: bool) -> Target:
        if not text.startswith("peer:"):
            return self._members.parse(text, trusted=trusted)
        _, name, *secret = text.split(":")
        peer = self.peers[name]
        opened = Queued(peer, OutboxPolicy(timeout=peer.timeout, durable=bool(secret)))
        made = Target(Socket("peer", name), peer.codec, lambda: opened, text=text)
        return replace(made, secret=secret[0]) if secret else made

    def target(self, address: str) -> Target:
        return self.transport.parse("virtual", address, trusted=True)

    def sender(self, address: str) -> Sender:
        return waiting(self.target(address)).sender

    def receiver(self) -> DatagramReceiver:
        return self.owner.enter_context(closing(DatagramReceiver(socket.AF_INET, ("127.0.0.1", 0))))

    def got(self) -> dict[str, list[int]]:
        return {name: peer.got for name, peer in self.peers.items()}


@pytest.fixture
def world() -> Iterator[World]:
    with ExitStack() as owner:
        yield World(owner)


ALL = "peer:a peer:b peer:c"


# What is written.


def test_a_socket_is_printed_with_one_space_and_each_member_in_its_one_spelling(world: World) -> None:
    target = world.target("FAILOVER \t udp:[0:0::1]:9000?payload=text   unix:/tmp/x")
    assert str(target.socket) == "virtual:FAILOVER udp:[::1]:9000?payload=text unix:/tmp/x"
    assert world.target(target.socket.address).socket == target.socket


def test_the_order_of_members_counts_but_not_with_parallel(world: World) -> None:
    here, there = "udp:127.0.0.1:9000 unix:/tmp/x", "unix:/tmp/x udp:127.0.0.1:9000"
    same = [world.target(f"{policy} {here}").socket == world.target(f"{policy} {there}").socket for policy in _POLICIES]
    assert same == [True, False, False]
    assert len({world.target(f"{policy} {here}").socket for policy in _POLICIES}) == 3


_POLICIES = ("PARALLEL", "FAILOVER", "ROUND-ROBIN")


@pytest.mark.parametrize(
    ("address", "part", "said"),
    [
        ("", "policy", "missing"),
        ("failover udp:h:1", "policy", "upper case"),
        ("udp:h:1", "policy", "PARALLEL"),
        ("ROUND-ROBIN", "members", "missing"),
        ("PARALLEL zzz:1 udp:127.0.0.1:1", "member 1", "unknown transport 'zzz'"),
        ("PARALLEL udp:127.0.0.1:1 udp:127.0.0.1", "member 2", "port: missing"),
        ("PARALLEL unix:/tmp/with space", "member 2", "spaces separate"),
        ("FAILOVER udp:127.0.0.1:1 virtual:PARALLEL", "member 2", "cannot be a member"),
        ("FAILOVER udp:224.0.0.1:1", "member 1", "multicast"),
    ],
)
def test_a_wrong_member_is_named_at_subscribe(world: World, address: str, part: str, said: str) -> None:
    with pytest.raises(BadSocketError) as refused:
        world.target(address).open()
    assert (refused.value.part, said in refused.value.why) == (part, True)


def test_passwords_of_members_are_kept_to_parse_again_and_shown_nowhere(world: World) -> None:
    target = world.target("FAILOVER peer:b:hush peer:a udp:localhost:9")
    assert "hush" not in f"{target.socket}"
    assert target.source == "virtual:FAILOVER peer:b:hush peer:a udp:localhost:9"
    assert world.target(target.source.removeprefix("virtual:")).socket == target.socket
    assert target.secret is not None
    assert target.secret != world.target("FAILOVER peer:b:other peer:a udp:localhost:9").secret
    assert world.target("FAILOVER peer:b peer:a").secret is None
    assert target.blocks
    assert waiting(target).policy.durable
    with pytest.raises(BadSocketError) as refused:
        world.target("FAILOVER peer:b:hush udp:x")
    assert "hush" not in str(refused.value)


# PARALLEL


def test_parallel_is_split_into_its_members(world: World) -> None:
    opened = world.target("PARALLEL peer:b udp:127.0.0.1:9 peer:a").open()
    assert isinstance(opened, Multicast)
    assert [str(part.target.socket) for part in opened.branches] == ["peer:a", "peer:b", "udp:127.0.0.1:9"]
    assert [isinstance(part.opened, Queued) for part in opened.branches] == [True, True, False]


# FAILOVER


async def test_the_first_member_gets_everything_while_it_works(world: World) -> None:
    pad = await deliver(world.sender(f"FAILOVER {ALL}"), notifications(range(10)))
    assert world.got() == {"a": list(range(10)), "b": [], "c": []}
    assert pad.told == [(place, None) for place in range(10)]


async def test_what_a_member_took_stays_there_and_the_rest_goes_to_the_next(world: World) -> None:
    world.peers["a"].broken_after = 2
    pad = await deliver(world.sender(f"FAILOVER {ALL}"), notifications(range(10)))
    assert world.got() == {"a": [0, 1], "b": list(range(2, 10)), "c": []}
    assert sorted(pad.delivered) == list(range(10))


async def test_a_failed_member_is_not_tried_for_a_time_and_then_tried_first_again(world: World) -> None:
    sender = world.sender(f"FAILOVER {ALL}")
    world.peers["a"].broken_after = 0
    await deliver(sender, notifications([1]))
    world.peers["a"].broken_after = None
    world.now += 29.9
    await deliver(sender, notifications([2]))
    world.now += 0.1
    await deliver(sender, notifications([3]))
    assert world.got() == {"a": [3], "b": [1, 2], "c": []}
    assert world.peers["a"].asked == 2


async def test_a_notification_refused_for_good_goes_to_the_next_member_too(world: World) -> None:
    world.peers["a"].refuses = frozenset([1])
    pad = await deliver(world.sender(f"FAILOVER {ALL}"), notifications(range(3)))
    assert world.got() == {"a": [0, 2], "b": [1], "c": []}
    assert sorted(pad.delivered) == [0, 1, 2]


async def test_a_notification_that_all_refuse_fails_and_holds_up_no_other(world: World) -> None:
    for peer in world.peers.values():
        peer.refuses = frozenset([1])
    pad = await deliver(world.sender(f"FAILOVER {ALL}"), notifications(range(3)))
    assert sorted(pad.delivered) == [0, 2]
    assert pad.refused == {1: "peer:a: no such queue; peer:b: no such queue; peer:c: no such queue"}


async def test_a_notification_that_only_some_refuse_waits_for_those_that_are_away(world: World) -> None:
    world.peers["a"].refuses = frozenset([1])
    world.peers["b"].broken_after = world.peers["c"].broken_after = 0
    sender, pad = world.sender(f"FAILOVER {ALL}"), Pad()
    with pytest.raises(DeliveryError, match="peer:b: b is away; peer:c: c is away"):
        await sender.send(notifications(range(3)), pad)
    assert (pad.delivered, pad.refused) == ([0, 2], {})


async def test_when_all_members_are_away_the_attempt_fails_and_the_next_one_tries_all(world: World) -> None:
    for peer in world.peers.values():
        peer.broken_after = 0
    sender, pad = world.sender(f"FAILOVER {ALL}"), Pad()
    with pytest.raises(DeliveryError, match="peer:a: a is away; peer:b: b is away; peer:c: c is away"):
        await sender.send(notifications([1]), pad)
    world.peers["c"].broken_after = None
    assert (await deliver(sender, notifications([1]))).delivered == [0]
    assert world.got() == {"a": [], "b": [], "c": [1]}


async def test_a_member_that_hangs_is_failed_over_within_its_own_time(world: World) -> None:
    world.peers["a"].hangs, world.peers["a"].timeout = True, 0.02
    opened = waiting(world.target(f"FAILOVER {ALL}"))
    assert opened.policy.timeout is None
    await deliver(opened.sender, notifications([1]))
    assert world.got()["b"] == [1]


async def test_a_member_that_says_nothing_of_a_notification_has_failed(world: World) -> None:
    world.peers["a"].silent = True
    await deliver(world.sender(f"FAILOVER {ALL}"), notifications([1]))
    assert world.got()["b"] == [1]


async def test_a_cancelled_delivery_leaves_the_sender_usable(world: World) -> None:
    sender = world.sender(f"FAILOVER {ALL}")
    world.peers["a"].hangs = True
    with anyio.move_on_after(HANG) as patience:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(sender.send, notifications([1]), Pad())
            await until(lambda: world.peers["a"].asked > 0)
            patience.cancel()
    world.peers["a"].hangs = False
    await deliver(sender, notifications([1]))
    assert world.got() == {"a": [1], "b": [], "c": []}


async def test_each_member_gets_the_payload_it_asks_for(world: World) -> None:
    world.peers["b"].codec = "text"
    world.peers["a"].broken_after = 0
    await deliver(world.sender("FAILOVER peer:a peer:b"), [notification(1, {"a": 1})])
    assert world.peers["b"].payloads == [b"E_T\na::1\n\n"]


async def test_a_datagram_that_no_process_takes_fails_over_and_one_too_large_for_all_is_given_up(
    world: World, tmp_path: Path
) -> None:
    receiver = world.receiver()
    sender = world.sender(f"FAILOVER unix:{tmp_path}/missing.sock udp:{receiver.address}")
    assert not sender.confirms
    batch = [notification(1), notification(2, ("x" * 100_000,)), notification(3)]
    pad = Pad()
    with pytest.raises(DeliveryError, match="ENOENT"):
        await sender.send(batch, pad)
    assert (receiver.received(), pad.delivered) == ([batch[0].payload, batch[2].payload], [0, 2])
    only_udp = world.sender(f"FAILOVER udp:{receiver.address} udp:{receiver.address}")
    assert "EMSGSIZE" in (await deliver(only_udp, batch)).refused[1]


async def test_letting_go_lets_go_of_every_member(world: World) -> None:
    await world.sender(f"FAILOVER {ALL} udp:127.0.0.1:9").aclose()
    assert [peer.closed for peer in world.peers.values()] == [1, 1, 1]


# ROUND-ROBIN


async def test_each_notification_goes_to_the_next_member_across_batches(world: World) -> None:
    sender = world.sender(f"ROUND-ROBIN {ALL}")
    await deliver(sender, notifications(range(4)))
    await deliver(sender, notifications([4]))
    await deliver(sender, notifications([5, 6]))
    assert world.got() == {"a": [0, 3, 6], "b": [1, 4], "c": [2, 5]}


async def test_a_failing_member_loses_its_turn_and_no_notification_is_lost(world: World) -> None:
    world.peers["a"].broken_after = 0
    sender = world.sender(f"ROUND-ROBIN {ALL}")
    for number in range(4):
        pad = await deliver(sender, notifications([number]))
        assert pad.delivered == [0]
    assert world.got() == {"a": [], "b": [0, 2], "c": [1, 3]}
    assert world.peers["a"].asked == 1
    world.peers["a"].broken_after = None
    world.now += 30
    await deliver(sender, notifications(range(4, 7)))
    assert world.got() == {"a": [4], "b": [0, 2, 5], "c": [1, 3, 6]}


async def test_notifications_that_one_member_refuses_are_dealt_out_again(world: World) -> None:
    world.peers["b"].refuses = frozenset([1])
    pad = await deliver(world.sender(f"ROUND-ROBIN {ALL}"), notifications(range(3)))
    assert sorted(pad.delivered) == [0, 1, 2]
    assert pad.refused == {}
    assert 1 in world.got()["a"] + world.got()["c"]


async def test_a_notification_that_all_refuse_in_turn_fails(world: World) -> None:
    for peer in world.peers.values():
        peer.refuses = frozenset([0])
    pad = await deliver(world.sender(f"ROUND-ROBIN {ALL}"), notifications(range(3)))
    assert sorted(pad.delivered) == [1, 2]
    assert list(pad.refused) == [0]


async def test_when_all_members_in_turn_are_away_the_attempt_fails(world: World) -> None:
    for peer in world.peers.values():
        peer.broken_after = 0
    sender, pad = world.sender(f"ROUND-ROBIN {ALL}"), Pad()
    with pytest.raises(DeliveryError, match="a is away"):
        await sender.send(notifications(range(5)), pad)
    assert pad.told == []
    world.peers["b"].broken_after = None
    assert sorted((await deliver(sender, notifications(range(5)))).delivered) == list(range(5))
    assert sorted(world.got()["b"]) == list(range(5))


async def test_a_slow_member_does_not_keep_notifications_from_the_others(world: World) -> None:
    world.peers["a"].hangs = True
    sender, pad = world.sender(f"ROUND-ROBIN {ALL}"), Pad()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sender.send, notifications(range(6)), pad)
        await until(lambda: len(pad.told) == 4)
        tasks.cancel_scope.cancel()
    assert (world.got()["b"], world.got()["c"]) == ([1, 4], [2, 5])


# In an engine.


@pytest.fixture
async def receivers() -> AsyncIterator[list[DatagramReceiver]]:
    with ExitStack() as owner:
        yield [owner.enter_context(closing(DatagramReceiver(socket.AF_INET, ("127.0.0.1", 0)))) for _ in range(3)]


@pytest.mark.parametrize(
    ("policy", "arrive"), [("PARALLEL", [6, 6, 6]), ("FAILOVER", [6, 0, 0]), ("ROUND-ROBIN", [2, 2, 2])]
)
async def test_an_engine_delivers_through_a_virtual_socket(
    receivers: list[DatagramReceiver], policy: str, arrive: list[int]
) -> None:
    members = " ".join(f"udp:{receiver.address}" for receiver in receivers)
    got: list[int] = [0, 0, 0]

    def all_arrived() -> bool:
        for place, receiver in enumerate(receivers):
            got[place] += len(receiver.received())
        return sum(got) >= sum(arrive)

    async with open_engine(events=["E_T"], subscribe=[f"E_T virtual:{policy} {members}"]) as engine:
        for number in range(6):
            engine.raise_event("E_T", (number,))
        await until(all_arrived)
        (state,) = await EmbeddedBackend(engine).subscriptions("E_T")
        assert str(state.subscription.socket).split()[0] == f"virtual:{policy}"
    assert got == arrive


async def test_a_missing_member_does_not_keep_a_notification_from_the_others(
    receivers: list[DatagramReceiver], tmp_path: Path
) -> None:
    # virtual.json: with OpenSIPS both PARALLEL and ROUND-ROBIN lose these.
    missing, present = f"unix:{tmp_path}/missing.sock", f"udp:{receivers[0].address}"
    for policy in _POLICIES:
        async with open_engine(events=["E_T"], subscribe=[f"E_T virtual:{policy} {missing} {present} 60"]) as engine:
            engine.raise_event("E_T")
            await until(lambda: len(receivers[0].received()) == 1)
