"""`evtui tail amqp://…`: print notifications that servers publish to RabbitMQ, as they arrive."""

import logging
import os
from collections.abc import Sequence
from functools import partial

import anyio
import click

from evtui.backends.amqp.address import AmqpAddress, parse_amqp_address
from evtui.backends.amqp.consumer import Arrived, Consumer, UnreadableMessage, source_of
from evtui.bootstrap.amqp_source import make_consumer
from evtui.bootstrap.logs import warn_on_stderr
from evtui.bootstrap.real_clocks import limit_shutdown
from evtui.cli import output
from evtui.cli.client_session import EXIT_REFUSED, EXIT_USAGE, fail, refuse, usage
from evtui.cli.settings.profile_option import given_profile
from evtui.cli.tail.tail_filter import TailFilter
from evtui.cli.tail.tail_output import TailLines, until_signal
from evtui.codecs.jsonvalue import Json
from evtui.core.error_groups import unwrap_lone_error
from evtui.core.errors import EvtuiError
from evtui.core.values import check_event_name
from evtui.core.wildcards import matches
from evtui.scripting.program_config import read_config

_log = logging.getLogger(__name__)


def tail_broker(text: str, events: Sequence[str], socket: str | None, *, wanted: str | None, lines: TailLines) -> None:
    """Print notifications until a signal arrives; connecting to a broker that is away is retried without end.

    A message is acknowledged after it is printed. Messages of other events than `events`, and those that the filter
    `wanted` does not show, are acknowledged unprinted.
    """
    address = usage(lambda: parse_amqp_address(text))
    for event in events:
        usage(partial(check_event_name, event))
    if socket is not None:
        fail("--socket is for servers reached over the management interface, not for RabbitMQ", EXIT_USAGE)
    shown = TailFilter(wanted)
    config = usage(lambda: read_config(None, os.environ, [], given_profile())).config
    warn_on_stderr()

    async def receive(arrived: Sequence[Arrived | UnreadableMessage]) -> None:
        # In a thread: the reader of standard output may be slow, and the broker needs its heartbeats meanwhile.
        await anyio.to_thread.run_sync(_print, arrived, tuple(events), shown, lines)

    with output.quiet_pipe():
        try:
            consumer = make_consumer(address, config.transports.rabbitmq, receive)
            anyio.run(_tail, consumer, address, events)
        except EvtuiError as error:
            refuse(error, EXIT_REFUSED)
        except KeyboardInterrupt:
            raise click.exceptions.Exit(130) from None


async def _tail(consumer: Consumer, address: AmqpAddress, events: Sequence[str]) -> None:
    with unwrap_lone_error():
        async with until_signal() as tasks:
            tasks.start_soon(_announce, consumer, f"{', '.join(events) or 'all events'} of {address}")
            tasks.start_soon(consumer.run)
            tasks.start_soon(_end_in_time)
    if consumer.duplicates or consumer.malformed:
        output.message(f"{consumer.duplicates:,} duplicates left out, {consumer.malformed:,} were not notifications")


async def _announce(consumer: Consumer, what: str) -> None:
    await consumer.begun.wait()
    output.message(what)


async def _end_in_time() -> None:
    """End the process soon after a signal, even when no process reads standard output any more."""
    try:
        await anyio.sleep_forever()
    finally:
        limit_shutdown()


def _print(
    arrived: Sequence[Arrived | UnreadableMessage], events: tuple[str, ...], shown: TailFilter, lines: TailLines
) -> None:
    for item in arrived:
        match item:
            case UnreadableMessage():
                where = source_of(item.message)
                _log.warning("%d bytes by %s are not a notification: %s", len(item.message.body), where, item.why)
            case Arrived() if events and not any(matches(item.event, event) for event in events):
                pass
            case Arrived() if not shown.shows(item.at, item.event, item.params, item.source):
                pass
            case Arrived():
                lines.write(item.at, item.event, item.params, *_told(item))


def _told(item: Arrived) -> tuple[tuple[str, Json], ...]:
    message = item.message
    return (
        ("source", item.source),
        ("bytes", len(message.body)),
        ("exchange", message.exchange),
        ("routing_key", message.key),
        ("message_id", message.message_id),
        ("redelivered", message.redelivered),
        ("timestamp", message.sent),
    )
