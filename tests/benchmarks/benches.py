"""The benchmarks by name: the module whose `main` runs one, and the section of the table that its lines stand in."""

from typing import Final, NamedTuple


class Bench(NamedTuple):
    """Where a benchmark is, and where its lines stand."""

    module: str
    """Below `tests.benchmarks`."""
    section: str


BENCHES: Final = {
    "raise": Bench("engine.bench_raise", "Raise"),
    "sendto": Bench("engine.bench_sendto", "Raise"),
    "transports": Bench("engine.bench_transports", "Raise"),
    "outbox": Bench("engine.bench_outbox", "Raise"),
    "rabbitmq": Bench("rabbitmq.bench_rabbitmq", "RabbitMQ"),
    "amqp-client": Bench("rabbitmq.bench_amqp_client", "RabbitMQ"),
    "responders": Bench("mi.bench_responders", "MI"),
    "mi-clients": Bench("mi.bench_clients", "MI"),
    "mi": Bench("mi.bench_mi", "MI"),
    "routes": Bench("engine.bench_routes", "Scripts"),
    "script": Bench("engine.bench_script", "Scripts"),
    "server": Bench("server.bench_server", "Beside a server of OpenSIPS"),
    "commands": Bench("start.bench_commands", "Start"),
    "paint": Bench("start.bench_paint", "Start"),
    "console": Bench("screens.bench_console", "Console"),
    "scrolling": Bench("screens.bench_scrolling", "Console"),
    "journal-view": Bench("screens.bench_journal_view", "Console"),
    "fleet": Bench("screens.bench_fleet", "Console"),
    "table": Bench("engine.bench_table", "Growth and memory"),
    "watch": Bench("doors.bench_watch", "Viewers and readers"),
    "viewers": Bench("doors.bench_viewers", "Viewers and readers"),
}
"""In the order of the table."""
