"""What a load has its console do, as a key would: in the console's own context, where its timers are."""

import asyncio
from collections.abc import Callable

from textual.widget import Widget


async def do_in(widget: Widget, work: Callable[[], object]) -> None:
    """Let a widget do something between two of its messages, and wait until it is done."""
    done = asyncio.get_running_loop().create_future()

    def do() -> None:
        work()
        done.set_result(None)

    widget.call_later(do)
    await done
