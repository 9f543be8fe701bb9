"""Run a coroutine that waits for nothing where no task runs: in a callback of the event loop."""

from collections.abc import Coroutine
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


def result_at_once(coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run it to its end and return its result.

    raises RuntimeError: it waits for something, which is an error of the one that called it.
    """
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # what the coroutine returned
    coroutine.close()
    raise RuntimeError("a request that was to be served at once waits")
