"""Libraries that a transport loads with its first delivery, in a thread: that takes longer than others may wait."""

import sys
from importlib import import_module

from anyio import to_thread


async def load_library(*names: str) -> None:
    """Import modules. raises ImportError."""
    for name in names:
        if name not in sys.modules:
            await to_thread.run_sync(import_module, name)
