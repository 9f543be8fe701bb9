"""What every transport promises, asked of each of them."""

import pytest

from evtui.core.errors import BadSocketError, DeliveryError
from tests.contract.transports import TransportWorld, direct, parse, sink_to


def test_a_socket_is_printed_in_one_spelling_that_is_read_back_as_the_same_socket(world: TransportWorld) -> None:
    for written, printed in world.spellings:
        target = parse(world, written)
        assert str(target.socket) == printed
        assert parse(world, target.socket.address).socket == target.socket


def test_two_spellings_of_one_socket_match_and_different_sockets_do_not(world: TransportWorld) -> None:
    by_print = {printed: parse(world, written).socket for written, printed in world.spellings}
    assert len(set(by_print.values())) == len(by_print)
    assert all(by_print[printed] == parse(world, written).socket for written, printed in world.spellings)


def test_a_socket_whose_text_is_the_beginning_of_another_is_another(world: TransportWorld) -> None:
    address = world.receiver().address
    shorter, longer = (address[:-1], address) if world.scheme == "unix" else (f"{address[:-1]}", address)
    assert parse(world, shorter).socket != parse(world, longer).socket


def test_each_refusal_names_the_part_that_is_wrong(world: TransportWorld) -> None:
    refused: list[tuple[str, str]] = []
    for address, _ in world.wrong:
        with pytest.raises(BadSocketError) as refusal:
            parse(world, address).open()
        refused.append((address, refusal.value.part))
        assert refusal.value.why
    assert tuple(refused) == world.wrong


def test_the_payload_a_socket_asks_for_is_part_of_what_it_is(world: TransportWorld) -> None:
    _skip_without_datagrams(world)
    address = world.receiver().address
    plain, classic = parse(world, address), parse(world, f"{address}?payload=text")
    assert (plain.codec, classic.codec) == ("jsonrpc", "text")
    assert plain.socket != classic.socket


def test_every_scheme_comes_with_a_grammar_and_an_example_that_parses(world: TransportWorld) -> None:
    infos = [info for info in world.transport.infos if info.scheme == world.scheme]
    assert [info.grammar.partition(":")[0] for info in infos] == [world.scheme]
    scheme, _, address = infos[0].example.partition(":")
    assert str(world.transport.parse(scheme, address, trusted=True).socket) == infos[0].example


def test_payloads_arrive_whole_and_in_the_order_they_were_sent(world: TransportWorld) -> None:
    receiver = world.receiver()
    sink = sink_to(world, receiver)
    payloads = [f"{number}".encode() * number for number in range(1, 8)] + [b"", b"\0\xff"]
    for payload in payloads:
        sink.send(payload)
    assert receiver.received() == payloads


@pytest.mark.parametrize("many", [1, 2, 3, 4, 5, 50])
def test_a_fan_out_serves_each_sink_once_with_the_same_bytes(world: TransportWorld, many: int) -> None:
    receivers = [world.receiver() for _ in range(many)]
    sinks = [sink_to(world, receiver) for receiver in receivers]
    send = sinks[0].group.fan_out(sinks)
    for payload in (b"first", b"second" * 100):
        assert list(send(payload)) == []
    assert [receiver.received() for receiver in receivers] == [[b"first", b"second" * 100]] * many


@pytest.mark.parametrize("many", [1, 2, 8])
def test_a_payload_too_large_fails_everywhere_and_the_next_one_arrives(world: TransportWorld, many: int) -> None:
    _skip_without_datagrams(world)
    receivers = [world.receiver() for _ in range(many)]
    sinks = [sink_to(world, receiver) for receiver in receivers]
    send = sinks[0].group.fan_out(sinks)
    failed = send(bytes(10_000_000))
    assert [(place, why.partition(":")[0]) for place, why in failed] == [(place, "EMSGSIZE") for place in range(many)]
    assert list(send(b"small")) == []
    assert [receiver.received() for receiver in receivers] == [[b"small"]] * many


def test_a_peer_that_has_gone_costs_the_others_nothing(world: TransportWorld) -> None:
    receivers = [world.receiver() for _ in range(6)]
    sinks = [sink_to(world, receiver) for receiver in receivers]
    sinks.insert(2, direct(parse(world, world.nowhere())))
    send = sinks[0].group.fan_out(sinks)
    for _ in range(3):
        failed = send(b"x")
        assert [place for place, _ in failed] == ([2] if world.closed_is_a_failure else [])
    assert [receiver.received() for receiver in receivers] == [[b"x"] * 3] * 6


def test_a_single_send_says_why_it_failed(world: TransportWorld) -> None:
    _skip_without_datagrams(world)
    sink = sink_to(world, world.receiver())
    with pytest.raises(DeliveryError, match="EMSGSIZE: "):
        sink.send(bytes(10_000_000))


def test_a_full_peer_never_makes_the_sender_wait_and_recovers(world: TransportWorld) -> None:
    peer = world.full()
    sink = sink_to(world, peer)
    send = sink.group.fan_out([sink])
    failures = [why for _ in range(2000) for _, why in send(bytes(200))]
    assert {why.partition(":")[0] for why in failures} <= {"EAGAIN"}
    arrived = len(peer.received())
    if world.closed_is_a_failure:  # UDP does not tell what the peer lost
        assert failures
        assert arrived == 2000 - len(failures)
    assert list(send(b"after")) == []
    assert peer.received() == [b"after"]


def test_after_closing_every_send_fails_and_closing_again_is_harmless(world: TransportWorld) -> None:
    _skip_without_datagrams(world)
    receivers = [world.receiver() for _ in range(5)]
    sinks = [sink_to(world, receiver) for receiver in receivers]
    sends = [sinks[0].group.fan_out(sinks[:1]), sinks[0].group.fan_out(sinks)]
    world.transport.close()
    world.transport.close()
    for send, many in zip(sends, (1, 5), strict=True):
        assert [(place, why.partition(":")[0]) for place, why in send(b"x")] == [
            (place, "EBADF") for place in range(many)
        ]
    assert [receiver.received() for receiver in receivers] == [[]] * 5


def _skip_without_datagrams(world: TransportWorld) -> None:
    if not world.datagrams:
        pytest.skip("it sends no datagrams")
