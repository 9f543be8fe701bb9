"""The requests of a consumer: byte for byte what pamqp writes, and names that pamqp refuses."""

import pytest
from pamqp import commands, frame
from pamqp.base import Frame as Request

from evtui.backends.amqp import requests


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (requests.find_exchange("ex"), commands.Exchange.Declare(exchange="ex", exchange_type="", passive=True)),
        (requests.find_queue("q"), commands.Queue.Declare(queue="q", passive=True)),
        (requests.make_queue("q", durable=True), commands.Queue.Declare(queue="q", durable=True)),
        (requests.make_queue("q", durable=False), commands.Queue.Declare(queue="q")),
        (requests.make_queue("", durable=True), commands.Queue.Declare(exclusive=True, auto_delete=True)),
        (requests.bind("q", "ex", "a.#"), commands.Queue.Bind(queue="q", exchange="ex", routing_key="a.#")),
        (requests.consume("q"), commands.Basic.Consume(queue="q", consumer_tag="evtui")),
    ],
)
def test_a_request_is_what_the_library_writes(ours: Request, theirs: Request) -> None:
    assert frame.marshal(ours, 1) == frame.marshal(theirs, 1)


@pytest.mark.parametrize("name", ["é&%", "x" * 255])
def test_names_that_the_library_refuses_may_be_used(name: str) -> None:
    with pytest.raises(ValueError, match="exchange"):
        commands.Exchange.Declare(exchange=name)
    for request in (
        requests.find_exchange(name),
        requests.find_queue(name),
        requests.make_queue(name, durable=True),
        requests.bind(name, name, name),
        requests.consume(name),
    ):
        assert name.encode() in frame.marshal(request, 1)
