"""The requests of a consumer: byte for byte what pamqp writes, and names that it refuses."""

import pytest
from pamqp import commands, frame

from evtui.backends.amqp import request_frames as requests
from evtui.backends.amqp.delivery_frames import Frame, Splitter


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (requests.close_ok(), commands.Channel.CloseOk()),
        (requests.find_exchange("ex"), commands.Exchange.Declare(exchange="ex", exchange_type="", passive=True)),
        (requests.find_queue("q"), commands.Queue.Declare(queue="q", passive=True)),
        (requests.make_queue("q", durable=True), commands.Queue.Declare(queue="q", durable=True)),
        (requests.make_queue("q", durable=False), commands.Queue.Declare(queue="q")),
        (requests.make_queue("", durable=True), commands.Queue.Declare(exclusive=True, auto_delete=True)),
        (requests.bind("q", "ex", "a.#"), commands.Queue.Bind(queue="q", exchange="ex", routing_key="a.#")),
        (requests.limit(500), commands.Basic.Qos(prefetch_count=500)),
        (requests.consume("q"), commands.Basic.Consume(queue="q", consumer_tag="evtui")),
        (requests.ack(9), commands.Basic.Ack(9, multiple=True)),
    ],
)
def test_a_request_is_what_the_library_writes(ours: bytes, theirs: frame.FrameTypes) -> None:
    assert ours == frame.marshal(theirs, requests.CHANNEL)


def test_names_may_be_any_text() -> None:
    (found,) = Splitter().feed(requests.find_queue("é&%\udcff"))
    assert requests.read_name(found.payload, 6) == "é&%\udcff"


def test_answers_are_read() -> None:
    def framed(answer: frame.FrameTypes) -> Frame:
        (found,) = Splitter().feed(frame.marshal(answer, 1))
        return found

    closed = framed(commands.Channel.Close(404, "NOT_FOUND - no queue", 50, 10))
    assert requests.method_of(closed) == requests.CLOSE
    assert requests.read_close(closed) == (404, "NOT_FOUND - no queue")
    assert requests.method_of(framed(commands.Basic.Cancel("evtui", True))) == requests.CANCEL
    assert requests.method_of(framed(commands.Channel.OpenOk())) == requests.OPEN_OK
    assert requests.read_queue(framed(commands.Queue.DeclareOk("amq.gen-1", 0, 0))) == "amq.gen-1"
