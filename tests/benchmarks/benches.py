"""The benchmarks by name: the module whose `main` runs one, and the section of the table that its lines stand in."""

from typing import Final, NamedTuple


class Bench(NamedTuple):
    """Where a benchmark is, and where its lines stand."""

    module: str
    """Below `tests.benchmarks`."""
    section: str
    in_docs: bool = True
    """Whether `docs/performance.md` has its lines; those of parts of what others measure whole are left to the JSON."""


SECTIONS: Final = {
    "Raise": "`… / a C loop`, `… / a plain loop` and the like compare work a second: more is better. `raise, … / sendto"
    " loop` and `raise without subscribers / one subscriber` compare time: less is better.",
    "RabbitMQ": "One broker, the same messages, in turn: more is better. Processor time is that of the client.",
    "MI": "Processor time of the server for a request: less is better.",
    "Scripts": "`… / blinker` and `… / engine.raise_event` compare work a second: more is better. A script's loop"
    " compares time: less is better.",
    "Beside a server of OpenSIPS": "The same configuration on both; more is better.",
    "Start": "Less is better.",
    "Console": "The engine raises in the same process. The lag is how late a 5 ms timer of the loop fires; the part of"
    " the console is the processor time of the process without what raising and sending takes. The journal is full.",
    "Growth and memory": "The exponent of the growth of the processor time of one operation, from 100 to 1,000,000"
    " subscriptions. To list reads every subscription in memory: from 10,000 on they do not fit into the caches of the"
    " processor, which is the growth that is seen.",
    "Viewers and readers": "Raises beside readers of the watch feed compare time: less is better. Consoles of viewers"
    " are 120 columns wide, on one engine that raises 20 events a second.",
}
"""The sections of the table, in its order, and how their lines are to be read."""

BENCHES: Final = {
    "raise": Bench("engine.bench_raise", "Raise"),
    "sendto": Bench("engine.bench_sendto", "Raise"),
    "transports": Bench("engine.bench_transports", "Raise"),
    "outbox": Bench("engine.bench_outbox", "Raise"),
    "rabbitmq": Bench("rabbitmq.bench_rabbitmq", "RabbitMQ"),
    "amqp-client": Bench("rabbitmq.bench_amqp_client", "RabbitMQ"),
    "responders": Bench("mi.bench_responders", "MI"),
    "mi-clients": Bench("mi.bench_clients", "MI"),
    "mi": Bench("mi.bench_mi", "MI", in_docs=False),
    "routes": Bench("engine.bench_routes", "Scripts"),
    "script": Bench("engine.bench_script", "Scripts"),
    "server": Bench("server.bench_server", "Beside a server of OpenSIPS", in_docs=False),
    "commands": Bench("start.bench_commands", "Start"),
    "paint": Bench("start.bench_paint", "Start"),
    "console": Bench("screens.bench_console", "Console"),
    "scrolling": Bench("screens.bench_scrolling", "Console"),
    "journal-view": Bench("screens.bench_journal_view", "Console", in_docs=False),
    "fleet": Bench("screens.bench_fleet", "Console"),
    "table": Bench("engine.bench_table", "Growth and memory"),
    "watch": Bench("doors.bench_watch", "Viewers and readers"),
    "viewers": Bench("doors.bench_viewers", "Viewers and readers"),
}
"""In the order of the table."""
