"""What every carrier promises, asked of each of them."""

import pytest

from evtui.core.errors import BadSocketError, DeliveryError
from tests.contract.carriers import Carrier, direct, parse, sink_to


def test_a_socket_is_printed_in_one_spelling_that_is_read_back_as_the_same_socket(carrier: Carrier) -> None:
    for written, printed in carrier.spellings:
        target = parse(carrier, written)
        assert str(target.socket) == printed
        assert parse(carrier, target.socket.address).socket == target.socket


def test_two_spellings_of_one_socket_match_and_different_sockets_do_not(carrier: Carrier) -> None:
    by_print = {printed: parse(carrier, written).socket for written, printed in carrier.spellings}
    assert len(set(by_print.values())) == len(by_print)
    assert all(by_print[printed] == parse(carrier, written).socket for written, printed in carrier.spellings)


def test_a_socket_whose_text_is_the_beginning_of_another_is_another(carrier: Carrier) -> None:
    address = carrier.receiver().address
    shorter, longer = (address[:-1], address) if carrier.scheme == "unix" else (f"{address[:-1]}", address)
    assert parse(carrier, shorter).socket != parse(carrier, longer).socket


def test_each_refusal_names_the_part_that_is_wrong(carrier: Carrier) -> None:
    refused: list[tuple[str, str]] = []
    for address, _ in carrier.wrong:
        with pytest.raises(BadSocketError) as refusal:
            parse(carrier, address).open()
        refused.append((address, refusal.value.part))
        assert refusal.value.why
    assert tuple(refused) == carrier.wrong


def test_the_payload_a_socket_asks_for_is_part_of_what_it_is(carrier: Carrier) -> None:
    address = carrier.receiver().address
    plain, classic = parse(carrier, address), parse(carrier, f"{address}?payload=text")
    assert (plain.codec, classic.codec) == ("jsonrpc", "text")
    assert plain.socket != classic.socket


def test_every_scheme_comes_with_a_grammar_and_an_example_that_parses(carrier: Carrier) -> None:
    infos = [info for info in carrier.transport.infos if info.scheme == carrier.scheme]
    assert [info.grammar.partition(":")[0] for info in infos] == [carrier.scheme]
    scheme, _, address = infos[0].example.partition(":")
    assert str(carrier.transport.parse(scheme, address, trusted=True).socket) == infos[0].example


def test_payloads_arrive_whole_and_in_the_order_they_were_sent(carrier: Carrier) -> None:
    receiver = carrier.receiver()
    sink = sink_to(carrier, receiver)
    payloads = [f"{number}".encode() * number for number in range(1, 8)] + [b"", b"\0\xff"]
    for payload in payloads:
        sink.send(payload)
    assert receiver.received() == payloads


@pytest.mark.parametrize("many", [1, 2, 3, 4, 5, 50])
def test_a_fan_out_serves_each_sink_once_with_the_same_bytes(carrier: Carrier, many: int) -> None:
    receivers = [carrier.receiver() for _ in range(many)]
    send = carrier.transport.fan_out([sink_to(carrier, receiver) for receiver in receivers])
    for payload in (b"first", b"second" * 100):
        assert list(send(payload)) == []
    assert [receiver.received() for receiver in receivers] == [[b"first", b"second" * 100]] * many


@pytest.mark.parametrize("many", [1, 2, 8])
def test_a_payload_too_large_fails_everywhere_and_the_next_one_arrives(carrier: Carrier, many: int) -> None:
    receivers = [carrier.receiver() for _ in range(many)]
    send = carrier.transport.fan_out([sink_to(carrier, receiver) for receiver in receivers])
    failed = send(bytes(10_000_000))
    assert [(place, why.partition(":")[0]) for place, why in failed] == [(place, "EMSGSIZE") for place in range(many)]
    assert list(send(b"small")) == []
    assert [receiver.received() for receiver in receivers] == [[b"small"]] * many


def test_a_peer_that_has_gone_costs_the_others_nothing(carrier: Carrier) -> None:
    receivers = [carrier.receiver() for _ in range(6)]
    sinks = [sink_to(carrier, receiver) for receiver in receivers]
    sinks.insert(2, direct(parse(carrier, carrier.nowhere())))
    send = carrier.transport.fan_out(sinks)
    for _ in range(3):
        failed = send(b"x")
        assert [place for place, _ in failed] == ([2] if carrier.closed_is_a_failure else [])
    assert [receiver.received() for receiver in receivers] == [[b"x"] * 3] * 6


def test_a_single_send_says_why_it_failed(carrier: Carrier) -> None:
    sink = sink_to(carrier, carrier.receiver())
    with pytest.raises(DeliveryError, match="EMSGSIZE: "):
        sink.send(bytes(10_000_000))


def test_a_full_peer_never_makes_the_sender_wait_and_recovers(carrier: Carrier) -> None:
    peer = carrier.full()
    send = carrier.transport.fan_out([sink_to(carrier, peer)])
    failures = [why for _ in range(2000) for _, why in send(bytes(200))]
    assert {why.partition(":")[0] for why in failures} <= {"EAGAIN"}
    arrived = len(peer.received())
    if carrier.closed_is_a_failure:  # UDP does not tell what the peer lost
        assert failures
        assert arrived == 2000 - len(failures)
    assert list(send(b"after")) == []
    assert peer.received() == [b"after"]


def test_after_closing_every_send_fails_and_closing_again_is_harmless(carrier: Carrier) -> None:
    receivers = [carrier.receiver() for _ in range(5)]
    sinks = [sink_to(carrier, receiver) for receiver in receivers]
    sends = [carrier.transport.fan_out(sinks[:1]), carrier.transport.fan_out(sinks)]
    carrier.transport.close()
    carrier.transport.close()
    for send, many in zip(sends, (1, 5), strict=True):
        assert [(place, why.partition(":")[0]) for place, why in send(b"x")] == [
            (place, "EBADF") for place in range(many)
        ]
    assert [receiver.received() for receiver in receivers] == [[]] * 5
