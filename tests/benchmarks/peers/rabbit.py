"""A RabbitMQ node of their own for the benchmarks that need one."""

import logging
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.benchmarks.pairs import say_not_measured
from tests.functional.transports.rabbit_node import RabbitNode, why_not


def on_rabbit(compare: Callable[[RabbitNode], None]) -> None:
    """Compare on a node that runs meanwhile; print why there is none instead, where it cannot run."""
    if (why := why_not()) is not None:
        say_not_measured("RabbitMQ", why)
        return
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder, closing(RabbitNode(Path(folder))) as node:
        node.start()
        compare(node)
